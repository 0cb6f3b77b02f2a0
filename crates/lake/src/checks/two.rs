//! Two series of one instrument against each other: another interval, another vendor.

use std::collections::BTreeMap;

use proofmark_units::{Instant, Symbol};
use serde::Serialize;

use super::view::View;
use super::{CheckContext, Series};
use crate::quality::Severity;

/// One way to hold two series against each other.
#[derive(Debug)]
pub struct Comparison {
    /// Stable name, `snake_case`.
    pub id: &'static str,
    /// What it finds.
    pub doc: &'static str,
    /// How much a difference matters.
    pub severity: Severity,
    /// What to do about it.
    pub hint: &'static str,
    find: fn(&View<'_>, &View<'_>, f64) -> Vec<Difference>,
}

/// One bar that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The symbol.
    pub symbol: Symbol,
    /// Stamp of the bar of the first series.
    pub at: Instant,
    /// What differs.
    pub detail: String,
}

/// Every comparison.
pub const COMPARISONS: &[&Comparison] = &[&CROSS_INTERVAL, &VENDOR];

/// Holds two series of one instrument against each other. `tolerance` is the largest relative difference of prices that
/// is none, a fraction. Bars of equal size are compared one by one, those of another size by aggregation.
pub fn compare(
    first: &Series,
    second: &Series,
    context: &CheckContext<'_>,
    tolerance: f64,
) -> Vec<(&'static Comparison, Vec<Difference>)> {
    let (a, b) = (View::of(first, context), View::of(second, context));
    let found = COMPARISONS.iter().map(|comparison| (*comparison, (comparison.find)(&a, &b, tolerance)));
    found.filter(|(_, differences)| !differences.is_empty()).collect()
}

/// Size of a bar in nanoseconds; a day for daily bars.
fn size(view: &View<'_>) -> i64 {
    view.bar_size.unwrap_or(super::view::DAY)
}

fn differs(a: f64, b: f64, tolerance: f64) -> bool {
    let gap = (a / b - 1.0).abs();
    // Zero against zero has no ratio and is no agreement either.
    !a.is_nan() && !b.is_nan() && (gap > tolerance || gap.is_nan())
}

const NAMES: [&str; 4] = ["open", "high", "low", "close"];

const VENDOR: Comparison = Comparison {
    id: "vendor_difference",
    doc: "Two sources give the same stamp prices that differ by more than the tolerance. Stamps that only one of them has are counted in the detail of the first finding.",
    severity: Severity::Warning,
    hint: "ask a third source; adjusted against unadjusted prices differ before every action",
    find: |a, b, tolerance| {
        if size(a) != size(b) || a.is_daily() != b.is_daily() {
            return Vec::new();
        }
        let there: BTreeMap<Instant, usize> = b.at().iter().enumerate().map(|(row, at)| (*at, row)).collect();
        let mut out = Vec::new();
        for row in 0..a.len() {
            let Some(other) = there.get(&a.at()[row]) else { continue };
            let pairs = a.prices(row).into_iter().zip(b.prices(*other));
            let worst = pairs.enumerate().find(|(_, (x, y))| differs(*x, *y, tolerance));
            if let Some((which, (x, y))) = worst {
                let detail = format!("{} {x} here, {y} there", NAMES[which]);
                out.push(Difference { symbol: a.delivered.symbol.clone(), at: a.at()[row], detail });
            }
        }
        out
    },
};

const CROSS_INTERVAL: Comparison = Comparison {
    id: "cross_interval",
    doc: "Bars of one size, put together, do not give the longer bar: first open, highest high, lowest low, last close (beyond the tolerance). Longer bars of which a part is missing are left out.",
    severity: Severity::Warning,
    hint: "the last bar of a fetch is often cut short: fetch it anew; otherwise one of the two was restated",
    find: |a, b, tolerance| {
        let (long, short) = if size(a) > size(b) { (a, b) } else { (b, a) };
        if size(a) == size(b) || long.is_empty() {
            return Vec::new();
        }
        let parts = usize::try_from(size(long) / size(short)).unwrap_or(usize::MAX);
        let mut out = Vec::new();
        for row in 0..long.len() {
            let (from, to) = (long.at()[row], Instant::from_nanos(long.at()[row].nanos() + size(long)));
            let (first, last) =
                (short.at().partition_point(|at| *at < from), short.at().partition_point(|at| *at < to));
            // A daily bar is made of whatever its date has; a bar inside a day needs all its parts.
            if first == last || (!long.is_daily() && last - first != parts) {
                continue;
            }
            let high = short.high()[first..last].iter().copied().fold(f64::NAN, f64::max);
            let low = short.low()[first..last].iter().copied().fold(f64::NAN, f64::min);
            let whole = [short.open()[first], high, low, short.close()[last - 1]];
            let pairs = long.prices(row).into_iter().zip(whole).enumerate();
            if let Some((which, (x, y))) = pairs.into_iter().find(|(_, (x, y))| differs(*x, *y, tolerance)) {
                let detail = format!("{} {x}, but {y} from {} shorter bars", NAMES[which], last - first);
                out.push(Difference { symbol: long.delivered.symbol.clone(), at: long.at()[row], detail });
            }
        }
        out
    },
};
