//! Whether a level, such as a volatility index, is low, usual or high for its own past.

use crate::trailing::{percentile, rolling};

/// When a level counts as low or high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegimeRule {
    /// Sessions of the past, the present included.
    pub window: usize,
    /// The fewest known values among them.
    pub least: usize,
    /// Percentile below which the level is low, 0 to 1.
    pub low: f64,
    /// Percentile above which it is high, 0 to 1.
    pub high: f64,
    /// How far back inside a bound the percentile has to come to end its regime, so that a level on the bound does not flicker.
    pub margin: f64,
}

impl Default for RegimeRule {
    /// A year, half of it known; the outer fifths; a margin of a twentieth.
    fn default() -> Self {
        Self { window: 252, least: 126, low: 0.2, high: 0.8, margin: 0.05 }
    }
}

/// Where each level stands among those of the window before it, 0 to 1; NaN as [`percentile`] gives none.
pub fn level_percentile(levels: &[f64], window: usize, least: usize) -> Vec<f64> {
    rolling(levels, window, |window| percentile(window, least))
}

/// -1 low, 0 usual, 1 high, by the level's percentile; NaN where that is missing, after which the regime is found anew.
///
/// The bounds are percentiles of the past, so both outer regimes occur whatever the unit or the decade of the level.
pub fn percentile_regime(levels: &[f64], rule: RegimeRule) -> Vec<f64> {
    let RegimeRule { window, least, low, high, margin } = rule;
    let mut before = 0.0;
    let regime = |place: f64| {
        before = if place.is_nan() {
            f64::NAN
        } else if place > high || (before == 1.0 && place > high - margin) {
            1.0
        } else if place < low || (before == -1.0 && place < low + margin) {
            -1.0
        } else {
            0.0
        };
        before
    };
    level_percentile(levels, window, least).into_iter().map(regime).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outer_regimes_fire_and_do_not_flicker() {
        let rule = RegimeRule { window: 10, least: 5, low: 0.2, high: 0.8, margin: 0.2 };
        let levels = [5.0, 4.0, 6.0, 5.5, 4.5, 9.0, 6.5, 5.1, 1.0, f64::NAN, 1.0];
        // Places from the fifth on: 1/4, 5/5, 5/6 (held: over 0.8), 3/7, 0/8, missing, 0.5/8 (an equal one is half).
        let found = percentile_regime(&levels, rule);
        assert!(found[..4].iter().all(|v| v.is_nan()) && found[9].is_nan());
        assert_eq!([4, 5, 6, 7, 8, 10].map(|t| found[t]), [0.0, 1.0, 1.0, 0.0, -1.0, -1.0]);
        // 0.7 would not start a high regime, but does not end one.
        let rising: Vec<f64> = (0..10).map(f64::from).collect();
        let held = [&rising[..], &[6.3]].concat();
        let last = percentile_regime(&held, rule)[10];
        assert_eq!((level_percentile(&held, 10, 5)[10], last), (6.0 / 9.0, 1.0));
        let strict = RegimeRule { margin: 0.0, ..rule };
        assert_eq!(percentile_regime(&held, strict)[10], 0.0);
    }
}
