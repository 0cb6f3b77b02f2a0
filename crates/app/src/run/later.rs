//! A frozen model over a span that came after its training: the hold-out, or a later window.

use proofmark_execution::costs::CostSchedule;
use proofmark_features::Feature;
use proofmark_market::{Bars, Calendar};
use proofmark_models::ModelFile;
use proofmark_units::{Date, DateSpan};
use proofmark_validation::Candidate;

use super::frozen_model::FrozenModel;
use super::prepare::Frame;
use super::scores::score;
use super::view::View;
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;

/// The scores of a model file on a span, with what turns them into money.
pub(crate) struct Scored<'a> {
    pub(crate) frame: Frame,
    pub(crate) scores: Vec<f64>,
    pub(crate) costs: CostSchedule,
    /// First and last decision date.
    pub(crate) span: DateSpan,
    pipeline: &'a Pipeline,
}

impl<'a> Scored<'a> {
    /// Scores `model` on `span` of `view`; nothing is fitted, and a `set` of other columns is refused.
    pub(crate) fn new(
        pipeline: &'a Pipeline,
        set: &[&dyn Feature],
        view: &View,
        model: &FrozenModel,
        span: DateSpan,
    ) -> Result<Self> {
        model.admits(set)?;
        let frame = Frame::build(pipeline, set, &view.bars, &view.universe)?;
        let loaded = ModelFile::load_bytes(&model.bytes, Some(frame.dataset.feature_names()))
            .map_err(|e| AppError::input("failed to load the candidate's model").because(e))?;
        let scores = score(&frame.dataset, span, |x| {
            loaded.predict(x).map_err(|e| AppError::input("failed to score a span after training").because(e))
        })?;
        Ok(Self { frame, scores, costs: costs(pipeline)?, span, pipeline })
    }

    /// The candidate of these scores, by the machinery of its own pipeline.
    pub(crate) fn candidate(
        &'a self,
        benchmark: Option<&'a Bars>,
        income: &'a [(Date, f64)],
        calendar: &Calendar,
    ) -> Candidate<'a> {
        Candidate {
            panel: &self.frame.panel,
            scores: &self.scores,
            span: self.span,
            config: &self.pipeline.book,
            costs: &self.costs,
            benchmark: benchmark.map(|bars| (bars, income)),
            horizon: self.pipeline.label.horizon(),
            periods_per_year: calendar.periods_per_year(),
        }
    }
}

/// The pipeline's dated costs. Undated years are charged the earliest rates so that a run can finish;
/// `costs.dated_share` then says so and the gate cannot tell.
pub(crate) fn costs(pipeline: &Pipeline) -> Result<CostSchedule> {
    let named = CostSchedule::named(&pipeline.costs.schedule);
    let named = named.map_err(|e| AppError::input("pipeline key `costs.schedule`").because(e))?;
    Ok(named.with_earliest_rates_before())
}
