//! Annual Sharpe ratio of autocorrelated returns.

use serde::Serialize;

use crate::autocorrelation::autocorrelations;
use crate::moments::{mean, sd};
use crate::regression::hac_mean;

/// The factor from a one-period Sharpe ratio to one over `periods`: q / sqrt(q + 2 sum (q - k) rho_k).
///
/// `correlations` are rho_1, rho_2 and so on; those beyond the slice count as 0, those from `periods` on are not
/// used. The square root of `periods` without autocorrelation. Lo (2002), "The Statistics of Sharpe Ratios", FAJ
/// 58(4), 36-52, equation 20. `None` for no periods or correlations whose aggregate variance is not above 0.
pub fn time_aggregation(periods: usize, correlations: &[f64]) -> Option<f64> {
    let q = periods as f64;
    let pairs: f64 = correlations.iter().zip(1..periods).map(|(rho, k)| (periods - k) as f64 * rho).sum();
    let variance = q + 2.0 * pairs;
    (periods > 0 && variance > 0.0 && variance.is_finite()).then(|| q / variance.sqrt())
}

/// A Sharpe ratio over a year with the autocorrelation of its periods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnnualSharpe {
    /// Mean over standard deviation per period.
    pub per_period: f64,
    /// Scaled by the square root of time, as if uncorrelated.
    pub square_root: f64,
    /// Scaled by [`time_aggregation`].
    pub adjusted: f64,
    /// The factor from per period to annual.
    pub factor: f64,
    /// Standard error of `adjusted`, estimated autocorrelations included.
    pub std_error: f64,
    /// Autocorrelations used.
    pub lags: usize,
    /// Lag of the Bartlett kernel of the standard error.
    pub hac_lag: usize,
    /// Observations.
    pub n: usize,
}

/// The Sharpe ratio over `periods_per_year` periods with its autocorrelations at lags 1 to `lags`, and its standard
/// error.
///
/// Lo (2002), FAJ 58(4), equation 20. The error is the delta method of his appendix: the estimate is a function of
/// the mean, the variance and `lags` autocovariances, and the long-run variance of its influence is Newey-West's with
/// `hac_lag`. Autocorrelations beyond `lags` count as 0: all of a sample's sum to -1/2, so a year's worth of them
/// would be noise; a few more than the return's holding period is a choice. `None` when `lags` or `hac_lag` reaches
/// n, for less than one period a year, without spread, with NaN, or where the aggregate variance is not above 0.
pub fn annual_sharpe(
    returns: &[f64],
    periods_per_year: usize,
    lags: usize,
    hac_lag: usize,
) -> Option<AnnualSharpe> {
    let n = returns.len();
    let (mean, sd) = (mean(returns)?, sd(returns).filter(|sd| *sd > 0.0)?);
    let used = lags.min(periods_per_year.saturating_sub(1));
    let correlations = autocorrelations(returns, used)?;
    let factor = time_aggregation(periods_per_year, &correlations)?;
    let q = periods_per_year as f64;
    let per_period = mean / sd;

    // In standardised returns z (population sd): ratio q m / sqrt(V), V = q var + 2 sum (q - k) gamma_k.
    let population = sd * ((n - 1) as f64 / n as f64).sqrt();
    let z: Vec<f64> = returns.iter().map(|r| (r - mean) / population).collect();
    let weights: Vec<f64> = (1..=used).map(|k| 2.0 * (q - k as f64)).collect();
    let aggregate = q + weights.iter().zip(&correlations).map(|(w, rho)| w * rho).sum::<f64>();
    let by_mean = q / aggregate.sqrt();
    let by_variance = -0.5 * q * (mean / population) / (aggregate * aggregate.sqrt());
    let influence: Vec<f64> = (0..n)
        .map(|t| {
            let products: f64 = weights.iter().zip(1..=t.min(used)).map(|(w, k)| w * z[t] * z[t - k]).sum();
            let spread = q * z[t] * z[t] + products - aggregate;
            by_mean * z[t] + by_variance * spread
        })
        .collect();
    let std_error = hac_mean(&influence, hac_lag).ok()?.std_error;
    let adjusted = factor * per_period;
    (adjusted.is_finite() && std_error > 0.0).then(|| AnnualSharpe {
        per_period,
        square_root: per_period * q.sqrt(),
        adjusted,
        factor,
        std_error,
        lags: used,
        hac_lag,
        n,
    })
}

#[cfg(test)]
mod tests {
    use proofmark_units::Seed;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    #[test]
    fn the_factor_of_an_autoregression_in_closed_form() {
        // Lo (2002), same section, for a first-order autoregression: sqrt(q) (1 + 2 rho / (1 - rho) (1 - (1 - rho^q)
        // / (q (1 - rho))))^(-1/2).
        for (q, rho) in [(12_usize, 0.2_f64), (12, -0.3), (250, 0.05)] {
            let correlations: Vec<f64> = (1..q as i32).map(|k| rho.powi(k)).collect();
            let size = q as f64;
            let inner = 1.0 - (1.0 - rho.powi(q as i32)) / (size * (1.0 - rho));
            let closed = size.sqrt() / (1.0 + 2.0 * rho / (1.0 - rho) * inner).sqrt();
            assert!((time_aggregation(q, &correlations).unwrap() - closed).abs() < 1e-10);
        }
        assert!((time_aggregation(252, &[]).unwrap() - 252.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(time_aggregation(1, &[0.9]), Some(1.0));
        assert_eq!((time_aggregation(0, &[]), time_aggregation(2, &[-1.0])), (None, None));
    }

    fn autoregression(seed: Seed, n: usize, rho: f64, mean: f64) -> Vec<f64> {
        let mut rng = seed.rng();
        let mut last = 0.0;
        (0..n)
            .map(|_| {
                let shock: f64 = StandardNormal.sample(&mut rng);
                last = rho * last + shock;
                mean + last
            })
            .collect()
    }

    #[test]
    fn without_autocorrelation_the_error_is_that_of_independent_returns() {
        let returns = autoregression(Seed::root(2), 4000, 0.0, 0.2);
        let found = annual_sharpe(&returns, 12, 0, 0).unwrap();
        assert!((found.adjusted - found.square_root).abs() < 1e-12);
        // Lo (2002), equation 9, scaled by the square root of 12.
        let expected = (12.0 * (1.0 + 0.5 * found.per_period.powi(2)) / 4000.0).sqrt();
        assert!((found.std_error / expected - 1.0).abs() < 0.03, "{found:?} {expected}");
    }

    #[test]
    fn the_error_is_the_spread_over_worlds_and_the_estimate_centred() {
        let (rho, mean, n) = (0.3_f64, 0.1, 1500);
        let found: Vec<AnnualSharpe> = (0..300)
            .map(|i| annual_sharpe(&autoregression(Seed::root(8).nth(i), n, rho, mean), 12, 4, 12).unwrap())
            .collect();
        let values: Vec<f64> = found.iter().map(|f| f.adjusted).collect();
        let spread = crate::moments::sd(&values).unwrap();
        let stated = found.iter().map(|f| f.std_error).sum::<f64>() / 300.0;
        // A standard deviation of 300 worlds has a relative error of 4 %.
        assert!((stated / spread - 1.0).abs() < 0.17, "{stated} {spread}");
        let correlations: Vec<f64> = (1..5).map(|k| rho.powi(k)).collect();
        let truth = time_aggregation(12, &correlations).unwrap() * mean * (1.0 - rho * rho).sqrt();
        let centre = values.iter().sum::<f64>() / 300.0;
        assert!((centre - truth).abs() < 4.0 * spread / 300.0_f64.sqrt() + 0.01, "{centre} {truth}");
        assert!(found.iter().all(|f| f.adjusted.abs() < f.square_root.abs()));
    }

    #[test]
    fn what_cannot_be_computed_is_none() {
        assert_eq!(annual_sharpe(&[0.1; 50], 12, 2, 2), None);
        assert_eq!(annual_sharpe(&[0.1, 0.2, 0.1], 12, 3, 1), None);
        assert_eq!(annual_sharpe(&[0.1, 0.2, f64::NAN], 12, 1, 1), None);
        assert_eq!(annual_sharpe(&[0.1, 0.2, 0.4], 0, 1, 1), None);
    }
}
