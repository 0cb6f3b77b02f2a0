//! Labels of a whole panel.

use proofmark_market::Panel;
use proofmark_units::Date;

use crate::barrier::{Barriers, first_touch};
use crate::horizon::{Outcome, fixed_horizon, trailing_sigma, units};
use crate::series::Series;
use crate::{ExitReason, LabelSpec};

/// Labels on the grid of a panel, time-major: cell `t * symbols + s` is the decision at the close of date `t`.
///
/// A cell without a label holds NaN and `None` in every column but the unit: no bar that day, no member, no next bar,
/// volatility unknown, or a future that is not over yet.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelGrid {
    /// 1 or 0: scaled return above the threshold; for barriers, target first or a gain at the maximum hold.
    pub class: Vec<f64>,
    /// Simple return from entry to exit, before costs; never made relative.
    pub forward_return: Vec<f64>,
    /// Return over its unit, less the date's mean if relative.
    pub scaled_return: Vec<f64>,
    /// What one unit of scaled return is, a fraction above 0 known at the decision: `sigma * sqrt(horizon)` for a fixed
    /// horizon, the stop's distance for barriers (so that returns are multiples of the risk taken). Also where the
    /// future is not over yet; NaN without a bar or while the volatility is unknown or 0.
    pub unit: Vec<f64>,
    /// Date of the first price the label reads.
    pub start: Vec<Option<Date>>,
    /// *Latest* date whose price the label may have read: for barriers that of the maximum hold, though the stop may
    /// have come earlier, so that purging does not depend on the outcome.
    pub end: Vec<Option<Date>>,
    /// Why a barrier label ended; `None` for fixed horizons, and where the symbol stopped trading before any barrier.
    pub exit_reason: Vec<Option<ExitReason>>,
}

/// The labels of every symbol and date of `panel`.
///
/// Entry is the open of the symbol's own next bar and horizons count its own bars, so a halt stretches the span. A
/// label whose latest exit lies beyond the panel is missing even if a barrier was reached (else early exits would be
/// over-represented at the end), unless the symbol [stopped trading](crate::DELISTED_AFTER_SESSIONS): then it is closed
/// at its last close. A relative label reads the whole cross-section, so its span covers the spans of all symbols with
/// a label on that date. A `spec` that fails [`LabelSpec::check`] gives no labels.
pub fn label_grid(panel: &Panel, spec: &LabelSpec) -> LabelGrid {
    let cells = panel.len() * panel.width();
    let mut grid = LabelGrid {
        class: vec![f64::NAN; cells],
        forward_return: vec![f64::NAN; cells],
        scaled_return: vec![f64::NAN; cells],
        unit: vec![f64::NAN; cells],
        start: vec![None; cells],
        end: vec![None; cells],
        exit_reason: vec![None; cells],
    };
    if spec.check().is_err() {
        return grid;
    }
    for s in 0..panel.width() {
        let series = Series::of(panel, s);
        let units = match *spec {
            LabelSpec::FixedHorizon { vol_window, horizon, .. } => {
                units(&trailing_sigma(&series.close, vol_window), horizon)
            }
            LabelSpec::TripleBarrier { stop_loss, .. } => vec![stop_loss; series.len()],
        };
        for ((k, row), unit) in series.rows.iter().enumerate().zip(units) {
            let cell = panel.cell(*row, s);
            grid.unit[cell] = unit;
            if unit.is_nan() || !panel.is_open(*row, s) {
                continue;
            }
            let (outcome, reason) = match *spec {
                LabelSpec::FixedHorizon { horizon, .. } => (fixed_horizon(&series, k, horizon), None),
                LabelSpec::TripleBarrier { stop_loss, take_profit, max_hold } => {
                    barrier_outcome(&series, k, &Barriers { stop_loss, take_profit, max_hold })
                }
            };
            let Some(outcome) = outcome else { continue };
            grid.forward_return[cell] = outcome.forward_return;
            grid.scaled_return[cell] = outcome.forward_return / unit;
            grid.start[cell] = Some(panel.dates[series.rows[outcome.entry]]);
            grid.end[cell] = Some(panel.dates[series.rows[outcome.last]]);
            grid.exit_reason[cell] = reason;
        }
    }
    let threshold = match spec {
        LabelSpec::FixedHorizon { threshold, relative, .. } => {
            if *relative {
                grid.make_relative(panel.width());
            }
            *threshold
        }
        LabelSpec::TripleBarrier { .. } => 0.0,
    };
    for (class, scaled) in grid.class.iter_mut().zip(&grid.scaled_return) {
        if !scaled.is_nan() {
            *class = f64::from(u8::from(*scaled > threshold));
        }
    }
    grid
}

fn barrier_outcome(series: &Series, k: usize, barriers: &Barriers) -> (Option<Outcome>, Option<ExitReason>) {
    let entry = k + 1;
    let (Some(price), Some((last, at_the_latest))) =
        (series.open.get(entry), series.exit_at_open(entry.saturating_add(barriers.max_hold)))
    else {
        return (None, None);
    };
    let touch = first_touch(&series.open, &series.high, &series.low, entry, barriers);
    let exit = touch.map_or(at_the_latest, |touch| touch.price);
    (Some(Outcome { entry, last, forward_return: exit / price - 1.0 }), touch.map(|touch| touch.reason))
}

impl LabelGrid {
    /// Takes each date's mean off the scaled returns and widens the date's spans to what that mean reads.
    fn make_relative(&mut self, width: usize) {
        if width == 0 {
            return;
        }
        let dates = self.scaled_return.chunks_mut(width);
        for ((scaled, start), end) in dates.zip(self.start.chunks_mut(width)).zip(self.end.chunks_mut(width))
        {
            let known: Vec<f64> = scaled.iter().copied().filter(|v| !v.is_nan()).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            let first = start.iter().flatten().min().copied();
            let last = end.iter().flatten().max().copied();
            for ((scaled, start), end) in scaled.iter_mut().zip(start).zip(end) {
                if !scaled.is_nan() {
                    *scaled -= mean;
                    (*start, *end) = (first, last);
                }
            }
        }
    }
}
