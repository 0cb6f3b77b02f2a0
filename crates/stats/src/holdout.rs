//! What the walk-forward predicts for a hold-out.

use proofmark_units::Seed;
use serde::Serialize;

use crate::bootstrap::{BootstrapError, StationaryBootstrap, sorted_means};
use crate::moments::{mean, quantile_sorted};

/// The lower bound that a hold-out's mean active return must reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoldOutBound {
    /// The `q`-quantile of the mean active return per period over `length` periods.
    pub quantile: f64,
    /// Probability of a mean below it when the hold-out is like the walk-forward.
    pub q: f64,
    /// Periods of the hold-out.
    pub length: usize,
    /// Mean active return per period of the walk-forward.
    pub walk_forward_mean: f64,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// The `q`-quantile of the mean over `length` periods that a stationary bootstrap of `active_series` predicts.
///
/// It holds the walk-forward mean for the true one: the error of that mean (the square root of 1 + length/n times the
/// spread) and its selection are not in it, so the bound is a little too high rather than too low.
///
/// # Errors
/// A series that cannot be resampled, `length` 0, or `q` outside 0 to 1.
pub fn lower_quantile(
    active_series: &[f64],
    length: usize,
    q: f64,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<HoldOutBound, BootstrapError> {
    let block_length = settings.block(active_series)?;
    if length == 0 {
        return Err(BootstrapError::Setting { name: "length", value: 0.0 });
    }
    if !(q > 0.0 && q < 1.0) {
        return Err(BootstrapError::Setting { name: "q", value: q });
    }
    let means = sorted_means(active_series, length, block_length, settings.draws, seed);
    let (quantile, walk_forward_mean) =
        quantile_sorted(&means, q).zip(mean(active_series)).ok_or(BootstrapError::NoSpread)?;
    Ok(HoldOutBound { quantile, q, length, walk_forward_mean, block_length, draws: settings.draws })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal;

    #[test]
    fn near_the_normal_quantile_for_independent_returns() {
        let series: Vec<f64> = (0..2000).map(|i| 0.001 + 0.01 * (f64::from(i * i) * 0.77).sin()).collect();
        let settings = StationaryBootstrap::default();
        let bound = lower_quantile(&series, 250, 0.01, &settings, Seed::root(8)).unwrap();
        let expected = bound.walk_forward_mean
            + normal::quantile(0.01).unwrap() * 0.01 / 2.0_f64.sqrt() / 250.0_f64.sqrt();
        // The 1 % quantile of 10,000 draws has a standard error of about 4 % of a standard deviation.
        assert!((bound.quantile - expected).abs() < 1.2e-4, "{} {expected}", bound.quantile);
        assert!(lower_quantile(&series, 0, 0.01, &settings, Seed::root(8)).is_err());
        assert!(lower_quantile(&series, 250, 1.0, &settings, Seed::root(8)).is_err());
    }
}
