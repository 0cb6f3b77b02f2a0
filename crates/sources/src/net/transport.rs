//! Bytes over HTTP: time limits, size limits, no redirect to another host, no plain HTTP to the world.

use std::time::Duration;

use ureq::Agent;
use ureq::http::{Uri, header};

use super::{Request, Response};

/// Redirects followed on the same host.
const REDIRECTS: usize = 3;
/// Redirects that keep the method.
const MOVED: &[u16] = &[301, 302, 307, 308];

/// Sends one request and brings one reply, whatever its status.
pub trait Transport {
    /// Sends `request`.
    ///
    /// # Errors
    /// [`TransportError`] when there is no whole reply.
    fn send(&self, request: &Request) -> Result<Response, TransportError>;
}

/// There is no whole reply. Messages hold no address: the caller knows it, and its query may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The time limit passed.
    #[error("no whole reply within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The connection broke before the reply was whole.
    #[error("the connection broke before the reply was whole")]
    Cut,
    /// Nobody answers there.
    #[error("the host cannot be reached")]
    Unreachable,
    /// Encryption failed.
    #[error("the encrypted connection cannot be made")]
    Tls,
    /// The reply is larger than the limit.
    #[error("the reply is larger than {0} bytes")]
    TooLarge(u64),
    /// The host sends on to another one, or for ever.
    #[error("the host redirects to `{0}`, which is not followed")]
    Redirected(String),
    /// A key would travel in the open.
    #[error("plain HTTP is used only on this machine; the address must begin with `https://`")]
    Insecure,
    /// The address cannot be understood, or what answers does not speak HTTP.
    #[error("{0}")]
    NotHttp(&'static str),
}

impl TransportError {
    /// Whether the same request may succeed a little later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Cut | Self::Unreachable)
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Timeout(_) | Self::Cut | Self::Unreachable => {
                "check the network; run the same command again, finished chunks are kept"
            }
            Self::Tls => "check the clock of this machine, and whether a proxy stands between",
            Self::TooLarge(_) => "ask for less at once",
            Self::Redirected(_) => "give the address it redirects to, if you trust it",
            Self::Insecure => "use the `https://` address of the vendor",
            Self::NotHttp(_) => "check the address",
        }
    }
}

/// Real HTTP. TLS and its roots are compiled in; a proxy is taken from the environment, but never for this machine.
#[derive(Debug)]
pub struct HttpTransport {
    outside: Agent,
    here: Agent,
    timeout: Duration,
    max_bytes: u64,
}

impl HttpTransport {
    /// Replies must be whole within `timeout` and have at most `max_bytes`.
    pub fn new(timeout: Duration, max_bytes: u64) -> Self {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("proofmark/", env!("CARGO_PKG_VERSION")))
                .timeout_global(Some(timeout))
        };
        Self {
            outside: config().https_only(true).build().new_agent(),
            here: config().proxy(None).build().new_agent(),
            timeout,
            max_bytes,
        }
    }

    fn once(&self, request: &Request, uri: &Uri) -> Result<(Response, Option<String>), TransportError> {
        let agent = match (uri.scheme_str(), uri.host()) {
            (Some("http" | "https"), Some("127.0.0.1" | "[::1]" | "localhost")) => &self.here,
            (Some("https"), Some(_)) => &self.outside,
            (Some("http"), Some(_)) => return Err(TransportError::Insecure),
            _ => return Err(TransportError::NotHttp("this is not the address of a web server")),
        };
        let mut builder = agent.get(uri);
        for (name, value) in request.headers() {
            builder = builder.header(*name, value);
        }
        let sent = match request.body() {
            Some(body) => builder.force_send_body().send(body),
            None => builder.call(),
        };
        let reply = sent.map_err(|error| self.failed(&error))?;
        let status = reply.status().as_u16();
        let text = |name| reply.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (location, retry_after) = (text(header::LOCATION), text(header::RETRY_AFTER));
        let body = reply
            .into_body()
            .into_with_config()
            .limit(self.max_bytes)
            .read_to_vec()
            .map_err(|error| self.failed(&error))?;
        Ok((Response { status, retry_after, body }, location))
    }

    fn failed(&self, error: &ureq::Error) -> TransportError {
        use ureq::Error as E;
        match error {
            E::Timeout(_) => TransportError::Timeout(self.timeout),
            E::BodyExceedsLimit(limit) => TransportError::TooLarge(*limit),
            E::HostNotFound | E::ConnectionFailed | E::ConnectProxyFailed(_) | E::InvalidProxyUrl => {
                TransportError::Unreachable
            }
            E::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                TransportError::Unreachable
            }
            E::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                TransportError::Timeout(self.timeout)
            }
            E::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => TransportError::Tls,
            // A reply that ends early shows as an I/O or as a protocol error, by where it was cut.
            E::Io(_) | E::Protocol(_) | E::BodyStalled => TransportError::Cut,
            E::Tls(_) | E::Rustls(_) | E::TlsRequired => TransportError::Tls,
            E::RequireHttpsOnly(_) => TransportError::Insecure,
            E::BadUri(_) | E::Http(_) => {
                TransportError::NotHttp("the address or a header holds characters that HTTP cannot carry")
            }
            _ => TransportError::NotHttp("what answers there does not speak HTTP as expected"),
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let parse =
            |text: &str| text.parse::<Uri>().map_err(|_| TransportError::NotHttp("the address is not a URL"));
        let mut uri = parse(&request.url())?;
        for _ in 0..=REDIRECTS {
            let (response, location) = self.once(request, &uri)?;
            let (true, Some(location)) = (MOVED.contains(&response.status), location) else {
                return Ok(response);
            };
            let next = if location.starts_with('/') && !location.starts_with("//") {
                let authority = uri.authority().map_or("", |a| a.as_str());
                parse(&format!("{}://{authority}{location}", uri.scheme_str().unwrap_or("https")))?
            } else {
                parse(&location)?
            };
            if (next.scheme(), next.authority()) != (uri.scheme(), uri.authority()) {
                let host = next.host().unwrap_or("another host").to_owned();
                return Err(TransportError::Redirected(host));
            }
            uri = next;
        }
        Err(TransportError::Redirected(uri.host().unwrap_or_default().to_owned()))
    }
}
