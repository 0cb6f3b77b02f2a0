//! The same market with something changed that may not matter.

use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Seed};
use rand::seq::SliceRandom as _;

use crate::error::{AppError, Result};

fn rebuilt(bars: &Bars, rows: &[BarRow]) -> Result<Bars> {
    Bars::from_rows(bars.symbol().clone(), rows)
        .map_err(|e| AppError::bug("a changed market is impossible").because(e))
}

fn scaled(row: BarRow, price: f64, volume: f64) -> BarRow {
    BarRow {
        open: row.open * price,
        high: row.high * price,
        low: row.low * price,
        close: row.close * price,
        volume: row.volume * volume,
        ..row
    }
}

/// The same sessions with every price from `from` on halved or doubled in turn, and volumes tripled.
pub(crate) fn other_future(bars: &[Bars], from: Date) -> Result<Vec<Bars>> {
    let change = |bars: &Bars| {
        let rows: Vec<BarRow> = (0..bars.len())
            .map(|i| match bars.row(i) {
                row if row.date < from => row,
                row => scaled(row, if i % 2 == 0 { 0.5 } else { 2.0 }, 3.0),
            })
            .collect();
        rebuilt(bars, &rows)
    };
    bars.iter().map(change).collect()
}

/// The same sessions with the bars from `from` on in another order: each keeps its shape relative to the close before
/// it, so levels, ranges and volumes stay those of a market.
pub(crate) fn shuffled_future(bars: &[Bars], from: Date, seed: &Seed) -> Result<Vec<Bars>> {
    let shuffle = |(s, bars): (usize, &Bars)| {
        let first = bars.dates().partition_point(|d| *d < from).max(1);
        let mut order: Vec<usize> = (first..bars.len()).collect();
        order.shuffle(&mut seed.nth(s as u64).rng());
        let mut rows: Vec<BarRow> = (0..bars.len()).map(|i| bars.row(i)).collect();
        for (at, from) in (first..bars.len()).zip(order) {
            let taken = bars.row(from);
            let level = rows[at - 1].close / bars.close()[from - 1];
            let place = bars.row(at);
            rows[at] = BarRow {
                date: place.date,
                event_time: place.event_time,
                known_at: place.known_at,
                ..scaled(taken, level, 1.0)
            };
        }
        rebuilt(bars, &rows)
    };
    bars.iter().enumerate().map(shuffle).collect()
}

/// The same market with every price of the given dates half as high again: open, high, low and close alike.
pub(crate) fn lifted(bars: &[Bars], dates: &[Date]) -> Result<Vec<Bars>> {
    let lift = |bars: &Bars| {
        let rows: Vec<BarRow> = (0..bars.len())
            .map(|i| match bars.row(i) {
                row if dates.contains(&row.date) => scaled(row, 1.5, 1.0),
                row => row,
            })
            .collect();
        rebuilt(bars, &rows)
    };
    bars.iter().map(lift).collect()
}
