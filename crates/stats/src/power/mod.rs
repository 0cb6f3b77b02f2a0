//! What a span can show at best, and what a study will find.

mod pass;
mod plan;

pub use pass::{PassRules, pass_probability, required_active_sharpe};
pub use plan::{DetectableSkill, StudyPlan, minimum_detectable_rank_ic};

use crate::normal;

/// The smallest true annual Sharpe ratio that a one-sided test at `alpha` over `n` periods finds with probability
/// `power`.
///
/// Normal approximation: (z(1 - alpha) + z(power)) sqrt(periods per year / n), with the standard error 1 / sqrt(n) of a
/// per-period Sharpe ratio of 0 (Lo 2002, FAJ 58(4), equation 8); tails and autocorrelation are ignored. `None` for `n`
/// 0 or arguments out of range (`alpha`, `power` within 0 to 1, `periods_per_year` above 0).
pub fn minimum_detectable_sharpe(n: usize, periods_per_year: f64, alpha: f64, power: f64) -> Option<f64> {
    if n == 0 || !(periods_per_year > 0.0 && periods_per_year.is_finite()) {
        return None;
    }
    let z = normal::quantile(1.0 - alpha)? + normal::quantile(power)?;
    Some(z * (periods_per_year / n as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_find_a_sharpe_of_one() {
        // (2.326348 + 0.841621) / sqrt(10).
        let found = minimum_detectable_sharpe(2520, 252.0, 0.01, 0.8).unwrap();
        assert!((found - 1.001_799_8).abs() < 1e-6, "{found}");
        assert_eq!(minimum_detectable_sharpe(0, 252.0, 0.01, 0.8), None);
        assert_eq!(minimum_detectable_sharpe(10, 252.0, 0.0, 0.8), None);
        assert_eq!(minimum_detectable_sharpe(10, f64::NAN, 0.1, 0.8), None);
    }
}
