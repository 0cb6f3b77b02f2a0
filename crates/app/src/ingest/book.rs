//! Recorded streams of order books as rows of the lake.

use std::fs::File;
use std::path::{Path, PathBuf};

use proofmark_lake::{LakeError, RecordingReport};
use proofmark_sources::{ReadOptions, read_binance_events, read_binance_feed};
use proofmark_units::{Digest, Symbol};
use serde::Serialize;

use super::files::source;
use crate::data::books::{BookFormat, unusable};
use crate::data::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// Unreadable rows that a summary shows.
const SHOWN: usize = 5;

/// Whose messages the files hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRequest {
    /// The form of the files: one that holds a stream of depth.
    pub format: BookFormat,
    /// The instrument.
    pub symbol: Symbol,
    /// Who sent the messages, such as `binance-spot`.
    pub venue: String,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The file.
    pub file: String,
    /// Rows or lines seen.
    pub rows_read: u64,
    /// Those that could not be read.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_samples: Vec<String>,
    /// What the lake took; `None` where it had this recording already.
    pub added: Option<RecordingReport>,
}

/// What became of all files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookSummary {
    /// The instrument.
    pub symbol: Symbol,
    /// By file, in the order given.
    pub files: Vec<Recorded>,
}

/// Brings recorded streams into the lake's table `book_events`, a file at a time: each arrives as a whole or not at all, and a
/// file whose bytes the lake has adds nothing. Neither is held in memory.
///
/// # Errors
/// The format holds no stream, a file cannot be used or is of another instrument, or the lake cannot be written. Files before
/// it stay.
pub fn book(
    ws: &Workspace,
    files: &[PathBuf],
    request: &RecordRequest,
    reporter: &dyn Reporter,
) -> Result<BookSummary> {
    if files.is_empty() {
        return Err(AppError::input("no file to ingest was named").hint("give one or more files"));
    }
    let work = Work::begin("record", 1, 1, vec![reporter]);
    let mut summary = BookSummary { symbol: request.symbol.clone(), files: Vec::with_capacity(files.len()) };
    for file in files {
        summary.files.push(one(ws, file, request, &work)?);
    }
    work.end("done");
    Ok(summary)
}

fn one(ws: &Workspace, file: &Path, request: &RecordRequest, work: &Work<'_>) -> Result<Recorded> {
    let failed = |error| lake_error(&format!("failed to store the messages of `{}`", file.display()), error);
    let digest = File::open(file)
        .and_then(Digest::of_reader)
        .map_err(|error| AppError::input(format!("`{}` cannot be read", file.display())).because(error))?;
    let mut lake = open_lake(ws)?;
    let name = source(file);
    let recorded = Recorded {
        file: name.clone(),
        rows_read: 0,
        unreadable: 0,
        unreadable_samples: Vec::new(),
        added: None,
    };
    let writer = lake.record_book(&request.symbol, &request.venue, &name, digest).map_err(failed)?;
    let Some(mut writer) = writer else { return Ok(recorded) };
    let mut stopped: Option<LakeError> = None;
    let each = |message, received| {
        work.step();
        stopped = writer.push(&message, received).err();
        stopped.is_none()
    };
    let options = ReadOptions::default();
    let read = match request.format {
        BookFormat::Binance => read_binance_events(file, &options, each),
        BookFormat::BinanceFeed => read_binance_feed(file, &options, each),
        BookFormat::Lobster | BookFormat::Snapshots | BookFormat::Lake => {
            return Err(AppError::input("only a stream of depth is stored message by message")
                .hint("`--format binance` or `binance-feed`; snapshots come with `ingest binance --depth`"));
        }
    };
    let read = read.map_err(|error| unusable(file, error))?;
    if let Some(error) = stopped {
        return Err(failed(error));
    }
    if let Some(other) = read.symbol.as_deref().filter(|other| *other != request.symbol.as_str()) {
        return Err(AppError::input(format!(
            "`{}` is of {other}, not of {}",
            file.display(),
            request.symbol
        ))
        .hint(format!("say `--symbol {other}`")));
    }
    Ok(Recorded {
        rows_read: read.rows_read,
        unreadable: read.problems.len() as u64,
        unreadable_samples: read.problems.iter().take(SHOWN).map(ToString::to_string).collect(),
        added: Some(writer.finish().map_err(failed)?),
        ..recorded
    })
}
