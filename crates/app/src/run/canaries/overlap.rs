//! No row that is scored is, feature for feature, a row that is fitted on.

use proofmark_training::Dataset;
use proofmark_units::Digest;
use proofmark_validation::train_test_overlap;
use rayon::prelude::*;

use super::super::engine::Run;
use super::super::fit::training;
use super::super::prepare::walk_forward;
use super::Seen;
use crate::error::Result;
use crate::progress::Work;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let dataset = &run.data.frame.dataset;
    let folds =
        walk_forward(&run.inputs.pipeline, run.data.out_of_sample).folds(dataset).map_err(training)?;
    let parts: Vec<(&[u32], &[u32])> = folds.iter().map(|f| (f.fit_rows(), f.test_rows())).collect();
    let rows = row_digests(dataset);
    Ok(Seen::of(rows.len(), train_test_overlap(&rows, &parts)))
}

pub(crate) fn row_digests(dataset: &Dataset) -> Vec<Digest> {
    let features = dataset.feature_names().len();
    (0..dataset.len())
        .into_par_iter()
        .map(|row| {
            let values: Vec<f64> = (0..features).map(|j| dataset.column(j)[row]).collect();
            Digest::of_f64s(&values)
        })
        .collect()
}
