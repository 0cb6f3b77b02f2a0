//! Volume and turnover in another unit than they seem.

use super::{Check, Hit, View};
use crate::quality::Severity;

pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Turnover that is not close times volume.
pub(super) const TURNOVER_UNIT: Check = Check {
    id: "turnover_unit",
    doc: "The median of turnover over close times volume is not between 0.5 and 2: turnover is in another unit, such as lakh or paise. The value is that median.",
    severity: Severity::Warning,
    hint: "divide turnover by the factor, or state its unit where it is used",
    find: |view, _| {
        let ratio = |row: usize| view.turnover()[row] / (view.close()[row] * view.volume()[row]);
        let mut ratios: Vec<f64> =
            (0..view.len()).map(ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0).collect();
        match median(&mut ratios) {
            Some(middle) if !(0.5..=2.0).contains(&middle) => {
                vec![Hit { row: 0, rows: view.len(), value: middle }]
            }
            _ => Vec::new(),
        }
    },
    describe: |_, hit| format!("turnover is {:.6} times close times volume, in the median", hit.value),
};

/// Bars over which the level of volume is measured.
const BLOCK: usize = 60;

/// Smallest change of the level that is reported.
const FACTOR: f64 = 50.0;

/// Medians of positive volumes over blocks of [`BLOCK`] bars.
fn levels(view: &View<'_>) -> Vec<Option<f64>> {
    view.volume()
        .chunks_exact(BLOCK)
        .map(|block| {
            let mut traded: Vec<f64> = block.iter().copied().filter(|v| *v > 0.0 && v.is_finite()).collect();
            if traded.len() * 2 < BLOCK { None } else { median(&mut traded) }
        })
        .collect()
}

/// Where two levels meet: the split that explains most of the variance of the log volumes.
fn step(volume: &[f64]) -> usize {
    let logs: Vec<f64> =
        volume.iter().map(|v| if *v > 0.0 && v.is_finite() { v.ln() } else { 0.0 }).collect();
    let (n, sum) = (logs.len() as f64, logs.iter().sum::<f64>());
    let (mut head, mut best, mut at) = (0.0, f64::NEG_INFINITY, 0);
    for (row, log) in logs.iter().enumerate() {
        if row > 0 {
            let (left, right) = (row as f64, n - row as f64);
            let between = left * right * (head / left - (sum - head) / right).powi(2);
            if between > best {
                (best, at) = (between, row);
            }
        }
        head += log;
    }
    at
}

/// A lasting change of the level of volume.
pub(super) const VOLUME_UNIT_CHANGE: Check = Check {
    id: "volume_unit_change",
    doc: "The median volume of 60 bars is over 50 times that of the 60 two blocks before, or under a 50th, and the blocks around agree with it: volume changed its unit, such as shares to lots.",
    severity: Severity::Warning,
    hint: "scale the volume of one side, as a named transform",
    find: |view, _| {
        let level = levels(view);
        let ratio = |a: usize, b: usize| Some(level[b]? / level[a]?);
        let mut hits = Vec::new();
        let mut block = 2;
        while block < level.len() {
            match ratio(block - 2, block) {
                Some(factor) if !(1.0 / FACTOR..=FACTOR).contains(&factor) => {
                    let lasts = block + 1 >= level.len()
                        || ratio(block, block + 1).is_none_or(|next| (0.1..=10.0).contains(&next));
                    if lasts {
                        // The change lies in this block or the one before.
                        let from = (block - 1) * BLOCK;
                        let row = from + step(&view.volume()[from..from + 2 * BLOCK]);
                        hits.push(Hit { row, rows: 1, value: factor });
                        block += 2;
                    }
                }
                _ => {}
            }
            block += 1;
        }
        hits
    },
    describe: |_, hit| format!("volume is {:.4} times what it was, and stays there", hit.value),
};
