//! Cross-validation that a pipeline asks for: the student fitted on every combinatorial split, scored where it was not.
//!
//! It is the same configuration on the same lineage, so scoring it is the same trial; its records are reported and read by
//! no gate of the default policy. A split that cannot be cut or fitted leaves no distribution, and the run goes on.

use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_training::{Combinatorial, Fold, Split, SplitPlan, score_students};
use proofmark_units::DateSpan;
use proofmark_validation::{Recorder, SplitScores, path_evidence};

use super::engine::Run;
use super::fit::{Job, training};
use super::prepare::{combinatorial, train_rules};
use super::validate::{candidate, in_trial};
use crate::error::{AppError, Result};
use crate::progress::Work;

/// How a run was cross-validated. Whether it is complete is told by the records.
pub(crate) struct CrossValidated {
    /// Splits as dates and counts, and the paths they form; `None` when the rows could not be divided.
    pub(crate) plan: Option<SplitPlan>,
}

/// Cross-validates the candidate and adds its records to `evidence`; `None` when its pipeline does not ask for it.
pub(super) fn measure(
    run: &Run<'_>,
    work: &Work<'_>,
    evidence: &mut Vec<Evidence>,
) -> Result<Option<CrossValidated>> {
    let pipeline = &run.inputs.pipeline;
    let Some(spec) = pipeline.cross_validation else { return Ok(None) };
    let split = combinatorial(pipeline, spec);
    let paths = split
        .paths()
        .map_err(|e| AppError::bug("an impossible cross-validation was not refused").because(e))?;
    let dataset = &run.data.frame.dataset;
    let plan = admitted(Split::CombinatorialPurged(split).explain(dataset).map_err(training))?;
    if plan.as_ref().is_ok_and(|plan| plan.overlaps().total() > 0) {
        return Err(AppError::bug("a split's training labels reach its test groups"));
    }
    let scored = match &plan {
        Ok(_) => {
            let splits = split.plan(dataset).map_err(training)?;
            admitted(score(run, &splits, work))?.map(|scores| (splits, scores))
        }
        Err(why) => Err(why.clone()),
    };
    let span = DateSpan { start: dataset.date(0), end: dataset.date(dataset.len() - 1) };
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: run.dataset_digest };
    let validated = run.state.validated()?;
    let own = candidate(run, &validated.costs, &validated.grid.student, run.data.out_of_sample);
    let scored = scored.as_ref().map_err(String::as_str);
    let scored = scored.map(|(splits, scores)| SplitScores { dataset, groups: splits.groups(), scores });
    evidence.extend(path_evidence(&recorder, &own, &paths, scored.as_ref().map_err(|why| *why)));
    Ok(Some(CrossValidated { plan: plan.ok() }))
}

/// What the student of every split says about the split's test rows.
fn score(run: &Run<'_>, splits: &Combinatorial<'_>, work: &Work<'_>) -> Result<Vec<Vec<f64>>> {
    let pipeline = &run.inputs.pipeline;
    let folds: Vec<Fold> = (0..splits.paths().n_splits())
        .map(|k| splits.fold(k))
        .collect::<std::result::Result<_, _>>()
        .map_err(training)?;
    let rules = train_rules(pipeline);
    let fitter = run.fitter(&rules);
    let seeded = |(k, fold)| Job { fold, seed: fitter.fold_seed("cross_validation", k) };
    let jobs: Vec<Job<'_>> = folds.iter().enumerate().map(seeded).collect();
    let soft = if pipeline.student.soft_weight > 0.0 {
        fitter.cross_fitted(&jobs, work)?
    } else {
        // Nobody listens to a teacher without weight.
        folds.iter().map(|fold| vec![f64::NAN; fold.fit_rows().len()]).collect()
    };
    let soft: Vec<&[f64]> = soft.iter().map(Vec::as_slice).collect();
    let students = fitter.students_alone(&jobs, &soft, work)?;
    let dataset = &run.data.frame.dataset;
    in_trial(run, |log, key| score_students(dataset, &folds, &students, log, key))
}

/// Data that is too thin for a split is an outcome, told in one line; a full disk or a bug is not.
fn admitted<T>(result: Result<T>) -> Result<std::result::Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.exit_code() == 2 => Ok(Err(error.chain().join(": "))),
        Err(error) => Err(error),
    }
}
