//! Prices that do not move.

use super::{Check, Hit};
use crate::quality::Severity;

/// Shortest run of equal daily closes.
const RUN_DAILY: usize = 5;

/// Shortest run of equal intraday closes: fine bars of a coarse tick repeat by themselves.
const RUN_INTRADAY: usize = 20;

/// Runs of one price.
pub(super) const FROZEN_RUN: Check = Check {
    id: "frozen_run",
    doc: "Five or more daily closes (20 or more intraday ones, within a date) in a row are equal.",
    severity: Severity::Warning,
    hint: "a halt, or a feed that repeats its last price: leave these bars out of returns and ranges",
    find: |view, _| {
        let close = view.close();
        let least = if view.is_daily() { RUN_DAILY } else { RUN_INTRADAY };
        let whole = 0..close.len();
        let parts = if view.is_daily() { std::slice::from_ref(&whole) } else { &view.days[..] };
        let mut hits = Vec::new();
        for part in parts {
            let mut row = part.start;
            for run in close[part.clone()].chunk_by(|a, b| a == b) {
                if run.len() >= least {
                    hits.push(Hit { row, rows: run.len(), value: run[0] });
                }
                row += run.len();
            }
        }
        hits
    },
    describe: |view, hit| {
        format!("{} closes of {} up to {}", hit.rows, hit.value, view.at()[hit.row + hit.rows - 1])
    },
};

/// Bars over which the share is measured.
const BLOCK: usize = 100;

/// Share of flat bars that is reported.
const SHARE: f64 = 0.5;

/// Stretches in which bars have no range.
pub(super) const FLAT_BARS: Check = Check {
    id: "flat_bars",
    doc: "In a stretch of 100 bars (neighbouring stretches are joined) more than half have open = high = low = close: ranges and true ranges mean nothing there. The value is the share.",
    severity: Severity::Warning,
    hint: "use closes alone in that span, or take bars of another source",
    find: |view, _| {
        let (open, high, low, close) = (view.open(), view.high(), view.low(), view.close());
        let flat = |row: usize| open[row] == close[row] && high[row] == low[row] && low[row] == close[row];
        let mut hits: Vec<Hit> = Vec::new();
        let mut from = 0;
        while from < view.len() {
            let to = (from + BLOCK).min(view.len());
            let share = (from..to).filter(|row| flat(*row)).count() as f64 / (to - from) as f64;
            if share > SHARE && to - from >= BLOCK / 2 {
                match hits.last_mut().filter(|hit| hit.row + hit.rows == from) {
                    Some(hit) => {
                        let rows = (hit.rows + to - from) as f64;
                        hit.value = (hit.value * hit.rows as f64 + share * (to - from) as f64) / rows;
                        hit.rows += to - from;
                    }
                    None => hits.push(Hit { row: from, rows: to - from, value: share }),
                }
            }
            from = to;
        }
        hits
    },
    describe: |view, hit| {
        let last = view.at()[hit.row + hit.rows - 1];
        format!("{:.3} of {} bars up to {last} are flat", hit.value, hit.rows)
    },
};
