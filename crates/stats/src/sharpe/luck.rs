//! What the best of many skill-less trials shows.

use serde::Serialize;

use super::{expected_max_sharpe, null_sd};
use crate::normal;

/// Years of data below which the best of `n_trials` skill-less trials is expected to reach `annual_sharpe`.
///
/// (E(max of N) / Sharpe)^2: Bailey, Borwein, Lopez de Prado & Zhu (2014), "Pseudo-Mathematics and Financial
/// Charlatanism", Notices of the AMS 61(5), 458-471, minimum backtest length, for independent trials and an annual
/// Sharpe ratio. One trial needs 0 years: its expectation is 0. `None` for no trial or a Sharpe that is not above 0.
pub fn min_backtest_length(annual_sharpe: f64, n_trials: usize) -> Option<f64> {
    if !(annual_sharpe > 0.0 && annual_sharpe.is_finite()) {
        return None;
    }
    Some((expected_max_sharpe(1.0, n_trials)? / annual_sharpe).powi(2))
}

/// The annual Sharpe ratio of the best of many independent trials that have no skill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Luck {
    /// Expected value, as a deflated Sharpe ratio deducts it; 0 for one trial.
    pub expected: f64,
    /// Value exceeded with a probability of one half.
    pub median: f64,
    /// Value exceeded with a probability of 5 %.
    pub quantile_95: f64,
    /// Trials.
    pub n_trials: usize,
    /// Periods of each trial.
    pub n_periods: usize,
    /// Periods in a year.
    pub periods_per_year: f64,
}

/// The best of `n_trials` trials of luck over `n_periods` periods, in annual units.
///
/// Estimates of a true Sharpe ratio of 0 are taken as normal with [`null_sd`]. Expectation: [`expected_max_sharpe`],
/// which is 2 % high at 10 trials and exact in the limit; quantiles are exact, z(p^(1/N)). Correlated trials are
/// fewer than they look: pass their effective number. `None` for no trial, below two periods, or a year that is not
/// positive.
pub fn best_of_n_luck(n_trials: usize, n_periods: usize, periods_per_year: f64) -> Option<Luck> {
    if n_trials == 0 || !(periods_per_year > 0.0 && periods_per_year.is_finite()) {
        return None;
    }
    let annual = null_sd(n_periods)? * periods_per_year.sqrt();
    let best = |p: f64| normal::quantile(p.powf((n_trials as f64).recip()));
    Some(Luck {
        expected: expected_max_sharpe(annual, n_trials)?,
        median: annual * best(0.5)?,
        quantile_95: annual * best(0.95)?,
        n_trials,
        n_periods,
        periods_per_year,
    })
}

#[cfg(test)]
mod tests {
    use proofmark_units::Seed;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    // Bailey, Borwein, Lopez de Prado & Zhu (2014): with five years of data no more than 45 independent trials, or
    // a Sharpe ratio of 1 in sample is almost sure at an expected 0 out of sample.
    #[test]
    fn published_backtest_length() {
        let years = |trials| min_backtest_length(1.0, trials).unwrap();
        assert!(years(45) <= 5.0 && years(46) > 5.0, "{} {}", years(45), years(46));
        assert!((min_backtest_length(2.0, 45).unwrap() - years(45) / 4.0).abs() < 1e-12);
        assert!(years(45) < 2.0 * 45.0_f64.ln()); // the bound given beside it
        assert_eq!((min_backtest_length(1.0, 1), min_backtest_length(0.0, 5)), (Some(0.0), None));
        assert_eq!(min_backtest_length(1.0, 0), None);
    }

    #[test]
    fn expected_maxima_of_reference() {
        // Golden values: 1.575 for 10 trials and 3.053 for 500.
        assert!((expected_max_sharpe(1.0, 10).unwrap() - 1.575).abs() < 5e-4);
        assert!((expected_max_sharpe(1.0, 500).unwrap() - 3.053).abs() < 5e-4);
    }

    #[test]
    fn luck_is_what_drawn_maxima_show() {
        let luck = best_of_n_luck(50, 2521, 252.0).unwrap();
        let annual = (252.0_f64 / 2520.0).sqrt();
        let mut rng = Seed::root(6).rng();
        let mut best: Vec<f64> = (0..4000)
            .map(|_| {
                (0..50).map(|_| -> f64 { StandardNormal.sample(&mut rng) }).fold(f64::NEG_INFINITY, f64::max)
                    * annual
            })
            .collect();
        best.sort_unstable_by(f64::total_cmp);
        // The maximum of 50 has a sd of 0.46 standard deviations, so means of 4,000 an error of 0.007.
        assert!((best.iter().sum::<f64>() / 4000.0 - luck.expected).abs() < (0.03 + 0.02) * annual);
        assert!((best[2000] - luck.median).abs() < 0.04 * annual);
        assert!((best[3800] - luck.quantile_95).abs() < 0.08 * annual);
        let one = best_of_n_luck(1, 2521, 252.0).unwrap();
        assert_eq!(one.expected, 0.0);
        assert!((one.quantile_95 - 1.644_854 * annual).abs() < 1e-6 && one.median.abs() < 1e-12);
        assert_eq!(best_of_n_luck(0, 100, 252.0), None);
        assert_eq!(best_of_n_luck(3, 1, 252.0), None);
    }
}
