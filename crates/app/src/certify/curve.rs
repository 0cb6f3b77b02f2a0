//! The operating curve that the two tests of returns must land on.

/// True annual active Sharpe ratio, and the share of worlds with bootstrap p <= 0.01 and DSR >= 0.95 at 1, 10, 50 and 500
/// trials: 2,000 simulated worlds a row of 10 years of daily active returns with t(5) shocks, correct to about 1 %.
const EXPECTED: [(f64, [f64; 4]); 5] = [
    (0.0, [0.010, 0.002, 0.0, 0.0]),
    (0.5, [0.22, 0.05, 0.01, 0.0]),
    (1.0, [0.80, 0.48, 0.22, 0.06]),
    (1.5, [0.99, 0.93, 0.80, 0.52]),
    (2.0, [1.0, 1.0, 0.99, 0.95]),
];
/// Standard errors a measured share may lie from the curve.
const ERRORS: f64 = 3.0;
/// What the curve itself is uncertain by: its simulation, and straight lines between its points.
const OWN: f64 = 0.05;

/// The shares at an active Sharpe ratio, on straight lines between the points; beyond them the last one's.
pub(super) fn expected(sharpe: f64) -> [f64; 4] {
    let above = EXPECTED.iter().position(|(at, _)| *at > sharpe);
    match above {
        Some(0) => EXPECTED[0].1,
        None => EXPECTED[EXPECTED.len() - 1].1,
        Some(k) => {
            let ((low, from), (high, to)) = (EXPECTED[k - 1], EXPECTED[k]);
            let share = (sharpe - low) / (high - low);
            std::array::from_fn(|n| from[n] + share * (to[n] - from[n]))
        }
    }
}

/// Whether a share measured over `worlds` lies on the curve.
pub(super) fn lands(measured: f64, expected: f64, worlds: u64) -> bool {
    let error = (expected * (1.0 - expected) / worlds.max(1) as f64).sqrt();
    (measured - expected).abs() <= ERRORS * error + OWN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_met_at_its_points_and_between_them() {
        assert_eq!(expected(1.0), [0.80, 0.48, 0.22, 0.06]);
        assert!((expected(1.25)[0] - 0.895).abs() < 1e-12);
        assert_eq!((expected(-0.7)[0], expected(3.0)[3]), (0.010, 0.95));
        assert!(lands(0.80, 0.86, 200) && !lands(0.60, 0.86, 200));
        assert!(lands(0.60, 0.86, 10), "ten worlds say little");
    }
}
