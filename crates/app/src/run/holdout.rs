//! Opening the sealed span: the frozen model of the candidate, scored once on data no phase has read.

use proofmark_lifecycle::{EvidenceSet, GateResult, RunRecord, SpanKind, judge_holdout};
use proofmark_models::ModelFile;
use proofmark_stats::active::active_return;
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::{ActiveSpan, Candidate, HoldoutInput, Recorder, holdout_evidence, run_books};
use serde::{Deserialize, Serialize};

use super::inputs::RunInputs;
use super::prepare::{Frame, prepare, unsealed};
use super::scores::score;
use crate::error::{AppError, Result};
use crate::workspace::{self, Workspace};

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

#[derive(Deserialize)]
struct Curves {
    dates: Vec<proofmark_units::Date>,
    net_returns: Vec<f64>,
    equity: Vec<Equity>,
}

#[derive(Deserialize)]
struct Equity {
    name: String,
    values: Vec<f64>,
}

/// Scores the candidate's model file on the sealed span. `looks` counts this look.
pub(crate) fn open_holdout(
    workspace: &Workspace,
    record: &RunRecord,
    inputs: &RunInputs,
    looks: u64,
) -> Result<HoldoutResult> {
    let pipeline = &inputs.pipeline;
    let data = prepare(&workspace.lake(), pipeline, Some(inputs.snapshot))?;
    let run = record.run_id.as_str();
    let bytes = workspace::read(&workspace.models(run).join("student_model.json"))?;
    let bars = unsealed(&workspace.lake(), &data)?;
    let frame = Frame::build(pipeline, data.set, &bars)?;
    let loaded = ModelFile::load_bytes(&bytes, Some(frame.dataset.feature_names()))
        .map_err(|e| AppError::input("failed to load the candidate's model").because(e))?;
    // One session earlier: the decision at the last visible close fills on the first sealed open.
    let span = DateSpan { start: data.out_of_sample.end, end: data.holdout.end };
    let scores = score(&frame.dataset, span, |x| {
        loaded.predict(x).map_err(|e| AppError::input("failed to score the sealed span").because(e))
    })?;
    let costs = proofmark_execution::costs::CostSchedule::named(&pipeline.costs.schedule)
        .map_err(|e| AppError::input("pipeline key `costs.schedule`").because(e))?
        .with_earliest_rates_before();
    let own = Candidate {
        panel: &frame.panel,
        scores: &scores,
        span,
        config: &pipeline.book,
        costs: &costs,
        benchmark: data.benchmark.as_ref().map(|b| (b, data.income.as_slice())),
        horizon: pipeline.label.horizon(),
        periods_per_year: data.calendar.periods_per_year(),
    };
    let books = run_books(&own, 1.0).map_err(super::validate::validation)?;
    let active = walk_forward(workspace, run, own.horizon)?;
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
        books: &books,
        quantile: policy.holdout.quantile.value,
        looks,
        draws: pipeline.tests.bootstrap_draws,
        seed: Seed::root(inputs.seed).child("holdout"),
    };
    let evidence = EvidenceSet::from_records(holdout_evidence(&recorder, &own, &input))
        .map_err(|e| AppError::bug("two hold-out records share a name").because(e))?;
    let gate = judge_holdout(&evidence, &policy);
    Ok(HoldoutResult {
        dry_run: record.dry_run,
        synthetic: record.synthetic,
        span: data.holdout,
        model: Digest::of(&bytes),
        evidence,
        gate,
    })
}

/// The walk-forward's regression, from the run's own curves: its betas hedge the hold-out, its series predicts it.
fn walk_forward(workspace: &Workspace, run: &str, horizon: usize) -> Result<ActiveSpan> {
    let bytes = workspace::read(&workspace.audit(run).join("curves.json"))?;
    let curves: Curves = serde_json::from_slice(&bytes)
        .map_err(|e| AppError::environment("`curves.json` is damaged").because(e))?;
    let returns: Vec<(String, Vec<f64>)> = curves
        .equity
        .iter()
        .skip(1)
        .map(|e| {
            let before = std::iter::once(&1.0).chain(&e.values);
            (e.name.clone(), before.zip(&e.values).map(|(a, b)| b / a - 1.0).collect())
        })
        .collect();
    let factors: Vec<(&str, &[f64])> = returns.iter().map(|(n, r)| (n.as_str(), r.as_slice())).collect();
    let lag = newey_west_lag(curves.net_returns.len(), horizon);
    let fit = active_return(&curves.net_returns, &factors, lag)
        .map_err(|e| AppError::bug("the walk-forward cannot be regressed again").because(e))?;
    Ok(ActiveSpan { dates: curves.dates, fit })
}
