//! Bootstrap intervals of a Sharpe ratio.

use proofmark_units::Seed;
use serde::Serialize;

use super::resample::{CircularSums, StationaryBlocks, draws, resampling_covariance};
use super::{BootstrapError, Interval, StationaryBootstrap};
use crate::moments::{mean, sd};

/// A per-period Sharpe ratio with its sampling error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharpeInterval {
    /// Observations.
    pub n: usize,
    /// Mean over standard deviation (divisor n - 1) per period.
    pub sharpe: f64,
    /// Standard error by the delta method under the stationary bootstrap.
    pub std_error: f64,
    /// Equal-tailed bootstrap-t interval; `None` when a tail of the draws has no spread.
    pub studentised: Option<Interval>,
    /// Percentile interval; `None` as above.
    pub percentile: Option<Interval>,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Sums over the blocks of one draw of z and w = z^2 - 1, with z the standardised return.
#[derive(Default)]
struct BlockSums {
    z: f64,
    w: f64,
    zz: f64,
    zw: f64,
    ww: f64,
    z_len: f64,
    w_len: f64,
    len_len: f64,
}

impl BlockSums {
    fn add(&mut self, z: f64, w: f64, len: f64) {
        self.z += z;
        self.w += w;
        self.zz += z * z;
        self.zw += z * w;
        self.ww += w * w;
        self.z_len += z * len;
        self.w_len += w * len;
        self.len_len += len * len;
    }

    /// Block-sum covariances of (z, z), (z, w), (w, w) about the draw's own means.
    fn covariances(&self, n: f64) -> [f64; 3] {
        let (mz, mw) = (self.z / n, self.w / n);
        [
            (self.zz - 2.0 * mz * self.z_len + mz * mz * self.len_len) / n,
            (self.zw - mz * self.w_len - mw * self.z_len + mz * mw * self.len_len) / n,
            (self.ww - 2.0 * mw * self.w_len + mw * mw * self.len_len) / n,
        ]
    }
}

/// Sharpe ratio and long-run variance of its estimate from mean `mz` of z and `mw` of w; `ratio` is the Sharpe of the data.
///
/// Delta method as in Ledoit & Wolf (2008), Journal of Empirical Finance 15(5), 850-859, section 3.1, for one series.
fn sharpe_and_variance(ratio: f64, mz: f64, mw: f64, [zz, zw, ww]: [f64; 3]) -> Option<(f64, f64)> {
    let variance = 1.0 + mw - mz * mz;
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let sd = variance.sqrt();
    let level = ratio + mz;
    let (by_mean, by_square) = (1.0 / sd + level * mz / (sd * variance), -level / (2.0 * sd * variance));
    let long_run = by_mean * by_mean * zz + 2.0 * by_mean * by_square * zw + by_square * by_square * ww;
    (long_run > 0.0).then(|| (level / sd, long_run))
}

/// Bootstrap-t and percentile intervals of the per-period Sharpe ratio of `series`.
///
/// Studentised as in Ledoit & Wolf (2008), section 3.2, with the block-sum variance of the module. The block length is
/// the automatic one of the series itself.
///
/// # Errors
/// As [`super::mean_test`].
pub fn sharpe_interval(
    series: &[f64],
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<SharpeInterval, BootstrapError> {
    let block = settings.block(series)?;
    let n = series.len();
    let size = n as f64;
    let (mean, sd) = mean(series).zip(sd(series)).ok_or(BootstrapError::NoSpread)?;
    let small_sample = ((size - 1.0) / size).sqrt();
    let population_sd = sd * small_sample;
    let z: Vec<f64> = series.iter().map(|v| (v - mean) / population_sd).collect();
    let w: Vec<f64> = z.iter().map(|v| v * v - 1.0).collect();
    let ratio = mean / population_sd;
    let data = [(&z, &z), (&z, &w), (&w, &w)].map(|(a, b)| resampling_covariance(a, b, block));
    let (_, long_run) = sharpe_and_variance(ratio, 0.0, 0.0, data).ok_or(BootstrapError::NoSpread)?;
    let std_error = (long_run / size).sqrt();

    let (z_sums, w_sums) = (CircularSums::new(&z), CircularSums::new(&w));
    let blocks = StationaryBlocks::new(n, block);
    let resampled = draws(settings.draws, seed, |rng| {
        let mut sums = BlockSums::default();
        blocks.draw(rng, n, |start, len| {
            sums.add(z_sums.block(start, len), w_sums.block(start, len), len as f64);
        });
        sharpe_and_variance(ratio, sums.z / size, sums.w / size, sums.covariances(size))
            .map_or((f64::INFINITY, f64::INFINITY), |(sharpe, long_run)| {
                (sharpe, (sharpe - ratio) / (long_run / size).sqrt())
            })
    });
    let (mut sharpes, mut ts): (Vec<f64>, Vec<f64>) = resampled.into_iter().unzip();
    sharpes.sort_unstable_by(f64::total_cmp);
    ts.sort_unstable_by(f64::total_cmp);
    let interval = |low: f64, high: f64| Interval {
        low: low * small_sample,
        high: high * small_sample,
        level: settings.level,
    };
    Ok(SharpeInterval {
        n,
        sharpe: mean / sd,
        std_error: std_error * small_sample,
        studentised: settings
            .tails(&ts)
            .map(|(low, high)| interval(ratio - high * std_error, ratio - low * std_error)),
        percentile: settings.tails(&sharpes).map(|(low, high)| interval(low, high)),
        block_length: block,
        draws: settings.draws,
    })
}
