//! Bars of the lake as plain files that other programs read without this one.

use std::path::Path;

use proofmark_lake::{Lake, Table, plain};
use proofmark_market::{BarRow, Interval};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use rayon::prelude::*;
use serde::Serialize;

use super::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::{Workspace, write};

/// The account beside the exported files, written last: a folder without it was not finished.
const ACCOUNT: &str = "export.json";

/// How plain files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlainFormat {
    /// Parquet, zstd.
    Parquet,
    /// Comma-separated text.
    Csv,
}

impl PlainFormat {
    const fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// What to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Symbols; empty means all with bars.
    pub symbols: Vec<Symbol>,
    /// Only what was known then; `None` for everything known so far.
    pub as_of: Option<Instant>,
    /// How long the bars last.
    pub interval: Interval,
}

impl Selection {
    /// The symbols asked for, ascending, each once; all of the lake when none is named.
    pub(super) fn symbols(&self, lake: &Lake) -> Result<Vec<Symbol>> {
        let mut symbols = if self.symbols.is_empty() {
            lake.names(Table::bars(self.interval))
        } else {
            self.symbols.clone()
        };
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.is_empty() {
            return Err(AppError::input(format!("the lake holds no bars of {}", self.interval))
                .hint("fill it first: `proofmark ingest --help` shows how"));
        }
        Ok(symbols)
    }

    /// The bars of `symbol` as known then, ascending by date.
    pub(super) fn bars(&self, lake: &Lake, symbol: &Symbol) -> Result<Vec<BarRow>> {
        lake.read_bars(symbol, DateSpan::EVERY, self.as_of)
            .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))
    }
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    /// Below the folder, with `/`.
    pub file: String,
    /// The symbol.
    pub symbol: Symbol,
    /// Rows inside.
    pub rows: usize,
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// SHA-256 of the file.
    pub digest: Digest,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The form of the files.
    pub format: PlainFormat,
    /// The instant as of which the lake was read; `null` for everything known so far.
    pub as_of: Option<Instant>,
    /// Rows in all files.
    pub rows: usize,
    /// The files, ascending by symbol.
    pub files: Vec<ExportedFile>,
    /// Symbols of which nothing was known at that instant.
    pub without_rows: Vec<Symbol>,
}

/// Writes one file a symbol into `to`, which must be new or empty: raw rows as last known at the instant, before any
/// quality rule. A date that one delivery held twice is there twice.
///
/// # Errors
/// The folder is not empty or cannot be written, a symbol is unknown, or the lake cannot be read.
pub fn export(
    ws: &Workspace,
    selection: &Selection,
    format: PlainFormat,
    to: &Path,
    reporter: &dyn Reporter,
) -> Result<Exported> {
    let lake = open_lake(ws)?;
    let symbols = selection.symbols(&lake)?;
    refuse_unless_empty(to)?;
    let work = Work::begin("export", 1, 1, vec![reporter]);
    work.expect(symbols.len() as u64);
    let one = |symbol: &Symbol| {
        let written = export_one(&lake, selection, format, to, symbol);
        work.step();
        written
    };
    let written = symbols.par_iter().map(one).collect::<Result<Vec<_>>>();
    work.end(if written.is_ok() { "done" } else { "failed" });
    let written = written?;
    let without_rows =
        symbols.iter().zip(&written).filter(|(_, file)| file.is_none()).map(|(s, _)| s.clone()).collect();
    let files: Vec<ExportedFile> = written.into_iter().flatten().collect();
    let rows = files.iter().map(|file| file.rows).sum();
    let exported = Exported { format, as_of: selection.as_of, rows, files, without_rows };
    let mut account = serde_json::to_vec_pretty(&exported)
        .map_err(|error| AppError::bug("an export does not serialise").because(error))?;
    account.push(b'\n');
    write(&to.join(ACCOUNT), &account)?;
    Ok(exported)
}

fn export_one(
    lake: &Lake,
    selection: &Selection,
    format: PlainFormat,
    to: &Path,
    symbol: &Symbol,
) -> Result<Option<ExportedFile>> {
    let bug = || AppError::bug(format!("bars of `{symbol}` do not encode"));
    let (folder, rows, dates, bytes) = match selection.interval {
        Interval::Day1 => {
            let rows = selection.bars(lake, symbol)?;
            let dates = rows.first().zip(rows.last()).map(|(first, last)| (first.date, last.date));
            let bytes = match format {
                PlainFormat::Parquet => plain::bars_parquet(symbol, &rows).map_err(|e| bug().because(e))?,
                PlainFormat::Csv => plain::bars_csv(symbol, &rows).into_bytes(),
            };
            ("bars".to_owned(), rows.len(), dates, bytes)
        }
        shorter => {
            let rows = lake
                .read_intraday(shorter, symbol, DateSpan::EVERY, selection.as_of)
                .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
            let dates = rows.first().zip(rows.last()).map(|(first, last)| (first.session, last.session));
            let bytes = match format {
                PlainFormat::Parquet => {
                    plain::intraday_parquet(symbol, &rows).map_err(|e| bug().because(e))?
                }
                PlainFormat::Csv => plain::intraday_csv(symbol, &rows).into_bytes(),
            };
            (format!("bars_{shorter}"), rows.len(), dates, bytes)
        }
    };
    let Some((first, last)) = dates else { return Ok(None) };
    let file = format!("{folder}/{symbol}.{}", format.extension());
    write(&to.join(&file), &bytes)?;
    Ok(Some(ExportedFile { file, symbol: symbol.clone(), rows, first, last, digest: Digest::of(&bytes) }))
}

/// An export never mixes with files that are there already.
fn refuse_unless_empty(to: &Path) -> Result<()> {
    let filled = match std::fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(AppError::io("export into", to, error)),
    };
    if filled {
        return Err(
            AppError::input(format!("`{}` is not empty", to.display())).hint("name a new folder with `--to`")
        );
    }
    Ok(())
}
