//! Probabilistic and deflated Sharpe ratio, the luck of many trials, annual figures under autocorrelation.
//!
//! Sharpe ratios are per period unless a year is named, skewness g3 and kurtosis g4 (non-excess) as in
//! [`crate::moments`].

mod annual;
mod luck;

pub use annual::{AnnualSharpe, annual_sharpe, time_aggregation};
pub use luck::{Luck, best_of_n_luck, min_backtest_length};
use serde::Serialize;

use crate::normal;

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Variance of the square root of n - 1 times a Sharpe ratio estimate: 1 - g3 SR + (g4 - 1)/4 SR^2; `None` unless
/// above 0.
fn sharpe_variance(sr: f64, g3: f64, g4: f64) -> Option<f64> {
    let variance = 1.0 - g3 * sr + (g4 - 1.0) / 4.0 * sr * sr;
    (variance > 0.0 && variance.is_finite()).then_some(variance)
}

/// Probability that the true Sharpe ratio exceeds `sr_star`, from an estimate `sr` over `n` periods.
///
/// Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)): Bailey & Lopez de Prado (2012), "The Sharpe Ratio
/// Efficient Frontier", Journal of Risk 15(2), equation 9. `None` below two periods or with a non-finite input.
pub fn psr(sr: f64, sr_star: f64, n: usize, g3: f64, g4: f64) -> Option<f64> {
    let z = (sr - sr_star) * (n.checked_sub(1).filter(|m| *m > 0)? as f64).sqrt()
        / sharpe_variance(sr, g3, g4)?.sqrt();
    z.is_finite().then(|| normal::cdf(z))
}

/// Standard deviation of a per-period Sharpe ratio estimate when the true one is 0: 1 / sqrt(n - 1).
///
/// The variance of [`psr`] at SR = 0, where skewness and kurtosis drop out. `None` below two periods.
pub fn null_sd(n: usize) -> Option<f64> {
    (n >= 2).then(|| ((n - 1) as f64).sqrt().recip())
}

/// Expected maximum of `n_trials` Sharpe ratios without skill whose spread is `sd_trials`; 0 for one trial.
///
/// sd ((1 - e) z(1 - 1/N) + e z(1 - 1/(N exp 1))), e Euler's constant: Bailey & Lopez de Prado (2014), "The Deflated
/// Sharpe Ratio", Journal of Portfolio Management 40(5), equation 1. `None` for no trial or a spread that is negative
/// or NaN.
pub fn expected_max_sharpe(sd_trials: f64, n_trials: usize) -> Option<f64> {
    if n_trials == 0 || !(sd_trials >= 0.0 && sd_trials.is_finite()) {
        return None;
    }
    if n_trials == 1 {
        return Some(0.0);
    }
    let n = n_trials as f64;
    let first = normal::quantile(1.0 - n.recip())?;
    let second = normal::quantile(1.0 - (n * std::f64::consts::E).recip())?;
    Some(sd_trials * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second))
}

/// A deflated Sharpe ratio and what it was deflated by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeflatedSharpe {
    /// Probability that the true Sharpe ratio exceeds the expected maximum of skill-less trials.
    pub dsr: f64,
    /// That expected maximum, per period.
    pub sr_star: f64,
    /// Spread of trial Sharpe ratios that was used: the larger of the next two.
    pub sd_used: f64,
    /// Spread of a Sharpe ratio estimate without skill over this many periods.
    pub sd_null: f64,
    /// Spread between the trials' Sharpe ratios, where known.
    pub sd_trials: Option<f64>,
    /// Trials deflated for.
    pub n_trials: usize,
}

/// The deflated Sharpe ratio, PSR against the expected maximum of `n_trials` trials.
///
/// The spread of the trials is never taken below [`null_sd`]: many near-copies of one trial spread little, yet each
/// could have been lucky. `sd_trials` is the per-period standard deviation of the trials' Sharpe ratios, `None` with
/// fewer than two. Bailey & Lopez de Prado (2014), equation 2. `None` as for [`psr`] and [`expected_max_sharpe`].
pub fn dsr(
    sr: f64,
    n: usize,
    g3: f64,
    g4: f64,
    n_trials: usize,
    sd_trials: Option<f64>,
) -> Option<DeflatedSharpe> {
    let sd_null = null_sd(n)?;
    let sd_used = match sd_trials {
        Some(sd) if sd.is_nan() || sd < 0.0 => return None,
        Some(sd) => sd.max(sd_null),
        None => sd_null,
    };
    let sr_star = expected_max_sharpe(sd_used, n_trials)?;
    let dsr = psr(sr, sr_star, n, g3, g4)?;
    Some(DeflatedSharpe { dsr, sr_star, sd_used, sd_null, sd_trials, n_trials })
}

/// Periods needed before PSR against `sr_star` reaches `1 - alpha`; `None` unless `sr > sr_star` and `0 < alpha < 1/2`.
///
/// 1 + (1 - g3 SR + (g4 - 1)/4 SR^2) (z(1 - alpha) / (SR - SR*))^2: Bailey & Lopez de Prado (2012), equation 11.
pub fn min_track_record_length(sr: f64, sr_star: f64, g3: f64, g4: f64, alpha: f64) -> Option<f64> {
    if !(sr > sr_star && alpha < 0.5) {
        return None;
    }
    let z = normal::quantile(1.0 - alpha)?;
    let periods = 1.0 + sharpe_variance(sr, g3, g4)? * (z / (sr - sr_star)).powi(2);
    periods.is_finite().then_some(periods)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Bailey & Lopez de Prado (2014), "The Deflated Sharpe Ratio", numerical example: N = 100 trials, 1,250 daily
    // returns, variance of annual trial Sharpe ratios 1/2, annual Sharpe 2.5, skewness -3, kurtosis 10, 250 days a
    // year.
    #[test]
    fn published_deflated_sharpe() {
        let sd = (0.5_f64 / 250.0).sqrt();
        let sr = 2.5 / 250.0_f64.sqrt();
        let at = |trials| dsr(sr, 1250, -3.0, 10.0, trials, Some(sd)).unwrap();
        assert!((at(100).sr_star - 0.1132).abs() < 5e-5, "{:?}", at(100));
        assert!((at(100).dsr - 0.9004).abs() < 5e-5);
        assert!((at(46).dsr - 0.9505).abs() < 5e-5);
    }

    // Bailey & Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier", minimum track record length, in years:
    // annual Sharpe 2 against 1 at 95 %: 2.73 daily, 2.83 weekly, 3.24 monthly; monthly with skewness -0.72 and
    // kurtosis 5.78: 4.99.
    #[test]
    fn published_track_records() {
        for (year, g3, g4, years) in [
            (250.0, 0.0, 3.0, 2.73),
            (52.0, 0.0, 3.0, 2.83),
            (12.0, 0.0, 3.0, 3.24),
            (12.0, -0.72, 5.78, 4.99),
        ] {
            let root = f64::sqrt(year);
            let n = min_track_record_length(2.0 / root, 1.0 / root, g3, g4, 0.05).unwrap();
            assert!((n / year - years).abs() < 0.005, "{years}: {}", n / year);
        }
    }

    #[test]
    fn the_track_record_is_where_psr_reaches_the_level() {
        let n = min_track_record_length(0.1, 0.02, -0.5, 6.0, 0.05).unwrap();
        let below = psr(0.1, 0.02, n.floor() as usize, -0.5, 6.0).unwrap();
        let above = psr(0.1, 0.02, n.ceil() as usize, -0.5, 6.0).unwrap();
        assert!(below <= 0.95 && 0.95 <= above);
    }

    #[test]
    fn one_trial_is_not_deflated_and_copies_are() {
        let single = dsr(0.05, 500, 0.0, 3.0, 1, None).unwrap();
        assert_eq!((single.sr_star, Some(single.dsr)), (0.0, psr(0.05, 0.0, 500, 0.0, 3.0)));
        let copies = dsr(0.05, 500, 0.0, 3.0, 50, Some(0.0)).unwrap();
        assert_eq!(copies.sd_used, null_sd(500).unwrap());
        assert!(copies.dsr < single.dsr);
    }

    #[test]
    fn what_cannot_be_computed_is_none() {
        assert_eq!(psr(0.1, 0.0, 1, 0.0, 3.0), None);
        assert_eq!(psr(f64::NAN, 0.0, 100, 0.0, 3.0), None);
        assert_eq!(psr(1.0, 0.0, 100, 2.0, 1.0), None); // moments no sample can have
        assert_eq!(expected_max_sharpe(0.1, 0), None);
        assert_eq!(expected_max_sharpe(f64::NAN, 3), None);
        assert_eq!(dsr(0.1, 100, 0.0, 3.0, 2, Some(f64::NAN)), None);
        assert_eq!(min_track_record_length(0.1, 0.1, 0.0, 3.0, 0.05), None);
    }
}
