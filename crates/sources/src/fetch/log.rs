//! The fetch log: one JSON line for each chunk, also for those that failed or were there already.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use proofmark_units::{Date, DateSpan, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::StoreError;
use proofmark_lake::durable;

/// What became of one chunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When it was finished.
    pub timestamp: Instant,
    /// The vendor's folder.
    pub vendor: String,
    /// The kind of rows.
    pub dataset: String,
    /// The instrument.
    pub symbol: Symbol,
    /// The days asked for.
    pub chunk: DateSpan,
    /// `api`, or `cache` for days that the store held.
    pub source: String,
    /// `success`, `failed` or `cached`.
    pub status: String,
    /// Rows kept.
    pub rows: u64,
    /// Requests it took.
    pub requests: u64,
    /// Of these, repetitions.
    pub retries: u64,
    /// Rows left out, each listed in the chunk.
    pub flaws: u64,
    /// Days asked for of which the vendor has no row.
    pub days_without_rows: u64,
    /// Why it failed; never holds a secret.
    pub error: Option<String>,
}

/// An append-only file of such lines.
#[derive(Debug, Clone)]
pub struct FetchLog {
    path: PathBuf,
}

impl FetchLog {
    /// The log at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Adds one line.
    ///
    /// # Errors
    /// [`StoreError::Log`] or [`StoreError::Write`] for its folder.
    pub fn add(&self, entry: &LogEntry) -> Result<(), StoreError> {
        if let Some(folder) = self.path.parent() {
            durable::create_folder(folder)?;
        }
        let mut line = serde_json::to_string(entry).expect("records of this log always serialise");
        line.push('\n');
        // One write call in append mode: lines of two commands never mix.
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|source| StoreError::Log { path: self.path.clone(), source })
    }

    /// Every line that can be read, in order; a last line that a kill cut short is left out.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn entries(&self) -> Result<Vec<LogEntry>, StoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes)
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(StoreError::Read { path: self.path.clone(), source }),
        }
    }

    /// Requests to `vendor` on the UTC day `day`: what a daily quota has left.
    ///
    /// # Errors
    /// As [`entries`](Self::entries).
    pub fn requests_on(&self, day: Date, vendor: &str) -> Result<u64, StoreError> {
        let entries = self.entries()?;
        let of_day = entries.iter().filter(|e| e.vendor == vendor && e.timestamp.utc_date() == day);
        Ok(of_day.map(|entry| entry.requests).sum())
    }
}
