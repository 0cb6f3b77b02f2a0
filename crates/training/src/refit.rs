//! Regressions of one series, fitted again at each decision on what was known by then.
//!
//! Invariant: a row trains a decision only if its outcome was over when the decision was made, so no label reaches into what is
//! forecast; scalers are part of the models and see the same rows.

use proofmark_models::{Matrix, PredictError, Regression, RegressionError, ZooModel};
use proofmark_stats::moments::sd;
use proofmark_units::Seed;
use rayon::prelude::*;

use crate::{TrialKey, TrialLog, TrialLogError};

/// One series by session: what was known at each close, and the prices that followed.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    /// Inputs, a column each, as known at the close of each row; NaN where not known.
    pub inputs: &'a [Vec<f64>],
    /// First price of each row.
    pub open: &'a [f64],
    /// Last price of each row.
    pub close: &'a [f64],
}

impl Timeline<'_> {
    /// Rows.
    pub const fn len(&self) -> usize {
        self.close.len()
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// Log return from the first price after row `row` to the close `horizon` rows after it; `None` where that is not over.
    pub fn outcome(&self, row: usize, horizon: usize) -> Option<f64> {
        let end = row.checked_add(horizon)?;
        (horizon > 0 && end < self.len()).then(|| (self.close[end] / self.open[row + 1]).ln())
    }

    /// Whether every input of a row is known.
    pub fn is_complete(&self, row: usize) -> bool {
        self.inputs.iter().all(|column| column[row].is_finite())
    }

    /// Complete rows whose outcome is over at the close of `decision`, and those outcomes.
    pub fn known_at(&self, decision: usize, horizon: usize) -> (Vec<usize>, Vec<f64>) {
        let last = (decision + 1).saturating_sub(horizon);
        (0..last)
            .filter(|row| self.is_complete(*row))
            .filter_map(|row| Some((row, self.outcome(row, horizon).filter(|y| y.is_finite())?)))
            .unzip()
    }

    /// The inputs of some rows, a column each.
    pub fn gather(&self, rows: &[usize]) -> Vec<Vec<f64>> {
        self.inputs.iter().map(|column| rows.iter().map(|row| column[*row]).collect()).collect()
    }
}

/// When a decision is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefitRules {
    /// Rows from the decision to the end of its outcome.
    pub horizon: usize,
    /// Fewest training rows.
    pub min_rows: usize,
}

/// What the models said at a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    /// The decision's row.
    pub row: usize,
    /// Rows they were fitted on.
    pub trained: usize,
    /// Log return each expects, in the order of the models; `None` where its fit failed.
    pub forecasts: Vec<Option<f64>>,
    /// Why fits failed, by place.
    pub failures: Vec<(usize, String)>,
}

/// Decisions could not be forecast.
#[derive(Debug, thiserror::Error)]
pub enum RefitError {
    /// The trial was not recorded.
    #[error("nothing is forecast without a trial record")]
    Log(#[source] TrialLogError),
}

/// A model with the unit its target was brought to: penalties and tolerances of regressions are absolute, and returns are small.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    model: Regression,
    unit: f64,
}

impl Scaled {
    /// Fits the model to targets of deviation 1.
    ///
    /// # Errors
    /// As [`ZooModel::fit`].
    pub fn fit(
        model: &ZooModel,
        columns: &[Vec<f64>],
        target: &[f64],
        seed: &Seed,
    ) -> Result<Self, RegressionError> {
        let unit = sd(target).filter(|sd| *sd > 0.0).unwrap_or(1.0);
        let scaled: Vec<f64> = target.iter().map(|y| y / unit).collect();
        let x = Matrix::from_columns(columns).map_err(|_| RegressionError::TooFewRows {
            kind: model.name(),
            rows: 0,
            needed: 1,
        })?;
        Ok(Self { model: model.fit(&x, &scaled, seed)?, unit })
    }

    /// The expected target of each row, in the target's own unit.
    ///
    /// # Errors
    /// As [`Regression::predict`].
    pub fn predict(&self, columns: &[Vec<f64>]) -> Result<Vec<f64>, PredictError> {
        let x = Matrix::from_columns(columns).map_err(|_| PredictError::Width { expected: 1, got: 0 })?;
        Ok(self.model.predict(&x)?.into_iter().map(|y| y * self.unit).collect())
    }

    /// What was fitted, to targets of deviation 1.
    pub const fn model(&self) -> &Regression {
        &self.model
    }
}

/// Fits every model again at the first decision (row) of each group, on the rows whose outcome is over then, and forecasts every
/// decision of the group: a group of one is a fit a decision, five sessions a weekly one.
///
/// Decisions whose row is not complete are left out, and groups with fewer training rows than the rules ask for. The same arguments
/// give the same forecasts on any number of threads.
///
/// # Errors
/// [`RefitError::Log`] when the look cannot be recorded; nothing is forecast then.
pub fn refit_walk(
    timeline: &Timeline<'_>,
    models: &[ZooModel],
    decisions: &[Vec<usize>],
    rules: &RefitRules,
    seed: &Seed,
    log: &dyn TrialLog,
    trial: &TrialKey,
) -> Result<Vec<Refit>, RefitError> {
    log.record(trial).map_err(RefitError::Log)?;
    let one = |group: &Vec<usize>| {
        let Some(first) = group.first() else { return Vec::new() };
        let (rows, target) = timeline.known_at(*first, rules.horizon);
        let group: Vec<usize> = group.iter().copied().filter(|row| timeline.is_complete(*row)).collect();
        if rows.len() < rules.min_rows || group.is_empty() {
            return Vec::new();
        }
        let (columns, own) = (timeline.gather(&rows), timeline.gather(&group));
        let by_model: Vec<Result<Vec<f64>, String>> = models
            .iter()
            .map(|model| {
                let fit = Scaled::fit(model, &columns, &target, seed).map_err(|error| error.to_string())?;
                fit.predict(&own).map_err(|error| error.to_string())
            })
            .collect();
        let refit = |(k, row): (usize, &usize)| Refit {
            row: *row,
            trained: rows.len(),
            forecasts: by_model.iter().map(|of| of.as_ref().ok().map(|all| all[k])).collect(),
            failures: by_model
                .iter()
                .enumerate()
                .filter_map(|(m, of)| Some((m, of.as_ref().err()?.clone())))
                .collect(),
        };
        group.iter().enumerate().map(refit).collect()
    };
    Ok(decisions.par_iter().flat_map_iter(one).collect())
}

/// Forecasts of a model on later parts of a span, none of which it was fitted on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoldForecasts {
    /// Rows forecast, ascending.
    pub rows: Vec<usize>,
    /// Log returns expected.
    pub forecasts: Vec<f64>,
    /// Log returns that followed.
    pub outcomes: Vec<f64>,
}

/// How a model is tried on the past of a decision: the first `first_share` of the rows trains, the rest is cut into `folds`, each
/// forecast by a model fitted on all rows before it whose outcome was over by then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PastFolds {
    /// Share of the rows before the first fold.
    pub first_share: f64,
    /// Folds.
    pub folds: usize,
    /// Fewest training rows of a fold.
    pub min_rows: usize,
}

impl PastFolds {
    /// Tries `model` on the rows known at `decision`. These are looks at the past of a decision that is recorded: they choose and
    /// describe, and are no evidence.
    ///
    /// # Errors
    /// Why a fit failed, in words.
    pub fn forecasts(
        &self,
        timeline: &Timeline<'_>,
        model: &ZooModel,
        decision: usize,
        rules: &RefitRules,
        seed: &Seed,
    ) -> Result<FoldForecasts, String> {
        let (rows, outcomes) = timeline.known_at(decision, rules.horizon);
        let start = (rows.len() as f64 * self.first_share) as usize;
        let mut out = FoldForecasts::default();
        for fold in 0..self.folds {
            let cut = |k: usize| start + (rows.len() - start) * k / self.folds;
            let (from, to) = (cut(fold), cut(fold + 1));
            let Some(first) = rows.get(from).filter(|_| to > from) else { continue };
            // A row trains the fold only if its outcome was over at the close of the fold's first row.
            let purged = rows[..from].partition_point(|row| row + rules.horizon <= *first);
            if purged < self.min_rows {
                continue;
            }
            let columns = timeline.gather(&rows[..purged]);
            let fitted =
                Scaled::fit(model, &columns, &outcomes[..purged], seed).map_err(|e| e.to_string())?;
            out.forecasts
                .extend(fitted.predict(&timeline.gather(&rows[from..to])).map_err(|e| e.to_string())?);
            out.rows.extend(&rows[from..to]);
            out.outcomes.extend(&outcomes[from..to]);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
