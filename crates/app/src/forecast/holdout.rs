//! Opening the sealed span of a forecast run: the walk of the back-test goes on through it, with the same weekly refits on what was
//! over, and only the returns of its sessions count.

use proofmark_lifecycle::{EvidenceSet, Policy, RunRecord, SpanKind, judge_holdout};
use proofmark_training::TrialKey;
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::{HoldoutInput, Recorder, Track, holdout_evidence};

use super::books::BookAndNulls;
use super::inputs::{ForecastInputs, INPUTS};
use super::schedule::{Wanted, decisions};
use super::seal::Seal;
use super::series::{Prices, Series};
use super::signals::calls;
use super::simulate::{Market, Traded};
use super::walk::walk;
use crate::error::{AppError, Result};
use crate::journal::AlreadyRecorded;
use crate::run::curves::Curves;
use crate::run::{HoldoutResult, Opening};
use crate::workspace::{self, Workspace};

/// Prepares the look at what a run sealed. Bytes are compared with the recorded ones here, so that data which cannot be read costs no
/// look; inputs are worked out and models asked only when it is taken.
///
/// # Errors
/// The pipeline sealed nothing, or the lake no longer holds what was sealed.
pub(crate) fn opening<'a>(workspace: &'a Workspace, record: &'a RunRecord) -> Result<Opening<'a>> {
    let inputs = ForecastInputs::stored(workspace, &record.run_id)?;
    let seal = Seal::stored(workspace, &record.run_id)?.ok_or_else(|| {
        AppError::input(format!(
            "the pipeline of `{}` sealed nothing, so there is no hold-out",
            record.run_id
        ))
        .hint("set `data.holdout_months` in its file and run the back-test again")
    })?;
    let prices = Prices::read(&workspace.lake(), &inputs.pipeline, Some(seal.snapshot))?;
    prices.expect_intraday(&inputs.pipeline, seal.intraday)?;
    Ok(Opening {
        trial_key: inputs.trial_key(),
        symbols: vec![inputs.pipeline.data.symbol.clone()],
        span: seal.span,
        score: Box::new(move |looks| score(workspace, record, &inputs, &seal, prices, looks)),
    })
}

fn score(
    workspace: &Workspace,
    record: &RunRecord,
    inputs: &ForecastInputs,
    seal: &Seal,
    prices: Prices,
    looks: u64,
) -> Result<HoldoutResult> {
    let (pipeline, seed) = (&inputs.pipeline, Seed::root(inputs.seed));
    let series = Series::of(prices, pipeline)?;
    let decisions = decisions(pipeline, &series, Wanted::Over)?;
    // The trial is the candidate's own; the look at this span is recorded as such.
    let trial =
        TrialKey { pipeline_slice: pipeline.score_slice(), lineage: inputs.snapshot, seed: inputs.seed };
    let walked = walk(pipeline, &series, &decisions, &seed, &AlreadyRecorded, &trial)?;
    let calls = calls(pipeline, &series, &decisions, &walked)?;
    let market = Market::new(pipeline, &series, &decisions)?;
    let books = BookAndNulls::trade(&market, &calls)?;

    let sealed = |traded: &Traded| -> Vec<f64> {
        let pairs = traded.dates.iter().zip(&traded.net);
        pairs.filter(|(date, _)| seal.span.contains(**date)).map(|(_, net)| *net).collect()
    };
    let dates: Vec<_> =
        books.candidate.dates.iter().copied().filter(|date| seal.span.contains(*date)).collect();
    let net = sealed(&books.candidate);
    let nulls: Vec<(&str, Vec<f64>)> = books.nulls.iter().map(|(name, book)| (*name, sealed(book))).collect();
    let track = Track {
        dates: &dates,
        net: &net,
        factors: nulls.iter().map(|(name, returns)| (*name, returns.as_slice())).collect(),
        horizon: pipeline.horizon(),
        periods_per_year: series.calendar.periods_per_year(),
    };
    let run = record.run_id.as_str();
    let active = Curves::read(workspace, run)?.active(pipeline.horizon())?;
    let before = active.dates.first().zip(active.dates.last());
    let before = before.and_then(|(first, last)| DateSpan::new(*first, *last));
    let before = before.ok_or_else(|| AppError::bug("a judged candidate has no returns"))?;
    let policy = Policy::default();
    let input = HoldoutInput {
        walk_forward: Recorder {
            kind: SpanKind::OutOfSample,
            span: before,
            source: Digest::of_f64s(&active.fit.series),
        },
        active: &active,
        quantile: policy.holdout.quantile.value,
        looks,
        draws: pipeline.tests.bootstrap_draws,
        seed: seed.child("holdout"),
    };
    let recorder = Recorder { kind: SpanKind::HoldOut, span: seal.span, source: Digest::of_f64s(&net) };
    let evidence = EvidenceSet::from_records(holdout_evidence(&recorder, &track, &input))
        .map_err(|e| AppError::bug("two hold-out records share a name").because(e))?;
    let gate = judge_holdout(&evidence, &policy);
    // What is frozen is the recipe: the file, its seed and its data; the models are refitted as it says.
    let recipe = workspace::read(&workspace.models(run).join(INPUTS))?;
    Ok(HoldoutResult {
        dry_run: record.dry_run,
        synthetic: record.synthetic,
        span: seal.span,
        model: Digest::of(&recipe),
        evidence,
        gate,
    })
}
