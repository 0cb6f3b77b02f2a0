//! What a filed snapshot adds to the lake: levels of a book, a chain, articles.

use std::path::Path;

use proofmark_lake::facts::{self, BookLevel, Fact, OptionQuote};
use proofmark_lake::{Delivery, IngestReport, Lake, LakeError, Table};
use proofmark_market::book::Side;
use proofmark_sources::{ReadError, read_article_snapshot, read_book_snapshot, read_chain_snapshot};
use proofmark_units::{Date, DateSpan, Instant, Symbol};

use super::news::fact;
use super::snapshot::Snapshot;
use crate::data::lake_error;
use crate::error::{AppError, Result};

/// The provider of articles that a feed showed.
const FEED: &str = "feed";

/// Rows of one filed snapshot that the lake did not hold.
pub(super) fn store(
    lake: &mut Lake,
    what: &Snapshot,
    symbol: &Symbol,
    path: &Path,
    now: Instant,
) -> Result<u64> {
    let delivery = Delivery { source: what.folder().to_owned(), arrived_at: now };
    let failed = |error| lake_error("failed to store the snapshot", error);
    let reports = match what {
        Snapshot::Depth { .. } | Snapshot::Quote { .. } => {
            lake.append_facts(&levels(what, symbol, path)?, &delivery).map_err(failed)?
        }
        Snapshot::Chain { .. } => {
            lake.append_facts(&quotes(what, symbol, path)?, &delivery).map_err(failed)?
        }
        Snapshot::Feed => {
            let articles = read_article_snapshot(path).map_err(|error| unreadable(path, error))?;
            let facts: Vec<_> = articles.iter().map(|article| fact(FEED, symbol, article)).collect();
            lake.append_facts(&facts, &delivery).map_err(failed)?
        }
    };
    Ok(reports.iter().map(|report: &IngestReport| report.rows_added).sum())
}

/// When the newest row of that kind, venue and symbol became known; `None` when the lake has none.
pub(super) fn known_to(lake: &Lake, what: &Snapshot, symbol: &Symbol) -> Result<Option<Instant>> {
    let venue = venue(what);
    let last = |table| lake.span_of(table, symbol).map(|span| DateSpan { start: span.end, end: span.end });
    let newest = match what {
        // Books and chains are filed in the order of their own time: the rows of the last day are enough.
        Snapshot::Depth { .. } | Snapshot::Quote { .. } => {
            newest(lake, symbol, last(Table::BookSnapshots), |row: &BookLevel| {
                (row.venue == venue).then_some(row.known_at)
            })
        }
        Snapshot::Chain { .. } => newest(lake, symbol, last(Table::OptionChains), |row: &OptionQuote| {
            (row.venue == venue).then_some(row.known_at)
        }),
        // An article of an earlier day may have been edited last.
        Snapshot::Feed => newest(lake, symbol, lake.span_of(Table::News, symbol), |row: &facts::Article| {
            (row.provider == FEED).then_some(row.known_at)
        }),
    };
    newest.map_err(|error| lake_error("failed to read what was stored of earlier snapshots", error))
}

fn newest<F: Fact>(
    lake: &Lake,
    symbol: &Symbol,
    span: Option<DateSpan>,
    known_at: impl Fn(&F) -> Option<Instant>,
) -> std::result::Result<Option<Instant>, LakeError> {
    let Some(span) = span else { return Ok(None) };
    Ok(lake.read_facts::<F>(symbol, span, None)?.iter().filter_map(known_at).max())
}

/// Removes rows that were known before `before`; what has no retention is kept for good.
pub(super) fn forget(lake: &mut Lake, what: &Snapshot, symbol: &Symbol, before: Date) -> Result<u64> {
    let table = match what {
        Snapshot::Depth { .. } | Snapshot::Quote { .. } => Table::BookSnapshots,
        Snapshot::Chain { .. } => Table::OptionChains,
        Snapshot::Feed => return Ok(0),
    };
    lake.forget(table, symbol, &venue(what), before)
        .map_err(|error| lake_error("failed to remove what is older than it is kept", error))
}

/// Who showed it: the first part of the kind's folder.
fn venue(what: &Snapshot) -> String {
    what.folder().split('/').next().unwrap_or_default().to_owned()
}

fn levels(what: &Snapshot, symbol: &Symbol, path: &Path) -> Result<Vec<BookLevel>> {
    let (_, book) = read_book_snapshot(path).map_err(|error| unreadable(path, error))?;
    let (mut bids, mut asks) = (0, 0);
    let levels = book.levels.iter().map(|(side, at)| {
        let place = if *side == Side::Bid { &mut bids } else { &mut asks };
        *place += 1;
        BookLevel {
            symbol: symbol.clone(),
            event_time: book.stamp.event_time,
            known_at: book.stamp.known_at,
            venue: venue(what),
            side: *side,
            level: *place,
            at: *at,
            // A quote has no number; 0 stands for that in the book.
            update_id: (book.last_id > 0).then_some(book.last_id),
        }
    });
    Ok(levels.collect())
}

fn quotes(what: &Snapshot, symbol: &Symbol, path: &Path) -> Result<Vec<OptionQuote>> {
    let chain = match read_chain_snapshot(path) {
        // A vendor that knows no contract of that expiry has said so.
        Err(ReadError::Empty { .. }) => return Ok(Vec::new()),
        read => read.map_err(|error| unreadable(path, error))?,
    };
    let rows = chain.rows.iter().filter_map(|row| {
        let at = row.at?;
        Some(OptionQuote {
            underlying: symbol.clone(),
            event_time: at,
            known_at: at,
            venue: venue(what),
            expiry: row.expiry,
            strike: row.strike,
            right: row.right,
            bid: row.bid,
            ask: row.ask,
            last: row.last,
            volume: row.volume,
            open_interest: row.open_interest,
        })
    });
    Ok(rows.collect())
}

fn unreadable(path: &Path, error: ReadError) -> AppError {
    AppError::environment(format!("the snapshot `{}` cannot be stored in the lake", path.display()))
        .hint("the file is kept; look at what the vendor sent")
        .because(error)
}
