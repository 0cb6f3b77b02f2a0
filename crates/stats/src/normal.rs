//! The standard normal distribution, accurate to about ten digits (the error function of `statrs`).

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

fn standard() -> Normal {
    Normal::standard()
}

/// Probability that a standard normal variable is at most `x`.
pub fn cdf(x: f64) -> f64 {
    standard().cdf(x)
}

/// Probability that a standard normal variable exceeds `x`, accurate in the far tail.
pub fn upper_tail(x: f64) -> f64 {
    standard().sf(x)
}

/// Density of the standard normal at `x`.
pub fn pdf(x: f64) -> f64 {
    standard().pdf(x)
}

/// The value that a standard normal variable stays below with probability `p`; `None` unless `0 < p < 1`.
pub fn quantile(p: f64) -> Option<f64> {
    (p > 0.0 && p < 1.0).then(|| standard().inverse_cdf(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabulated_points() {
        // Abramowitz & Stegun (1964), tables 26.1 and 26.5.
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (0.99, 2.326_347_874_040_841)] {
            assert!((quantile(p).unwrap() - z).abs() < 1e-12, "{p}");
            assert!((cdf(z) - p).abs() < 1e-10, "{z}");
            assert!((upper_tail(z) - (1.0 - p)).abs() < 1e-10, "{z}");
        }
        assert!((pdf(0.0) - 0.398_942_280_401_432_7).abs() < 1e-15);
    }

    #[test]
    fn outside_the_unit_interval_there_is_no_quantile() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(p), None);
        }
    }
}
