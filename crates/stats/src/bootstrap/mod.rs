//! Stationary bootstrap of Politis & Romano (1994), or circular blocks, with automatic length: mean test and intervals.
//!
//! A draw of length n joins blocks of geometric length (mean b) that start anywhere on the circle of observations. No
//! index array is built: each block is two look-ups in prefix sums.
//!
//! Studentisation follows Goetze & Kuensch (1996), Annals of Statistics 24(5), 1914-1933: inside a draw the long-run
//! variance is the block-sum variance sum (S_i - L_i m*)^2 / n over its own blocks; on the data it is the expectation of
//! that quantity under the resampling, the stationary bootstrap's variance in closed form (Politis & Romano 1994, JASA
//! 89, 1303-1313, lemma 1). Both sides of the comparison so carry the same bias, and one draw costs O(n / b).
//!
//! Measured share of worlds of true mean 0 with one-sided p at or below 1 % and 5 % (999 draws, automatic block; 6,000
//! worlds of 500 periods and 2,000 of 2,520, binomial error 0.13 and 0.28, 0.22 and 0.49 points):
//!
//! | shocks | n = 500 | n = 2,520 |
//! |---|---|---|
//! | independent normal | 1.2 %, 5.2 % | 1.2 %, 5.4 % |
//! | AR(1), rho 0.2 | 1.4 %, 6.0 % | 1.2 %, 5.7 % |
//! | t(5) | 0.9 %, 5.2 % | 1.1 %, 5.0 % |
//! | 1 - z^2, skewness -2.8 | 0.8 %, 5.2 % | 1.3 %, 5.3 % |

mod block_length;
mod functions;
mod mean;
mod measure;
mod paired;
mod path;
mod resample;
mod scheme;
mod sharpe;
mod sharpe_difference;
mod smooth;

use proofmark_units::Seed;
use serde::Serialize;

pub use block_length::{OptimalBlockLength, optimal_block_length};
pub use mean::{MeanTest, block_mean_test, mean_test};
pub use measure::{Measure, MeasureError, MeasureInterval, measure_interval};
pub use paired::{ActiveMeasure, active_interval};
pub(crate) use resample::{CircularSums, RowSums, SequentialP, StationaryBlocks, draws, sequential_p};
pub use scheme::BlockScheme;
pub use sharpe::{SharpeInterval, sharpe_interval};
pub use sharpe_difference::sharpe_difference;

use crate::moments::{quantile_sorted, sd};

/// The fewest observations that are resampled.
pub const MIN_OBSERVATIONS: usize = 20;

/// Settings of a block bootstrap, stationary unless a scheme is named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StationaryBootstrap {
    /// Number of draws.
    pub draws: usize,
    /// Lower bound of the mean block length in periods, at least the label horizon; the automatic length applies above.
    pub min_block: f64,
    /// Confidence level of two-sided intervals, between 0 and 1.
    pub level: f64,
}

impl Default for StationaryBootstrap {
    /// 10,000 draws, automatic block length, 95 % intervals.
    fn default() -> Self {
        Self { draws: 10_000, min_block: 1.0, level: 0.95 }
    }
}

/// A two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence level.
    pub level: f64,
}

/// Why a series could not be resampled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BootstrapError {
    /// Fewer observations than [`MIN_OBSERVATIONS`].
    #[error("{n} observations are too few to resample, at least {min} are needed")]
    TooFew {
        /// Observations given.
        n: usize,
        /// Observations needed.
        min: usize,
    },
    /// A value is NaN or infinite.
    #[error("the series to resample has a value that is not finite at row {row}")]
    NotFinite {
        /// Row of the value.
        row: usize,
    },
    /// The series is constant.
    #[error("the series to resample has no spread")]
    NoSpread,
    /// No draws were asked, the level or quantile lies outside 0 to 1, or a length is zero.
    #[error("the bootstrap setting {name} = {value} is out of range")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The least block length asked leaves fewer than three blocks in the series.
    #[error("blocks of {min_block} periods are too long for {n} observations")]
    BlockTooLong {
        /// Least mean block length asked.
        min_block: f64,
        /// Observations given.
        n: usize,
    },
    /// Two series that describe the same rows differ in length, or their dates are not ascending.
    #[error("the rows to resample do not fit together: {0}")]
    Rows(&'static str),
}

impl StationaryBootstrap {
    /// Checks the settings against a series of `n` values and settles the mean block length.
    pub(crate) fn block(&self, series: &[f64]) -> Result<f64, BootstrapError> {
        let n = series.len();
        if n < MIN_OBSERVATIONS {
            return Err(BootstrapError::TooFew { n, min: MIN_OBSERVATIONS });
        }
        if let Some(row) = series.iter().position(|v| !v.is_finite()) {
            return Err(BootstrapError::NotFinite { row });
        }
        if sd(series).is_none_or(|sd| sd == 0.0) {
            return Err(BootstrapError::NoSpread);
        }
        if self.draws == 0 {
            return Err(BootstrapError::Setting { name: "draws", value: 0.0 });
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(BootstrapError::Setting { name: "level", value: self.level });
        }
        if self.min_block.is_nan() || self.min_block < 1.0 {
            return Err(BootstrapError::Setting { name: "min_block", value: self.min_block });
        }
        if self.min_block > n as f64 / 3.0 {
            return Err(BootstrapError::BlockTooLong { min_block: self.min_block, n });
        }
        let automatic = optimal_block_length(series).map_or(1.0, |b| b.stationary);
        Ok(automatic.max(self.min_block))
    }

    /// [`Self::block`] for either scheme; the circular length is a whole number.
    pub(crate) fn block_for(&self, scheme: BlockScheme, series: &[f64]) -> Result<f64, BootstrapError> {
        let stationary = self.block(series)?;
        Ok(match scheme {
            BlockScheme::Stationary => stationary,
            BlockScheme::Circular => {
                let automatic = optimal_block_length(series).map_or(1.0, |b| b.circular);
                automatic.round().max(self.min_block.ceil())
            }
        })
    }

    /// The equal-tailed quantiles of ascending draws at this level.
    pub(crate) fn tails(&self, sorted: &[f64]) -> Option<(f64, f64)> {
        let tail = (1.0 - self.level) / 2.0;
        let (low, high) = (quantile_sorted(sorted, tail)?, quantile_sorted(sorted, 1.0 - tail)?);
        (low.is_finite() && high.is_finite()).then_some((low, high))
    }
}

/// Means of `length` consecutive periods resampled from `series` with mean block `block`, ascending.
pub(crate) fn sorted_means(series: &[f64], length: usize, block: f64, count: usize, seed: Seed) -> Vec<f64> {
    let sums = CircularSums::new(series);
    let blocks = StationaryBlocks::new(series.len(), block);
    let mut means = draws(count, seed, |rng| {
        let mut total = 0.0;
        blocks.draw(rng, length, |start, len| total += sums.block(start, len));
        total / length as f64
    });
    means.sort_unstable_by(f64::total_cmp);
    means
}
