//! Resampling of measures that depend on the order of returns.

use proofmark_units::Seed;

use super::StationaryBootstrap;
use super::measure::MeasureError;
use super::resample::draws;
use super::scheme::{BlockScheme, Blocks};
use super::smooth::Resampled;

/// Logarithm of 1 + return, minus infinity for a total loss.
pub(super) fn log_growth(returns: &[f64]) -> Result<Vec<f64>, MeasureError> {
    if returns.iter().any(|r| *r < -1.0) {
        return Err(MeasureError::Undefined);
    }
    Ok(returns.iter().map(|r| r.ln_1p()).collect())
}

/// Draws of a function of total log growth and maximum drawdown along the resampled path.
pub(super) fn paths(
    returns: &[f64],
    value: f64,
    scheme: BlockScheme,
    settings: &StationaryBootstrap,
    seed: Seed,
    of_path: impl Fn(f64, f64) -> Option<f64> + Sync,
) -> Result<Resampled, MeasureError> {
    let growth = log_growth(returns)?;
    let n = growth.len();
    let block = settings.block_for(scheme, returns)?;
    let blocks = Blocks::new(scheme, n, block);
    let mut values = draws(settings.draws, seed, |rng| {
        let (mut level, mut peak, mut deepest) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut walk = |part: &[f64]| {
            for step in part {
                level += step;
                peak = peak.max(level);
                deepest = deepest.max(peak - level);
            }
        };
        blocks.draw(rng, n, |start, len| {
            let end = start + len;
            walk(&growth[start..end.min(n)]);
            if end > n {
                walk(&growth[..end - n]);
            }
        });
        of_path(level, -(-deepest).exp_m1()).unwrap_or(f64::INFINITY)
    });
    values.sort_unstable_by(f64::total_cmp);
    Ok(Resampled { value, std_error: None, values, ts: Vec::new(), block })
}
