//! What a filed snapshot adds to the lake: levels of a book, a chain, articles.

use std::path::Path;

use proofmark_lake::facts::{self, BookLevel, Fact, OptionQuote};
use proofmark_lake::{CompactError, Delivery, IngestReport, Lake, LakeError, Table};
use proofmark_market::book::Side;
use proofmark_sources::fetch::Article;
use proofmark_sources::{ReadError, read_book_snapshot, read_chain_snapshot};
use proofmark_units::{Date, DateSpan, Instant, Symbol};
use serde::Deserialize;

use super::news::fact;
use super::snapshot::Snapshot;
use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::workspace::read;

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
            let articles = articles(path)?;
            let facts: Vec<_> = articles.iter().map(|article| fact("feed", symbol, article)).collect();
            lake.append_facts(&facts, &delivery).map_err(failed)?
        }
    };
    Ok(reports.iter().map(|report: &IngestReport| report.rows_added).sum())
}

/// When the newest row of that kind and symbol became known; `None` when the lake has none.
pub(super) fn known_to(lake: &Lake, what: &Snapshot, symbol: &Symbol) -> Result<Option<Instant>> {
    let newest = match what {
        Snapshot::Depth { .. } | Snapshot::Quote { .. } => {
            newest::<BookLevel>(lake, symbol, |row| row.known_at)
        }
        Snapshot::Chain { .. } => newest::<OptionQuote>(lake, symbol, |row| row.known_at),
        Snapshot::Feed => newest::<facts::Article>(lake, symbol, |row| row.known_at),
    };
    newest.map_err(|error| lake_error("failed to read what was stored of earlier snapshots", error))
}

/// The rows of the last day are enough: snapshots are filed in the order of time.
fn newest<F: Fact>(
    lake: &Lake,
    symbol: &Symbol,
    known_at: impl Fn(&F) -> Instant,
) -> std::result::Result<Option<Instant>, LakeError> {
    let Some(span) = lake.span_of(F::SHAPE.table, symbol) else { return Ok(None) };
    let last = DateSpan { start: span.end, end: span.end };
    Ok(lake.read_facts::<F>(symbol, last, None)?.iter().map(known_at).max())
}

/// Removes rows that were known before `before`; what has no retention is kept for good.
pub(super) fn forget(lake: &mut Lake, what: &Snapshot, symbol: &Symbol, before: Date) -> Result<u64> {
    let table = match what {
        Snapshot::Depth { .. } | Snapshot::Quote { .. } => Table::BookSnapshots,
        Snapshot::Chain { .. } => Table::OptionChains,
        Snapshot::Feed => return Ok(0),
    };
    lake.forget(table, symbol, before).map_err(|error: CompactError| {
        let hint = error.hint();
        AppError::environment("failed to remove what is older than it is kept").hint(hint).because(error)
    })
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
    let chain = read_chain_snapshot(path).map_err(|error| unreadable(path, error))?;
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

fn articles(path: &Path) -> Result<Vec<Article>> {
    #[derive(Deserialize)]
    struct Filed {
        snapshot: Seen,
    }
    #[derive(Deserialize)]
    struct Seen {
        articles: Vec<Article>,
    }
    let filed: Filed = serde_json::from_slice(&read(path)?).map_err(|error| {
        AppError::environment(format!("the filed snapshot `{}` is damaged", path.display()))
            .hint("remove it; what was stored of it stays")
            .because(error)
    })?;
    Ok(filed.snapshot.articles)
}

fn unreadable(path: &Path, error: ReadError) -> AppError {
    AppError::environment(format!("the snapshot `{}` cannot be stored in the lake", path.display()))
        .hint("the file is kept; look at what the vendor sent")
        .because(error)
}
