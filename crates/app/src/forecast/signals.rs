//! From what the models said to signals.

use proofmark_execution::strategies::{Outlook, Plan, Signal, SmartSimple, VolatilityTrail};
use proofmark_features::regimes::hurst_exponent;
use proofmark_training::Refit;

use super::definition::{ForecastPipeline, RuleSpec};
use super::schedule::Decision;
use super::series::Series;
use crate::error::{AppError, Result};

/// Lengths of the chunks of a rescaled range.
const CHUNKS: std::ops::RangeInclusive<usize> = 10..=20;
/// Outcomes by which models are ranked; before the first of them all models count.
const RANKED_BY: usize = 60;

/// A decision with what the models said and what the rule made of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) decision: Decision,
    /// The forecast that the rule trades, a log return.
    pub(super) forecast: f64,
    pub(super) signal: Signal,
}

impl Call {
    /// Log return from the first price after the decision to the close of its last session; `None` while that is not over.
    pub(super) fn outcome(&self, series: &Series) -> Option<f64> {
        let last = series.dates().partition_point(|date| *date <= self.decision.last).checked_sub(1)?;
        let is_over = series.dates().last() >= Some(&self.decision.last) && last > self.decision.row;
        let first = series.bars.open().get(self.decision.row + 1)?;
        is_over.then(|| (series.bars.close()[last] / first).ln())
    }

    pub(super) fn plan(&self) -> Plan {
        Plan { signal: self.signal.clone(), enter: self.decision.enter, leave: self.decision.leave }
    }
}

/// The signals of every decision that was forecast by all models the rule reads.
pub(super) fn calls(
    pipeline: &ForecastPipeline,
    series: &Series,
    decisions: &[Decision],
    walk: &[Refit],
) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for decision in decisions {
        let Some(refit) = walk.iter().find(|refit| refit.row == decision.row) else { continue };
        let Some(forecasts) = refit.forecasts.iter().copied().collect::<Option<Vec<f64>>>() else { continue };
        let call = match &pipeline.strategy.rule {
            RuleSpec::SmartSimple(rule) => weekly(pipeline, series, rule, *decision, &forecasts),
            RuleSpec::VolatilityTrail(rule) => {
                let best = best(series, walk, *decision, rule.best);
                let chosen: Vec<f64> = best.into_iter().map(|model| forecasts[model]).collect();
                daily(pipeline, series, rule, *decision, &chosen)
            }
        };
        calls.push(call?);
    }
    Ok(calls)
}

fn weekly(
    pipeline: &ForecastPipeline,
    series: &Series,
    rule: &SmartSimple,
    decision: Decision,
    forecasts: &[f64],
) -> Result<Call> {
    let log_returns = series.log_returns(decision.row);
    let exponent = rule.regime.and_then(|gate| {
        let last = log_returns.len().checked_sub(gate.returns)?;
        hurst_exponent(&log_returns[last..], CHUNKS, gate.unbiased)
    });
    let outlook = Outlook {
        forecasts: (forecasts[0], forecasts[1]),
        log_returns: &log_returns,
        exponent,
        price: series.bars.close()[decision.row],
        date: decision.date,
        sessions: decision.sessions,
    };
    let signal = rule
        .signal(&pipeline.strategy.id, &outlook)
        .map_err(|e| AppError::input("pipeline key `strategy.rule`").because(e))?;
    Ok(Call { decision, forecast: 0.5 * forecasts[0] + 0.5 * forecasts[1], signal })
}

fn daily(
    pipeline: &ForecastPipeline,
    series: &Series,
    rule: &VolatilityTrail,
    decision: Decision,
    forecasts: &[f64],
) -> Result<Call> {
    let log_returns = series.log_returns(decision.row);
    let price = series.bars.close()[decision.row];
    let signal = rule
        .signal(&pipeline.strategy.id, decision.date, forecasts, &log_returns, price)
        .map_err(|e| AppError::input("pipeline key `strategy.rule`").because(e))?;
    let forecast = forecasts.iter().sum::<f64>() / forecasts.len() as f64;
    Ok(Call { decision, forecast, signal })
}

/// The models of the smallest mean squared error over the last outcomes that were over at the decision; all of them while there are
/// too few. Ties go to the one that is listed first.
fn best(series: &Series, walk: &[Refit], decision: Decision, n: usize) -> Vec<usize> {
    let timeline = series.timeline();
    let over: Vec<&Refit> = walk.iter().filter(|past| past.row < decision.row).collect();
    let models = walk.first().map_or(0, |refit| refit.forecasts.len());
    if over.len() < RANKED_BY {
        return (0..models).collect();
    }
    let recent = &over[over.len() - RANKED_BY..];
    let error = |model: usize| -> f64 {
        let errors = recent.iter().filter_map(|past| {
            let outcome = timeline.outcome(past.row, 1)?;
            Some((past.forecasts[model]? - outcome).powi(2))
        });
        errors.sum()
    };
    let mut ranked: Vec<(f64, usize)> = (0..models).map(|model| (error(model), model)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(n).map(|(_, model)| model).collect()
}
