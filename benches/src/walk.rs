//! One symbol's simulated bars, and bars from columns.

use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};

use crate::{Failure, seed};

/// Open, high, low, close and volume of a mean-reverting walk, which stays within a few orders of magnitude for a million
/// bars.
pub fn walk(bars: usize) -> Vec<Vec<f64>> {
    let mut rng = seed("features").rng();
    let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
    let mut uniform = seed("features volume").rng();
    let mut columns: Vec<Vec<f64>> = (0..5).map(|_| Vec::with_capacity(bars)).collect();
    let mut level = 0.0_f64;
    for _ in 0..bars {
        let open = level + 0.004 * normal();
        let close = 0.9995 * open + 0.012 * normal();
        let (high, low) =
            (open.max(close) + 0.004 * normal().abs(), open.min(close) - 0.004 * normal().abs());
        for (column, log) in columns.iter_mut().zip([open, high, low, close]) {
            column.push(100.0 * log.exp());
        }
        columns[4].push((1e5 * (1.0 + 9.0 * uniform.random::<f64>())).floor());
        level = close;
    }
    columns
}

/// Bars on consecutive days from open, high, low, close and volume; a million sessions do not fit the calendar of
/// instants, and no feature compared here reads a time.
///
/// # Errors
/// A price is refused, or there are more bars than days can be numbered.
pub fn bars(columns: &[Vec<f64>]) -> Result<Bars, Failure> {
    let row = |t: usize| -> Result<BarRow, Failure> {
        Ok(BarRow {
            date: Date::from_days(i32::try_from(t)?),
            event_time: Instant::from_nanos(0),
            known_at: Instant::from_nanos(0),
            open: columns[0][t],
            high: columns[1][t],
            low: columns[2][t],
            close: columns[3][t],
            volume: columns[4][t],
        })
    };
    let rows = (0..columns[0].len()).map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(Bars::from_rows("NAME".parse()?, &rows)?)
}
