//! Volumes.

use super::{Check, Hit};
use crate::quality::Severity;

/// Impossible volumes.
pub(super) const NEGATIVE_VOLUME: Check = Check {
    id: "negative_volume",
    doc: "Volume is negative or infinite.",
    severity: Severity::Error,
    hint: "leave the row out; some vendors write -1 for unknown: map that to nothing",
    find: |view, _| {
        let volume = view.volume().iter().enumerate();
        volume.filter(|(_, v)| **v < 0.0 || v.is_infinite()).map(|(row, v)| Hit::one(row, *v)).collect()
    },
    describe: |_, hit| format!("volume is {}", hit.value),
};

/// Bars without trading.
pub(super) const ZERO_VOLUME: Check = Check {
    id: "zero_volume",
    doc: "Nothing was traded: in a series that has volumes, each bar without one (often a carried price); in a series without, one finding for all of it.",
    severity: Severity::Info,
    hint: "do not read prices of these bars as traded, nor 0 as no trading where the vendor has no volume",
    find: |view, _| {
        let volume = view.volume();
        if view.is_empty() {
            return Vec::new();
        }
        if !volume.iter().any(|v| *v > 0.0) {
            return vec![Hit { row: 0, rows: view.len(), value: 0.0 }];
        }
        (0..volume.len()).filter(|row| volume[*row] == 0.0).map(|row| Hit::one(row, 0.0)).collect()
    },
    describe: |view, hit| {
        if hit.rows > 1 {
            return format!("none of {} bars has a volume", hit.rows);
        }
        format!("volume 0, close {}", view.close()[hit.row])
    },
};
