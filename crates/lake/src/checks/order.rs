//! Order and repetition of stamps.

use super::{Check, Hit};
use crate::quality::Severity;

/// Rows delivered after a later one.
pub(super) const UNSORTED: Check = Check {
    id: "unsorted",
    doc: "The bar was delivered after a later one.",
    severity: Severity::Warning,
    hint: "sort by symbol and stamp; check that two exports were not pasted together",
    find: |view, _| {
        // Positions among the ascending rows of those that came late.
        let at = &view.delivered.at;
        if at.is_sorted() {
            return Vec::new();
        }
        (0..view.len())
            .filter(|row| {
                let delivered = view.delivered_row(*row);
                delivered > 0 && at[delivered] < at[delivered - 1]
            })
            .map(|row| Hit::one(row, view.delivered_row(row) as f64))
            .collect()
    },
    describe: |view, hit| {
        let before = view.delivered_row(hit.row) - 1;
        format!("delivered after {}", view.delivered.at[before])
    },
};

/// A stamp that comes twice.
pub(super) const DUPLICATE_STAMP: Check = Check {
    id: "duplicate_stamp",
    doc: "Another bar before it carries the same stamp; the value is 1 when prices and volume differ, else 0.",
    severity: Severity::Error,
    hint: "equal rows: keep one; different rows: ask the vendor, none of them can be trusted",
    find: |view, _| {
        let at = view.at();
        let differs = |row: usize| {
            let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
            let prices = view.prices(row).iter().zip(view.prices(row - 1)).all(|(a, b)| same(*a, b));
            !(prices && same(view.volume()[row], view.volume()[row - 1]))
        };
        (1..at.len())
            .filter(|row| at[*row] == at[row - 1])
            .map(|row| Hit::one(row, f64::from(u8::from(differs(row)))))
            .collect()
    },
    describe: |view, hit| {
        let what = if hit.value == 0.0 { "with the same values" } else { "with other values" };
        format!("close {} and {}, {what}", view.close()[hit.row - 1], view.close()[hit.row])
    },
};
