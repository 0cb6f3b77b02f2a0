//! The probability of passing the two rules of the active return, and the skill they need.

use serde::Serialize;

use crate::normal;
use crate::sharpe::expected_max_sharpe;

/// The rules on active return: a one-sided bootstrap test and a deflated Sharpe ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PassRules {
    /// Largest p of the bootstrap test.
    pub alpha: f64,
    /// Least deflated Sharpe ratio.
    pub deflated_level: f64,
}

impl Default for PassRules {
    /// p at most 1 %, deflated Sharpe ratio at least 0.95.
    fn default() -> Self {
        Self { alpha: 0.01, deflated_level: 0.95 }
    }
}

impl PassRules {
    /// The t-value that passes both rules with `n_trials` trials: max(z(1 - alpha), z(level) + E(max of N)).
    ///
    /// The deflated Sharpe ratio deducts the expected maximum in units of the null's standard error, so for per-period
    /// Sharpe ratios near 0 both rules are floors of the same t-value and the higher one decides: at 1 % and 0.95 the
    /// bootstrap alone up to 2 trials, the deflation from 3. `None` for no trial or levels outside 0 to 1.
    pub fn least_t(&self, n_trials: usize) -> Option<f64> {
        let bootstrap = normal::quantile(1.0 - self.alpha)?;
        let deflated = normal::quantile(self.deflated_level)? + expected_max_sharpe(1.0, n_trials)?;
        Some(bootstrap.max(deflated))
    }
}

/// Probability that a true annual active Sharpe ratio passes both `rules` over `years` with `n_trials` trials.
///
/// Phi(Sharpe sqrt(years) - least t): the estimate is taken as normal with the standard error 1 / sqrt(years), right
/// for uncorrelated returns, the deflation's spread as that of the null. It lands within two points of shares
/// simulated with t(5) shocks at 10 years of daily returns. `None` for years that are not positive or a Sharpe that
/// is not a number.
pub fn pass_probability(
    true_annual_sharpe: f64,
    years: f64,
    n_trials: usize,
    rules: &PassRules,
) -> Option<f64> {
    if !(years > 0.0 && years.is_finite() && true_annual_sharpe.is_finite()) {
        return None;
    }
    Some(normal::cdf(true_annual_sharpe * years.sqrt() - rules.least_t(n_trials)?))
}

/// The smallest true annual active Sharpe ratio that passes both `rules` over `years` with probability `power`.
///
/// The inverse of [`pass_probability`]; `None` as there or for a power outside 0 to 1.
pub fn required_active_sharpe(years: f64, n_trials: usize, rules: &PassRules, power: f64) -> Option<f64> {
    if !(years > 0.0 && years.is_finite()) {
        return None;
    }
    Some((rules.least_t(n_trials)? + normal::quantile(power)?) / years.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulated shares that pass both rules: 10 years of daily active returns, t(5) shocks, 2,000 worlds a cell, +-1
    /// point.
    const SIMULATED: [(f64, [f64; 4]); 5] = [
        (0.0, [0.010, 0.002, 0.0, 0.0]),
        (0.5, [0.22, 0.05, 0.01, 0.0]),
        (1.0, [0.80, 0.48, 0.22, 0.06]),
        (1.5, [0.99, 0.93, 0.80, 0.52]),
        (2.0, [1.0, 1.0, 0.99, 0.95]),
    ];

    #[test]
    fn the_formula_lands_on_the_simulated_table() {
        let rules = PassRules::default();
        for (sharpe, shares) in SIMULATED {
            for (trials, share) in [1, 10, 50, 500].into_iter().zip(shares) {
                let p = pass_probability(sharpe, 10.0, trials, &rules).unwrap();
                assert!((p - share).abs() < 0.02, "{sharpe} at {trials} trials: {p} {share}");
            }
        }
    }

    #[test]
    fn the_requirement_inverts_the_probability() {
        let rules = PassRules::default();
        for (years, trials, power) in [(10.0, 1, 0.8), (10.0, 10, 0.8), (3.0, 500, 0.5)] {
            let needed = required_active_sharpe(years, trials, &rules, power).unwrap();
            assert!((pass_probability(needed, years, trials, &rules).unwrap() - power).abs() < 1e-9);
        }
        // Target of the certification: at 1.5, 10 years and up to 10 trials at least 80 % are found.
        assert!(required_active_sharpe(10.0, 10, &rules, 0.8).unwrap() < 1.5);
        assert_eq!(rules.least_t(1), rules.least_t(2));
        assert!(rules.least_t(3) > rules.least_t(2));
        assert_eq!(rules.least_t(0), None);
        assert_eq!(required_active_sharpe(0.0, 1, &rules, 0.8), None);
        assert_eq!(pass_probability(f64::NAN, 10.0, 1, &rules), None);
        assert_eq!(pass_probability(1.0, 10.0, 1, &PassRules { alpha: 0.0, ..rules }), None);
    }
}
