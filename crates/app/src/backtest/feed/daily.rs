//! Bars by session: a step a session, over all names.

use proofmark_execution::engine::Bar;
use proofmark_lake::Lake;
use proofmark_market::actions::{Adjust, adjustment};
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_units::Symbol;
use rayon::prelude::*;

use super::{Found, Moment, Prices, volume_of};
use crate::backtest::request::BacktestRequest;
use crate::data;
use crate::error::{AppError, Result};
use crate::run::view::find_actions;

pub(super) fn read(lake: &Lake, calendar: &Calendar, request: &BacktestRequest) -> Result<Found> {
    let known = lake.symbols();
    if let Some(missing) = request.symbols.iter().find(|symbol| !known.contains(symbol)) {
        return Err(AppError::input(format!("the lake holds no bar of `{missing}`"))
            .hint("`proofmark data symbols` lists what it holds"));
    }
    let wanted = |symbol: &Symbol| request.symbols.is_empty() || request.symbols.contains(symbol);
    let raw = data::as_traded(lake, calendar, wanted)?;
    if raw.is_empty() {
        return Err(AppError::input("there are no bars to trade")
            .hint("fill the lake first: `proofmark ingest --help`; another market needs `--calendar`"));
    }
    let found = find_actions(calendar, &[], &raw)?.actions;
    let adjusted = |bars: &Bars| adjustment(bars, &found, Adjust::Splits, None).map(|f| f.apply(bars));
    let adjusted = raw
        .par_iter()
        .map(adjusted)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| AppError::input("failed to take splits out of the prices").because(error))?;
    let mut next = vec![0_usize; raw.len()];
    let (mut moments, mut placed) = (Vec::new(), Vec::new());
    for session in Panel::from_bars(&raw).dates {
        let (mut time, start) = (calendar.session_close(session), placed.len());
        for (id, bars) in raw.iter().enumerate() {
            let row = next[id];
            if bars.dates().get(row) == Some(&session) {
                time = time.max(bars.known_ats()[row]);
                placed.push((id as u32, row as u32));
                next[id] += 1;
            }
        }
        moments.push(Moment { time, session, placed: start..placed.len(), begins: true, ends: true });
    }
    let session_bar = |bars: &Bars, row: usize| {
        let bar = bars.row(row);
        let minutes = i64::from(calendar.session_minutes(bar.date).unwrap_or(24 * 60));
        Bar {
            opened: calendar.session_close(bar.date).plus_seconds(-60 * minutes),
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: volume_of(bar.volume, request),
        }
    };
    let bars = raw.iter().map(|bars| (0..bars.len()).map(|row| session_bar(bars, row)).collect());
    Ok(Found {
        symbols: raw.iter().map(|bars| bars.symbol().clone()).collect(),
        bars: bars.collect(),
        prices: Prices::Sessions(adjusted),
        moments,
        placed,
        found,
    })
}
