//! The teacher: boosted trees, cross-fitted so that its opinion of a training row is out of fold.
//!
//! A runner may call the task-sized functions in any order and on any thread, cache their results, and assemble them;
//! [`fit_teacher`] does the same in one call.

use proofmark_models::{FitError, GradientBoostedTrees, Learner, Matrix, Model, PlattError, PredictError};
use proofmark_units::{DateSpan, Seed};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::weights::Weighed;
use crate::{Block, CrossFit, Dataset, Fold, RowWeights, SplitError};

/// The teacher's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherConfig {
    /// The trees.
    pub trees: GradientBoostedTrees,
    /// The blocks of the fit part.
    pub cross_fit: CrossFit,
}

/// Out-of-fold probabilities of one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeacherBlock {
    /// Position among the blocks, from 0.
    pub index: usize,
    /// Decision dates of the rows predicted.
    pub span: DateSpan,
    /// Rows trained on.
    pub train_rows: usize,
    /// Earlier samples left out.
    pub purged_before: usize,
    /// Later samples left out.
    pub purged_after: usize,
    /// One probability for each of the block's rows.
    pub probabilities: Vec<f64>,
    /// Hyper-parameters read back from the block's model.
    pub effective_parameters: serde_json::Value,
}

/// The teacher of one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeacherFit {
    /// Fitted on all fit rows; scores the test block.
    pub model: Model,
    /// Out-of-fold probability of each fit row, in the order of [`Fold::fit_rows`].
    pub out_of_fold: Vec<f64>,
    /// The blocks behind `out_of_fold`, their probabilities moved there.
    pub blocks: Vec<TeacherBlock>,
    /// Hyper-parameters read back from `model`.
    pub effective_parameters: serde_json::Value,
}

/// A model of a fold could not be trained.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The fold cannot be cut into blocks.
    #[error("failed to cut fold {fold} into blocks")]
    Split {
        /// The fold.
        fold: usize,
        /// The cause.
        #[source]
        source: SplitError,
    },
    /// The learner failed.
    #[error("failed to fit the {what} of fold {fold}")]
    Fit {
        /// Which model.
        what: String,
        /// The fold.
        fold: usize,
        /// The cause.
        #[source]
        source: FitError,
    },
    /// The calibration failed.
    #[error("failed to calibrate the {what} of fold {fold}")]
    Calibrate {
        /// Which model.
        what: String,
        /// The fold.
        fold: usize,
        /// The cause.
        #[source]
        source: PlattError,
    },
    /// A model could not score rows of its own dataset.
    #[error("failed to score rows with the {what} of fold {fold}")]
    Predict {
        /// Which model.
        what: String,
        /// The fold.
        fold: usize,
        /// The cause.
        #[source]
        source: PredictError,
    },
    /// Out-of-fold probabilities do not cover the fit rows.
    #[error("{got} out-of-fold probabilities for the {expected} fit rows of fold {fold}")]
    OutOfFold {
        /// The fold.
        fold: usize,
        /// Fit rows.
        expected: usize,
        /// Probabilities.
        got: usize,
    },
    /// The weight of the soft labels is not a share.
    #[error("`soft_weight` is {value}, it must be 0 to 1")]
    SoftWeight {
        /// The weight.
        value: f64,
    },
}

/// Predicts the rows of `block` with a teacher trained on the block's training rows.
///
/// - `weights`: what training rows weigh; `None` for 1 each.
/// - `seed`: the fold's teacher seed; the block's own is derived from it.
///
/// # Errors
/// [`TrainError::Fit`].
pub fn fit_teacher_block(
    ds: &Dataset,
    fold: &Fold,
    block: &Block,
    config: &TeacherConfig,
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<TeacherBlock, TrainError> {
    let what = || format!("teacher for block {}", block.index());
    let seed = seed.child("block").nth(block.index() as u64);
    let model = fit_rows(&config.trees, ds, block.train_rows(), weights, &seed)
        .map_err(|source| TrainError::Fit { what: what(), fold: fold.index(), source })?;
    let probabilities = predict_rows(&model, ds, &fold.fit_rows()[block.held()])
        .map_err(|source| TrainError::Predict { what: what(), fold: fold.index(), source })?;
    Ok(TeacherBlock {
        index: block.index(),
        span: block.span(),
        train_rows: block.train_rows().len(),
        purged_before: block.purged_before(),
        purged_after: block.purged_after(),
        probabilities,
        effective_parameters: model.effective_parameters(),
    })
}

/// Fits the teacher that scores the test block, on all fit rows, by their `weights` (`None` for 1 each).
///
/// # Errors
/// [`TrainError::Fit`].
pub fn fit_teacher_full(
    ds: &Dataset,
    fold: &Fold,
    config: &TeacherConfig,
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<Model, TrainError> {
    fit_rows(&config.trees, ds, fold.fit_rows(), weights, &seed.child("full"))
        .map_err(|source| TrainError::Fit { what: "teacher".to_owned(), fold: fold.index(), source })
}

/// Puts the results of [`fit_teacher_full`] and of every [`fit_teacher_block`], in block order, together.
///
/// # Errors
/// [`TrainError::OutOfFold`] when the blocks do not cover the fit rows.
pub fn assemble_teacher(
    fold: &Fold,
    model: Model,
    mut blocks: Vec<TeacherBlock>,
) -> Result<TeacherFit, TrainError> {
    let mut out_of_fold = Vec::with_capacity(fold.fit_rows().len());
    for block in &mut blocks {
        out_of_fold.append(&mut block.probabilities);
    }
    let expected = fold.fit_rows().len();
    if out_of_fold.len() != expected || blocks.iter().enumerate().any(|(k, block)| block.index != k) {
        return Err(TrainError::OutOfFold { fold: fold.index(), expected, got: out_of_fold.len() });
    }
    let effective_parameters = model.effective_parameters();
    Ok(TeacherFit { model, out_of_fold, blocks, effective_parameters })
}

/// Cross-fits and fits the teacher of `fold` by the `weights` of its rows, the tasks side by side; their number changes no
/// bit.
///
/// # Errors
/// [`TrainError`].
pub fn fit_teacher(
    ds: &Dataset,
    fold: &Fold,
    config: &TeacherConfig,
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<TeacherFit, TrainError> {
    let plan =
        config.cross_fit.plan(ds, fold).map_err(|source| TrainError::Split { fold: fold.index(), source })?;
    let (model, blocks) = rayon::join(
        || fit_teacher_full(ds, fold, config, weights, seed),
        || {
            let fit = |block| fit_teacher_block(ds, fold, block, config, weights, seed);
            plan.par_iter().map(fit).collect::<Vec<_>>()
        },
    );
    assemble_teacher(fold, model?, blocks.into_iter().collect::<Result<_, _>>()?)
}

/// Fits `learner` to the classes of `rows`.
pub(crate) fn fit_rows(
    learner: &dyn Learner,
    ds: &Dataset,
    rows: &[u32],
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<Model, FitError> {
    fit_targets(learner, ds, rows, &ds.classes(rows), weights, seed)
}

/// Fits `learner` to `targets`, one for each of `rows`.
pub(crate) fn fit_targets(
    learner: &dyn Learner,
    ds: &Dataset,
    rows: &[u32],
    targets: &[f64],
    weights: Option<&dyn RowWeights>,
    seed: &Seed,
) -> Result<Model, FitError> {
    let weighed = Weighed::new(rows, weights)?;
    let columns = ds.gather(&weighed.rows);
    learner.fit(&matrix(&columns), &weighed.pick(targets), weighed.weight.as_deref(), seed)
}

/// Probabilities of `rows`. Inside the crate only: test rows are scored through the trial log.
pub(crate) fn predict_rows(model: &Model, ds: &Dataset, rows: &[u32]) -> Result<Vec<f64>, PredictError> {
    let columns = ds.gather(rows);
    model.predict(&matrix(&columns))
}

pub(crate) fn matrix(columns: &[Vec<f64>]) -> Matrix<'_> {
    Matrix::from_columns(columns).expect("a dataset has at least one feature, all of one length")
}
