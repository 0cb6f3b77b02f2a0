//! Leak canaries of a forecast run: each changes what may not matter and looks whether it does.

use proofmark_features::{check_causality, usual_cuts};
use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_market::Bars;
use proofmark_models::ZooModel;
use proofmark_stats::moments::{mean, sd};
use proofmark_training::{RefitRules, Scaled, Timeline};
use proofmark_units::{DateSpan, Seed};
use proofmark_validation::{Recorder, canary};
use rand::seq::SliceRandom as _;

use super::definition::ForecastPipeline;
use super::schedule::Decision;
use super::series::Series;
use crate::error::{AppError, Result};

/// Retrainings on outcomes of other days.
const RETRAININGS: u64 = 8;
/// One-sided 0.01 % quantile of Student's t with `RETRAININGS - 1` degrees of freedom.
const T_MAX: f64 = 7.063;
/// Decisions at which models are fitted again, spread over all of them.
const LOOKS: usize = 24;

type Seen = std::result::Result<(), String>;

/// The records of all canaries.
pub(super) fn look(
    pipeline: &ForecastPipeline,
    series: &Series,
    models: &[ZooModel],
    decisions: &[Decision],
    seed: &Seed,
) -> Result<Vec<Evidence>> {
    let span = decisions
        .first()
        .zip(decisions.last())
        .and_then(|(first, last)| DateSpan::new(first.date, last.last))
        .ok_or_else(|| AppError::bug("canaries need decisions"))?;
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: series.snapshot.id };
    let rules = RefitRules { horizon: pipeline.horizon(), min_rows: pipeline.zoo.min_rows };
    let rows: Vec<usize> = decisions.iter().map(|decision| decision.row).collect();
    let middle = rows[rows.len() / 2];
    let record = |name: &str, n: usize, seen: Seen| canary(&recorder, name, n, Some(seen));
    Ok(vec![
        record("prefix_invariance", series.bars.len(), prefix(series)),
        record("shuffled_future", middle, shuffled(series, middle, seed)?),
        record("label_shift", rows.len(), labels(series, &rows, rules.horizon)),
        record("vintage", middle, vintage(series, middle)?),
        record("universe_membership", rows.len(), membership(series, decisions)),
        record("train_test_overlap", rows.len(), overlap(series, &rows, &rules)),
        record("fit_leak", LOOKS.min(rows.len()), fits(series, models, &rows, &rules, seed)?),
        record("permuted_label_retrain", LOOKS, permuted(series, models, &rows, &rules, seed)?),
    ])
}

/// Later bars taken away or replaced change no earlier input.
fn prefix(series: &Series) -> Seen {
    let compute = |bars: &Bars| series.inputs_of(bars);
    let found = check_causality(&series.names(), &compute, &series.bars, &usual_cuts(series.bars.len()));
    found.leaks.into_iter().next().map_or(Ok(()), |leak| Err(format!("input {leak}")))
}

fn same(was: &[Vec<f64>], is: &[Vec<f64>], rows: usize, names: &[String]) -> Seen {
    for (name, (was, is)) in names.iter().zip(was.iter().zip(is)) {
        let differs = |row: &usize| {
            was[*row].to_bits() != is[*row].to_bits() && !(was[*row].is_nan() && is[*row].is_nan())
        };
        if let Some(row) = (0..rows).find(differs) {
            return Err(format!("input `{name}` of row {row} was {} and is {}", was[row], is[row]));
        }
    }
    Ok(())
}

/// Bars from `row` on in another order, on their own dates.
fn bent(series: &Series, row: usize, seed: &Seed) -> Result<Bars> {
    let mut rows: Vec<_> = (0..series.bars.len()).map(|k| series.bars.row(k)).collect();
    let mut later: Vec<usize> = (row..rows.len()).collect();
    later.shuffle(&mut seed.rng());
    let prices: Vec<_> = later.iter().map(|k| rows[*k]).collect();
    for (own, other) in rows[row..].iter_mut().zip(prices) {
        (own.open, own.high, own.low, own.close) = (other.open, other.high, other.low, other.close);
    }
    Bars::from_rows(series.bars.symbol().clone(), &rows)
        .map_err(|e| AppError::bug("bars in another order are no bars").because(e))
}

fn shuffled(series: &Series, row: usize, seed: &Seed) -> Result<Seen> {
    let other = series.inputs_of(&bent(series, row, &seed.child("shuffled_future"))?);
    Ok(same(&series.inputs, &other, row, &series.names()))
}

/// Nothing at or before a decision's close is part of its outcome.
fn labels(series: &Series, rows: &[usize], horizon: usize) -> Seen {
    let (mut open, mut close) = (series.bars.open().to_vec(), series.bars.close().to_vec());
    let own = series.timeline();
    for row in rows {
        let was = own.outcome(*row, horizon);
        open[..=*row].fill(1.0);
        close[..=*row].fill(1.0);
        let is = Timeline { inputs: &series.inputs, open: &open, close: &close }.outcome(*row, horizon);
        if was != is {
            return Err(format!("the outcome of {} holds a price from before it", series.dates()[*row]));
        }
    }
    Ok(())
}

/// Observations that became known later change no earlier input.
fn vintage(series: &Series, row: usize) -> Result<Seen> {
    let other = series.inputs_of_other_context(&series.bars, series.dates()[row])?;
    Ok(same(&series.inputs, &other, row, &series.names()))
}

/// The instrument was listed at every decision: a bar of it was known before the first order was sent.
fn membership(series: &Series, decisions: &[Decision]) -> Seen {
    let unknown = |decision: &&Decision| series.bars.known_ats()[decision.row] > decision.enter;
    match decisions.iter().find(unknown) {
        Some(decision) => Err(format!("no bar of the instrument was known before {}", decision.date)),
        None => Ok(()),
    }
}

/// Every outcome that trains a decision was over at its close.
fn overlap(series: &Series, rows: &[usize], rules: &RefitRules) -> Seen {
    for row in rows {
        let (known, _) = series.timeline().known_at(*row, rules.horizon);
        if known.last().is_some_and(|last| last + rules.horizon > *row) {
            return Err(format!("a training row of {} ends after it", series.dates()[*row]));
        }
    }
    Ok(())
}

/// Rows at which models are fitted again.
fn looks(rows: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let step = rows.len().div_ceil(LOOKS).max(1);
    rows.iter().copied().step_by(step)
}

fn forecast(
    timeline: &Timeline<'_>,
    model: &ZooModel,
    row: usize,
    rules: &RefitRules,
    seed: &Seed,
    permute: Option<&Seed>,
) -> Result<Option<f64>> {
    let (known, mut target) = timeline.known_at(row, rules.horizon);
    if known.len() < rules.min_rows || !timeline.is_complete(row) {
        return Ok(None);
    }
    if let Some(permute) = permute {
        target.shuffle(&mut permute.rng());
    }
    let fitted = Scaled::fit(model, &timeline.gather(&known), &target, seed);
    let fitted = fitted.map_err(|e| AppError::input("a canary's model cannot be fitted").because(e))?;
    let said = fitted.predict(&timeline.gather(&[row]));
    Ok(Some(said.map_err(|e| AppError::input("a canary's model cannot forecast").because(e))?[0]))
}

/// A model fitted where every later price and input is another one says the same.
fn fits(
    series: &Series,
    models: &[ZooModel],
    rows: &[usize],
    rules: &RefitRules,
    seed: &Seed,
) -> Result<Seen> {
    for row in looks(rows) {
        let other = bent(series, row + 1, &seed.child("fit_leak"))?;
        let inputs = series.inputs_of(&other);
        let bent = Timeline { inputs: &inputs, open: other.open(), close: other.close() };
        for model in models {
            let was = forecast(&series.timeline(), model, row, rules, seed, None)?;
            let is = forecast(&bent, model, row, rules, seed, None)?;
            if was.map(f64::to_bits) != is.map(f64::to_bits) {
                return Ok(Err(format!(
                    "what {} says on {} changes with later prices",
                    model.name(),
                    series.dates()[row]
                )));
            }
        }
    }
    Ok(Ok(()))
}

/// Models fitted on outcomes of other days agree with what follows no more than by chance.
fn permuted(
    series: &Series,
    models: &[ZooModel],
    rows: &[usize],
    rules: &RefitRules,
    seed: &Seed,
) -> Result<Seen> {
    let timeline = series.timeline();
    let Some(model) = models.first() else { return Ok(Err("there is no model".to_owned())) };
    let mut skills = Vec::new();
    for k in 0..RETRAININGS {
        let permute = seed.child("permuted_labels").nth(k);
        let mut agreed = Vec::new();
        for row in looks(rows) {
            let said = forecast(&timeline, model, row, rules, seed, Some(&permute))?;
            if let Some((said, came)) = said.zip(timeline.outcome(row, rules.horizon)) {
                agreed.push(if said * came > 0.0 { 0.5 } else { -0.5 });
            }
        }
        skills.extend(mean(&agreed));
    }
    let t = mean(&skills)
        .zip(sd(&skills))
        .and_then(|(mean, sd)| (sd > 0.0).then(|| mean / sd * (skills.len() as f64).sqrt()));
    Ok(match t {
        Some(t) if t > T_MAX => Err(format!(
            "models of permuted outcomes still forecast: t {t:.1} over {RETRAININGS} retrainings"
        )),
        _ => Ok(()),
    })
}
