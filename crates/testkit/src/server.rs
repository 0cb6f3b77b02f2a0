//! An HTTP server of one thread: just enough of the protocol for one request a connection.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

/// No test needs a longer silence or a larger request.
const PATIENCE: Duration = Duration::from_secs(5);
const LARGEST: usize = 1 << 20;

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Path, decoded.
    pub path: String,
    /// Query parameters, decoded.
    pub query: BTreeMap<String, String>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: String,
}

impl Seen {
    /// A query parameter, empty when it is not there.
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides the length.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
}

impl Reply {
    /// Status 200 with `body`.
    pub fn ok(body: impl ToString) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.to_string() }
    }

    /// Another status with `body`.
    pub fn status(status: u16, body: impl ToString) -> Self {
        Self { status, ..Self::ok(body) }
    }
}

/// What goes wrong with one request, instead of its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error status.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    TooOften(u64),
    /// The reply comes after so long.
    Slow(Duration),
    /// The connection closes in the middle of the body.
    Cut,
    /// The connection closes at once.
    HangUp,
    /// Another body, with status 200.
    Body(String),
    /// A body of so many bytes.
    Huge(usize),
    /// Sent on to this address.
    Redirect(String),
    /// No fault, this once.
    None,
}

/// A server; it ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<VecDeque<Fault>>,
    stop: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Server {
    /// Listens and answers with `protocol` whatever no fault was planned for.
    ///
    /// # Panics
    /// If this machine has no loopback interface.
    pub fn start(protocol: impl Fn(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface is there");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stop.load(Ordering::SeqCst) {
                    return;
                }
                // A client that goes away early is part of some tests.
                let _ = stream.and_then(|stream| answer(stream, &serving, &protocol));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Plans what goes wrong with the next requests, one each.
    pub fn misbehave(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.shared.faults).extend(faults);
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// How many there were.
    pub fn requests(&self) -> usize {
        lock(&self.shared.seen).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: TcpStream, shared: &Shared, protocol: &impl Fn(&Seen) -> Reply) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(seen) = read(&mut reader)? else { return Ok(()) };
    lock(&shared.seen).push(seen.clone());
    let fault = lock(&shared.faults).pop_front().unwrap_or(Fault::None);
    let mut reply = match &fault {
        Fault::HangUp => return Ok(()),
        Fault::Status(status) => Reply::status(*status, "no"),
        Fault::TooOften(seconds) => Reply {
            headers: vec![("Retry-After".into(), seconds.to_string())],
            ..Reply::status(429, "too often")
        },
        Fault::Body(body) => Reply::ok(body),
        Fault::Huge(bytes) => Reply::ok("x".repeat(*bytes)),
        Fault::Redirect(to) => {
            Reply { headers: vec![("Location".into(), to.clone())], ..Reply::status(302, "elsewhere") }
        }
        Fault::Slow(_) | Fault::Cut | Fault::None => protocol(&seen),
    };
    if let Fault::Slow(time) = fault {
        std::thread::sleep(time.min(PATIENCE));
    }
    let length = reply.body.len();
    if fault == Fault::Cut {
        let half = (0..=length / 2).rev().find(|at| reply.body.is_char_boundary(*at)).unwrap_or(0);
        reply.body.truncate(half);
    }
    let mut head =
        format!("HTTP/1.1 {} x\r\nContent-Length: {length}\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(reply.body.as_bytes())
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.by_ref().take(LARGEST as u64).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let target = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut seen = Seen { path: decoded(path), ..Seen::default() };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        seen.query.insert(decoded(name), decoded(value));
    }
    for line in &head[1.min(head.len())..] {
        if let Some((name, value)) = line.split_once(':') {
            seen.headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
    }
    let length: usize = seen.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length.min(LARGEST)];
    reader.read_exact(&mut body)?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(seen))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
