//! Ticks that no trade made, and returns that need a reason.

use super::view::percent;
use super::{Check, CheckContext, Hit, View};
use crate::quality::Severity;

/// Size of a spike in typical returns.
const SPIKE: f64 = 12.0;

/// Smallest spike that matters (fraction).
const SMALLEST: f64 = 0.005;

/// What of the spike may remain after the return (a share of it).
const REMAINS: f64 = 0.4;

/// Longest spike, bars.
const LONGEST: usize = 3;

/// Beyond this it is a scale error.
const FAR: f64 = 5.0;

fn spikes(view: &View<'_>, _: &CheckContext<'_>) -> Vec<Hit> {
    let Some(scale) = view.scale else { return Vec::new() };
    let close = view.close();
    let least = (SPIKE * scale).max(SMALLEST);
    let mut hits = Vec::new();
    let mut row = 1;
    while row + 1 < close.len() {
        let level = close[row - 1];
        let jump = close[row] / level - 1.0;
        if !(jump.abs() > least && jump.is_finite()) || close[row] > level * FAR || close[row] * FAR < level {
            row += 1;
            continue;
        }
        // Every bar between must stay out there; the one after must be back.
        let back = (row + 1..close.len().min(row + 1 + LONGEST)).find(|later| {
            (close[*later] / level - 1.0).abs() <= REMAINS * jump.abs()
                && (row..*later).all(|r| (close[r] / level - 1.0) * jump.signum() > jump.abs() / 2.0)
        });
        match back {
            Some(back) => {
                hits.push(Hit { row, rows: back - row, value: jump });
                row = back + 1;
            }
            None => row += 1,
        }
    }
    hits
}

/// Spikes that return.
pub(super) const BAD_TICK: Check = Check {
    id: "bad_tick",
    doc: "The close moves by over 12 typical returns (and 0.5 %) and within three bars keeps less than 40 % of that: a wrong tick. The typical return is 1.4826 times the median absolute one. This reads later bars; a jump that stays is not a bad tick. The value is the return.",
    severity: Severity::Warning,
    hint: "compare with another source; leave the rows out if it has none of it",
    find: spikes,
    describe: |view, hit| {
        let (before, after) = (view.close()[hit.row - 1], view.close()[hit.row + hit.rows]);
        format!("close {before}, then {} ({}), then {after}", view.close()[hit.row], percent(hit.value))
    },
};

/// Size of a return that is listed, in typical returns.
const OUTLIER: f64 = 30.0;

/// Smallest return that is listed (fraction).
const LISTED: f64 = 0.02;

/// Returns far beyond the usual.
pub(super) const OUTLIER_RETURN: Check = Check {
    id: "outlier_return",
    doc: "The close moves by over 30 typical returns and 2 %: real (a crash, a listing), a corporate action that nobody recorded, or an error. The value is the return.",
    severity: Severity::Info,
    hint: "look at each: declare corporate actions, compare errors with another source",
    find: |view, _| {
        let Some(scale) = view.scale else { return Vec::new() };
        let least = (OUTLIER * scale).max(LISTED);
        let close = view.close();
        (1..close.len())
            .map(|row| Hit::one(row, close[row] / close[row - 1] - 1.0))
            .filter(|hit| hit.value.is_finite() && hit.value.abs() > least && close[hit.row] > 0.0)
            .collect()
    },
    describe: |view, hit| {
        format!("close {} to {}, {}", view.close()[hit.row - 1], view.close()[hit.row], percent(hit.value))
    },
};
