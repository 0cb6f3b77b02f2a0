//! Hit rate of one asset's direction against what independence would give.

use serde::Serialize;

use crate::regression::{RegressionError, hac_mean};

/// A hit rate tested against independence of prediction and outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HitRateTest {
    /// Predictions.
    pub n: usize,
    /// Share of predictions that came true.
    pub hit_rate: f64,
    /// Hit rate of an independent predictor with the same shares: p q + (1 - p)(1 - q).
    pub expected: f64,
    /// `hit_rate` minus `expected`.
    pub excess: f64,
    /// Newey-West standard error of `excess`.
    pub std_error: f64,
    /// Excess over standard error; `None` when prediction or outcome never changes.
    pub t: Option<f64>,
    /// Probability of a t at least this large under independence, Student t with n - 1 degrees of freedom.
    pub p_one_sided: Option<f64>,
    /// Independent predictions that would give the same standard error; `None` as for `t`.
    pub n_effective: Option<f64>,
    /// Share of outcomes that were up.
    pub share_up: f64,
    /// Share of predictions that were up.
    pub share_predicted_up: f64,
    /// Lag of the Bartlett kernel.
    pub lag: usize,
}

/// Tests whether predicted and realised direction of one asset go together, in time order.
///
/// Pesaran & Timmermann (1992), Journal of Business & Economic Statistics 10(4), 461-465: hits against p q + (1 -
/// p)(1 - q). The difference is exactly twice the covariance of the two indicators, the mean of 2 (predicted -
/// q)(realised - p); here its variance is the long-run one (Newey & West 1987), so overlapping outcomes and
/// persistent predictions are allowed for. Without lag it is the paper's statistic up to terms of order 1/n. Choose
/// `lag` by [`crate::regression::newey_west_lag`] of the label horizon. A rising asset and a predictor that is mostly
/// long gain nothing here, unlike against one half.
///
/// # Errors
/// Slices of different length, fewer than two rows, or a lag that reaches n.
pub fn hit_rate_test(
    predicted_up: &[bool],
    realised_up: &[bool],
    lag: usize,
) -> Result<HitRateTest, RegressionError> {
    let n = realised_up.len();
    if predicted_up.len() != n {
        return Err(RegressionError::Length { column: 0, expected: n, found: predicted_up.len() });
    }
    if n < 2 {
        return Err(RegressionError::TooFew { n, parameters: 1 });
    }
    let share = |flags: &[bool]| flags.iter().filter(|f| **f).count() as f64 / n as f64;
    let (p, q) = (share(realised_up), share(predicted_up));
    let products: Vec<f64> = predicted_up
        .iter()
        .zip(realised_up)
        .map(|(x, y)| 2.0 * (f64::from(u8::from(*x)) - q) * (f64::from(u8::from(*y)) - p))
        .collect();
    let mean = hac_mean(&products, lag)?;
    let constant = p == 0.0 || p == 1.0 || q == 0.0 || q == 1.0;
    let hits = predicted_up.iter().zip(realised_up).filter(|(x, y)| x == y).count() as f64 / n as f64;
    let expected = p * q + (1.0 - p) * (1.0 - q);
    Ok(HitRateTest {
        n,
        hit_rate: hits,
        expected,
        excess: hits - expected,
        std_error: if constant { 0.0 } else { mean.std_error },
        t: mean.t.filter(|_| !constant),
        p_one_sided: mean.p_one_sided.filter(|_| !constant),
        n_effective: mean.n_effective.filter(|_| !constant),
        share_up: p,
        share_predicted_up: q,
        lag,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(step: f64, up: f64) -> Vec<bool> {
        (0..2000).map(|i| (f64::from(i * i) * step).sin() > up).collect()
    }

    #[test]
    fn without_lag_it_is_the_statistic_of_the_paper() {
        let realised = wave(0.77, -0.2);
        let other = wave(0.31, 0.3);
        let predicted: Vec<bool> = realised
            .iter()
            .zip(&other)
            .enumerate()
            .map(|(i, (r, o))| if i % 9 == 0 { *r } else { *o })
            .collect();
        let found = hit_rate_test(&predicted, &realised, 0).unwrap();
        let (n, p, q) = (2000.0, found.share_up, found.share_predicted_up);
        let star = p * q + (1.0 - p) * (1.0 - q);
        let v_star = ((2.0 * p - 1.0).powi(2) * q * (1.0 - q) + (2.0 * q - 1.0).powi(2) * p * (1.0 - p)) / n
            + 4.0 * p * q * (1.0 - p) * (1.0 - q) / (n * n);
        let paper = (found.hit_rate - star) / (star * (1.0 - star) / n - v_star).sqrt();
        assert!(paper > 2.0 && (found.t.unwrap() / paper - 1.0).abs() < 0.03, "{found:?} {paper}");
        assert!((found.excess - (found.hit_rate - star)).abs() < 1e-15);
    }

    #[test]
    fn by_hand_and_without_variation() {
        // p = q = 1/2; hits 3 of 4 against 1/2.
        let found = hit_rate_test(&[true, true, false, false], &[true, false, false, false], 0).unwrap();
        assert_eq!((found.hit_rate, found.share_up, found.expected), (0.75, 0.25, 0.5));
        assert_eq!(found.excess, 0.25);
        let always = hit_rate_test(&[true; 50], &wave(0.77, 0.0)[..50], 3).unwrap();
        assert_eq!((always.t, always.p_one_sided, always.std_error), (None, None, 0.0));
        assert!(always.excess.abs() < 1e-15);
        assert!(hit_rate_test(&[true], &[true, false], 0).is_err());
        assert!(hit_rate_test(&[true], &[true], 0).is_err());
        assert!(hit_rate_test(&[true, false], &[true, false], 2).is_err());
    }
}
