//! Order books from files: rebuilt, checked, sampled at a cadence.

use std::path::{Path, PathBuf};

use proofmark_lake::Recording;
use proofmark_lake::derived::encode_books;
use proofmark_market::book::{
    BookLog, BookRows, BookView, DepthBook, DepthCounts, DepthMessage, Fixed, Level, Sampler, Side,
    TooManyRows, VisibleBook, VisibleCounts,
};
use proofmark_sources::{
    BookFile, ReadError, ReadOptions, book_files_of, read_binance_events, read_binance_feed,
    read_book_snapshot, read_lobster,
};
use proofmark_units::{Date, Instant, Symbol};
use serde::Serialize;

use crate::data::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::ingest;
use crate::progress::{Reporter, Work};
use crate::workspace::{Workspace, write};

/// Problems and rows that a report shows in full.
const SHOWN: usize = 20;

/// The form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
    let rebuilt = match request.format {
        BookFormat::Snapshots => snapshots(files, request),
        BookFormat::Lobster => lobster(&files[0], request, &work),
        BookFormat::Binance | BookFormat::BinanceFeed => depth(&files[0], request, &work),
        BookFormat::Lake => {
            return Err(AppError::input("a recording in the lake is no file").hint("name its symbol"));
        }
    }?;
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
    let rebuilt = rebuild(request, &work, |each| {
        let mut messages = 0;
        lake.read_recording(symbol, one, |message, received| {
            messages += 1;
            each(message, received)
        })
        .map_err(failed)?;
        Ok(BookFile { symbol: Some(symbol.to_string()), rows_read: messages, problems: Vec::new() })
    })?;
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

/// That rows can be made as asked.
fn refuse_row(request: &BookRequest) -> Result<()> {
    if request.every_nanos < 1_000_000 {
        return Err(AppError::input("a cadence below one millisecond is not kept apart by the output")
            .hint("for example `--every 100ms`"));
    }
    if request.levels == 0 || request.levels > 1_000 {
        return Err(AppError::input(format!("{} levels cannot be sampled", request.levels))
            .hint("1 to 1,000; 10 is usual"));
    }
    Ok(())
}

/// What a format's reader and rules gave.
struct Rebuilt {
    file: BookFile,
    rows: BookRows,
    missing: u64,
    depth: Option<DepthCounts>,
    orders: Option<VisibleCounts>,
    log: BookLog,
    closing: Option<Closing>,
}

fn closing(view: Option<BookView<'_>>, known_at: Option<Instant>) -> Option<Closing> {
    let view = view?;
    Some(Closing {
        known_at: known_at?,
        sequence: view.sequence,
        bid: view.book.best(Side::Bid),
        ask: view.book.best(Side::Ask),
        levels: [view.book.len(Side::Bid), view.book.len(Side::Ask)],
    })
}

fn depth(file: &Path, request: &BookRequest, work: &Work<'_>) -> Result<Rebuilt> {
    let options = ReadOptions::default();
    rebuild(request, work, |each| {
        let read = match request.format {
            BookFormat::BinanceFeed => read_binance_feed(file, &options, each),
            _ => read_binance_events(file, &options, each),
        };
        read.map_err(|error| unusable(file, error))
    })
}

/// Takes a message and the time of its receipt, and says whether to go on.
type Each<'a> = &'a mut dyn FnMut(DepthMessage, Instant) -> bool;

fn rebuild(
    request: &BookRequest,
    work: &Work<'_>,
    read: impl FnOnce(Each<'_>) -> Result<BookFile>,
) -> Result<Rebuilt> {
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(request.every_nanos, request.levels);
    let mut stopped: Option<TooManyRows> = None;
    let read = read(&mut |message, received| {
        work.step();
        stopped = book.take(message, received, &mut sampler).err();
        stopped.is_none()
    })?;
    refuse_grid(stopped)?;
    let (rows, missing) = sampler.finish(book.clock(), book.view());
    Ok(Rebuilt {
        file: read,
        rows,
        missing,
        depth: Some(book.counts()),
        orders: None,
        log: book.log().clone(),
        closing: closing(book.view(), book.clock()),
    })
}

fn lobster(file: &Path, request: &BookRequest, work: &Work<'_>) -> Result<Rebuilt> {
    let books = request.books.clone().or_else(|| book_files_of(file)).ok_or_else(|| {
        AppError::input(format!("`{}` names no book file", file.display())).hint(
            "messages alone do not say what waited before the first of them: give LOBSTER's book file with --books",
        )
    })?;
    let zone = ingest::zone(Some(&request.zone))?.ok_or_else(|| {
        AppError::input("LOBSTER's times need a zone").hint("for example `America/New_York`")
    })?;
    let mut book: Option<VisibleBook> = None;
    let mut sampler = Sampler::new(request.every_nanos, request.levels);
    let mut stopped: Option<TooManyRows> = None;
    let options = ReadOptions::default();
    let read = read_lobster(file, &books, (request.date, &zone), &options, |message, after, depth| {
        work.step();
        let book = book.get_or_insert_with(|| VisibleBook::new(depth));
        stopped = book.take(message, after, &mut sampler).err();
        stopped.is_none()
    });
    let read = read.map_err(|error| unusable(file, error))?;
    refuse_grid(stopped)?;
    let book = book.unwrap_or_else(|| VisibleBook::new(1));
    let (rows, missing) = sampler.finish(book.clock(), book.view());
    Ok(Rebuilt {
        file: read,
        rows,
        missing,
        depth: None,
        orders: Some(book.counts()),
        log: book.log().clone(),
        closing: closing(book.view(), book.clock()),
    })
}

/// Each snapshot is a book of its own, seen once: there is no grid between them.
fn snapshots(files: &[PathBuf], request: &BookRequest) -> Result<Rebuilt> {
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        let (symbol, snapshot) = read_book_snapshot(file).map_err(|error| unusable(file, error))?;
        if let Some((_, other, _)) = read.first().filter(|(_, other, _)| *other != symbol) {
            return Err(AppError::input(format!(
                "`{}` is of {symbol}, others are of {other}",
                file.display()
            ))
            .hint("name the snapshots of one instrument"));
        }
        read.push((snapshot.stamp.known_at, symbol, snapshot));
    }
    read.sort_by_key(|(known_at, ..)| *known_at);
    let mut rebuilt = Rebuilt {
        file: BookFile { rows_read: read.len() as u64, ..BookFile::default() },
        rows: BookRows::of_depth(request.levels),
        missing: 0,
        depth: Some(DepthCounts::default()),
        orders: None,
        log: BookLog::default(),
        closing: None,
    };
    for (known_at, symbol, snapshot) in read {
        let mut book = DepthBook::default();
        book.snapshot(&snapshot);
        rebuilt.file.symbol = Some(symbol.to_string());
        rebuilt.log.merge(book.log());
        match book.view() {
            Some(view) => rebuilt.rows.push(known_at, view),
            None => rebuilt.missing += 1,
        }
        if let Some(depth) = &mut rebuilt.depth {
            depth.snapshots += book.counts().snapshots;
        }
        rebuilt.closing = closing(book.view(), Some(known_at));
    }
    Ok(rebuilt)
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

fn refuse_grid(stopped: Option<TooManyRows>) -> Result<()> {
    stopped.map_or(Ok(()), |error| {
        Err(AppError::input("the grid is too fine, or a stamp is far from the others")
            .hint("choose a longer --every or fewer --levels")
            .because(error))
    })
}

pub(crate) fn unusable(file: &Path, error: ReadError) -> AppError {
    AppError::input(format!("`{}` cannot be read as a book", file.display()))
        .hint(error.hint())
        .because(error)
}
