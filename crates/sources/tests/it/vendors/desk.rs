//! What the tests of vendors share: a clock that only sleeping moves, a store, and one way to plan and run.

use std::cell::Cell;
use std::time::Duration;

use proofmark_sources::fetch::{
    ChunkStore, FetchLog, Instrument, Job, LogEntry, Outcome, Plan, Refetch, Source, Stored,
};
use proofmark_sources::net::{Client, HttpTransport, Limits, Pace, Secret};
use proofmark_units::{Date, DateSpan, Instant, Seed};

/// A clock that moves only when somebody sleeps.
pub(crate) struct Still(Cell<i64>);

impl Still {
    pub(crate) fn at(day: &str) -> Self {
        Self(Cell::new(day.parse::<Date>().unwrap().midnight_utc().nanos()))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.set(self.0.get() + seconds * 1_000_000_000);
    }
}

impl Pace for Still {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.get())
    }

    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get() + i64::try_from(time.as_nanos()).unwrap());
    }
}

/// One place where chunks are kept, with the means to fetch more.
pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) pace: Still,
    pub(crate) transport: HttpTransport,
    pub(crate) session_minutes: u32,
    pub(crate) refetch: Refetch,
}

impl Desk {
    pub(crate) fn new(now: &str, session_minutes: u32) -> Self {
        let transport = HttpTransport::new(Duration::from_secs(30), 4 << 20);
        Self {
            folder: tempfile::tempdir().unwrap(),
            pace: Still::at(now),
            transport,
            session_minutes,
            refetch: Refetch::Nothing,
        }
    }

    pub(crate) fn store(&self) -> ChunkStore {
        ChunkStore::new(self.folder.path().join("fetched"))
    }

    pub(crate) fn log(&self) -> FetchLog {
        FetchLog::new(self.folder.path().join("fetch_log.jsonl"))
    }

    pub(crate) fn entries(&self) -> Vec<LogEntry> {
        self.log().entries().unwrap()
    }

    pub(crate) fn client(&self, vendor: &'static str, keys: &[&str], limits: &Limits) -> Client<'_> {
        let keys = keys.iter().map(|key| Secret::new(key)).collect();
        Client::new(vendor, &self.transport, &self.pace, keys, limits, &Seed::root(7))
    }

    pub(crate) fn plan<S: Source>(&self, source: &S, codes: &[&str], days: &[Date]) -> Plan {
        let (store, log) = (self.store(), self.log());
        let instruments: Vec<Instrument> = codes.iter().map(|code| instrument(code)).collect();
        let today = self.pace.now().utc_date();
        Job { source, store: &store, log: &log }
            .plan(&instruments, days.to_vec(), self.session_minutes, 1, today, self.refetch)
            .unwrap()
    }

    /// Plans and runs with `client`.
    pub(crate) fn fetch_with<S: Source>(
        &self,
        client: &mut Client<'_>,
        source: &S,
        codes: &[&str],
        days: &[Date],
    ) -> Outcome {
        let plan = self.plan(source, codes, days);
        let (store, log) = (self.store(), self.log());
        Job { source, store: &store, log: &log }.run(client, &plan, &|_| {}).unwrap()
    }

    /// Plans and runs with a client of its own.
    pub(crate) fn fetch<S: Source>(
        &self,
        source: &S,
        keys: &[&str],
        codes: &[&str],
        days: &[Date],
    ) -> Outcome {
        let caps = source.caps();
        let mut client = self.client(caps.vendor, keys, &caps.limits);
        self.fetch_with(&mut client, source, codes, days)
    }

    pub(crate) fn read<S: Source>(&self, source: &S, code: &str, days: &[Date]) -> Stored<S::Row> {
        let (store, log) = (self.store(), self.log());
        let span = DateSpan { start: days[0], end: days[days.len() - 1] };
        Job { source, store: &store, log: &log }.read(&instrument(code), span).unwrap()
    }

    /// Every byte below the folder, for secrets that must not be there.
    pub(crate) fn everything_written(&self) -> String {
        fn visit(folder: &std::path::Path, text: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                text.push_str(&entry.file_name().to_string_lossy());
                if entry.file_type().unwrap().is_dir() {
                    visit(&entry.path(), text);
                } else {
                    text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
                }
            }
        }
        let mut text = String::new();
        visit(self.folder.path(), &mut text);
        text
    }
}

/// `NAME` or `NAME=CODE`.
pub(crate) fn instrument(text: &str) -> Instrument {
    let (symbol, code) = text.split_once('=').unwrap_or((text, text));
    Instrument { symbol: symbol.parse().unwrap(), code: code.to_owned() }
}

/// The sessions of the NSE from `start` to `end`.
pub(crate) fn nse(start: &str, end: &str) -> Vec<Date> {
    let span = DateSpan { start: start.parse().unwrap(), end: end.parse().unwrap() };
    proofmark_market::Calendar::named("XNSE").unwrap().sessions_in(span).unwrap().to_vec()
}
