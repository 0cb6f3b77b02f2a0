//! Fetching a range from a vendor: what is missing, in which chunks, kept durably, never asked for twice.
//!
//! A finished chunk is a file of its own, replaced atomically; what is covered is read from those files, so nothing
//! can disagree with them. A command that is killed and run again goes on with the first chunk that is missing.

mod coverage;
mod engine;
mod interval;
mod log;
mod plan;
mod rows;
mod store;

use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::net::{Client, FetchError, Limits};

pub use coverage::Coverage;
pub use engine::{Failure, Job, Outcome, Progress, Refetch};
pub use interval::{Interval, ParseIntervalError};
pub use log::{FetchLog, LogEntry};
pub use plan::{Chunk, Plan, SeriesPlan};
pub use rows::{Article, Candle, Flaw, FlawRule, Reading};
pub use store::{ChunkStore, Series, StoreError, Stored};

/// An instrument, by its name here and by the vendor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instrument {
    /// Its name in the workspace.
    pub symbol: Symbol,
    /// What the vendor calls it.
    pub code: String,
}

/// One fact of a series.
pub trait Row: Clone + PartialEq + Serialize + DeserializeOwned {
    /// The day it belongs to, by the calendar of its source; chunks and coverage count in these.
    fn date(&self) -> Date;
    /// Rows of one day ascend by this.
    fn order(&self) -> i64;
}

/// What a source is and how much it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// The vendor, as messages name it.
    pub vendor: &'static str,
    /// The vendor and the kind of rows, as folders and records name it: `binance-spot` and `bars-1d`.
    pub folder: (&'static str, String),
    /// Rows that one reply holds at most.
    pub rows_per_request: u32,
    /// Whether the source asks on by itself when a reply is full. One that does not is asked for less.
    pub pages: bool,
    /// Whether a day without a row is worth a word. A monthly series has few days with one.
    pub row_each_day: bool,
    /// Days that one chunk spans at most, whatever the cap allows: a chunk is what is lost by a kill.
    pub days_per_chunk: u32,
    /// What the vendor allows.
    pub limits: Limits,
}

/// What one chunk gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered<R> {
    /// The rows, as the vendor has them: wild values, repeated and unsorted rows included.
    pub rows: Vec<R>,
    /// Rows that could not be read.
    pub flaws: Vec<Flaw>,
    /// Rows seen, readable or not.
    pub seen: u64,
    /// Last day that is final. `None`: the whole span that was asked for.
    pub complete_to: Option<Date>,
}

impl<R> Default for Delivered<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), flaws: Vec::new(), seen: 0, complete_to: None }
    }
}

/// A vendor's series: says its caps and delivers one chunk. Everything else (limits, retries, planning, storing,
/// resuming) is not its business.
pub trait Source {
    /// What it delivers.
    type Row: Row;

    /// What it is and how much it gives.
    fn caps(&self) -> Caps;

    /// Rows of one finished day when nothing is missing, on an exchange whose session has `session_minutes`.
    fn rows_per_day(&self, session_minutes: u32) -> u32;

    /// Brings the rows of `instrument` for the days of `span`, all of them finished.
    ///
    /// # Errors
    /// [`FetchError`]; a row that cannot be read is a [`Flaw`] instead.
    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Self::Row>, FetchError>;
}
