//! From messages to a book, one format each; whoever watches sees the book after every message.

use std::path::{Path, PathBuf};

use proofmark_features::micro::Trade;
use proofmark_lake::{Lake, Recording};
use proofmark_market::book::{
    BookLog, BookRows, BookView, DepthBook, DepthCounts, DepthMessage, Fill, Message, MessageKind, Sampler,
    Side, TooManyRows, VisibleBook, VisibleCounts,
};
use proofmark_sources::{
    BookFile, ReadOptions, book_files_of, read_binance_events, read_binance_feed, read_book_snapshot,
    read_lobster,
};
use proofmark_units::{Instant, Symbol};

use super::{BookFormat, BookRequest, Closing, unusable};
use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::ingest;
use crate::progress::Work;

/// What is known after a message.
pub(crate) struct Step<'a> {
    /// When.
    pub(crate) known_at: Instant,
    /// The book; `None` while it is not known.
    pub(crate) view: Option<BookView<'a>>,
    /// The trade that the message tells.
    pub(crate) trade: Option<Trade>,
}

/// Looks at every step, in order of time.
pub(crate) type Watch<'a> = dyn FnMut(Step<'_>) + 'a;

/// The book of files of one format.
///
/// # Errors
/// A file cannot be used, the request makes no sense, or the grid needs too many rows.
pub(crate) fn rebuild_file(
    files: &[PathBuf],
    request: &BookRequest,
    work: &Work<'_>,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    let first = files.first().ok_or_else(|| AppError::input("no file of a book was named"))?;
    match request.format {
        BookFormat::Snapshots => snapshots(files, request, watch),
        BookFormat::Lobster => lobster(first, request, work, watch),
        BookFormat::Binance | BookFormat::BinanceFeed => depth(first, request, work, watch),
        BookFormat::Lake => {
            Err(AppError::input("a recording in the lake is no file").hint("name its symbol"))
        }
    }
}

/// The book of a recording in the lake.
///
/// # Errors
/// As [`rebuild_file`]; the lake cannot be read.
pub(crate) fn rebuild_recording(
    lake: &Lake,
    symbol: &Symbol,
    recording: &Recording,
    request: &BookRequest,
    work: &Work<'_>,
    watch: &mut Watch<'_>,
) -> Result<Rebuilt> {
    rebuild(request, work, watch, |each| {
        let mut messages = 0;
        lake.read_recording(symbol, recording, |message, received| {
            messages += 1;
            each(message, received)
        })
        .map_err(|error| lake_error(&format!("failed to read the recordings of `{symbol}`"), error))?;
        Ok(BookFile { symbol: Some(symbol.to_string()), rows_read: messages, problems: Vec::new() })
    })
}

/// What a message prints, and when it was sent.
fn fill_of(message: &DepthMessage) -> Option<(Fill, Instant)> {
    let DepthMessage::Trade { stamp, .. } = message else { return None };
    Some((message.fill()?, stamp.event_time))
}

/// The trade of a message, which names the side that waited.
fn execution(message: &Message, known_at: Instant) -> Option<Trade> {
    let traded = matches!(message.kind, MessageKind::Execution | MessageKind::HiddenExecution);
    let (price, size) = (message.level.price.to_f64(), message.level.size.to_f64());
    (traded && price > 0.0 && size > 0.0).then(|| Trade {
        event_time: message.stamp.event_time.min(known_at),
        known_at,
        price,
        size,
        taker: Some(if message.side == Side::Bid { Side::Ask } else { Side::Bid }),
    })
}

/// What a format's reader and rules gave.
pub(crate) struct Rebuilt {
    pub(crate) file: BookFile,
    pub(crate) rows: BookRows,
    pub(super) missing: u64,
    pub(super) depth: Option<DepthCounts>,
    pub(super) orders: Option<VisibleCounts>,
    pub(super) log: BookLog,
    pub(super) closing: Option<Closing>,
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

fn depth(file: &Path, request: &BookRequest, work: &Work<'_>, watch: &mut Watch<'_>) -> Result<Rebuilt> {
    let options = ReadOptions::default();
    rebuild(request, work, watch, |each| {
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
    watch: &mut Watch<'_>,
    read: impl FnOnce(Each<'_>) -> Result<BookFile>,
) -> Result<Rebuilt> {
    let mut book = DepthBook::default();
    let mut sampler = Sampler::new(request.every_nanos, request.levels);
    let mut stopped: Option<TooManyRows> = None;
    let read = read(&mut |message, received| {
        work.step();
        let fill = fill_of(&message);
        stopped = book.take(message, received, &mut sampler).err();
        if let Some(known_at) = book.clock().filter(|_| stopped.is_none()) {
            let trade = fill.map(|(fill, sent)| Trade::of_fill(fill, sent.min(known_at), known_at));
            watch(Step { known_at, view: book.view(), trade });
        }
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

fn lobster(file: &Path, request: &BookRequest, work: &Work<'_>, watch: &mut Watch<'_>) -> Result<Rebuilt> {
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
        if let Some(known_at) = book.clock().filter(|_| stopped.is_none()) {
            watch(Step { known_at, view: book.view(), trade: execution(message, known_at) });
        }
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
fn snapshots(files: &[PathBuf], request: &BookRequest, watch: &mut Watch<'_>) -> Result<Rebuilt> {
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
        watch(Step { known_at, view: book.view(), trade: None });
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

fn refuse_grid(stopped: Option<TooManyRows>) -> Result<()> {
    stopped.map_or(Ok(()), |error| {
        Err(AppError::input("the grid is too fine, or a stamp is far from the others")
            .hint("choose a longer --every or fewer --levels")
            .because(error))
    })
}
