//! Order books from files: rebuilt, checked, sampled at a cadence.

mod rebuild;

use std::path::{Path, PathBuf};

use proofmark_lake::Recording;
use proofmark_lake::derived::encode_books;
use proofmark_market::book::{BookLog, DepthCounts, Fixed, Level, Side, VisibleCounts};
use proofmark_sources::ReadError;
use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

pub(crate) use self::rebuild::{Rebuilt, Watch, rebuild_file, rebuild_recording};
use crate::data::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::{Workspace, write};

/// The zone of LOBSTER's samples.
pub(crate) const NEW_YORK: &str = "America/New_York";
/// Problems and rows that a report shows in full.
const SHOWN: usize = 20;

/// The form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BookFormat {
    /// A Parquet table of Binance depth events, one level a row.
    Binance,
    /// Binance's raw stream as recorded, `<received ns> <json>` a line.
    BinanceFeed,
    /// A LOBSTER message file with its book file.
    Lobster,
    /// Snapshots that `proofmark ingest` filed; one row each.
    Snapshots,
    /// A recording in the lake.
    Lake,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct BookRequest {
    /// The form of the files.
    pub format: BookFormat,
    /// Step of the grid, nanoseconds; at least a millisecond.
    pub every_nanos: i64,
    /// Levels a side of each row.
    pub levels: usize,
    /// Name of the instrument, where the files do not say it.
    pub symbol: Option<String>,
    /// LOBSTER: the book file; found by its name when left out.
    pub books: Option<PathBuf>,
    /// LOBSTER: the date; that of the file's name when left out.
    pub date: Option<Date>,
    /// LOBSTER: the zone of its times.
    pub zone: String,
    /// Parquet file for the rows.
    pub to: Option<PathBuf>,
}

/// Best bid and ask at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// When it was known.
    pub known_at: Instant,
    /// Number of the last change.
    pub sequence: i64,
    /// Best bid.
    pub bid: Option<Level>,
    /// Best ask.
    pub ask: Option<Level>,
    /// Levels of both sides.
    pub levels: [usize; 2],
}

/// One row as a table shows it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BookSample {
    /// The instant of the grid.
    pub known_at: Instant,
    /// The exchange's time of the last change.
    pub event_time: Instant,
    /// Best bid.
    pub bid: Option<Level>,
    /// Best ask.
    pub ask: Option<Level>,
    /// Half way between.
    pub mid: Option<f64>,
    /// Ask less bid.
    pub spread: Option<Fixed>,
    /// Size of the levels of a row: bids, asks.
    pub depth: [Option<Fixed>; 2],
}

/// What came of the files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookReport {
    /// The instrument; `None` where neither the files nor the caller said it.
    pub symbol: Option<String>,
    /// The files.
    pub files: Vec<String>,
    /// Rows or lines seen.
    pub rows_read: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_samples: Vec<String>,
    /// Messages of a stream of depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<DepthCounts>,
    /// Messages of LOBSTER, and rows that were compared with its own book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders: Option<VisibleCounts>,
    /// What was wrong, by rule.
    pub problems: BookLog,
    /// Rows on the grid.
    pub rows: usize,
    /// Instants of the grid at which the book was not known.
    pub missing: u64,
    /// Rows with a crossed book.
    pub crossed_rows: usize,
    /// The book after the last message; `None` when it was not known then.
    pub closing: Option<Closing>,
    /// The last rows.
    pub samples: Vec<BookSample>,
    /// Where all rows were written.
    pub written: Option<String>,
}

impl BookReport {
    /// Whether the book was known at some instant of the grid.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// Rebuilds the book of `files` and samples it.
///
/// # Errors
/// The request makes no sense, a file cannot be used, the grid needs too many rows, or the output cannot be written.
pub fn books(files: &[PathBuf], request: &BookRequest, reporter: &dyn Reporter) -> Result<BookReport> {
    refuse_row(request)?;
    let many = request.format == BookFormat::Snapshots;
    if files.is_empty() || (files.len() > 1 && !many) {
        return Err(AppError::input("one file of messages makes one book")
            .hint("name one file; only `--format snapshots` takes several"));
    }
    let work = Work::begin("books", 1, 1, vec![reporter]);
    let rebuilt = rebuild_file(files, request, &work, &mut |_| {})?;
    finished(rebuilt, files, request, &work)
}

/// As [`books`], from a recording of the lake: the one whose name begins with `recording`, or the only one of `symbol`.
///
/// # Errors
/// As [`books`]; the lake has no such recording, or several.
pub fn recorded_books(
    ws: &Workspace,
    symbol: &Symbol,
    recording: Option<&str>,
    request: &BookRequest,
    reporter: &dyn Reporter,
) -> Result<BookReport> {
    refuse_row(request)?;
    let failed = |error| lake_error(&format!("failed to read the recordings of `{symbol}`"), error);
    let lake = open_lake(ws)?;
    let all = lake.book_recordings(symbol).map_err(failed)?;
    let named: Vec<&Recording> =
        all.iter().filter(|one| recording.is_none_or(|name| one.source.starts_with(name))).collect();
    let [one] = named[..] else {
        let names: Vec<&str> = all.iter().map(|one| one.source.as_str()).collect();
        return Err(AppError::input(format!("{} recordings of `{symbol}` are meant", named.len()))
            .hint(format!("choose one with `--recording`: {}", names.join(", "))));
    };
    let work = Work::begin("books", 1, 1, vec![reporter]);
    let rebuilt = rebuild_recording(&lake, symbol, one, request, &work, &mut |_| {})?;
    finished(rebuilt, &[PathBuf::from(&one.source)], request, &work)
}

fn finished(
    rebuilt: Rebuilt,
    files: &[PathBuf],
    request: &BookRequest,
    work: &Work<'_>,
) -> Result<BookReport> {
    let mut report = rebuilt.report(files, request);
    if let Some(to) = &request.to {
        let source = report.files.join(", ");
        let symbol = report.symbol.as_deref().ok_or_else(|| {
            AppError::input("the file does not say whose book it is").hint("for example `--symbol BTCUSDT`")
        })?;
        let bytes = encode_books(&rebuilt.rows, symbol, &source)
            .map_err(|error| AppError::bug("the books do not fit a table").because(error))?;
        write(to, &bytes)?;
        report.written = Some(to.display().to_string());
    }
    work.end(if report.is_empty() { "no book" } else { "done" });
    Ok(report)
}

/// Nanoseconds of `100ms`, `1s`, `5m` or `1h`; `None` for other text, and for nothing at all.
pub fn nanos_of(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let unit: i64 = match &text[digits..] {
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let count: i64 = text[..digits].parse().ok()?;
    count.checked_mul(unit).filter(|nanos| *nanos > 0)
}

/// That rows can be made as asked.
pub(crate) fn refuse_row(request: &BookRequest) -> Result<()> {
    if request.every_nanos < 1_000_000 {
        return Err(AppError::input("a cadence below one millisecond is not kept apart by the output")
            .hint("100ms or longer"));
    }
    if request.levels == 0 || request.levels > 1_000 {
        return Err(AppError::input(format!("{} levels cannot be sampled", request.levels))
            .hint("1 to 1,000; 10 is usual"));
    }
    Ok(())
}

impl Rebuilt {
    fn report(&self, files: &[PathBuf], request: &BookRequest) -> BookReport {
        let name =
            |file: &PathBuf| file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let from = self.rows.len().saturating_sub(SHOWN);
        let samples = (from..self.rows.len()).map(|index| self.rows.row(index)).map(|row| BookSample {
            known_at: row.known_at,
            event_time: row.event_time,
            bid: row.bids.first().copied().flatten(),
            ask: row.asks.first().copied().flatten(),
            mid: row.mid(),
            spread: row.spread(),
            depth: [row.depth(Side::Bid), row.depth(Side::Ask)],
        });
        BookReport {
            symbol: request.symbol.clone().or_else(|| self.file.symbol.clone()),
            files: files.iter().map(name).collect(),
            rows_read: self.file.rows_read,
            unreadable: self.file.problems.len() as u64,
            unreadable_samples: self.file.problems.iter().take(SHOWN).map(ToString::to_string).collect(),
            depth: self.depth,
            orders: self.orders,
            problems: self.log.clone(),
            rows: self.rows.len(),
            missing: self.missing,
            crossed_rows: self.rows.iter().filter(|row| row.is_crossed()).count(),
            closing: self.closing,
            samples: samples.collect(),
            written: None,
        }
    }
}

pub(crate) fn unusable(file: &Path, error: ReadError) -> AppError {
    AppError::input(format!("`{}` cannot be read as a book", file.display()))
        .hint(error.hint())
        .because(error)
}
