//! Autocorrelations and the portmanteau test that they are all zero.

use serde::Serialize;

use crate::moments::{mean, sd};
use crate::regression::autocovariance;
use crate::tails;

/// Autocorrelations at lags 1 to `lags`, covariances with divisor n; `None` without spread, with NaN or when `lags`
/// reaches n.
pub fn autocorrelations(series: &[f64], lags: usize) -> Option<Vec<f64>> {
    if lags >= series.len() || sd(series)? == 0.0 {
        return None;
    }
    let mean = mean(series)?;
    let centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
    let variance = autocovariance(&centred, 0);
    Some((1..=lags).map(|k| autocovariance(&centred, k) / variance).collect())
}

/// A portmanteau test of no autocorrelation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LjungBox {
    /// Lags.
    pub lags: usize,
    /// n (n + 2) times the sum of squared autocorrelations over n - k.
    pub statistic: f64,
    /// Its chi-squared tail with `lags` degrees of freedom.
    pub p: f64,
}

/// Ljung & Box (1978), Biometrika 65(2), 297-303; `None` as for [`autocorrelations`] or without lags.
///
/// Assumes constant variance: returns with volatility clusters reject too often.
pub fn ljung_box(series: &[f64], lags: usize) -> Option<LjungBox> {
    if lags == 0 {
        return None;
    }
    let n = series.len() as f64;
    let correlations = autocorrelations(series, lags)?;
    let terms = correlations.iter().enumerate().map(|(i, r)| r * r / (n - (i + 1) as f64));
    let statistic = n * (n + 2.0) * terms.sum::<f64>();
    Some(LjungBox { lags, statistic, p: tails::chi_squared(statistic, lags as f64)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Mean 2; deviations -1, 1, 1, -1: variance 1, first autocovariance -1/4, second -2/4.
        let series = [1.0, 3.0, 3.0, 1.0];
        assert_eq!(autocorrelations(&series, 2).unwrap(), [-0.25, -0.5]);
        let test = ljung_box(&series, 1).unwrap();
        assert!((test.statistic - 4.0 * 6.0 * 0.0625 / 3.0).abs() < 1e-15);
        assert_eq!(autocorrelations(&series, 4), None);
        assert_eq!(ljung_box(&[1.0; 9], 2), None);
        assert_eq!(ljung_box(&series, 0), None);
    }
}
