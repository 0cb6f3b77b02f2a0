//! How near forecasts of a number came to it.

use crate::moments::mean;
use crate::performance::{max_drawdown, sharpe_per_period, wealth};

/// Errors of forecasts beside what happened, both in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastErrors {
    /// Pairs.
    pub n: usize,
    /// Share of pairs whose signs agree; a pair with a 0 does not agree.
    pub direction_accuracy: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// 1 - squared errors / squared distances of what happened from its own mean; `None` where nothing varied.
    pub r2: Option<f64>,
}

impl ForecastErrors {
    /// Of pairs; `None` for none, for lengths that differ, or a number that is not finite.
    pub fn of(forecast: &[f64], actual: &[f64]) -> Option<Self> {
        let n = forecast.len();
        if n == 0 || n != actual.len() || !forecast.iter().chain(actual).all(|v| v.is_finite()) {
            return None;
        }
        let pairs = || forecast.iter().zip(actual);
        let squared: f64 = pairs().map(|(f, a)| (f - a).powi(2)).sum();
        let centre = mean(actual)?;
        let spread: f64 = actual.iter().map(|a| (a - centre).powi(2)).sum();
        Some(Self {
            n,
            direction_accuracy: pairs().filter(|(f, a)| **f * **a > 0.0).count() as f64 / n as f64,
            rmse: (squared / n as f64).sqrt(),
            mae: pairs().map(|(f, a)| (f - a).abs()).sum::<f64>() / n as f64,
            r2: (spread > 0.0).then(|| 1.0 - squared / spread),
        })
    }
}

/// What trading the sign of each forecast over its own period would have brought, before costs.
///
/// Periods must not overlap: returns that share days, compounded one after the other, count those days several times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignTrades {
    /// Periods.
    pub n: usize,
    /// Mean over deviation a year; `None` without spread.
    pub sharpe: Option<f64>,
    /// Gains over losses; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Largest fall from a peak of the compounded gains, a positive fraction.
    pub max_drawdown: Option<f64>,
    /// Compounded gain, a fraction.
    pub total_return: f64,
}

impl SignTrades {
    /// Of forecasts and the simple returns of their periods; `None` for none, or lengths that differ.
    pub fn of(forecast: &[f64], returns: &[f64], periods_per_year: f64) -> Option<Self> {
        if forecast.is_empty() || forecast.len() != returns.len() {
            return None;
        }
        let sign = |f: f64| if f > 0.0 { 1.0 } else { -f64::from(f < 0.0) };
        let traded: Vec<f64> = forecast.iter().zip(returns).map(|(f, r)| sign(*f) * r).collect();
        Some(Self {
            n: traded.len(),
            sharpe: sharpe_per_period(&traded).map(|s| s * periods_per_year.sqrt()),
            profit_factor: profit_factor(&traded),
            max_drawdown: max_drawdown(&traded).map(|fall| fall.depth),
            total_return: wealth(&traded).last().map_or(0.0, |w| w - 1.0),
        })
    }
}

/// Gains over losses, both positive sums; `None` without a loss.
pub fn profit_factor(gains: &[f64]) -> Option<f64> {
    let won: f64 = gains.iter().filter(|g| **g > 0.0).sum();
    let lost: f64 = gains.iter().filter(|g| **g < 0.0).map(|g| -g).sum();
    (lost > 0.0).then(|| won / lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let found = ForecastErrors::of(&[0.01, -0.02, 0.0, 0.03], &[0.02, -0.01, 0.01, -0.03]).unwrap();
        assert_eq!((found.n, found.direction_accuracy), (4, 0.5));
        assert!((found.mae - 0.0225).abs() < 1e-15);
        assert!((found.rmse - (0.0039_f64 / 4.0).sqrt()).abs() < 1e-15);
        // Their mean is -0.0025 and their squared distances sum to 0.001475.
        assert!((found.r2.unwrap() - (1.0 - 0.0039 / 0.001475)).abs() < 1e-9);
        assert_eq!(ForecastErrors::of(&[1.0], &[2.0]).unwrap().r2, None);
        assert_eq!(ForecastErrors::of(&[], &[]), None);
        assert_eq!(ForecastErrors::of(&[f64::NAN], &[0.0]), None);
    }

    #[test]
    fn trades_by_hand() {
        let found = SignTrades::of(&[1.0, -1.0, 1.0, 0.0], &[0.10, 0.10, -0.05, 0.5], 52.0).unwrap();
        assert!((found.total_return - (1.1 * 0.9 * 0.95 - 1.0)).abs() < 1e-15);
        assert!((found.profit_factor.unwrap() - 0.10 / 0.15).abs() < 1e-12);
        assert!((found.max_drawdown.unwrap() - (1.0 - 0.9 * 0.95)).abs() < 1e-12);
        assert_eq!(SignTrades::of(&[1.0], &[0.1], 52.0).unwrap().profit_factor, None);
    }
}
