//! Recorded streams of order books: written as they are read, read back message by message.
//!
//! A recording is told by the digest of what was recorded. It is in the lake as a whole or not at all, its rows are never
//! restated, and neither writing nor reading holds more of it than one part or one session.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use proofmark_market::book::{DepthMessage, Level, Side};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::Serialize;

use crate::durable;
use crate::encode::parquet_bytes;
use crate::facts::book_event::{Head, of_message, to_message};
use crate::facts::{BookEvent, Fact, Misshapen, row_of, shape};
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Manifest, Table};

/// Rows of a part: bounds the memory of a writer, some 60 MB.
const PART_ROWS: usize = 1 << 17;

/// Levels of a message, in their order.
type Levels = Vec<(Side, Level)>;

/// The same with their places, in the order of the files.
type Placed = Vec<(u32, (Side, Level))>;

/// A recording that the lake holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// Name and digest of what was recorded, as `events.parquet#0123456789ab`.
    pub source: String,
    /// First and last session of the files that hold it.
    pub sessions: DateSpan,
}

/// What a recording added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordingReport {
    /// How the lake calls it.
    pub source: String,
    /// Messages.
    pub messages: u64,
    /// Rows: one for each level of a message.
    pub rows: u64,
    /// Files.
    pub files: usize,
    /// First and last session; `None` without a message.
    pub sessions: Option<DateSpan>,
}

/// Writes one recording. Until [`finish`](Self::finish) no read sees any of it; a writer that is dropped leaves files that no
/// manifest lists and that the next merge removes.
#[derive(Debug)]
pub struct RecordingWriter<'a> {
    lake: &'a mut Lake,
    /// Holds off every other writer.
    _lock: File,
    manifest: Manifest,
    symbol: Symbol,
    venue: String,
    recording: String,
    source: String,
    session: Option<Date>,
    rows: Vec<shape::Row>,
    parts: Vec<FileEntry>,
    messages: u64,
}

impl Lake {
    /// Begins a recording of `symbol`, which is called `name` and has the digest `of`; `None` when the lake has it already,
    /// under whichever name.
    ///
    /// # Errors
    /// [`LakeError`] when the lake cannot be locked or read.
    pub fn record_book(
        &mut self,
        symbol: &Symbol,
        venue: &str,
        name: &str,
        of: Digest,
    ) -> Result<Option<RecordingWriter<'_>>, LakeError> {
        let (lock, manifest) = self.lock()?;
        let recording = of.short();
        let files = manifest.of(Table::BookEvents).filter(|file| file.symbol == *symbol);
        if files.flat_map(FileEntry::sources).any(|source| recording_of(source) == recording) {
            self.adopt(manifest);
            return Ok(None);
        }
        Ok(Some(RecordingWriter {
            lake: self,
            _lock: lock,
            manifest,
            symbol: symbol.clone(),
            venue: venue.to_owned(),
            source: format!("{name}#{recording}"),
            recording,
            session: None,
            rows: Vec::new(),
            parts: Vec::new(),
            messages: 0,
        }))
    }

    /// The recordings of `symbol`, in the order of arrival.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a symbol without one.
    pub fn book_recordings(&self, symbol: &Symbol) -> Result<Vec<Recording>, LakeError> {
        let mut list: Vec<Recording> = Vec::new();
        for file in self.entries(Table::BookEvents, symbol)? {
            for source in file.sources() {
                match list.iter_mut().find(|known| known.source == source) {
                    Some(known) => {
                        known.sessions.start = known.sessions.start.min(file.first);
                        known.sessions.end = known.sessions.end.max(file.last);
                    }
                    None => list.push(Recording {
                        source: source.to_owned(),
                        sessions: DateSpan { start: file.first, end: file.last },
                    }),
                }
            }
        }
        Ok(list)
    }

    /// Hands each message of a recording of `symbol` to `each`, with the time of its receipt, exactly as it was recorded and in
    /// that order; `each` says whether to go on. Holds one session in memory.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a symbol without recordings; otherwise what reading gave.
    pub fn read_recording(
        &self,
        symbol: &Symbol,
        recording: &Recording,
        mut each: impl FnMut(DepthMessage, Instant) -> bool,
    ) -> Result<(), LakeError> {
        let of_it = |file: &&FileEntry| file.sources().any(|source| source == recording.source);
        let files: Vec<&FileEntry> =
            self.entries(Table::BookEvents, symbol)?.into_iter().filter(of_it).collect();
        let id = recording_of(&recording.source);
        let DateSpan { start, end } = recording.sessions;
        for session in (start.days()..=end.days()).map(Date::from_days) {
            for (head, levels) in self.session(symbol, &files, session, id)? {
                let received = head.received;
                let row = head.message;
                let message = to_message(head, levels).ok_or_else(|| LakeError::BadFact {
                    table: BookEvent::SHAPE.name,
                    name: symbol.clone(),
                    date: session,
                    why: format!(
                        "the rows of message {row} of `{}` are not those of one message",
                        recording.source
                    ),
                })?;
                if !each(message, received) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The messages of one session, ascending.
    fn session(
        &self,
        symbol: &Symbol,
        files: &[&FileEntry],
        session: Date,
        recording: &str,
    ) -> Result<Vec<(Head, Levels)>, LakeError> {
        let mut messages: BTreeMap<u64, (Head, Placed)> = BTreeMap::new();
        for file in files.iter().filter(|file| file.first <= session && session <= file.last) {
            let path = self.root().join(file.path());
            let opened = self.open_part(file)?;
            let shape = BookEvent::SHAPE;
            let taken = shape.for_each_row(opened, |row| {
                let event = BookEvent::of_record(symbol, row.record())?;
                if event.session == session && event.recording == recording {
                    let (_, levels) = messages.entry(event.message()).or_insert((event.head, Vec::new()));
                    levels.extend(event.level.map(|level| (event.place, level)));
                }
                Ok::<(), Misshapen>(())
            });
            taken.map_err(|source| LakeError::Parquet { path, source })?;
        }
        let ordered = |(head, mut levels): (Head, Placed)| {
            levels.sort_by_key(|(place, _)| *place);
            (head, levels.into_iter().map(|(_, level)| level).collect())
        };
        Ok(messages.into_values().map(ordered).collect())
    }
}

/// The digest in the name of a source.
fn recording_of(source: &str) -> &str {
    source.rsplit_once('#').map_or("", |(_, digest)| digest)
}

impl RecordingWriter<'_> {
    /// Adds a message that was received at `received`.
    ///
    /// # Errors
    /// [`LakeError::BadFact`] for a time outside 1900 to 2199, and what writing gave.
    pub fn push(&mut self, message: &DepthMessage, received: Instant) -> Result<(), LakeError> {
        let (head, levels) = of_message(message, received);
        // A receiver's clock that was set back over midnight begins no earlier session again.
        let session = self.session.map_or(received.utc_date(), |last| last.max(received.utc_date()));
        if self.rows.len() >= PART_ROWS || self.session.is_some_and(|last| last != session) {
            self.write_part()?;
        }
        self.session = Some(session);
        self.messages += 1;
        let empty = levels.is_empty().then_some(None);
        for (place, level) in levels.into_iter().map(Some).chain(empty).enumerate() {
            let event = BookEvent {
                symbol: self.symbol.clone(),
                session,
                venue: self.venue.clone(),
                recording: self.recording.clone(),
                place: u32::try_from(place).unwrap_or(u32::MAX),
                head,
                level,
            };
            self.rows.push(row_of(&event)?);
        }
        Ok(())
    }

    /// Lists what was written: from here on it is part of the lake.
    ///
    /// # Errors
    /// What writing gave; the lake is as it was then.
    pub fn finish(mut self) -> Result<RecordingReport, LakeError> {
        self.write_part()?;
        let paths: Vec<PathBuf> = self.parts.iter().map(|part| self.lake.root().join(part.path())).collect();
        durable::flush(self.lake.root(), &paths)?;
        let spans = || self.parts.iter().map(|part| (part.first, part.last));
        let first = spans().map(|(first, _)| first).min();
        let last = spans().map(|(_, last)| last).max();
        let report = RecordingReport {
            source: self.source,
            messages: self.messages,
            rows: self.parts.iter().map(|part| part.rows).sum(),
            files: self.parts.len(),
            sessions: first.zip(last).and_then(|(first, last)| DateSpan::new(first, last)),
        };
        if !self.parts.is_empty() {
            self.manifest.files.append(&mut self.parts);
            self.lake.replace_manifest(self.manifest)?;
        }
        Ok(report)
    }

    /// Nobody reads the file before the manifest lists it.
    fn write_part(&mut self) -> Result<(), LakeError> {
        let Some(session) = self.session.filter(|_| !self.rows.is_empty()) else { return Ok(()) };
        let parquet = |source| LakeError::Parquet { path: self.lake.root().to_owned(), source };
        let batch =
            BookEvent::SHAPE.encode(&self.rows, &[(&self.source, self.rows.len())]).map_err(parquet)?;
        let bytes = parquet_bytes(&[batch]).map_err(parquet)?;
        let part = FileEntry {
            table: Table::BookEvents,
            symbol: self.symbol.clone(),
            digest: Digest::of(&bytes),
            bytes: bytes.len() as u64,
            rows: self.rows.len() as u64,
            first: session,
            last: session,
            source: self.source.clone(),
            also_from: Vec::new(),
            first_row: None,
        };
        durable::put(&self.lake.root().join(part.path()), &bytes)?;
        self.parts.push(part);
        self.rows.clear();
        Ok(())
    }
}
