//! Everything that is tested on a candidate's returns, from its books to the records the gates read.

use proofmark_lifecycle::Evidence;
use proofmark_units::{Digest, Seed};

use crate::{
    ActiveSpan, Books, Candidate, Recorder, Rivals, Track, TrialFacts, ValidationError, active_evidence,
    active_span, cost_evidence, money_evidence, return_evidence, risk_evidence, rival_evidence, run_books,
    selection_evidence, skill_evidence, trial_evidence, waterfall_evidence,
};

/// What the suite is told about a candidate beside its books.
#[derive(Debug, Clone, Copy)]
pub struct SuiteInputs<'a> {
    /// Scores of the out-of-sample rows, time-major, NaN where there is none.
    pub scores: &'a [f64],
    /// Forward returns of the same cells.
    pub forward: &'a [f64],
    /// What it must beat, with the draws behind every p that a gate reads; intervals rest on 1,000.
    pub rivals: Rivals<'a>,
    /// Trials on the lineage, this one excluded.
    pub trials: &'a TrialFacts,
}

/// Runs every test on an out-of-sample span; gives the active returns and the records.
///
/// # Errors
/// [`ValidationError`]: a book that cannot be run, too few periods, grids that do not match.
pub fn suite(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    inputs: &SuiteInputs<'_>,
    seed: &Seed,
) -> Result<(ActiveSpan, Vec<Evidence>), ValidationError> {
    let SuiteInputs { scores, forward, rivals, trials } = *inputs;
    let track = Track::of(candidate, books);
    let active = track.active()?;
    let doubled = run_books(candidate, 2.0)?;
    let at_two = active_span(candidate, &doubled).ok().map(|a| a.fit.alpha_per_period);
    let money = Recorder { source: Digest::of_f64s(books.net()), ..recorder.clone() };
    let actives = Recorder { source: Digest::of_f64s(&active.fit.series), ..recorder.clone() };
    let skill = Recorder { source: Digest::of_f64s(scores), ..recorder.clone() };
    let mut evidence = active_evidence(&actives, &track, &active, rivals.draws, seed);
    evidence.extend(trial_evidence(&actives, &active, trials));
    evidence.extend(skill_evidence(
        &skill,
        "score_skill",
        scores,
        forward,
        candidate.panel.width(),
        candidate.horizon,
    )?);
    evidence.extend(rival_evidence(&actives, &track, &active, &rivals, seed));
    evidence.extend(selection_evidence(&actives, &active, trials));
    evidence.extend(cost_evidence(&money, candidate, books, Some(active.fit.alpha_per_period), at_two));
    evidence.extend(risk_evidence(&money, candidate, books));
    evidence.extend(return_evidence(&money, &track, &seed.child("money")));
    evidence.extend(money_evidence(&money, candidate, books));
    evidence.extend(waterfall_evidence(&money, candidate, &books.candidate));
    Ok((active, evidence))
}
