//! Upper tails of the reference distributions of test statistics.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// P(X >= x) of chi-squared; `None` unless the degrees of freedom are positive and x is a number.
pub(crate) fn chi_squared(x: f64, degrees_of_freedom: f64) -> Option<f64> {
    if x.is_nan() {
        return None;
    }
    if x <= 0.0 {
        return Some(1.0);
    }
    let p = ChiSquared::new(degrees_of_freedom).ok()?.sf(x);
    p.is_finite().then_some(p.clamp(0.0, 1.0))
}

/// P(sup |Brownian bridge| >= x): Kolmogorov (1933), the limit of sqrt(n) times the Kolmogorov-Smirnov distance.
pub(crate) fn brownian_bridge(x: f64) -> f64 {
    // Below 0.2 the probability is 1 to twelve digits, and the alternating series converges slowly.
    if x < 0.2 {
        return 1.0;
    }
    let mut total = 0.0;
    for k in 1..=100 {
        let term = (-2.0 * f64::from(k * k) * x * x).exp();
        total += if k % 2 == 1 { term } else { -term };
        if term < 1e-18 {
            break;
        }
    }
    (2.0 * total).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabulated_points() {
        // Smirnov (1948), table of the limiting distribution: 1.2238, 1.3581 and 1.6276 leave 10 %, 5 % and 1 %.
        for (x, p) in [(1.2238, 0.10), (1.3581, 0.05), (1.6276, 0.01)] {
            assert!((brownian_bridge(x) - p).abs() < 5e-5, "{x}: {}", brownian_bridge(x));
        }
        assert!(brownian_bridge(0.0) == 1.0 && brownian_bridge(9.0) < 1e-60);
        // 3.841459 and 5.991465 leave 5 % of chi-squared with 1 and 2 degrees of freedom.
        assert!((chi_squared(3.841_459, 1.0).unwrap() - 0.05).abs() < 1e-7);
        assert!((chi_squared(5.991_465, 2.0).unwrap() - 0.05).abs() < 1e-7);
        assert_eq!((chi_squared(-1.0, 2.0), chi_squared(1.0, 0.0)), (Some(1.0), None));
        assert_eq!(chi_squared(f64::NAN, 2.0), None);
    }
}
