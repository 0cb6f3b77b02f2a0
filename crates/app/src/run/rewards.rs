//! The reward loop that a pipeline asks for: a student whose training rows weigh what earlier students' predictions of them
//! earned, against the candidate's, on later blocks.
//!
//! A prediction is rewarded once its label was over before a fold's test block, which a fit row of that fold is by its purge; so
//! the first fold has none. The rewarded student is never the candidate: to choose it by the blocks on which it is compared
//! would be a selection that no deflation counts. Its records say whether it was better, and no gate reads them.

use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_models::Calibrated;
use proofmark_stats::bootstrap::{StationaryBootstrap, mean_test};
use proofmark_training::reward::{Reward, RewardSpec, RewardSummary, Way};
use proofmark_training::{Dataset, Fold, RowWeights, fit_student_alone, score_students};
use proofmark_units::{Date, Digest, Symbol};
use proofmark_validation::Recorder;
use rayon::prelude::*;
use serde::Serialize;

use super::engine::Run;
use super::fit::training;
use super::validate::in_trial;
use super::weights::LabelWeights;
use crate::error::{AppError, Result};

/// One-sided p below which the rewarded student counts as better.
const LEVEL: f64 = 0.05;

/// What rewards did to the student of one fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RewardedFold {
    fold: usize,
    fit_rows: usize,
    /// Fit rows that an earlier student had predicted.
    rewarded_rows: usize,
    /// What those predictions earned.
    rewards: Option<RewardSummary>,
    least_weight: f64,
    largest_weight: f64,
}

/// The loop of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Rewarded {
    setting: RewardSpec,
    /// Fold by fold, from the second on.
    folds: Vec<RewardedFold>,
    /// What the candidate's predictions of the compared blocks earned.
    candidate: Option<RewardSummary>,
    /// What those of the rewarded student earned.
    rewarded: Option<RewardSummary>,
    /// Mean over dates of the difference, in units of volatility.
    difference: Option<f64>,
    /// One-sided p of "the rewarded student earns no more", by the studentised stationary bootstrap.
    p: Option<f64>,
    /// Whether that is below 0.05. The candidate is the unweighted student either way.
    better: bool,
}

/// A line of `reward_history.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    prediction_timestamp: Date,
    symbol: &'a Symbol,
    fold: usize,
    prediction: Way,
    actual_return: f64,
    raw_reward: f64,
    clipped_reward: f64,
}

/// Measures the loop, writes `reward_history.jsonl` and adds records to `evidence`; `None` when the pipeline has no `[rewards]`.
pub(super) fn measure(run: &mut Run<'_>, evidence: &mut Vec<Evidence>) -> Result<Option<Rewarded>> {
    let Some(spec) = run.inputs.pipeline.rewards else { return Ok(None) };
    let (rewarded, lines) = compare(run, spec)?;
    let span = run.data.out_of_sample;
    let source = Digest::of_f64s(&run.state.validated()?.grid.student);
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source };
    let dates = rewarded.candidate.as_ref().map_or(0, |own| own.rewards);
    let of = |summary: &Option<RewardSummary>| summary.as_ref().map(|own| own.mean);
    for (name, value, unit) in [
        ("rewards.candidate", of(&rewarded.candidate), "volatilities"),
        ("rewards.rewarded", of(&rewarded.rewarded), "volatilities"),
        ("rewards.difference", rewarded.difference, "volatilities"),
        ("rewards.p", rewarded.p, "probability"),
    ] {
        evidence.push(match value {
            Some(value) => recorder.record(name, value, unit, dates),
            None => recorder.missing(name, unit, "no later block has a prediction of both students"),
        });
    }
    run.artefacts.bytes(&run.artefacts.audit.join("reward_history.jsonl"), &lines)?;
    Ok(Some(rewarded))
}

fn compare(run: &Run<'_>, spec: RewardSpec) -> Result<(Rewarded, Vec<u8>)> {
    let (trained, dataset) = (run.state.trained()?, &run.data.frame.dataset);
    let grid = &run.state.validated()?.grid;
    let score = |row: u32| {
        let (t, s) = (dataset.sessions()[row as usize], dataset.symbol_indices()[row as usize]);
        grid.student[t as usize * grid.width + s as usize]
    };
    let reward = |row: u32, score: f64| reward_of(spec, dataset, row, score);
    // What each row's prediction earned, by row; rows that nobody predicted out of sample have none.
    let mut earned: Vec<Option<Reward>> = vec![None; dataset.len()];
    let mut lines = Vec::new();
    for (fold, own) in trained.folds.iter().enumerate() {
        for row in own.test_rows() {
            let Some((way, reward)) = reward(*row, score(*row)) else { continue };
            earned[*row as usize] = Some(reward);
            let line = Line {
                prediction_timestamp: dataset.date(*row as usize),
                symbol: &dataset.symbols()[dataset.symbol_indices()[*row as usize] as usize],
                fold,
                prediction: way,
                actual_return: dataset.forward_return()[*row as usize],
                raw_reward: reward.raw,
                clipped_reward: reward.net,
            };
            serde_json::to_writer(&mut lines, &line)
                .map_err(|e| AppError::bug("a reward does not serialise").because(e))?;
            lines.push(b'\n');
        }
    }
    let later: Vec<usize> = (1..trained.folds.len()).collect();
    let weights = LabelWeights::of(&run.inputs.pipeline, &run.data.frame, run.seed);
    let fit = |k: &usize| -> Result<(RewardedFold, Calibrated)> {
        let fold = &trained.folds[*k];
        let matured: Vec<Option<f64>> =
            fold.fit_rows().iter().map(|row| Some(earned[*row as usize]?.net)).collect();
        let factors = spec.weights(&matured);
        let weigh = |rows: &[u32]| -> Vec<f64> {
            let base = weights.as_ref().map(|own| own.weights(rows));
            let factor = |(k, own): (usize, &f64)| base.as_ref().map_or(1.0, |base| base[k]) * own;
            factors.iter().enumerate().map(factor).collect()
        };
        let soft = &trained.teachers[*k].out_of_fold;
        let student = fit_student_alone(dataset, fold, soft, &run.inputs.pipeline.student, Some(&weigh));
        let net: Vec<f64> = matured.iter().flatten().copied().collect();
        let told = RewardedFold {
            fold: *k,
            fit_rows: matured.len(),
            rewarded_rows: net.len(),
            rewards: RewardSummary::of(&net),
            least_weight: factors.iter().copied().fold(f64::INFINITY, f64::min),
            largest_weight: factors.iter().copied().fold(0.0, f64::max),
        };
        Ok((told, student.map_err(training)?))
    };
    let fitted: Vec<(RewardedFold, Calibrated)> = later.par_iter().map(fit).collect::<Result<_>>()?;
    let (folds, students): (Vec<RewardedFold>, Vec<Calibrated>) = fitted.into_iter().unzip();
    let tested: Vec<Fold> = later.iter().map(|k| trained.folds[*k].clone()).collect();
    let scores = in_trial(run, |log, key| score_students(dataset, &tested, &students, log, key))?;
    let (mut ours, mut theirs, mut by_date) = (Vec::new(), Vec::new(), Vec::new());
    for (fold, scores) in tested.iter().zip(&scores) {
        let pair = |(row, twin): (&u32, &f64)| {
            let own = reward(*row, score(*row))?.1.net;
            Some((dataset.sessions()[*row as usize], own, reward(*row, *twin)?.1.net))
        };
        let pairs: Vec<(u32, f64, f64)> = fold.test_rows().iter().zip(scores).filter_map(pair).collect();
        for date in pairs.chunk_by(|a, b| a.0 == b.0) {
            let sum: f64 = date.iter().map(|(_, own, twin)| twin - own).sum();
            by_date.push(sum / date.len() as f64);
        }
        ours.extend(pairs.iter().map(|pair| pair.1));
        theirs.extend(pairs.iter().map(|pair| pair.2));
    }
    let settings = StationaryBootstrap {
        draws: run.inputs.pipeline.tests.bootstrap_draws,
        min_block: run.inputs.pipeline.label.horizon() as f64,
        level: 0.95,
    };
    // Two students that agree everywhere differ by nothing: no spread, no p.
    let test = mean_test(&by_date, &settings, run.seed.child("rewards")).ok();
    let p = test.as_ref().map(|test| test.p_one_sided);
    let rewarded = Rewarded {
        setting: spec,
        folds,
        candidate: RewardSummary::of(&ours),
        rewarded: RewardSummary::of(&theirs),
        difference: test.as_ref().map(|test| test.mean),
        p,
        better: p.is_some_and(|p| p < LEVEL),
    };
    Ok((rewarded, lines))
}

/// What the prediction `score` of a row earned; `None` without a score, a label or its unit.
fn reward_of(spec: RewardSpec, dataset: &Dataset, row: u32, score: f64) -> Option<(Way, Reward)> {
    let row = row as usize;
    let (forward, unit) = (dataset.forward_return()[row], dataset.unit()[row]);
    let known = dataset.class()[row].is_finite() && score.is_finite() && forward.is_finite() && unit > 0.0;
    let way = Way::of_probability(score);
    known.then(|| (way, spec.reward(way, forward, unit)))
}
