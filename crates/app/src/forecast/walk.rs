//! What a strategy's models say at its decisions, fitted once a week on what was over by then.

use proofmark_models::ZooModel;
use proofmark_training::{Refit, RefitRules, TrialKey, TrialLog, refit_walk};
use proofmark_units::Seed;

use super::definition::ForecastPipeline;
use super::schedule::Decision;
use super::series::Series;
use super::zoo::models;
use crate::error::{AppError, Result};

/// The models of a strategy, in the order it names them.
pub(super) fn strategy_models(pipeline: &ForecastPipeline) -> Vec<ZooModel> {
    let mut zoo = models(pipeline.horizon());
    let order = |model: &ZooModel| pipeline.strategy.models.iter().position(|name| name == model.name());
    zoo.retain(|model| order(model).is_some());
    zoo.sort_by_key(|model| order(model));
    zoo
}

/// Fits the models at the first decision of each week and forecasts every decision of it. `seed` is the run's.
pub(super) fn walk(
    pipeline: &ForecastPipeline,
    series: &Series,
    decisions: &[Decision],
    seed: &Seed,
    log: &dyn TrialLog,
    trial: &TrialKey,
) -> Result<Vec<Refit>> {
    let groups: Vec<Vec<usize>> = decisions
        .chunk_by(|a, b| a.date.iso_week() == b.date.iso_week())
        .map(|week| week.iter().map(|decision| decision.row).collect())
        .collect();
    let rules = RefitRules { horizon: pipeline.horizon(), min_rows: pipeline.zoo.min_rows };
    let models = strategy_models(pipeline);
    refit_walk(&series.timeline(), &models, &groups, &rules, &seed.child("models"), log, trial)
        .map_err(|e| AppError::environment("failed to forecast out of sample").because(e))
}
