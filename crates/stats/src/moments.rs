//! Sums, means, spread, shape and quantiles of a sample.

use serde::Serialize;

/// Spread below this fraction of the largest magnitude is rounding, not variation.
const ROUNDING: f64 = 1e-13;

/// Sum with Neumaier's compensation, in slice order.
///
/// A. Neumaier (1974), ZAMM 54, 39-51, algorithm IV.
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values.iter().copied())
}

pub(crate) fn sum_of(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Arithmetic mean; `None` for an empty slice or one with a non-finite value.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mean = sum(values) / values.len() as f64;
    (values.iter().all(|v| v.is_finite()) && mean.is_finite()).then_some(mean)
}

/// Standard deviation with divisor n - 1; `None` below two values or with a non-finite one.
///
/// A spread that is only rounding of a constant is returned as exactly 0.
pub fn sd(values: &[f64]) -> Option<f64> {
    central(values).map(|c| c.sd)
}

/// Population skewness g3 = m3 / m2^(3/2); `None` below two values, with a non-finite one or without spread.
pub fn skewness(values: &[f64]) -> Option<f64> {
    moments(values).map(|m| m.skewness)
}

/// Population kurtosis g4 = m4 / m2^2, non-excess (3 for a normal); `None` as for [`skewness`].
pub fn kurtosis(values: &[f64]) -> Option<f64> {
    moments(values).map(|m| m.kurtosis)
}

/// The first four moments of a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moments {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation, divisor n - 1.
    pub sd: f64,
    /// Population skewness g3.
    pub skewness: f64,
    /// Population kurtosis g4, non-excess.
    pub kurtosis: f64,
}

/// Mean, standard deviation, skewness and kurtosis at once; `None` as for [`skewness`].
///
/// Skewness and kurtosis are the population moments of Bailey & Lopez de Prado (2012), "The Sharpe Ratio Efficient
/// Frontier", Journal of Risk 15(2), equation 4.
pub fn moments(values: &[f64]) -> Option<Moments> {
    let Central { mean, m2, sd } = central(values)?;
    if sd == 0.0 {
        return None;
    }
    let n = values.len() as f64;
    let scale = m2.sqrt();
    let power = |k: i32| sum_of(values.iter().map(|v| ((v - mean) / scale).powi(k))) / n;
    let (skewness, kurtosis) = (power(3), power(4));
    (skewness.is_finite() && kurtosis.is_finite()).then_some(Moments {
        n: values.len(),
        mean,
        sd,
        skewness,
        kurtosis,
    })
}

struct Central {
    mean: f64,
    m2: f64,
    sd: f64,
}

fn central(values: &[f64]) -> Option<Central> {
    let mean = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let squares = sum_of(values.iter().map(|v| (v - mean) * (v - mean)));
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let m2 = squares / values.len() as f64;
    if !m2.is_finite() {
        return None;
    }
    if m2.sqrt() <= ROUNDING * largest {
        return Some(Central { mean, m2: 0.0, sd: 0.0 });
    }
    Some(Central { mean, m2, sd: (squares / (values.len() - 1) as f64).sqrt() })
}

/// The `q`-quantile by linear interpolation of order statistics; `None` when empty, non-finite or `q` is outside 0 to 1.
///
/// Definition 7 of Hyndman & Fan (1996), The American Statistician 50(4), 361-365.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if !values.iter().all(|v| v.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_sorted(&sorted, q)
}

/// [`quantile`] of values that are already finite and ascending.
pub(crate) fn quantile_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let share = position - below as f64;
    Some(sorted[below] + share * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_checked_moments() {
        // 1, 1, 1, 5: mean 2, m2 = 3, m3 = 6, m4 = 21.
        let m = moments(&[1.0, 1.0, 1.0, 5.0]).unwrap();
        assert_eq!((m.n, m.mean, m.sd), (4, 2.0, 2.0));
        assert!((m.skewness - 6.0 / 27.0_f64.sqrt()).abs() < 1e-15);
        assert!((m.kurtosis - 21.0 / 9.0).abs() < 1e-15);
    }

    #[test]
    fn compensation_keeps_the_small_addend() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
    }

    #[test]
    fn rounding_of_a_constant_is_no_spread() {
        assert_eq!(sd(&[0.1; 7]), Some(0.0));
        assert_eq!(moments(&[0.1; 7]), None);
    }

    #[test]
    fn what_cannot_be_computed_is_none() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, f64::NAN]), None);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), None);
        assert_eq!(sd(&[1.0]), None);
        assert_eq!(quantile(&[1.0, f64::INFINITY], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
    }

    #[test]
    fn quantiles_interpolate() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (q, expected) in [(0.0, 1.0), (0.5, 2.5), (0.25, 1.75), (1.0, 4.0)] {
            assert_eq!(quantile(&values, q), Some(expected));
        }
    }
}
