//! Bars shorter than a session, by name: the sound ones, in prices that no split moves.

use proofmark_lake::{CleanOptions, Lake, Table, clean};
use proofmark_market::actions::{Adjust, AdjustError, CorporateAction, Factors};
use proofmark_market::{BarRow, Bars, Calendar, Interval, IntradayBar};
use proofmark_units::Symbol;
use rayon::prelude::*;

use super::lake_error;
use crate::error::{AppError, Result};
use crate::run::view::find_actions;

/// A name's bars, and one a session made of them: what splits are looked for in.
pub(crate) struct Within {
    pub(crate) daily: Bars,
    /// Ascending by start, each start once, in sessions of `daily` alone.
    pub(crate) rows: Vec<IntradayBar>,
}

/// The sound bars of `symbols`, or of every name with some where that is empty.
///
/// # Errors
/// A symbol has no bar of that length, nobody has one, or the lake cannot be read.
pub(crate) fn read(
    lake: &Lake,
    calendar: &Calendar,
    interval: Interval,
    symbols: &[Symbol],
) -> Result<Vec<Within>> {
    let known = lake.names(Table::bars(interval));
    let held = || {
        let held: Vec<&str> = lake.intervals().into_iter().map(Interval::id).collect();
        if held.is_empty() {
            return "fill the lake first: `proofmark ingest --help`".to_owned();
        }
        format!("the lake holds bars of {}; `proofmark data symbols` lists them", held.join(", "))
    };
    if let Some(missing) = symbols.iter().find(|symbol| !known.contains(symbol)) {
        return Err(AppError::input(format!("the lake holds no {interval} bar of `{missing}`")).hint(held()));
    }
    let wanted = |symbol: &Symbol| symbols.is_empty() || symbols.contains(symbol);
    let chosen: Vec<Symbol> = known.into_iter().filter(wanted).collect();
    let names: Vec<Option<Within>> =
        chosen.par_iter().map(|symbol| name(lake, calendar, interval, symbol)).collect::<Result<_>>()?;
    let names: Vec<Within> = names.into_iter().flatten().collect();
    if names.is_empty() {
        return Err(AppError::input(format!("there are no {interval} bars to work with")).hint(held()));
    }
    Ok(names)
}

/// The splits that the sessions of `names` show.
///
/// # Errors
/// Detection cannot read the bars.
pub(crate) fn splits(calendar: &Calendar, names: &[Within]) -> Result<Vec<CorporateAction>> {
    let daily: Vec<Bars> = names.iter().map(|name| name.daily.clone()).collect();
    Ok(find_actions(calendar, &[], &daily)?.actions)
}

/// How the prices of a name are scaled: [`proofmark_market::actions::adjustment_from_first`], where a split must change no bit of
/// what came before it, or from the last bar on.
pub(crate) type Scale = fn(&Bars, &[CorporateAction], Adjust) -> std::result::Result<Factors, AdjustError>;

/// Every name's bars without `splits`.
///
/// # Errors
/// A price is not finite without them.
pub(crate) fn without_splits(
    names: &[Within],
    splits: &[CorporateAction],
    scale: Scale,
) -> Result<Vec<Vec<IntradayBar>>> {
    names.par_iter().map(|name| adjusted(name, splits, scale)).collect()
}

/// A bar that has prices.
fn is_valid(row: &IntradayBar) -> bool {
    let (low, high) = (row.open.min(row.close), row.open.max(row.close));
    row.low > 0.0 && row.low <= low && high <= row.high && row.high < f64::INFINITY
}

/// The valid bars of a symbol, in the sessions of the calendar whose day is sound by the rules of the lake.
fn name(lake: &Lake, calendar: &Calendar, interval: Interval, symbol: &Symbol) -> Result<Option<Within>> {
    let Some(span) = lake.span_of(Table::bars(interval), symbol) else { return Ok(None) };
    let mut rows = lake
        .read_intraday(interval, symbol, span, None)
        .map_err(|error| lake_error(&format!("failed to read the {interval} bars of `{symbol}`"), error))?;
    rows.retain(is_valid);
    rows.dedup_by_key(|row| row.start);
    let options = CleanOptions { set_aside_before_breaks: false, ..CleanOptions::default() };
    let daily = clean(symbol, &by_session(calendar, &rows), calendar, &options).bars;
    rows.retain(|row| daily.dates().binary_search(&row.session).is_ok());
    Ok((!daily.is_empty()).then_some(Within { daily, rows }))
}

/// First open, highest high, lowest low, last close, sum of volumes.
fn by_session(calendar: &Calendar, rows: &[IntradayBar]) -> Vec<BarRow> {
    let day = |rows: &[IntradayBar]| {
        let (first, last) = (&rows[0], &rows[rows.len() - 1]);
        let close = calendar.session_close(first.session).max(last.event_time);
        BarRow {
            date: first.session,
            event_time: close,
            known_at: close.max(last.known_at),
            open: first.open,
            high: rows.iter().map(|row| row.high).fold(first.high, f64::max),
            low: rows.iter().map(|row| row.low).fold(first.low, f64::min),
            close: last.close,
            volume: rows.iter().map(|row| row.volume).sum(),
        }
    };
    rows.chunk_by(|a, b| a.session == b.session).map(day).collect()
}

fn adjusted(name: &Within, splits: &[CorporateAction], scale: Scale) -> Result<Vec<IntradayBar>> {
    let factors = scale(&name.daily, splits, Adjust::Splits)
        .map_err(|error| AppError::input("failed to take splits out of the prices").because(error))?;
    let mut rows = name.rows.clone();
    let mut session = 0;
    for row in &mut rows {
        while name.daily.dates()[session] < row.session {
            session += 1;
        }
        let (price, volume) = (factors.price[session], factors.volume[session]);
        for value in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
            *value *= price;
        }
        row.volume *= volume;
    }
    Ok(rows)
}
