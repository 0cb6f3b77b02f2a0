//! Calibration of probabilities, distributions and intervals against outcomes.
//!
//! Probabilities lie in 0 to 1, one outcome each; empty slices, other lengths and values outside give `None`.

mod brier_skill;
mod coverage;
mod crps;
mod decomposition;
mod pit;
mod pit_moments;
mod reliability;
mod scores;
mod spiegelhalter;

use std::ops::Range;

use proofmark_units::Date;

use crate::bootstrap::BootstrapError;

pub use brier_skill::{BrierSkill, brier_skill_block_interval};
pub use coverage::{CoverageError, CoverageTest, LikelihoodRatio, coverage_test};
pub use crps::{crps_ensemble, crps_ensemble_fair, crps_quantiles, pinball};
pub use decomposition::{BrierDecomposition, brier_decomposition};
pub use pit::{PitTest, pit_histogram, pit_uniformity};
pub use pit_moments::{PitBins, PitMoments, pit_moments_by_date};
pub use reliability::{EceInterval, ReliabilityBin, ece, ece_block_interval, reliability};
pub use scores::{brier, brier_skill, log_loss};
pub use spiegelhalter::{CalibrationZ, calibration_z_by_date, spiegelhalter_z};

const OUT_OF_RANGE: &str = "probabilities must lie in 0 to 1, one outcome each";

fn valid(probabilities: &[f64], outcomes: &[bool]) -> bool {
    !probabilities.is_empty()
        && probabilities.len() == outcomes.len()
        && probabilities.iter().all(|p| (0.0..=1.0).contains(p))
}

fn squared(probability: f64, outcome: bool) -> f64 {
    (probability - f64::from(u8::from(outcome))).powi(2)
}

/// The rows of each date.
fn by_date(
    dates: &[Date],
    probabilities: &[f64],
    outcomes: &[bool],
) -> Result<Vec<Range<usize>>, BootstrapError> {
    if !valid(probabilities, outcomes) {
        return Err(BootstrapError::Rows(OUT_OF_RANGE));
    }
    if dates.len() != outcomes.len() || !dates.is_sorted() {
        return Err(BootstrapError::Rows("every row needs a date, in ascending order"));
    }
    let mut row = 0;
    let days = dates.chunk_by(|a, b| a == b).map(|day| {
        let rows = row..row + day.len();
        row = rows.end;
        rows
    });
    Ok(days.collect())
}
