//! Bars shorter than a session: a step an instant at which bars became known, and one where a session ends without one.

use proofmark_execution::engine::Bar;
use proofmark_lake::{CleanOptions, Lake, Table, clean};
use proofmark_market::actions::{Adjust, CorporateAction, adjustment};
use proofmark_market::{BarRow, Bars, Calendar, Interval, IntradayBar};
use proofmark_units::{Date, Instant, Symbol};
use rayon::prelude::*;

use super::{Found, Moment, Prices, volume_of};
use crate::backtest::request::BacktestRequest;
use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::run::view::find_actions;

/// A name's bars, and one a session made of them: what splits are looked for in.
struct Name {
    daily: Bars,
    rows: Vec<IntradayBar>,
}

pub(super) fn read(
    lake: &Lake,
    calendar: &Calendar,
    interval: Interval,
    request: &BacktestRequest,
) -> Result<Found> {
    let known = lake.names(Table::bars(interval));
    let held = || {
        let held: Vec<&str> = lake.intervals().into_iter().map(Interval::id).collect();
        if held.is_empty() {
            return "fill the lake first: `proofmark ingest --help`".to_owned();
        }
        format!("the lake holds bars of {}; `proofmark data symbols` lists them", held.join(", "))
    };
    if let Some(missing) = request.symbols.iter().find(|symbol| !known.contains(symbol)) {
        return Err(AppError::input(format!("the lake holds no {interval} bar of `{missing}`")).hint(held()));
    }
    let wanted = |symbol: &Symbol| request.symbols.is_empty() || request.symbols.contains(symbol);
    let symbols: Vec<Symbol> = known.into_iter().filter(wanted).collect();
    let names: Vec<Name> = symbols
        .par_iter()
        .map(|symbol| name(lake, calendar, interval, symbol))
        .collect::<Result<Vec<Option<Name>>>>()?
        .into_iter()
        .flatten()
        .collect();
    if names.is_empty() {
        return Err(AppError::input(format!("there are no {interval} bars to trade")).hint(held()));
    }
    let daily: Vec<Bars> = names.iter().map(|name| name.daily.clone()).collect();
    let found = find_actions(calendar, &[], &daily)?.actions;
    let adjusted = names.par_iter().map(|name| without_splits(name, &found)).collect::<Result<_>>()?;
    let (moments, placed) = moments(calendar, &names);
    Ok(Found {
        symbols: daily.iter().map(|bars| bars.symbol().clone()).collect(),
        bars: names.iter().map(|name| name.rows.iter().map(|row| traded(row, request)).collect()).collect(),
        prices: Prices::Within(adjusted),
        moments,
        placed,
        found,
    })
}

/// A bar that has prices.
fn is_valid(row: &IntradayBar) -> bool {
    let (low, high) = (row.open.min(row.close), row.open.max(row.close));
    row.low > 0.0 && row.low <= low && high <= row.high && row.high < f64::INFINITY
}

/// The valid bars of a symbol, in the sessions of the calendar whose day is sound by the rules of the lake.
fn name(lake: &Lake, calendar: &Calendar, interval: Interval, symbol: &Symbol) -> Result<Option<Name>> {
    let Some(span) = lake.span_of(Table::bars(interval), symbol) else { return Ok(None) };
    let mut rows = lake
        .read_intraday(interval, symbol, span, None)
        .map_err(|error| lake_error(&format!("failed to read the {interval} bars of `{symbol}`"), error))?;
    rows.retain(is_valid);
    rows.dedup_by_key(|row| row.start);
    if let Some(pair) = rows.windows(2).find(|pair| pair[1].known_at <= pair[0].known_at) {
        let what = format!(
            "the {interval} bar of `{symbol}` that begins at {} was known at {}, not after the one before it",
            pair[1].start, pair[1].known_at
        );
        return Err(AppError::input(what)
            .hint("bars are traded in the order in which they became known; another delivery corrected the one before"));
    }
    let options = CleanOptions { set_aside_before_breaks: false, ..CleanOptions::default() };
    let daily = clean(symbol, &by_session(calendar, &rows), calendar, &options).bars;
    rows.retain(|row| daily.dates().binary_search(&row.session).is_ok());
    Ok((!daily.is_empty()).then_some(Name { daily, rows }))
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

fn without_splits(name: &Name, found: &[CorporateAction]) -> Result<Vec<IntradayBar>> {
    let factors = adjustment(&name.daily, found, Adjust::Splits, None)
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

fn traded(row: &IntradayBar, request: &BacktestRequest) -> Bar {
    let (open, high, low, close) = (row.open, row.high, row.low, row.close);
    Bar { opened: row.start, open, high, low, close, volume: volume_of(row.volume, request) }
}

/// All bars by the instant at which they were known. A session ends with the calendar's close, or with its last bar where that is
/// known later; its end is a step of its own where no bar is known just then.
fn moments(calendar: &Calendar, names: &[Name]) -> (Vec<Moment>, Vec<(u32, u32)>) {
    let mut all: Vec<(Date, Instant, u32, u32)> = Vec::new();
    for (id, name) in names.iter().enumerate() {
        let place = |(row, bar): (usize, &IntradayBar)| (bar.session, bar.known_at, id as u32, row as u32);
        all.extend(name.rows.iter().enumerate().map(place));
    }
    all.sort_unstable();
    let (mut moments, mut placed): (Vec<Moment>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
    for session in all.chunk_by(|a, b| a.0 == b.0) {
        let (date, begins) = (session[0].0, moments.len());
        for together in session.chunk_by(|a, b| a.1 == b.1) {
            let start = placed.len();
            placed.extend(together.iter().map(|(.., id, row)| (*id, *row)));
            let placed = start..placed.len();
            moments.push(Moment { time: together[0].1, session: date, placed, begins: false, ends: false });
        }
        moments[begins].begins = true;
        let (last, close) = (moments.len() - 1, calendar.session_close(date));
        if moments[last].time >= close {
            moments[last].ends = true;
        } else {
            let nothing = placed.len()..placed.len();
            moments.push(Moment { time: close, session: date, placed: nothing, begins: false, ends: true });
        }
    }
    (moments, placed)
}
