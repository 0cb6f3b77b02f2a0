//! Coverage by calendar, and the likely cause of each hole.

use proofmark_lake::Coverage;
use proofmark_lake::Table;
use proofmark_lake::coverage::{Cause, Market, YearCoverage, holes};
use proofmark_units::{Date, Symbol};
use serde::Serialize;

use super::{calendar, open_lake, raw_bars};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// Coverage of the whole lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageOverview {
    /// The calendar.
    pub calendar: String,
    /// By symbol, ascending.
    pub symbols: Vec<SymbolCoverage>,
}

/// Coverage of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SymbolCoverage {
    /// The symbol.
    pub symbol: Symbol,
    /// First bar.
    pub first: Date,
    /// Last bar.
    pub last: Date,
    /// Sessions with a bar, first to last.
    pub observed: u64,
    /// Sessions of the calendar, first to last.
    pub expected: u64,
    /// Observed over expected, 0 to 1.
    pub fraction: f64,
    /// By civil year.
    pub years: Vec<YearReport>,
    /// Every hole, ascending; those outside first to last are not expected.
    pub holes: Vec<HoleReport>,
}

/// One year of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct YearReport {
    /// Civil year.
    pub year: i32,
    /// Sessions with a bar.
    pub observed: u64,
    /// Sessions of the calendar.
    pub expected: u64,
}

/// Consecutive sessions without a bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoleReport {
    /// First missing session.
    pub first: Date,
    /// Last missing session.
    pub last: Date,
    /// Sessions missing.
    pub sessions: usize,
    /// The likely cause, in `snake_case`.
    pub cause: &'static str,
    /// What speaks for it.
    pub because: String,
}

/// Coverage of every symbol of the lake by `calendar`.
///
/// # Errors
/// The calendar is unknown, or the lake is empty or cannot be read.
pub fn coverage(ws: &Workspace, calendar_id: &str) -> Result<CoverageOverview> {
    let calendar = calendar(calendar_id)?;
    let lake = open_lake(ws)?;
    let mut market = Vec::new();
    for symbol in lake.symbols() {
        let Some((_, rows)) = raw_bars(&lake, &symbol)? else { continue };
        let mut dates: Vec<Date> = rows.iter().map(|row| row.date).collect();
        dates.dedup();
        // The first file a symbol came from names its source: later ones bring it up to date.
        let file = lake.files().iter().find(|file| file.table == Table::Bars && file.symbol == symbol);
        let source = file.map_or_else(String::new, |file| file.source.clone());
        market.push(Market { symbol, source, dates, listing: None });
    }
    if market.is_empty() {
        return Err(AppError::input("the lake holds no bars")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    }
    let mut all = holes(&market, &calendar).into_iter().peekable();
    let mut symbols = Vec::with_capacity(market.len());
    for name in &market {
        let mut own = Vec::new();
        while let Some(hole) = all.next_if(|hole| hole.symbol == name.symbol) {
            own.push(HoleReport {
                first: hole.first,
                last: hole.last,
                sessions: hole.sessions,
                cause: word(hole.cause),
                because: hole.because,
            });
        }
        let Some(whole) = Coverage::of(&name.dates, &calendar) else { continue };
        let years = YearCoverage::of(&name.dates, &calendar);
        symbols.push(SymbolCoverage {
            symbol: name.symbol.clone(),
            first: whole.first,
            last: whole.last,
            observed: whole.observed,
            expected: whole.expected,
            fraction: whole.fraction(),
            years: years
                .iter()
                .map(|y| YearReport { year: y.year, observed: y.observed, expected: y.expected })
                .collect(),
            holes: own,
        });
    }
    Ok(CoverageOverview { calendar: calendar.id().to_owned(), symbols })
}

const fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::HolidayMismatch => "holiday_mismatch",
        Cause::PreListing => "pre_listing",
        Cause::Ended => "ended",
        Cause::VendorCap => "vendor_cap",
        Cause::Halt => "halt",
        Cause::WholeMarket => "whole_market",
        Cause::Unknown => "unknown",
    }
}
