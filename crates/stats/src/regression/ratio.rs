//! A ratio of two sums over time, such as a mean of rows where dates have different numbers of rows.

use serde::Serialize;

use super::{RegressionError, check_series, hac_mean};

/// A ratio of sums with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HacRatio {
    /// Periods.
    pub n: usize,
    /// Sum of the numerators over the sum of the denominators.
    pub ratio: f64,
    /// Newey-West standard error of the ratio; 0 where every period has the same one.
    pub std_error: f64,
    /// Independent periods that would give the same standard error; `None` where every period has the same ratio.
    pub n_effective: Option<f64>,
    /// Lag of the Bartlett kernel.
    pub lag: usize,
}

/// The ratio of the sums of two series that belong together period by period, by the delta method.
///
/// Cochran (1977), Sampling Techniques, 3rd ed., section 2.11: the error of a ratio R is that of the mean of
/// numerator - R denominator, over the mean denominator; here Newey-West (see [`hac_mean`]), so periods may depend on
/// one another and what belongs to one period may depend on the rest of it in any way.
///
/// # Errors
/// Series of different length, and as for [`hac_mean`]; a sum of denominators that is not above 0 is
/// [`RegressionError::NotFinite`].
pub fn hac_ratio(numerator: &[f64], denominator: &[f64], lag: usize) -> Result<HacRatio, RegressionError> {
    let n = numerator.len();
    if denominator.len() != n {
        return Err(RegressionError::Length { column: 0, expected: n, found: denominator.len() });
    }
    check_series(numerator, None)?;
    check_series(denominator, Some(0))?;
    let below = crate::moments::sum(denominator);
    if n > 0 && below <= 0.0 {
        return Err(RegressionError::NotFinite { column: Some(0), row: 0 });
    }
    let ratio = crate::moments::sum(numerator) / below;
    let excess: Vec<f64> = numerator.iter().zip(denominator).map(|(a, b)| a - ratio * b).collect();
    let mean = hac_mean(&excess, lag)?;
    let std_error = mean.std_error / (below / n as f64);
    Ok(HacRatio { n, ratio, std_error, n_effective: mean.n_effective, lag })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 6 of 12; excess over half of each date: 1 - 1, 3 - 2, 0 - 1, 2 - 2 = 0, 1, -1, 0, variance 1/2.
        let (hits, rows) = ([1.0, 3.0, 0.0, 2.0], [2.0, 4.0, 2.0, 4.0]);
        let found = hac_ratio(&hits, &rows, 0).unwrap();
        assert_eq!((found.ratio, found.n), (0.5, 4));
        assert!((found.std_error - (0.5_f64 / 4.0).sqrt() / 3.0).abs() < 1e-15);
        // One row a date: the mean itself.
        let values = [1.0, 3.0, 3.0, 1.0];
        let (ratio, mean) = (hac_ratio(&values, &[1.0; 4], 1).unwrap(), hac_mean(&values, 1).unwrap());
        assert_eq!((ratio.ratio, ratio.std_error), (mean.mean, mean.std_error));
        let same = hac_ratio(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0], 1).unwrap();
        assert_eq!((same.ratio, same.std_error, same.n_effective), (0.5, 0.0, None));
    }

    #[test]
    fn bad_input_is_named() {
        let length = RegressionError::Length { column: 0, expected: 2, found: 1 };
        assert_eq!(hac_ratio(&[1.0, 2.0], &[1.0], 0), Err(length));
        assert_eq!(
            hac_ratio(&[1.0, 2.0], &[1.0, f64::NAN], 0),
            Err(RegressionError::NotFinite { column: Some(0), row: 1 })
        );
        assert!(matches!(hac_ratio(&[1.0, 2.0], &[0.0, 0.0], 0), Err(RegressionError::NotFinite { .. })));
        assert!(matches!(hac_ratio(&[], &[], 0), Err(RegressionError::TooFew { .. })));
    }
}
