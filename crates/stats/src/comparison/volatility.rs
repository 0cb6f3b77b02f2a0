//! Series put on one volatility with what was known at the time.

use serde::Serialize;

/// How volatility is estimated; both use squares about 0, since a period's mean is small beside its spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum VolatilityEstimator {
    /// Root mean square of the last so many returns.
    Window(usize),
    /// Exponentially weighted root mean square over all past returns, weights normalised to 1 (J. P. Morgan (1996),
    /// RiskMetrics Technical Document, chapter 5).
    HalfLife {
        /// Age in periods at which a weight has halved.
        periods: f64,
        /// Returns that must be known before the first estimate.
        warm_up: usize,
    },
}

/// How a series is scaled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolatilityScaling {
    /// Estimator of the volatility.
    pub estimator: VolatilityEstimator,
    /// Volatility per period to scale to, as a fraction.
    pub target: f64,
    /// The return of period t is scaled by returns up to t - `lag`: 1 where a position is taken at the close before it, 2
    /// where it is taken at the open and the last close is not counted yet. At least 1.
    pub lag: usize,
    /// Largest factor, which also applies where past returns were all 0.
    pub max_leverage: f64,
}

/// A series on target volatility.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScaledSeries {
    /// Position in the input of the first value: earlier ones have no estimate and are dropped. It depends on the settings
    /// alone, so series scaled alike stay aligned.
    pub first: usize,
    /// Scaled returns.
    pub values: Vec<f64>,
    /// Factor of each.
    pub factors: Vec<f64>,
}

/// Why a series could not be scaled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScalingError {
    /// A value is NaN or infinite.
    #[error("the series to scale has a value that is not finite at row {row}")]
    NotFinite {
        /// Row of the value.
        row: usize,
    },
    /// A window, lag, half-life, target or leverage of 0, negative or not finite.
    #[error("the scaling's setting {name} = {value} is out of range")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The warm-up takes all of the series.
    #[error("{n} periods leave nothing after a warm-up of {first}")]
    TooShort {
        /// Periods given.
        n: usize,
        /// Periods before the first estimate.
        first: usize,
    },
}

/// Scales returns to a target volatility estimated from the past only, so that rivals can be compared at equal risk.
///
/// Scaling by the volatility of the whole span would let a series know its own future: a rule that was lucky to be small
/// in a crash would be enlarged before it. The factor is target / estimate, at most `max_leverage`.
///
/// # Errors
/// A non-finite value, settings out of range, or a series no longer than its warm-up.
pub fn causal_volatility_scaling(
    returns: &[f64],
    scaling: &VolatilityScaling,
) -> Result<ScaledSeries, ScalingError> {
    let positive = |name: &'static str, value: f64| {
        if value > 0.0 && value.is_finite() { Ok(()) } else { Err(ScalingError::Setting { name, value }) }
    };
    positive("target", scaling.target)?;
    positive("max_leverage", scaling.max_leverage)?;
    positive("lag", scaling.lag as f64)?;
    let warm_up = match scaling.estimator {
        VolatilityEstimator::Window(window) => {
            positive("window", window as f64)?;
            window
        }
        VolatilityEstimator::HalfLife { periods, warm_up } => {
            positive("half-life", periods)?;
            positive("warm_up", warm_up as f64)?;
            warm_up
        }
    };
    if let Some(row) = returns.iter().position(|v| !v.is_finite()) {
        return Err(ScalingError::NotFinite { row });
    }
    let first = warm_up + scaling.lag - 1;
    if returns.len() <= first {
        return Err(ScalingError::TooShort { n: returns.len(), first });
    }
    let estimates = match scaling.estimator {
        VolatilityEstimator::Window(window) => returns
            .windows(window)
            .map(|past| (past.iter().map(|v| v * v).sum::<f64>() / window as f64).sqrt())
            .collect::<Vec<f64>>(),
        VolatilityEstimator::HalfLife { periods, .. } => {
            let keep = (-std::f64::consts::LN_2 / periods).exp();
            let (mut squares, mut weights) = (0.0, 0.0);
            let all = returns.iter().map(|v| {
                squares = keep * squares + v * v;
                weights = keep * weights + 1.0;
                (squares / weights).sqrt()
            });
            all.skip(warm_up - 1).collect()
        }
    };
    let factors: Vec<f64> =
        estimates[..returns.len() - first]
            .iter()
            .map(|sd| {
                if *sd > 0.0 { (scaling.target / sd).min(scaling.max_leverage) } else { scaling.max_leverage }
            })
            .collect();
    let values = returns[first..].iter().zip(&factors).map(|(r, factor)| r * factor).collect();
    Ok(ScaledSeries { first, values, factors })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(estimator: VolatilityEstimator, lag: usize) -> VolatilityScaling {
        VolatilityScaling { estimator, target: 0.01, lag, max_leverage: 4.0 }
    }

    #[test]
    fn hand_checked_windows_and_lags() {
        let returns = [0.03, -0.04, 0.02, 0.01, 0.05];
        // Root mean squares of pairs: sqrt(0.00125), sqrt(0.001), sqrt(0.00025).
        let found = causal_volatility_scaling(&returns, &scaling(VolatilityEstimator::Window(2), 1)).unwrap();
        assert_eq!((found.first, found.values.len()), (2, 3));
        for (factor, square) in found.factors.iter().zip([0.00125, 0.001, 0.00025]) {
            assert!((factor - 0.01 / f64::sqrt(square)).abs() < 1e-12);
        }
        assert!((found.values[2] - 0.05 * found.factors[2]).abs() < 1e-18);
        let later = causal_volatility_scaling(&returns, &scaling(VolatilityEstimator::Window(2), 2)).unwrap();
        assert_eq!((later.first, later.factors.as_slice()), (3, &found.factors[..2]));
    }

    #[test]
    fn hand_checked_half_life() {
        let half = VolatilityEstimator::HalfLife { periods: 1.0, warm_up: 2 };
        let found = causal_volatility_scaling(&[0.02, 0.04, 0.01], &scaling(half, 1)).unwrap();
        // Weights 1/2 and 1 over 3/2: (0.0002 + 0.0016) / 1.5.
        assert_eq!(found.first, 2);
        assert!((found.factors[0] - 0.01 / f64::sqrt(0.0012)).abs() < 1e-12);
    }

    #[test]
    fn nothing_of_the_future_is_used() {
        let returns: Vec<f64> = (0..200).map(|i| 0.01 * (f64::from(i * i) * 0.77).sin()).collect();
        let mut changed = returns.clone();
        changed[150..].iter_mut().for_each(|v| *v *= 9.0);
        for estimator in
            [VolatilityEstimator::Window(21), VolatilityEstimator::HalfLife { periods: 10.0, warm_up: 21 }]
        {
            let run = |r: &[f64]| causal_volatility_scaling(r, &scaling(estimator, 1)).unwrap();
            let (before, after) = (run(&returns), run(&changed));
            assert_eq!(before.values[..150 - 21], after.values[..150 - 21]);
            // The factor of the first changed period is still the old one.
            assert_eq!(before.factors[150 - 21], after.factors[150 - 21]);
            assert!(before.factors[151 - 21] > after.factors[151 - 21]);
            // Where a series is on target the factor is near 1.
            let rms = (before.values.iter().map(|v| v * v).sum::<f64>() / 179.0).sqrt();
            assert!((rms / 0.01 - 1.0).abs() < 0.1, "{rms}");
        }
    }

    #[test]
    fn cash_stays_cash_and_bad_settings_are_named() {
        let window = VolatilityEstimator::Window(5);
        let cash = causal_volatility_scaling(&[0.0; 20], &scaling(window, 1)).unwrap();
        assert_eq!((cash.values, cash.factors), (vec![0.0; 15], vec![4.0; 15]));
        let run = |returns: &[f64], s: VolatilityScaling| causal_volatility_scaling(returns, &s).unwrap_err();
        assert_eq!(run(&[0.1; 5], scaling(window, 1)), ScalingError::TooShort { n: 5, first: 5 });
        let named = |s: VolatilityScaling, expected: &str| {
            assert!(matches!(run(&[0.1; 50], s), ScalingError::Setting { name, .. } if name == expected));
        };
        named(scaling(VolatilityEstimator::Window(0), 1), "window");
        named(scaling(window, 0), "lag");
        named(VolatilityScaling { target: f64::NAN, ..scaling(window, 1) }, "target");
        named(scaling(VolatilityEstimator::HalfLife { periods: -1.0, warm_up: 5 }, 1), "half-life");
        assert_eq!(run(&[f64::NAN; 50], scaling(window, 1)), ScalingError::NotFinite { row: 0 });
    }
}
