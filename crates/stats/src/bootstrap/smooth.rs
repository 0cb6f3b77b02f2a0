//! Resampling of measures that are smooth functions of means.
//!
//! A measure f(m) of the column means m is, to first order, the mean of its influence u_t = f'(m) (x_t - m). One
//! scheme so serves them all: the automatic block length is that of u, the standard error the resampling variance of
//! its mean, and inside a draw the block-sum variance of the draw's own influence (see the module above for why both
//! carry one bias).

use proofmark_units::Seed;

use super::measure::MeasureError;
use super::resample::{RowSums, draws};
use super::scheme::{BlockScheme, Blocks};
use super::{BootstrapError, StationaryBootstrap};
use crate::moments::sum_of;

/// A differentiable function of the means of a few columns.
pub(super) trait FunctionOfMeans: Sync {
    /// Number of columns.
    fn columns(&self) -> usize;
    /// The value at `means`, with its gradient written; `None` where it does not exist.
    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64>;
}

/// A measure of the data and of its draws.
pub(super) struct Resampled {
    /// Value on the data.
    pub(super) value: f64,
    /// Standard error; `None` for a measure without one.
    pub(super) std_error: Option<f64>,
    /// Values of the draws ascending, infinite where undefined.
    pub(super) values: Vec<f64>,
    /// Studentised draws ascending, infinite where undefined; empty without a standard error.
    pub(super) ts: Vec<f64>,
    /// Mean block length.
    pub(super) block: f64,
}

/// Resamples `measure` of `rows`, row-major with the columns of the measure.
pub(super) fn resample(
    rows: &[f64],
    measure: &impl FunctionOfMeans,
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<Resampled, MeasureError> {
    let columns = measure.columns();
    let n = rows.len() / columns;
    let size = n as f64;
    let means: Vec<f64> =
        (0..columns).map(|j| sum_of(rows.iter().skip(j).step_by(columns).copied()) / size).collect();
    let mut gradient = vec![0.0; columns];
    let value = measure.at(&means, &mut gradient).ok_or(MeasureError::Undefined)?;
    let influence: Vec<f64> = rows
        .chunks_exact(columns)
        .map(|row| row.iter().zip(&means).zip(&gradient).map(|((v, m), g)| g * (v - m)).sum())
        .collect();
    let block = settings.block_for(scheme, &influence)?;
    let blocks = Blocks::new(scheme, n, block);
    let std_error = (blocks.covariance(&influence, &influence) / size).sqrt();
    if std_error.is_nan() || std_error <= 0.0 {
        return Err(BootstrapError::NoSpread.into());
    }
    let sums = RowSums::new(rows, columns);
    let expected = (size / block) as usize + 8;
    let drawn = draws(settings.draws, seed, |rng| {
        let mut picked = Vec::with_capacity(expected);
        let mut block_sums = Vec::with_capacity(expected * columns);
        let mut means = vec![0.0; columns];
        blocks.draw(rng, n, |start, len| {
            let at = block_sums.len();
            block_sums.resize(at + columns, 0.0);
            sums.add_block(start, len, &mut block_sums[at..]);
            means.iter_mut().zip(&block_sums[at..]).for_each(|(total, sum)| *total += sum);
            picked.push(len as f64);
        });
        means.iter_mut().for_each(|m| *m /= size);
        let mut gradient = vec![0.0; columns];
        let Some(found) = measure.at(&means, &mut gradient) else {
            return (f64::INFINITY, f64::INFINITY);
        };
        let dot = |values: &[f64]| values.iter().zip(&gradient).map(|(v, g)| v * g).sum::<f64>();
        let centre = dot(&means);
        let squares: f64 = block_sums
            .chunks_exact(columns)
            .zip(&picked)
            .map(|(sums, len)| (dot(sums) - len * centre).powi(2))
            .sum();
        let error = squares.sqrt() / size;
        (found, if error > 0.0 { (found - value) / error } else { f64::INFINITY })
    });
    let (mut values, mut ts): (Vec<f64>, Vec<f64>) = drawn.into_iter().unzip();
    values.sort_unstable_by(f64::total_cmp);
    ts.sort_unstable_by(f64::total_cmp);
    Ok(Resampled { value, std_error: Some(std_error), values, ts, block })
}
