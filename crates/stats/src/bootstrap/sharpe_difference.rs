//! Bootstrap interval of the difference of two Sharpe ratios on the same periods.

use proofmark_units::Seed;

use super::functions::Ratio;
use super::measure::{MeasureError, MeasureInterval, check_year, intervals, linear};
use super::scheme::BlockScheme;
use super::smooth::{FunctionOfMeans, resample};
use super::{BootstrapError, StationaryBootstrap};
use crate::moments::{mean, sd};

/// Ratio of the first series less that of the second, from z and z^2 - 1 of each.
struct Difference {
    first: Ratio,
    second: Ratio,
}

impl FunctionOfMeans for Difference {
    fn columns(&self) -> usize {
        4
    }

    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let (own, other) = gradient.split_at_mut(2);
        let first = self.first.at(&means[..2], own)?;
        let second = self.second.at(&means[2..], other)?;
        other.iter_mut().for_each(|slope| *slope = -*slope);
        Some(first - second)
    }
}

/// Annualised Sharpe ratio of `first` less that of `second`, returns per period of the same periods, with its intervals.
///
/// Both are drawn in the same blocks, so what they share cancels as it does in the data: Ledoit & Wolf (2008), Robust
/// Performance Hypothesis Testing with the Sharpe Ratio, Journal of Empirical Finance 15(5), 850-859, section 3.2, with
/// the block-sum variance of this module.
///
/// # Errors
/// Series of different length, too short, without spread, or equal throughout.
pub fn sharpe_difference(
    first: &[f64],
    second: &[f64],
    periods_per_year: f64,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<MeasureInterval, MeasureError> {
    check_year(periods_per_year)?;
    if first.len() != second.len() {
        return Err(BootstrapError::Rows("the two series differ in length").into());
    }
    settings.block(first)?;
    settings.block(second)?;
    if first == second {
        return Err(BootstrapError::NoSpread.into());
    }
    let n = first.len();
    let size = n as f64;
    let standardised = |series: &[f64]| {
        let (mean, sd) = mean(series).zip(sd(series)).ok_or(BootstrapError::NoSpread)?;
        let spread = sd * ((size - 1.0) / size).sqrt();
        let z: Vec<f64> = series.iter().map(|r| (r - mean) / spread).collect();
        Ok::<_, BootstrapError>((z, Ratio { level: mean / spread }))
    };
    let ((a, first), (b, second)) = (standardised(first)?, standardised(second)?);
    let rows: Vec<f64> = a.iter().zip(&b).flat_map(|(a, b)| [*a, a * a - 1.0, *b, b * b - 1.0]).collect();
    let scheme = BlockScheme::Stationary;
    let resampled = resample(&rows, &Difference { first, second }, scheme, settings, seed)?;
    // Draws divide by n, the measure by n - 1.
    let year = (periods_per_year * (size - 1.0) / size).sqrt();
    Ok(intervals(n, &resampled, &linear(year, &|v| v * year), scheme, settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::sharpe_interval;

    fn wave(step: f64, mean: f64) -> Vec<f64> {
        (0..500).map(|i| mean + 0.01 * (f64::from(i * i) * step).sin()).collect()
    }

    fn settings() -> StationaryBootstrap {
        StationaryBootstrap { draws: 2_000, min_block: 4.0, level: 0.95 }
    }

    #[test]
    fn the_value_is_the_plain_difference_and_pairing_narrows_the_interval() {
        let base = wave(0.77, 0.0004);
        let twin: Vec<f64> =
            base.iter().zip(wave(0.41, 0.0)).map(|(r, noise)| r + 0.0003 + 0.1 * noise).collect();
        let found = sharpe_difference(&twin, &base, 252.0, &settings(), Seed::root(1)).unwrap();
        let annual = |r: &[f64]| mean(r).unwrap() / sd(r).unwrap() * 252.0_f64.sqrt();
        assert!((found.value - (annual(&twin) - annual(&base))).abs() < 1e-9, "{found:?}");
        let paired = found.interval().unwrap();
        assert!(paired.low < found.value && found.value < paired.high);
        let alone = sharpe_interval(&twin, &settings(), Seed::root(1)).unwrap().studentised.unwrap();
        let width = (alone.high - alone.low) * 252.0_f64.sqrt();
        assert!(paired.high - paired.low < 0.5 * width, "{paired:?} {width}");
        // The other way round is the mirror image.
        let back = sharpe_difference(&base, &twin, 252.0, &settings(), Seed::root(1)).unwrap();
        assert!((back.value + found.value).abs() < 1e-12);
        assert!((back.interval().unwrap().low + paired.high).abs() < 0.2 * (paired.high - paired.low));
    }

    #[test]
    fn equal_series_and_unequal_lengths_are_refused() {
        let base = wave(0.77, 0.0004);
        let run = |a: &[f64], b: &[f64]| sharpe_difference(a, b, 252.0, &settings(), Seed::root(1));
        assert_eq!(run(&base, &base), Err(BootstrapError::NoSpread.into()));
        assert!(matches!(run(&base, &base[1..]), Err(MeasureError::Bootstrap(BootstrapError::Rows(_)))));
        assert!(run(&base[..10], &base[..10]).is_err());
    }
}
