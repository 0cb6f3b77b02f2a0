//! Decimal marks that got lost.

use super::units::median;
use super::{Check, Hit, View};
use crate::quality::Severity;

/// A price this many times the level (or one over it) is a candidate.
const FAR: f64 = 5.0;

/// Closes this near to the level (a factor) are back.
const NEAR: f64 = 1.5;

/// Longest run that is an error; a longer one is a change of level.
const LONGEST: usize = 10;

/// How far a ratio may be from a power of ten to be taken for one (a factor).
const ROUND: f64 = 1.25;

fn is_far(price: f64, level: f64) -> bool {
    price > level * FAR || price < level / FAR
}

/// Walks along the closes; `on_error` gets rows off the level for a while, `on_change` the first row of a new level.
fn walk(view: &View<'_>, mut on_error: impl FnMut(usize, f64), mut on_change: impl FnMut(usize, f64)) {
    let close = view.close();
    let valid = |price: f64| price > 0.0 && price.is_finite();
    let Some(mut row) = (0..view.len()).find(|row| valid(close[*row])) else { return };
    // A file may start with a wrong price: the level is then that of the bars after it.
    let mut level = close[row];
    let ahead: Vec<f64> = close[row..].iter().copied().filter(|p| valid(*p)).take(3).collect();
    if let [first, second, third] = ahead[..]
        && is_far(first, second)
        && !is_far(second, third)
    {
        level = second;
    }
    while row < view.len() {
        let price = close[row];
        if !valid(price) {
            row += 1;
            continue;
        }
        if is_far(price, level) {
            let back = (row + 1..view.len().min(row + 1 + LONGEST)).find(|later| {
                let close = close[*later];
                valid(close) && close < level * NEAR && close > level / NEAR
            });
            match back {
                Some(back) => {
                    (row..back)
                        .filter(|r| is_far(close[*r], level))
                        .for_each(|r| on_error(r, close[r] / level));
                    row = back;
                }
                None => {
                    on_change(row, price / level);
                    level = price;
                    row += 1;
                }
            }
            continue;
        }
        let others = [view.open()[row], view.high()[row], view.low()[row]];
        if let Some(other) =
            others.iter().find(|other| valid(**other) && is_far(**other, price) && is_far(**other, level))
        {
            on_error(row, other / price);
        }
        level = price;
        row += 1;
    }
}

/// Prices off by a large factor for a few bars.
pub(super) const SCALE_ERROR: Check = Check {
    id: "scale_error",
    doc: "A price is over 5 times, or under a fifth of, the level around it and is back within ten bars: a lost or doubled decimal mark (x10 to x10,000). The value is the factor.",
    severity: Severity::Error,
    hint: "leave the rows out, or divide by the factor as a named transform once another source confirms it",
    find: |view, _| {
        let mut hits = Vec::new();
        walk(view, |row, factor| hits.push(Hit::one(row, factor)), |_, _| {});
        hits
    },
    describe: |view, hit| {
        let [open, high, low, close] = view.prices(hit.row);
        format!("open {open}, high {high}, low {low}, close {close}: {:.4} times the level around", hit.value)
    },
};

/// Bars on either side whose median volume says what became of it.
const AROUND: usize = 20;

/// Whether volume moved against the price at `row`, so that traded value stayed nearer to itself than volume did: a split.
/// Where volume is not known it does not say so.
fn is_split(view: &View<'_>, row: usize, factor: f64) -> bool {
    let level = |rows: std::ops::Range<usize>| {
        let bars = rows.len();
        let mut traded: Vec<f64> =
            view.volume()[rows].iter().copied().filter(|v| *v > 0.0 && v.is_finite()).collect();
        (traded.len() * 2 >= bars).then(|| median(&mut traded)).flatten()
    };
    let before = level(row.saturating_sub(AROUND)..row);
    let after = level(row..view.len().min(row + AROUND));
    before.zip(after).is_some_and(|(before, after)| {
        let volume = (after / before).ln();
        (volume + factor.ln()).abs() < volume.abs()
    })
}

/// A level that moves by a power of ten and stays.
pub(super) const UNIT_CHANGE: Check = Check {
    id: "unit_change",
    doc: "The close moves to about 10, 100, 1,000 or 10,000 times its level, or one over that, stays, and volume does not move the other way as in a split: another unit, a lost decimal mark, a rebased index. The value is the factor.",
    severity: Severity::Error,
    hint: "find out which side is right, and scale the other as a named transform",
    find: |view, _| {
        let mut hits = Vec::new();
        let round = |factor: f64| {
            let exponent = factor.log10();
            let off = 10_f64.powf((exponent - exponent.round()).abs());
            (1.0..=4.0).contains(&exponent.round().abs()) && off <= ROUND
        };
        walk(
            view,
            |_, _| {},
            |row, factor| {
                if round(factor) && !is_split(view, row, factor) {
                    hits.push(Hit::one(row, factor));
                }
            },
        );
        hits
    },
    describe: |view, hit| {
        format!("close {}: {:.6} times the level before, and stays", view.close()[hit.row], hit.value)
    },
};
