//! Falls of compounded wealth and the worst stretch of a path.

use serde::Serialize;

/// The deepest fall of compounded wealth below its running maximum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawdown {
    /// Fraction lost from the peak, 0 or positive, at most 1.
    pub depth: f64,
    /// Index of the first return of the fall (the period after the peak).
    pub start: usize,
    /// Index of the return after which wealth is lowest.
    pub trough: usize,
    /// Index of the return that brings wealth back to the peak; `None` while under water.
    pub recovery: Option<usize>,
}

/// Fraction below the running maximum of wealth after each return; wealth starts at 1, before the first return.
///
/// `None` when empty, with a non-finite return or one below -1.
pub fn drawdown_series(returns: &[f64]) -> Option<Vec<f64>> {
    let wealth = wealth(returns)?;
    let mut peak = 1.0_f64;
    Some(
        wealth
            .iter()
            .map(|w| {
                peak = peak.max(*w);
                1.0 - w / peak
            })
            .collect(),
    )
}

/// The maximum drawdown and where it lies; `None` as for [`drawdown_series`].
///
/// A series that never falls has depth 0 with all indices 0. Of equal depths the first is reported.
pub fn max_drawdown(returns: &[f64]) -> Option<Drawdown> {
    let falls = drawdown_series(returns)?;
    let (mut trough, mut depth) = (0, 0.0);
    for (i, fall) in falls.iter().enumerate() {
        if *fall > depth {
            (trough, depth) = (i, *fall);
        }
    }
    if depth == 0.0 {
        return Some(Drawdown { depth, start: 0, trough: 0, recovery: Some(0) });
    }
    let start = falls[..trough].iter().rposition(|f| *f == 0.0).map_or(0, |i| i + 1);
    let recovery = falls[trough..].iter().position(|f| *f == 0.0).map(|i| trough + i);
    Some(Drawdown { depth, start, trough, recovery })
}

pub(super) fn wealth(returns: &[f64]) -> Option<Vec<f64>> {
    if returns.is_empty() || !returns.iter().all(|r| r.is_finite() && *r >= -1.0) {
        return None;
    }
    let mut level = 1.0;
    let wealth: Vec<f64> = returns
        .iter()
        .map(|r| {
            level *= 1.0 + r;
            level
        })
        .collect();
    level.is_finite().then_some(wealth)
}

/// A run of consecutive periods and what it returned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// Index of the first return inside.
    pub start: usize,
    /// Index of the last return inside.
    pub end: usize,
    /// Compounded return over the window, a fraction.
    pub total_return: f64,
}

/// The window of `length` consecutive periods with the lowest compounded return (63 days for a quarter).
///
/// `None` when `length` is 0 or longer than the series, with NaN or a return below -1. The first of equals is returned.
pub fn worst_window(returns: &[f64], length: usize) -> Option<Window> {
    if length == 0 {
        return None;
    }
    wealth(returns)?;
    let mut worst: Option<Window> = None;
    for (start, window) in returns.windows(length).enumerate() {
        let total_return = window.iter().fold(1.0, |w, r| w * (1.0 + r)) - 1.0;
        if worst.as_ref().is_none_or(|w| total_return < w.total_return) {
            worst = Some(Window { start, end: start + length - 1, total_return });
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn drawdown_by_hand() {
        // Wealth 1.1, 0.55, 0.66, 1.1, 1.045: the fall of one half starts at 1 and is recovered at 3.
        let returns = [0.1, -0.5, 0.2, 2.0 / 3.0 + 1e-12, -0.05];
        let d = max_drawdown(&returns).unwrap();
        assert!((d.depth - 0.5).abs() < 1e-12);
        assert_eq!((d.start, d.trough, d.recovery), (1, 1, Some(3)));
        let open = max_drawdown(&[-0.1, -0.1, 0.05]).unwrap(); // from the initial wealth, never recovered
        assert_eq!((open.start, open.trough, open.recovery), (0, 1, None));
        assert_eq!(max_drawdown(&[0.1, 0.0]).unwrap().depth, 0.0);
        assert_eq!(max_drawdown(&[0.1, -1.5]), None);
    }

    #[test]
    fn the_worst_window_is_found() {
        let w = worst_window(&[0.1, -0.1, -0.1, 0.5], 2).unwrap();
        assert_eq!((w.start, w.end), (1, 2));
        assert!((w.total_return + 0.19).abs() < 1e-12);
        assert_eq!(worst_window(&[0.1], 2), None);
        assert_eq!(worst_window(&[0.1], 0), None);
    }

    proptest! {
        #[test]
        fn drawdowns_lie_between_zero_and_one(returns in prop::collection::vec(-0.9_f64..0.9, 1..80)) {
            let falls = drawdown_series(&returns).unwrap();
            let d = max_drawdown(&returns).unwrap();
            prop_assert!(falls.iter().all(|f| (0.0..=1.0).contains(f) && *f <= d.depth));
            prop_assert!(d.start <= d.trough && d.recovery.is_none_or(|r| r >= d.trough));
            prop_assert_eq!(d.depth, falls[d.trough]);
        }
    }
}
