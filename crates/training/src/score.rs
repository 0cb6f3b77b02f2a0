//! Scoring rows that no model has seen. Every look is a trial, so scoring takes a trial log.
//!
//! [`score_out_of_sample`] is for folds that test each date once, [`score_students`] for splits that test it several times.

use std::error::Error;

use proofmark_models::{Calibrated, Model, PredictError};
use proofmark_units::{DateSpan, Digest};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::teacher::{matrix, predict_rows};
use crate::{Dataset, Fold};

/// Identity of a trial: the same key is the same trial, however often it is run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrialKey {
    /// Digest of the part of the pipeline that affects the scores.
    pub pipeline_slice: Digest,
    /// Digest of the data lineage.
    pub lineage: Digest,
    /// The run's seed.
    pub seed: u64,
}

/// Number of a trial on its lineage, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialNumber(pub u64);

/// Where looks at out-of-sample data are counted.
pub trait TrialLog {
    /// Records a trial before it is scored and returns its number; recording the same key again returns the same
    /// number.
    ///
    /// # Errors
    /// [`TrialLogError`] when the log cannot be written. Nothing is scored then.
    fn record(&self, trial: &TrialKey) -> Result<TrialNumber, TrialLogError>;
}

/// The trial log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to record a trial: {what}")]
pub struct TrialLogError {
    /// What was being done.
    pub what: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// The models of one fold.
#[derive(Debug, Clone, Copy)]
pub struct FoldModels<'a> {
    /// Fitted on all fit rows.
    pub teacher: &'a Model,
    /// Distilled and calibrated.
    pub student: &'a Calibrated,
    /// Hard labels only, calibrated.
    pub twin: &'a Calibrated,
}

/// Out-of-sample probabilities on the panel's cells (time-major, `t * width + s`), NaN where nothing was scored.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreGrid {
    /// Symbols a date has: the stride of a row.
    pub width: usize,
    /// The student's calibrated probability of class 1.
    pub student: Vec<f64>,
    /// The hard-label twin's.
    pub twin: Vec<f64>,
    /// The teacher's, not calibrated.
    pub teacher: Vec<f64>,
    /// Position of the fold that scored each date, in the order given; one per date of the panel.
    pub fold_of_date: Vec<Option<usize>>,
    /// The trial under which these scores were counted.
    pub trial: TrialNumber,
}

/// Rows could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The trial was not recorded.
    #[error("nothing is scored without a trial record")]
    Log(#[source] TrialLogError),
    /// Folds and models differ in number.
    #[error("{models} sets of models for {folds} folds")]
    ModelCount {
        /// Folds given.
        folds: usize,
        /// Sets of models given.
        models: usize,
    },
    /// Two folds test the same dates.
    #[error("two folds test the same dates: {first} and {second}")]
    OverlappingTests {
        /// One block.
        first: DateSpan,
        /// The other.
        second: DateSpan,
    },
    /// A model does not fit the dataset.
    #[error("failed to score fold {fold}")]
    Predict {
        /// The fold.
        fold: usize,
        /// The cause.
        #[source]
        source: PredictError,
    },
}

/// Scores the test rows of every fold with that fold's models, after recording the trial.
///
/// - `folds`, `models`: as many of one as of the other, in the same order; test blocks do not overlap. Those of a
///   combinatorial split do, and are scored by [`score_students`].
///
/// # Errors
/// [`ScoreError`]; a log that cannot be written means no scores.
pub fn score_out_of_sample(
    ds: &Dataset,
    folds: &[Fold],
    models: &[FoldModels<'_>],
    log: &dyn TrialLog,
    trial: &TrialKey,
) -> Result<ScoreGrid, ScoreError> {
    check_count(folds, models.len())?;
    for (k, first) in folds.iter().enumerate() {
        if let Some((first, second)) = folds[k + 1..].iter().find_map(|other| first.tests_overlap(other)) {
            return Err(ScoreError::OverlappingTests { first, second });
        }
    }
    let trial = log.record(trial).map_err(ScoreError::Log)?;
    let width = ds.symbols().len();
    let empty = vec![f64::NAN; ds.dates().len() * width];
    let mut grid = ScoreGrid {
        width,
        student: empty.clone(),
        twin: empty.clone(),
        teacher: empty,
        fold_of_date: vec![None; ds.dates().len()],
        trial,
    };
    let scored: Vec<Result<[Vec<f64>; 3], PredictError>> = folds
        .par_iter()
        .zip(models)
        .map(|(fold, models)| {
            let columns = ds.gather(fold.test_rows());
            let x = matrix(&columns);
            Ok([
                models.student.predict(&x)?,
                models.twin.predict(&x)?,
                predict_rows(models.teacher, ds, fold.test_rows())?,
            ])
        })
        .collect();
    for (position, (fold, scores)) in folds.iter().zip(scored).enumerate() {
        let [student, twin, teacher] = scores.map_err(|source| predict(fold, source))?;
        for (k, row) in fold.test_rows().iter().enumerate() {
            let (t, s) = (ds.session(*row) as usize, ds.symbol_indices()[*row as usize] as usize);
            let cell = t * width + s;
            grid.student[cell] = student[k];
            grid.twin[cell] = twin[k];
            grid.teacher[cell] = teacher[k];
            grid.fold_of_date[t] = Some(position);
        }
    }
    Ok(grid)
}

/// Scores the test rows of every split with that split's student, after recording the trial: a combinatorial split, whose
/// test blocks overlap.
///
/// A configuration that the log knows already stays one trial, however often its rows are scored.
///
/// - `folds`, `students`: as many of one as of the other, in the same order.
///
/// Returns one list a fold: the probability of class 1 of each of [`Fold::test_rows`], in their order.
///
/// # Errors
/// [`ScoreError`]; a log that cannot be written means no scores.
pub fn score_students(
    ds: &Dataset,
    folds: &[Fold],
    students: &[Calibrated],
    log: &dyn TrialLog,
    trial: &TrialKey,
) -> Result<Vec<Vec<f64>>, ScoreError> {
    check_count(folds, students.len())?;
    log.record(trial).map_err(ScoreError::Log)?;
    let scored: Vec<Result<Vec<f64>, PredictError>> = folds
        .par_iter()
        .zip(students)
        .map(|(fold, student)| student.predict(&matrix(&ds.gather(fold.test_rows()))))
        .collect();
    let named = folds.iter().zip(scored);
    named.map(|(fold, scores)| scores.map_err(|source| predict(fold, source))).collect()
}

fn check_count(folds: &[Fold], models: usize) -> Result<(), ScoreError> {
    if folds.len() == models { Ok(()) } else { Err(ScoreError::ModelCount { folds: folds.len(), models }) }
}

fn predict(fold: &Fold, source: PredictError) -> ScoreError {
    ScoreError::Predict { fold: fold.index(), source }
}
