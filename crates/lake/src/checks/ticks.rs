//! Prices that no quote could have.

use super::{Check, Hit, View};
use crate::quality::Severity;

/// Tick sizes tried, coarse first.
const TICKS: &[f64] = &[
    10.0, 5.0, 1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.025, 0.01, 0.005, 0.0025, 0.001, 0.0005, 0.0001, 0.00005,
    0.00001,
];

/// Share of closes that must lie on a grid for it to be the instrument's.
const ON_GRID: f64 = 0.995;

/// Bars below which no grid is learned.
const FEWEST: usize = 500;

fn on(price: f64, tick: f64) -> bool {
    let steps = price / tick;
    // Six significant digits are what vendors keep of a large price.
    (steps - steps.round()).abs() <= (steps * 1e-9).max(1e-4)
}

/// The coarsest grid nearly all closes lie on.
fn grid(view: &View<'_>) -> Option<f64> {
    let valid: Vec<f64> = view.close().iter().copied().filter(|p| *p > 0.0 && p.is_finite()).collect();
    if valid.len() < FEWEST {
        return None;
    }
    // A thousand closes decide against a grid; all of them decide for one.
    let step = (valid.len() / 1_000).max(1);
    let share = |tick: f64, step: usize| {
        let looked = valid.iter().step_by(step);
        let n = looked.len();
        looked.filter(|price| on(**price, tick)).count() as f64 / n as f64
    };
    TICKS.iter().copied().find(|tick| share(*tick, step) >= 0.98 && share(*tick, 1) >= ON_GRID)
}

/// Prices off the instrument's tick grid.
pub(super) const OFF_TICK: Check = Check {
    id: "off_tick",
    doc: "At least 99.5 % of the closes are multiples of a tick (learned from 500 bars or more), and a price of this bar is not: an average, an adjusted or a made-up price. The value is the tick.",
    severity: Severity::Warning,
    hint: "check whether single rows were adjusted, averaged or filled",
    find: |view, _| {
        let Some(tick) = grid(view) else { return Vec::new() };
        let off = |row: usize| view.prices(row).iter().any(|p| *p > 0.0 && p.is_finite() && !on(*p, tick));
        (0..view.len()).filter(|row| off(*row)).map(|row| Hit::one(row, tick)).collect()
    },
    describe: |view, hit| {
        let [open, high, low, close] = view.prices(hit.row);
        format!("open {open}, high {high}, low {low}, close {close} on a tick of {}", hit.value)
    },
};
