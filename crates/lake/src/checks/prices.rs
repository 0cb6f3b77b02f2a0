//! Prices that cannot be.

use super::{Check, Hit, View};
use crate::quality::Severity;

const NAMES: [&str; 4] = ["open", "high", "low", "close"];

fn each(view: &View<'_>, bad: impl Fn([f64; 4]) -> Option<usize>) -> Vec<Hit> {
    (0..view.len()).filter_map(|row| bad(view.prices(row)).map(|which| Hit::one(row, which as f64))).collect()
}

fn named(view: &View<'_>, hit: &Hit) -> String {
    let which = hit.value as usize;
    format!("{} is {}", NAMES[which], view.prices(hit.row)[which])
}

/// Prices that are not there.
pub(super) const MISSING_PRICE: Check = Check {
    id: "missing_price",
    doc: "A price is missing.",
    severity: Severity::Warning,
    hint: "a series of closes alone can be read as values; otherwise leave the row out",
    find: |view, _| {
        // Without any open, high and low the series holds values, not bars; only a missing value is missing then.
        let values_alone = view.open().iter().all(|price| price.is_nan())
            && view.high().iter().all(|price| price.is_nan())
            && view.low().iter().all(|price| price.is_nan());
        let from = if values_alone { 3 } else { 0 };
        each(view, |prices| (from..4).find(|which| prices[*which].is_nan()))
    },
    describe: |_, hit| format!("no {}", NAMES[hit.value as usize]),
};

/// Zero, negative or infinite prices.
pub(super) const POSITIVE_FINITE_PRICE: Check = Check {
    id: "positive_finite_price",
    doc: "A price is zero, negative or infinite.",
    severity: Severity::Error,
    hint: "leave the row out; a rate or spread that may be negative is no price: ingest it as observations",
    find: |view, _| each(view, |prices| prices.iter().position(|price| price.is_infinite() || *price <= 0.0)),
    describe: named,
};

/// Opens and closes outside low to high.
pub(super) const OHLC_ORDER: Check = Check {
    id: "ohlc_order",
    doc: "Open or close lies outside low to high, or high lies below low. The value is the worst excess over the close, a fraction.",
    severity: Severity::Error,
    hint: "leave the row out, or widen high and low as a named transform if the excess is rounding",
    find: |view, _| {
        let (open, high, low, close) = (view.open(), view.high(), view.low(), view.close());
        (0..view.len())
            .filter(|row| {
                let (o, h, l, c) = (open[*row], high[*row], low[*row], close[*row]);
                l > o || l > c || o > h || c > h || l > h
            })
            .map(|row| {
                let top = open[row].max(close[row]).max(low[row]) - high[row];
                let bottom = low[row] - open[row].min(close[row]);
                Hit::one(row, top.max(bottom) / close[row])
            })
            .collect()
    },
    describe: |view, hit| {
        let [open, high, low, close] = view.prices(hit.row);
        format!("open {open}, high {high}, low {low}, close {close}: {:.6} of the close outside", hit.value)
    },
};
