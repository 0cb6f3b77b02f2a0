//! Bars shorter than a session: a step an instant at which bars became known, and one where a session ends without one.

use proofmark_execution::engine::Bar;
use proofmark_lake::Lake;
use proofmark_market::actions::adjustment;
use proofmark_market::{Bars, Calendar, Interval, IntradayBar};
use proofmark_units::{Date, Instant};

use super::{Found, Moment, Prices, volume_of};
use crate::backtest::request::BacktestRequest;
use crate::data::within::{self, Within};
use crate::error::{AppError, Result};

pub(super) fn read(
    lake: &Lake,
    calendar: &Calendar,
    interval: Interval,
    request: &BacktestRequest,
) -> Result<Found> {
    let names = within::read(lake, calendar, interval, &request.symbols)?;
    names.iter().try_for_each(|name| in_order(interval, name))?;
    let found = within::splits(calendar, &names)?;
    let adjusted = within::without_splits(&names, &found, |bars, splits, adjust| {
        adjustment(bars, splits, adjust, None)
    })?;
    let (moments, placed) = moments(calendar, &names);
    let daily: Vec<&Bars> = names.iter().map(|name| &name.daily).collect();
    Ok(Found {
        symbols: daily.iter().map(|bars| bars.symbol().clone()).collect(),
        bars: names.iter().map(|name| name.rows.iter().map(|row| traded(row, request)).collect()).collect(),
        prices: Prices::Within(adjusted),
        moments,
        placed,
        found,
    })
}

/// Bars are traded as they become known, so each must be known after the one before it.
fn in_order(interval: Interval, name: &Within) -> Result<()> {
    let Some(pair) = name.rows.windows(2).find(|pair| pair[1].known_at <= pair[0].known_at) else {
        return Ok(());
    };
    let what = format!(
        "the {interval} bar of `{}` that begins at {} was known at {}, not after the one before it",
        name.daily.symbol(),
        pair[1].start,
        pair[1].known_at
    );
    Err(AppError::input(what).hint(
        "bars are traded in the order in which they became known; another delivery corrected the one before",
    ))
}

fn traded(row: &IntradayBar, request: &BacktestRequest) -> Bar {
    let (open, high, low, close) = (row.open, row.high, row.low, row.close);
    Bar { opened: row.start, open, high, low, close, volume: volume_of(row.volume, request) }
}

/// All bars by the instant at which they were known. A session ends with the calendar's close, or with its last bar where that is
/// known later; its end is a step of its own where no bar is known just then.
fn moments(calendar: &Calendar, names: &[Within]) -> (Vec<Moment>, Vec<(u32, u32)>) {
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
