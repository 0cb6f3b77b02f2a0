//! Opening the sealed span: the frozen model of the candidate, scored once on data no phase has read.

use proofmark_lifecycle::{EvidenceSet, GateResult, RunRecord, SpanKind, judge_holdout};
use proofmark_units::{DateSpan, Digest, Seed, Symbol};
use proofmark_validation::{HoldoutInput, Recorder, Track, holdout_evidence, run_books};
use serde::{Deserialize, Serialize};

use super::curves::Curves;
use super::frozen_model::FrozenModel;
use super::inputs::RunInputs;
use super::later::Scored;
use super::prepare::{Prepared, prepare, unsealed};
use super::request::stored;
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// What the hold-out said, as `holdout.json` keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct HoldoutResult {
    pub(crate) dry_run: bool,
    pub(crate) synthetic: bool,
    /// Sealed sessions.
    pub(crate) span: DateSpan,
    /// Digest of the model bytes that were scored.
    pub(crate) model: Digest,
    pub(crate) evidence: EvidenceSet,
    pub(crate) gate: GateResult,
}

/// A look at a sealed span, prepared as far as that is possible without one.
pub(crate) struct Opening<'a> {
    pub(crate) trial_key: Digest,
    pub(crate) symbols: Vec<Symbol>,
    /// Sealed sessions.
    pub(crate) span: DateSpan,
    /// Takes the look; its argument counts the looks at the span, this one included.
    pub(crate) score: Box<dyn FnOnce(u64) -> Result<HoldoutResult> + 'a>,
}

/// Prepares the look of a candidate that ranks names.
///
/// # Errors
/// What cannot be scored, found before it costs a look.
pub(crate) fn opening<'a>(workspace: &'a Workspace, record: &'a RunRecord) -> Result<Opening<'a>> {
    let (_, inputs) = stored(workspace, &record.run_id)?;
    let data = prepare(&workspace.lake(), &inputs.pipeline, Some(inputs.snapshot))?;
    let model = FrozenModel::read(workspace, record.run_id.as_str())?;
    model.admits(&data.features())?;
    Ok(Opening {
        trial_key: crate::json::digest(&(inputs.pipeline.score_slice(), inputs.snapshot, inputs.seed)),
        symbols: inputs.symbols.clone(),
        span: data.holdout,
        score: Box::new(move |looks| score(workspace, record, &inputs, &data, &model, looks)),
    })
}

/// Scores the candidate's model file on the sealed span.
fn score(
    workspace: &Workspace,
    record: &RunRecord,
    inputs: &RunInputs,
    data: &Prepared,
    model: &FrozenModel,
    looks: u64,
) -> Result<HoldoutResult> {
    let pipeline = &inputs.pipeline;
    let run = record.run_id.as_str();
    let view = unsealed(&workspace.lake(), pipeline, data)?;
    // One session earlier: the decision at the last visible close fills on the first sealed open.
    let span = DateSpan { start: data.out_of_sample.end, end: data.holdout.end };
    let scored = Scored::new(pipeline, &data.features(), &view, model, span)?;
    let own = scored.candidate(data.benchmark.as_ref(), &data.income, &data.calendar);
    let books = run_books(&own, 1.0).map_err(super::validate::validation)?;
    let active = Curves::read(workspace, run)?.active(own.horizon)?;
    let policy = proofmark_lifecycle::Policy::default();
    let walk_forward = Recorder {
        kind: SpanKind::OutOfSample,
        span: data.out_of_sample,
        source: Digest::of_f64s(&active.fit.series),
    };
    let recorder =
        Recorder { kind: SpanKind::HoldOut, span: data.holdout, source: Digest::of_f64s(books.net()) };
    let input = HoldoutInput {
        walk_forward,
        active: &active,
        quantile: policy.holdout.quantile.value,
        looks,
        draws: pipeline.tests.bootstrap_draws,
        seed: Seed::root(inputs.seed).child("holdout"),
    };
    let evidence = EvidenceSet::from_records(holdout_evidence(&recorder, &Track::of(&own, &books), &input))
        .map_err(|e| AppError::bug("two hold-out records share a name").because(e))?;
    let gate = judge_holdout(&evidence, &policy);
    Ok(HoldoutResult {
        dry_run: record.dry_run,
        synthetic: record.synthetic,
        span: data.holdout,
        model: Digest::of(&model.bytes),
        evidence,
        gate,
    })
}
