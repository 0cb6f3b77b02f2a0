//! What a reviewer wants to know about a candidate beyond what the gates read.
//!
//! [`crate::suite`] is what gates read, and certification runs it on thousands of worlds; nothing here is read by a gate
//! of the default policy, so a run alone pays for it. Intervals rest on 1,000 draws.

mod breadth;
mod decay;
mod intervals;
mod luck;
mod neighbourhood;
mod power;
mod search;
mod stability;

use proofmark_lifecycle::Evidence;
use proofmark_stats::comparison::{Block, JointBootstrap};
use proofmark_stats::power::PassRules;
use proofmark_units::{Digest, Seed, Symbol};

pub use power::power_evidence;

use crate::record::{REPORT_DRAWS, Recorder};
use crate::{ActiveSpan, Books, Candidate, TrialFacts, ValidationError};

/// A column of the dataset on the grid of the scores.
#[derive(Debug, Clone)]
pub struct FeatureGrid<'a> {
    /// The feature.
    pub name: &'a str,
    /// Its values, time-major over the rows of the span, NaN where there is none.
    pub values: Vec<f64>,
}

/// What the description is told beside the books.
#[derive(Debug, Clone, Copy)]
pub struct DescribeInputs<'a> {
    /// Scores of the out-of-sample rows, time-major, NaN where there is none.
    pub scores: &'a [f64],
    /// Forward returns of the same cells.
    pub forward: &'a [f64],
    /// Names of the columns of both grids.
    pub symbols: &'a [Symbol],
    /// The features on the same grid.
    pub features: &'a [FeatureGrid<'a>],
    /// Trials on the lineage, this one excluded.
    pub trials: &'a TrialFacts,
    /// The rules whose power is stated.
    pub rules: &'a PassRules,
}

/// Records everything that is reported and judged by nothing.
///
/// # Errors
/// [`ValidationError::Grid`] when the grids differ in shape. What cannot be measured otherwise is a record without a
/// value, with the reason.
pub fn describe(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    active: &ActiveSpan,
    inputs: &DescribeInputs<'_>,
    seed: &Seed,
) -> Result<Vec<Evidence>, ValidationError> {
    let skill = Recorder { source: Digest::of_f64s(inputs.scores), ..recorder.clone() };
    let actives = Recorder { source: Digest::of_f64s(&active.fit.series), ..recorder.clone() };
    let money = Recorder { source: Digest::of_f64s(books.net()), ..recorder.clone() };
    let mut out = decay::decay_evidence(&skill, candidate, inputs)?;
    out.extend(breadth::symbol_evidence(&skill, candidate, inputs, seed)?);
    out.extend(breadth::feature_evidence(&skill, candidate, inputs, seed)?);
    out.extend(intervals::interval_evidence(&money, candidate, books, seed));
    out.extend(luck::luck_evidence(&actives, candidate, books, active, inputs.trials));
    out.extend(search::search_evidence(&actives, candidate, active, inputs.trials, seed));
    out.extend(stability::stability_evidence(&actives, candidate, books, active, seed));
    out.extend(neighbourhood::neighbourhood_evidence(&actives, candidate, active));
    out.extend(power::power_after(&actives, candidate, active, inputs));
    Ok(out)
}

/// Settings of a joint bootstrap for series whose labels run over `horizon` sessions.
fn joint(horizon: usize) -> JointBootstrap {
    JointBootstrap { draws: REPORT_DRAWS, block: Block::Automatic { min: horizon as f64 } }
}

#[cfg(test)]
mod tests;
