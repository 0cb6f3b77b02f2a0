//! Every model at every horizon, at the end of each of the last weeks: what it says, and how it did on the past.
//!
//! These numbers describe and choose; none is evidence. Folds of the past are purged, returns of overlapping periods are never
//! compounded, and nothing after a week's end is read.

use proofmark_models::{BoosterSize, ZooModel, zoo_of};
use proofmark_stats::forecasts::{ForecastErrors, SignTrades};
use proofmark_stats::moments::mean;
use proofmark_training::{FoldForecasts, PastFolds, RefitError, RefitRules, TrialKey, TrialLog, refit_walk};
use proofmark_units::{Date, IsoWeek, Seed};
use rayon::prelude::*;

use super::definition::ForecastPipeline;
use super::series::Series;
use crate::progress::Work;

/// The end of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Week {
    pub(super) row: usize,
    pub(super) date: Date,
    pub(super) week: IsoWeek,
}

/// One model at one horizon at the end of one week.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) week: Week,
    pub(super) model: usize,
    pub(super) horizon: usize,
    /// Log return expected; `None` where the fit failed or rows are too few.
    pub(super) forecast: Option<f64>,
    pub(super) past: FoldForecasts,
    pub(super) errors: Option<ForecastErrors>,
    pub(super) trades: Option<SignTrades>,
}

/// What every model said.
pub(super) struct Zoo {
    pub(super) models: Vec<Model>,
    pub(super) weeks: Vec<Week>,
    /// By week, then model, then horizon.
    pub(super) cells: Vec<Cell>,
    /// Fits that failed, in words.
    pub(super) failures: Vec<String>,
}

/// A model's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) family: proofmark_models::Family,
}

/// `short`, `medium` or `long`, and the size of boosters for it: longer horizons leave fewer independent rows.
pub(super) const fn category(horizon: usize) -> (&'static str, BoosterSize) {
    match horizon {
        0..=5 => ("short", BoosterSize::SHORT),
        6..=20 => ("medium", BoosterSize::MEDIUM),
        _ => ("long", BoosterSize::LONG),
    }
}

/// Models for a horizon.
pub(super) fn models(horizon: usize) -> Vec<ZooModel> {
    zoo_of(&category(horizon).1)
}

impl Zoo {
    pub(super) fn of(
        pipeline: &ForecastPipeline,
        series: &Series,
        seed: &Seed,
        log: &dyn TrialLog,
        trial: &TrialKey,
        work: &Work<'_>,
    ) -> Result<Self, RefitError> {
        let dates = series.dates();
        let ends = dates
            .iter()
            .enumerate()
            .filter(|(row, date)| dates.get(row + 1).is_none_or(|next| next.iso_week() != date.iso_week()));
        let all: Vec<Week> =
            ends.map(|(row, date)| Week { row, date: *date, week: date.iso_week() }).collect();
        let weeks = all[all.len().saturating_sub(pipeline.zoo.weeks)..].to_vec();
        let spec = &pipeline.zoo;
        let timeline = series.timeline();
        let rows: Vec<Vec<usize>> = weeks.iter().map(|week| vec![week.row]).collect();
        let mut forecasts = Vec::new();
        let mut failures = Vec::new();
        for horizon in &spec.horizons {
            let zoo = models(*horizon);
            let rules = RefitRules { horizon: *horizon, min_rows: spec.min_rows };
            let walk = refit_walk(&timeline, &zoo, &rows, &rules, seed, log, trial)?;
            for refit in &walk {
                failures.extend(refit.failures.iter().map(|(model, why)| {
                    format!("{} at {horizon} sessions, {}: {why}", zoo[*model].name(), dates[refit.row])
                }));
            }
            forecasts.push(walk);
            work.step();
        }
        let names: Vec<Model> =
            models(1).iter().map(|m| Model { name: m.name(), family: m.family() }).collect();
        let places: Vec<(Week, usize, usize)> = weeks
            .iter()
            .flat_map(|week| (0..names.len()).map(move |model| (*week, model)))
            .flat_map(|(week, model)| (0..spec.horizons.len()).map(move |h| (week, model, h)))
            .collect();
        let tried: Vec<(Cell, Option<String>)> = places
            .par_iter()
            .map(|(week, model, h)| {
                let forecast = forecasts[*h].iter().find(|refit| refit.row == week.row);
                let forecast = forecast.and_then(|refit| refit.forecasts[*model]);
                let tried = tried(pipeline, series, *week, (*model, spec.horizons[*h]), forecast, seed);
                work.step();
                tried
            })
            .collect();
        let mut cells = Vec::new();
        for (cell, failure) in tried {
            failures.extend(failure);
            cells.push(cell);
        }
        Ok(Self { models: names, weeks, cells, failures })
    }

    /// How many steps [`Self::of`] counts.
    pub(super) fn steps(pipeline: &ForecastPipeline) -> u64 {
        (pipeline.zoo.horizons.len() * (1 + pipeline.zoo.weeks * models(1).len())) as u64
    }

    /// The cells of a week and a model, by horizon.
    pub(super) fn of_model(&self, week: Week, model: usize) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.week == week && cell.model == model)
    }

    /// The cells of a week and a horizon, by model.
    pub(super) fn of_horizon(&self, week: Week, horizon: usize) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.week == week && cell.horizon == horizon)
    }

    /// Mean over the horizons of a figure of a model at a week's end.
    pub(super) fn mean_of(
        &self,
        week: Week,
        model: usize,
        figure: impl Fn(&ForecastErrors) -> f64,
    ) -> Option<f64> {
        let values: Vec<f64> =
            self.of_model(week, model).filter_map(|cell| cell.errors.as_ref().map(&figure)).collect();
        mean(&values)
    }

    /// Models of a week from the smallest mean error on; those without one come last.
    pub(super) fn ranked(&self, week: Week) -> Vec<usize> {
        let error = |model: &usize| self.mean_of(week, *model, |e| e.rmse).unwrap_or(f64::INFINITY);
        let mut all: Vec<usize> = (0..self.models.len()).collect();
        all.sort_by(|a, b| error(a).total_cmp(&error(b)).then(a.cmp(b)));
        all
    }
}

/// A model at a horizon on the past of a week's end, with what it said then; and why it could not be tried, if so.
fn tried(
    pipeline: &ForecastPipeline,
    series: &Series,
    week: Week,
    (model, horizon): (usize, usize),
    forecast: Option<f64>,
    seed: &Seed,
) -> (Cell, Option<String>) {
    let spec = &pipeline.zoo;
    let rules = RefitRules { horizon, min_rows: spec.min_rows };
    let folds = PastFolds { first_share: spec.first_share, folds: spec.folds, min_rows: spec.min_rows / 2 };
    let zoo = models(horizon);
    let past = folds.forecasts(&series.timeline(), &zoo[model], week.row, &rules, seed);
    let failure = past.as_ref().err().map(|why| {
        format!("{} at {horizon} sessions on the past of {}: {why}", zoo[model].name(), week.date)
    });
    let past = past.unwrap_or_default();
    // Every so many rows one, so that no two periods share a day.
    let apart = |values: &[f64]| values.iter().copied().step_by(horizon).collect::<Vec<f64>>();
    let simple: Vec<f64> = past.outcomes.iter().map(|y| y.exp_m1()).collect();
    let per_year = series.calendar.periods_per_year() / horizon as f64;
    let cell = Cell {
        week,
        model,
        horizon,
        forecast,
        errors: ForecastErrors::of(&past.forecasts, &past.outcomes),
        trades: SignTrades::of(&apart(&past.forecasts), &apart(&simple), per_year),
        past,
    };
    (cell, failure)
}
