//! Fetched chunks on disk: immutable files that say what they cover.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use proofmark_lake::durable::{self, WriteError};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::{Coverage, Delivered, Flaw, Instrument, Row};

/// Version of the file's form; it is part of the path.
const FORMAT: &str = "v1";
const ENDING: &str = "jsonl";

/// Which series a chunk belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The vendor's folder, such as `binance-spot`.
    pub vendor: &'static str,
    /// The kind of rows, such as `bars-1d`.
    pub dataset: String,
    /// The instrument.
    pub instrument: Instrument,
}

/// The first line of a chunk's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    vendor: String,
    dataset: String,
    symbol: Symbol,
    code: String,
    asked: DateSpan,
    /// Days that are final. `None`: no day is, so that the chunk will be asked for again.
    covers: Option<DateSpan>,
    fetched_at: Instant,
    rows: u64,
    seen: u64,
    /// Digest of everything after the first line.
    digest: Digest,
}

/// A line after the first one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line<R> {
    Row(R),
    Flaw(Flaw),
}

/// What the store holds of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<R> {
    /// Rows, ascending by day and then by the row's own order.
    pub rows: Vec<R>,
    /// Rows that could not be read, each under the name of its chunk.
    pub flaws: Vec<(String, Flaw)>,
    /// Rows the vendor gave for the range, readable or not.
    pub seen: u64,
}

/// The store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A chunk's bytes are not those that were written.
    #[error("the fetched chunk `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("failed to keep what was fetched: {0}")]
    Write(#[from] WriteError),
    /// A line cannot be added to the fetch log.
    #[error("failed to add to the fetch log `{}`", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Damaged { .. } => "delete the file; the same command fetches it again".into(),
            Self::Write(error) => error.hint().into(),
            Self::Read { .. } | Self::Log { .. } => "check owner and permissions of that folder".into(),
        }
    }
}

/// A folder of fetched chunks.
#[derive(Debug, Clone)]
pub struct ChunkStore {
    root: PathBuf,
}

impl ChunkStore {
    /// The store below `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn folder(&self, series: &Series) -> PathBuf {
        let Series { vendor, dataset, instrument } = series;
        self.root.join(FORMAT).join(vendor).join(dataset).join(instrument.symbol.as_str())
    }

    /// Days of `series` that need not be asked for again. A chunk that was fetched under another code of the vendor
    /// does not count.
    ///
    /// # Errors
    /// [`StoreError::Read`]; a file whose first line cannot be understood covers nothing.
    pub fn coverage(&self, series: &Series) -> Result<Coverage, StoreError> {
        let mut coverage = Coverage::default();
        for (_, head) in self.heads(series)? {
            if let Some(covers) = head.covers {
                coverage.add(covers);
            }
        }
        Ok(coverage)
    }

    /// Keeps what a chunk gave; the file is whole or not there, even after a power cut.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn put<R: Row>(
        &self,
        series: &Series,
        asked: DateSpan,
        delivered: &Delivered<R>,
        fetched_at: Instant,
    ) -> Result<(), StoreError> {
        let mut body = String::new();
        for row in &delivered.rows {
            push_line(&mut body, &Line::Row(row));
        }
        for flaw in &delivered.flaws {
            push_line(&mut body, &Line::<()>::Flaw(flaw.clone()));
        }
        let last = delivered.complete_to.map_or(asked.end, |date| date.min(asked.end));
        let head = Head {
            vendor: series.vendor.to_owned(),
            dataset: series.dataset.clone(),
            symbol: series.instrument.symbol.clone(),
            code: series.instrument.code.clone(),
            asked,
            covers: DateSpan::new(asked.start, last),
            fetched_at,
            rows: delivered.rows.len() as u64,
            seen: delivered.seen,
            digest: Digest::of(body.as_bytes()),
        };
        let mut text = String::new();
        push_line(&mut text, &head);
        text.push_str(&body);
        let name = format!("{}_{}.{ENDING}", asked.start, asked.end);
        durable::write_atomically(&self.folder(series).join(name), text.as_bytes())?;
        Ok(())
    }

    /// Rows of `series` for the days of `span`. Where chunks overlap, the one fetched last counts.
    ///
    /// # Errors
    /// [`StoreError`], also for a chunk whose bytes changed since it was written.
    pub fn read<R: Row>(&self, series: &Series, span: DateSpan) -> Result<Stored<R>, StoreError> {
        let mut heads = self.heads(series)?;
        heads.retain(|(_, head)| head.asked.overlaps(&span));
        heads.sort_by_key(|(_, head)| std::cmp::Reverse((head.fetched_at, head.asked)));
        let mut newer = Coverage::default();
        let mut stored = Stored { rows: Vec::new(), flaws: Vec::new(), seen: 0 };
        for (path, head) in heads {
            let wanted = |day: Date| span.contains(day) && !newer.contains(day);
            let name = format!("{}/{} {} {}", head.vendor, head.dataset, head.symbol, head.asked);
            let lines = lines::<R>(&path, &head)?;
            for line in lines {
                match line {
                    Line::Row(row) if wanted(row.date()) => stored.rows.push(row),
                    Line::Flaw(flaw) if wanted(flaw.date.unwrap_or(head.asked.start)) => {
                        stored.flaws.push((name.clone(), flaw));
                    }
                    _ => {}
                }
            }
            newer.add(head.asked);
        }
        stored.rows.sort_by_key(|row| (row.date(), row.order()));
        stored.seen = (stored.rows.len() + stored.flaws.len()) as u64;
        Ok(stored)
    }

    fn heads(&self, series: &Series) -> Result<Vec<(PathBuf, Head)>, StoreError> {
        let folder = self.folder(series);
        let failed = |source| StoreError::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut heads = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // What a kill leaves behind is a temporary file, which begins with a dot.
            if name.starts_with('.') || !name.ends_with(ENDING) {
                continue;
            }
            let head = head(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
            if let Some(head) = head.filter(|head| head.code == series.instrument.code) {
                heads.push((path, head));
            }
        }
        heads.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(heads)
    }
}

fn push_line(text: &mut String, value: &impl Serialize) {
    // Rows are plain structs with finite numbers, which JSON can always hold.
    text.push_str(&serde_json::to_string(value).expect("records of this store always serialise"));
    text.push('\n');
}

fn head(path: &Path) -> std::io::Result<Option<Head>> {
    let mut line = String::new();
    match BufReader::new(fs::File::open(path)?).read_line(&mut line) {
        Ok(_) => Ok(serde_json::from_str(&line).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error),
    }
}

fn lines<R: Row>(path: &Path, head: &Head) -> Result<Vec<Line<R>>, StoreError> {
    let read = |source| StoreError::Read { path: path.to_owned(), source };
    let damaged = || StoreError::Damaged { path: path.to_owned() };
    let bytes = fs::read(path).map_err(read)?;
    let at = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let body = &bytes[at + 1..];
    if Digest::of(body) != head.digest {
        return Err(damaged());
    }
    let text = std::str::from_utf8(body).map_err(|_| damaged())?;
    text.lines().map(|line| serde_json::from_str(line).map_err(|_| damaged())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::{FlawRule, Reading};

    fn series() -> Series {
        let instrument = Instrument { symbol: "M&M".parse().unwrap(), code: "MAHMAH".into() };
        Series { vendor: "breeze", dataset: "bars-1d".into(), instrument }
    }

    fn span(start: i32, end: i32) -> DateSpan {
        DateSpan { start: Date::from_days(start), end: Date::from_days(end) }
    }

    fn delivered(days: std::ops::Range<i32>, value: f64) -> Delivered<Reading> {
        let rows: Vec<Reading> = days
            .rev()
            .map(|day| Reading {
                date: Date::from_days(day),
                known_at: Date::from_days(day + 1).midnight_utc(),
                value,
            })
            .collect();
        let seen = rows.len() as u64;
        Delivered { rows, flaws: Vec::new(), seen, complete_to: None }
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_chunk_comes_back_sorted_and_a_later_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let store = ChunkStore::new(folder.path());
        let mut first = delivered(0..10, 0.1 + 0.2);
        let detail = "odd".to_owned();
        first.flaws.push(Flaw { rule: FlawRule::BadNumber, row: 3, date: Some(Date::from_days(2)), detail });
        store.put(&series(), span(0, 9), &first, at(1)).unwrap();
        store.put(&series(), span(5, 12), &delivered(5..13, 2.0), at(2)).unwrap();
        let back = store.read::<Reading>(&series(), span(1, 11)).unwrap();
        let values: Vec<(i32, f64)> = back.rows.iter().map(|r| (r.date.days(), r.value)).collect();
        let want: Vec<(i32, f64)> = (1..5).map(|d| (d, 0.1 + 0.2)).chain((5..12).map(|d| (d, 2.0))).collect();
        assert_eq!(values, want);
        assert_eq!((back.flaws.len(), back.seen), (1, 12));
        assert!(back.flaws[0].0.contains("breeze/bars-1d M&M"));
        assert_eq!(store.coverage(&series()).unwrap().spans(), [span(0, 12)]);
        let other =
            Series { instrument: Instrument { code: "OTHER".into(), ..series().instrument }, ..series() };
        assert!(store.coverage(&other).unwrap().spans().is_empty(), "another code is another series");
    }

    #[test]
    fn what_is_not_final_is_not_covered() {
        let folder = tempfile::tempdir().unwrap();
        let store = ChunkStore::new(folder.path());
        let until = |day: i32| Delivered { complete_to: Some(Date::from_days(day)), ..delivered(0..4, 1.0) };
        store.put(&series(), span(0, 9), &until(3), at(1)).unwrap();
        assert_eq!(store.coverage(&series()).unwrap().spans(), [span(0, 3)]);
        store.put(&series(), span(0, 9), &until(-5), at(1)).unwrap();
        assert!(store.coverage(&series()).unwrap().spans().is_empty());
    }

    #[test]
    fn damage_and_leftovers_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let store = ChunkStore::new(folder.path());
        store.put(&series(), span(0, 3), &delivered(0..4, 1.5), at(1)).unwrap();
        let place = folder.path().join("v1/breeze/bars-1d/M&M");
        fs::write(place.join(".tmp-killed"), "half a").unwrap();
        fs::write(place.join("junk.jsonl"), [0xff, 0xfe, b'\n']).unwrap();
        fs::write(place.join("empty.jsonl"), "").unwrap();
        assert_eq!(store.coverage(&series()).unwrap().spans(), [span(0, 3)]);
        let path = place.join("1970-01-01_1970-01-04.jsonl");
        let text = fs::read_to_string(&path).unwrap().replacen("1.5", "2.5", 1);
        fs::write(&path, text).unwrap();
        let error = store.read::<Reading>(&series(), span(0, 3)).unwrap_err();
        assert!(matches!(&error, StoreError::Damaged { path: p } if *p == path), "{error}");
        assert!(error.hint().contains("delete"));
    }
}
