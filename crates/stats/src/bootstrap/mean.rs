//! Studentised block bootstrap of a mean.

use proofmark_units::Seed;
use serde::Serialize;

use super::resample::{CircularSums, draws};
use super::scheme::{BlockScheme, Blocks};
use super::{BootstrapError, Interval, StationaryBootstrap};
use crate::moments::mean;

/// A mean tested against zero by resampling.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeanTest {
    /// Observations.
    pub n: usize,
    /// Arithmetic mean per period.
    pub mean: f64,
    /// Standard error under the resampling.
    pub std_error: f64,
    /// Mean over standard error.
    pub t: f64,
    /// p of "the mean is not above 0": (1 + draws whose t is at least the observed one) / (1 + draws).
    pub p_one_sided: f64,
    /// Equal-tailed bootstrap-t interval of the mean; `None` when a tail of the draws has no spread.
    pub interval: Option<Interval>,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Tests whether the mean of `series` is above 0 by the studentised stationary bootstrap.
///
/// The statistic is mean / standard error, compared with (m* - m) / s* of each draw; see the module for s*. A draw
/// without spread counts against the candidate. Interval: Efron & Tibshirani (1993), An Introduction to the Bootstrap,
/// equation 12.22.
///
/// # Errors
/// Too few or non-finite values, no spread, or settings out of range.
pub fn mean_test(
    series: &[f64],
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<MeanTest, BootstrapError> {
    block_mean_test(series, BlockScheme::Stationary, settings, seed)
}

/// [`mean_test`] with either scheme of blocks; the automatic length is that of the scheme.
///
/// # Errors
/// As [`mean_test`].
pub fn block_mean_test(
    series: &[f64],
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<MeanTest, BootstrapError> {
    let block = settings.block_for(scheme, series)?;
    let blocks = Blocks::new(scheme, series.len(), block);
    let n = series.len();
    let size = n as f64;
    let mean = mean(series).ok_or(BootstrapError::NoSpread)?;
    let centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
    let std_error = (blocks.covariance(&centred, &centred) / size).sqrt();
    if std_error.is_nan() || std_error <= 0.0 {
        return Err(BootstrapError::NoSpread);
    }
    let t = mean / std_error;

    let sums = CircularSums::new(&centred);
    let mut ts = draws(settings.draws, seed, |rng| {
        let (mut total, mut squares, mut weighted, mut lengths) = (0.0, 0.0, 0.0, 0.0);
        blocks.draw(rng, n, |start, len| {
            let (sum, len) = (sums.block(start, len), len as f64);
            total += sum;
            squares += sum * sum;
            weighted += sum * len;
            lengths += len * len;
        });
        let shift = total / size;
        let variance = (squares - 2.0 * shift * weighted + shift * shift * lengths) / size;
        if variance > 0.0 { shift * size.sqrt() / variance.sqrt() } else { f64::INFINITY }
    });
    let exceeding = ts.iter().filter(|draw| **draw >= t).count();
    ts.sort_unstable_by(f64::total_cmp);
    let interval = settings.tails(&ts).map(|(low, high)| Interval {
        low: mean - high * std_error,
        high: mean - low * std_error,
        level: settings.level,
    });
    Ok(MeanTest {
        n,
        mean,
        std_error,
        t,
        p_one_sided: (1 + exceeding) as f64 / (1 + settings.draws) as f64,
        interval,
        block_length: block,
        draws: settings.draws,
    })
}
