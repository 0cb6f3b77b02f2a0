//! Reward per unit of risk, growth and hit rate.

use super::drawdown::{max_drawdown, wealth};
use crate::moments::{mean, sd, sum_of};

/// Mean over standard deviation (divisor n - 1) per period; `None` below two values, with NaN or without spread.
pub fn sharpe_per_period(returns: &[f64]) -> Option<f64> {
    let (mean, sd) = (mean(returns)?, sd(returns)?);
    (sd > 0.0).then(|| mean / sd)
}

/// A per-period Sharpe ratio scaled to a year by the square root of time.
///
/// Exact for serially uncorrelated returns only: A. Lo (2002), "The Statistics of Sharpe Ratios", FAJ 58(4), p. 43.
pub fn annualised(sharpe: f64, periods_per_year: f64) -> f64 {
    sharpe * periods_per_year.sqrt()
}

/// Standard deviation (divisor n - 1) scaled to a year by the square root of time; `None` below two values or with NaN.
pub fn volatility(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let annual = sd(returns)? * periods_per_year.sqrt();
    annual.is_finite().then_some(annual)
}

/// Root of the mean of `min(0, r - target)^2` over *all* periods, per period; `None` when empty or with NaN.
///
/// Sortino & Price (1994), Journal of Investing 3(3), 59-64.
pub fn downside_deviation(returns: &[f64], target: f64) -> Option<f64> {
    mean(returns)?;
    let below = sum_of(returns.iter().map(|r| (r - target).min(0.0).powi(2))) / returns.len() as f64;
    below.is_finite().then(|| below.sqrt())
}

/// Annualised mean return above `target` over [`downside_deviation`]; `None` when empty, with NaN or without downside.
pub fn sortino(returns: &[f64], target: f64, periods_per_year: f64) -> Option<f64> {
    let excess = mean(returns)? - target;
    let downside = downside_deviation(returns, target)?;
    let ratio = excess / downside * periods_per_year.sqrt();
    (downside > 0.0 && ratio.is_finite()).then_some(ratio)
}

/// Compound annual growth rate as a fraction; `None` as for [`super::drawdown_series`].
pub fn cagr(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let last = *wealth(returns)?.last()?;
    let rate = last.powf(periods_per_year / returns.len() as f64) - 1.0;
    rate.is_finite().then_some(rate)
}

/// Compound annual growth rate over maximum drawdown, both of the whole series; `None` as for [`cagr`] or without a
/// fall.
///
/// Young (1991), "Calmar Ratio: A Smoother Tool", Futures 20(1), there over the last 36 months.
pub fn calmar(returns: &[f64], periods_per_year: f64) -> Option<f64> {
    let depth = max_drawdown(returns)?.depth;
    let ratio = cagr(returns, periods_per_year)? / depth;
    (depth > 0.0 && ratio.is_finite()).then_some(ratio)
}

/// Share of periods with a return above zero; `None` when empty or with NaN.
pub fn hit_rate(returns: &[f64]) -> Option<f64> {
    mean(returns)?;
    Some(returns.iter().filter(|r| **r > 0.0).count() as f64 / returns.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharpe_by_hand() {
        let s = sharpe_per_period(&[0.01, 0.03]).unwrap(); // mean 0.02, sd 0.02/sqrt(2)
        assert!((s - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!((annualised(0.1, 252.0) - 0.1 * 252.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(sharpe_per_period(&[0.01; 5]), None);
    }

    #[test]
    fn growth_hits_and_sortino_by_hand() {
        assert!((cagr(&[0.1, 0.1], 1.0).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(cagr(&[-1.0], 252.0), Some(-1.0));
        assert_eq!(hit_rate(&[0.1, 0.0, -0.1, 0.2]), Some(0.5));
        // Mean 0.01, downside deviation sqrt(0.0001 / 2).
        let s = sortino(&[0.03, -0.01], 0.0, 1.0).unwrap();
        assert!((s - 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(sortino(&[0.03, 0.01], 0.0, 1.0), None);
    }

    #[test]
    fn risk_by_hand() {
        // Shortfalls 0.01 and 0.03 over four periods: (1e-4 + 9e-4) / 4.
        let returns = [0.02, -0.01, 0.01, -0.03];
        assert!((downside_deviation(&returns, 0.0).unwrap() - 0.00025_f64.sqrt()).abs() < 1e-15);
        assert!((volatility(&[0.01, 0.03], 4.0).unwrap() - 2.0 * 0.02 / 2.0_f64.sqrt()).abs() < 1e-15);
        // Growth 10 % a period after a fall of one half.
        let returns = [-0.5, 2.0, 1.21 / 1.5 - 1.0];
        assert!((calmar(&returns, 3.0).unwrap() - 0.21 / 0.5).abs() < 1e-12);
        assert_eq!(calmar(&[0.1, 0.1], 3.0), None);
        assert_eq!(downside_deviation(&[], 0.0), None);
        assert_eq!(volatility(&[0.1], 252.0), None);
    }
}
