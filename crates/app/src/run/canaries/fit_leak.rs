//! Nothing was fitted outside its fold: another future gives the same model.

use proofmark_training::Fold;
use proofmark_validation::fit_leak;

use super::super::engine::Run;
use super::super::fit::{Fitter, Job, training};
use super::super::prepare::{Frame, train_rules};
use super::{Seen, markets};
use crate::error::Result;
use crate::progress::Work;

/// Fits the first fold again on a market whose every price and observation from the test block on is another one, and compares bytes.
///
/// The sessions stay, so spans, purging and rows are the same; only a fit that reads a later value can change.
pub(super) fn look(run: &Run<'_>, work: &Work<'_>) -> Result<Seen> {
    let trained = run.state.trained()?;
    let test = trained.folds[0].test_span();
    let pipeline = &run.inputs.pipeline;
    let other = run.data.other_context(test.start)?;
    let bars = markets::other_future(&run.data.bars, test.start)?;
    let frame = Frame::build(pipeline, &other.features(), &bars, &run.data.universe)?;
    let rules = train_rules(pipeline);
    let fold = Fold::before(&frame.dataset, test, &rules).map_err(training)?;
    let fitter = Fitter {
        store: &run.store,
        pipeline,
        rules: &rules,
        data: frame.dataset.digest(),
        frame: &frame,
        seed: run.seed,
    };
    let jobs = [Job { fold: &fold, seed: fitter.fold_seed("fold", 0) }];
    let soft = fitter.cross_fitted(&jobs, work)?;
    let soft: Vec<&[f64]> = soft.iter().map(Vec::as_slice).collect();
    let again = fitter.students(&jobs, &soft, work)?;
    let outcome = fit_leak(&crate::json::bytes(&trained.students[0]), &crate::json::bytes(&again[0]));
    Ok(Seen::of(trained.folds[0].fit_rows().len(), outcome))
}
