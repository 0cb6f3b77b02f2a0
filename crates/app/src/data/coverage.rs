//! Coverage by calendar, and the likely cause of each hole.

use std::collections::BTreeMap;

use proofmark_lake::coverage::{Cause, Market, YearCoverage, holes};
use proofmark_lake::{Coverage, Lake, Table};
use proofmark_market::{Calendar, Interval};
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use super::{calendar, lake_error, open_lake, raw_bars};
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
    /// How long its bars last.
    pub interval: Interval,
    /// First session with a bar.
    pub first: Date,
    /// Last session with a bar.
    pub last: Date,
    /// Sessions with a bar, first to last.
    pub observed: u64,
    /// Sessions of the calendar, first to last.
    pub expected: u64,
    /// Observed over expected, 0 to 1.
    pub fraction: f64,
    /// Bars of the sessions that have one: different starts seen and expected. The calendar says how many a session holds; where
    /// it does not, the commonest number is expected.
    pub bars: Bars,
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
    /// Bars of the sessions that have one.
    pub bars: Bars,
}

/// Bars seen and expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Bars {
    /// Different starts.
    pub observed: u64,
    /// Bars that the sessions hold.
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

/// Coverage of every symbol of the lake by `calendar`, daily bars first.
///
/// # Errors
/// The calendar is unknown, or the lake is empty or cannot be read.
pub fn coverage(ws: &Workspace, calendar_id: &str) -> Result<CoverageOverview> {
    let calendar = calendar(calendar_id)?;
    let lake = open_lake(ws)?;
    let mut symbols = Vec::new();
    for interval in lake.intervals() {
        symbols.extend(of_interval(&lake, interval, &calendar)?);
    }
    if symbols.is_empty() {
        return Err(AppError::input("the lake holds no bars")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    }
    Ok(CoverageOverview { calendar: calendar.id().to_owned(), symbols })
}

fn of_interval(lake: &Lake, interval: Interval, calendar: &Calendar) -> Result<Vec<SymbolCoverage>> {
    let table = Table::bars(interval);
    let mut market = Vec::new();
    let mut counts = Vec::new();
    for symbol in lake.names(table) {
        let bars = bars_by_session(lake, interval, &symbol)?;
        // The first file a symbol came from names its source: later ones bring it up to date.
        let file = lake.files().iter().find(|file| file.table == table && file.symbol == symbol);
        let source = file.map_or_else(String::new, |file| file.source.clone());
        market.push(Market { symbol, source, dates: bars.keys().copied().collect(), listing: None });
        counts.push(bars);
    }
    let mut all = holes(&market, calendar).into_iter().peekable();
    let mut symbols = Vec::with_capacity(market.len());
    for (name, counts) in market.iter().zip(counts) {
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
        let Some(whole) = Coverage::of(&name.dates, calendar) else { continue };
        let bars = bars_by_year(&counts, interval, calendar);
        let year = |y: &YearCoverage| YearReport {
            year: y.year,
            observed: y.observed,
            expected: y.expected,
            bars: bars.get(&y.year).copied().unwrap_or_default(),
        };
        symbols.push(SymbolCoverage {
            symbol: name.symbol.clone(),
            interval,
            first: whole.first,
            last: whole.last,
            observed: whole.observed,
            expected: whole.expected,
            fraction: whole.fraction(),
            bars: bars.values().fold(Bars::default(), |sum, year| Bars {
                observed: sum.observed + year.observed,
                expected: sum.expected + year.expected,
            }),
            years: YearCoverage::of(&name.dates, calendar).iter().map(year).collect(),
            holes: own,
        });
    }
    Ok(symbols)
}

/// Different starts of bars by session.
fn bars_by_session(lake: &Lake, interval: Interval, symbol: &Symbol) -> Result<BTreeMap<Date, u64>> {
    let mut counts = BTreeMap::new();
    if interval == Interval::Day1 {
        let rows = raw_bars(lake, symbol)?.map(|(_, rows)| rows).unwrap_or_default();
        counts.extend(rows.iter().map(|row| (row.date, 1)));
        return Ok(counts);
    }
    let rows = lake
        .read_intraday(interval, symbol, DateSpan::EVERY, None)
        .map_err(|error| lake_error(&format!("failed to read the bars of `{symbol}`"), error))?;
    let mut before = None;
    for row in rows {
        if before.replace((row.session, row.start)) != Some((row.session, row.start)) {
            *counts.entry(row.session).or_default() += 1;
        }
    }
    Ok(counts)
}

fn bars_by_year(
    counts: &BTreeMap<Date, u64>,
    interval: Interval,
    calendar: &Calendar,
) -> BTreeMap<i32, Bars> {
    let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
    counts.values().for_each(|count| *sizes.entry(*count).or_default() += 1);
    let commonest = sizes.into_iter().max_by_key(|(_, sessions)| *sessions).map_or(0, |(size, _)| size);
    let mut years: BTreeMap<i32, Bars> = BTreeMap::new();
    for (date, observed) in counts {
        let minutes = calendar.session_minutes(*date);
        let year = years.entry(date.year()).or_default();
        year.observed += observed;
        year.expected += minutes.map_or(commonest, |m| u64::from(interval.bars_per_session(m)));
    }
    years
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
