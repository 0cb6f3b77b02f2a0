//! What every learner promises, and the fitted models there are.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use crate::link::sigmoid;
use crate::{Constant, Logistic, Matrix, Trees};

/// A way to fit a [`Model`]. The contract of all implementations is tested in `tests/it/contract.rs`.
///
/// The same arguments give the same model, bit for bit. A row's prediction depends on that row and the model only.
pub trait Learner: Sync {
    /// Stable name, written into model files; never renamed.
    fn kind(&self) -> &'static str;

    /// Whether NaN is a legal input, in fitting and in predicting. Infinities never are in fitting.
    fn accepts_missing(&self) -> bool;

    /// Fits a model of P(target = 1).
    ///
    /// - `x`: the inputs, one row per sample.
    /// - `target`: one per row, hard (0 or 1) or soft (a probability); the loss is cross-entropy.
    /// - `weight`: positive, one per row; `None` means 1 each.
    ///
    /// # Errors
    /// [`FitError`]: bad shapes, values or parameters, a target without variation, no convergence.
    fn fit(
        &self,
        x: &Matrix<'_>,
        target: &[f64],
        weight: Option<&[f64]>,
        seed: &Seed,
    ) -> Result<Model, FitError>;
}

/// A model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// There is nothing to learn from.
    #[error("cannot fit a model on no rows")]
    Empty,
    /// Targets or weights do not match the rows.
    #[error("{got} {what} for {expected} rows")]
    LengthMismatch {
        /// `targets` or `weights`.
        what: &'static str,
        /// Rows of the matrix.
        expected: usize,
        /// Values given.
        got: usize,
    },
    /// A target is not within \[0, 1\].
    #[error("target {value} of row {row} is not within 0 and 1")]
    BadTarget {
        /// Zero-based row.
        row: usize,
        /// The target.
        value: f64,
    },
    /// A weight is not positive and finite.
    #[error("weight {value} of row {row} is not a positive number")]
    BadWeight {
        /// Zero-based row.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// An input is infinite, or NaN where the learner takes none.
    #[error("input {value} in row {row} of column {column} cannot be used")]
    BadInput {
        /// Zero-based row.
        row: usize,
        /// Zero-based column.
        column: usize,
        /// The input.
        value: f64,
    },
    /// All targets are 0, or all are 1.
    #[error("all {rows} targets are {value}: there is nothing to tell apart")]
    SingleClass {
        /// Rows of the matrix.
        rows: usize,
        /// The one value.
        value: f64,
    },
    /// A hyper-parameter lies outside its range.
    #[error("`{name}` is {value}, it must be {rule}")]
    BadParameter {
        /// The field.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// More rows or columns than the learner's arithmetic holds.
    #[error("{got} {what} are more than the {limit} this learner takes")]
    TooLarge {
        /// `rows` or `columns`.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The optimiser did not reach its tolerance.
    #[error("no convergence in {iterations} iterations, largest gradient {gradient:e}")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Largest absolute gradient at the end.
        gradient: f64,
    },
}

/// A matrix does not fit the model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PredictError {
    /// Wrong number of columns.
    #[error("the model takes {expected} columns, the matrix has {got}")]
    Width {
        /// Columns of the model.
        expected: usize,
        /// Columns of the matrix.
        got: usize,
    },
    /// A missing value where the model takes none.
    #[error("row {row} of column {column} is missing, which this model does not take")]
    Missing {
        /// Zero-based row.
        row: usize,
        /// Zero-based column.
        column: usize,
    },
    /// An infinite input, or one so large that the prediction is beyond double precision.
    #[error("the prediction of row {row} is {value}: its inputs are infinite or far too large")]
    NotFinite {
        /// Zero-based row.
        row: usize,
        /// What came out.
        value: f64,
    },
}

/// A fitted model. Serialises to JSON and back without losing a bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Model {
    /// Gradient-boosted trees.
    Trees(Trees),
    /// Logistic regression, linear or additive.
    Logistic(Logistic),
    /// The base rate.
    Constant(Constant),
}

impl Model {
    /// The name of the learner that fits such models.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Trees(_) => "trees",
            Self::Logistic(_) => "logistic",
            Self::Constant(_) => "constant",
        }
    }

    /// Number of input columns.
    pub const fn width(&self) -> usize {
        match self {
            Self::Trees(model) => model.width(),
            Self::Logistic(model) => model.width(),
            Self::Constant(model) => model.width(),
        }
    }

    /// Log-odds of each row, length `x.rows()`, finite.
    ///
    /// # Errors
    /// [`PredictError`]: wrong width; NaN where the model takes none.
    pub fn log_odds(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        if x.width() != self.width() {
            return Err(PredictError::Width { expected: self.width(), got: x.width() });
        }
        match self {
            Self::Trees(model) => Ok(model.scores(x)),
            Self::Logistic(model) => model.log_odds(x),
            Self::Constant(model) => Ok(vec![model.log_odds(); x.rows()]),
        }
    }

    /// Probability of class 1 for each row, length `x.rows()`, within \[0, 1\].
    ///
    /// # Errors
    /// [`PredictError`]: wrong width; NaN where the model takes none.
    pub fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        let mut scores = self.log_odds(x)?;
        for score in &mut scores {
            *score = sigmoid(*score);
        }
        Ok(scores)
    }

    /// What the fitted model is, read back from its own numbers: the only source for records of hyper-parameters.
    pub fn effective_parameters(&self) -> serde_json::Value {
        match self {
            Self::Trees(model) => model.effective_parameters(),
            Self::Logistic(model) => model.effective_parameters(),
            Self::Constant(model) => model.effective_parameters(),
        }
    }

    /// Share of the total loss reduction that each input column brought, summing to 1; `None` for models that split nothing.
    pub fn importance(&self) -> Option<Vec<f64>> {
        match self {
            Self::Trees(model) => Some(model.importance()),
            Self::Logistic(_) | Self::Constant(_) => None,
        }
    }

    /// What is inconsistent in the model, if anything; `None` means that predicting cannot go wrong.
    pub(crate) fn defect(&self) -> Option<String> {
        match self {
            Self::Trees(model) => model.defect(),
            Self::Logistic(model) => model.defect(),
            Self::Constant(model) => model.defect(),
        }
    }
}

/// Samples that passed the checks all learners share.
pub(crate) struct Checked<'a> {
    pub(crate) weight: Option<&'a [f64]>,
    /// Weighted mean of the targets, strictly within 0 and 1.
    pub(crate) mean: f64,
    pub(crate) weight_sum: f64,
}

pub(crate) fn check_samples<'a>(
    x: &Matrix<'_>,
    target: &[f64],
    weight: Option<&'a [f64]>,
    accepts_missing: bool,
) -> Result<Checked<'a>, FitError> {
    check_inputs(x, accepts_missing)?;
    check_targets(x.rows(), target, weight)
}

pub(crate) fn check_inputs(x: &Matrix<'_>, accepts_missing: bool) -> Result<(), FitError> {
    if x.rows() == 0 {
        return Err(FitError::Empty);
    }
    let bad = |v: f64| v.is_infinite() || (v.is_nan() && !accepts_missing);
    match x.find(bad) {
        Some((column, row)) => Err(FitError::BadInput { row, column, value: x.column(column)[row] }),
        None => Ok(()),
    }
}

pub(crate) fn check_targets<'a>(
    rows: usize,
    target: &[f64],
    weight: Option<&'a [f64]>,
) -> Result<Checked<'a>, FitError> {
    if target.len() != rows {
        return Err(FitError::LengthMismatch { what: "targets", expected: rows, got: target.len() });
    }
    if let Some(weight) = weight {
        if weight.len() != rows {
            return Err(FitError::LengthMismatch { what: "weights", expected: rows, got: weight.len() });
        }
        if let Some(row) = weight.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
            return Err(FitError::BadWeight { row, value: weight[row] });
        }
    }
    if let Some(row) = target.iter().position(|y| !(0.0..=1.0).contains(y)) {
        return Err(FitError::BadTarget { row, value: target[row] });
    }
    for value in [0.0, 1.0] {
        if target.iter().all(|y| *y == value) {
            return Err(FitError::SingleClass { rows, value });
        }
    }
    let weight_of = |row: usize| weight.map_or(1.0, |w| w[row]);
    let weight_sum: f64 = (0..rows).map(weight_of).sum();
    let mean = (0..rows).map(|row| weight_of(row) * target[row]).sum::<f64>() / weight_sum;
    Ok(Checked { weight, mean: mean.clamp(1e-12, 1.0 - 1e-12), weight_sum })
}

/// `Err` unless `holds`.
pub(crate) fn require(
    holds: bool,
    name: &'static str,
    value: f64,
    rule: &'static str,
) -> Result<(), FitError> {
    if holds { Ok(()) } else { Err(FitError::BadParameter { name, value, rule }) }
}
