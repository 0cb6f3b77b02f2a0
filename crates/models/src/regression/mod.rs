//! Models of a number: linear ones, boosted trees, blends of both, and the list of those that are compared with each
//! other.

mod ard;
mod bayesian;
mod centred;
mod hybrid;
mod linear;
mod ridge;
mod scaler;
mod zoo;

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

pub use self::ard::ArdRegression;
pub use self::bayesian::{Bayesian, BayesianRidge, GammaPriors};
pub use self::hybrid::{Hybrid, HybridRegression};
pub use self::linear::Linear;
pub use self::ridge::{Ridge, RidgeRegression};
pub use self::scaler::StandardScaler;
pub use self::zoo::{BoosterSize, Family, UnknownModel, ZooModel, zoo, zoo_model, zoo_of};

pub(crate) use self::scaler::mean_and_deviation;
use crate::{Matrix, PredictError, RegressionTrees};

/// A way to fit a [`Regression`]. The contract of all implementations is tested in `tests/it/regression/contract.rs`.
///
/// The same arguments give the same model, bit for bit. A row's prediction depends on that row and the model only.
pub trait Regressor: Sync {
    /// Stable name, written into model files; never renamed.
    fn kind(&self) -> &'static str;

    /// Whether NaN is a legal input, in fitting and in predicting. Infinities never are in fitting.
    fn accepts_missing(&self) -> bool;

    /// Fits a model of the target's mean.
    ///
    /// - `x`: the inputs, one row per sample.
    /// - `target`: one finite number per row, in any unit; predictions are in the same.
    ///
    /// # Errors
    /// [`RegressionError`]: bad shapes, values or parameters, too few rows, a column or a target without variation,
    /// numbers that leave double precision.
    fn fit(&self, x: &Matrix<'_>, target: &[f64], seed: &Seed) -> Result<Regression, RegressionError>;
}

/// A regression could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegressionError {
    /// Fewer rows than the learner can do anything with.
    #[error(
        "{rows} rows are too few to fit {kind}, which needs {needed}\n\nhint: train on a longer span or ask for a smaller model"
    )]
    TooFewRows {
        /// The learner.
        kind: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Fewest rows it takes.
        needed: usize,
    },
    /// Targets do not match the rows.
    #[error("{targets} targets for {rows} rows")]
    LengthMismatch {
        /// Rows of the matrix.
        rows: usize,
        /// Targets given.
        targets: usize,
    },
    /// A target is not finite.
    #[error(
        "target {value} of row {row} is not a finite number\n\nhint: leave out rows whose outcome is not known"
    )]
    BadTarget {
        /// Zero-based row.
        row: usize,
        /// The target.
        value: f64,
    },
    /// An input is infinite, or NaN where the learner takes none.
    #[error(
        "input {value} in row {row} of column {column} cannot be used by {kind}\n\nhint: leave out rows with gaps, or fit trees, which take missing inputs"
    )]
    BadInput {
        /// The learner.
        kind: &'static str,
        /// Zero-based row.
        row: usize,
        /// Zero-based column.
        column: usize,
        /// The input.
        value: f64,
    },
    /// A column has one value, so it has no slope and cannot be standardised.
    #[error(
        "column {column} is {value} in all {rows} rows, so it has no slope\n\nhint: leave the column out"
    )]
    ConstantColumn {
        /// Zero-based column.
        column: usize,
        /// Its one value.
        value: f64,
        /// Rows of the matrix.
        rows: usize,
    },
    /// All targets are equal.
    #[error("all {rows} targets are {value}: there is nothing to explain")]
    ConstantTarget {
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
    /// Columns repeat each other and no penalty tells them apart.
    #[error(
        "the columns repeat each other to within double precision, so {kind} has no one solution\n\nhint: leave out repeated columns or raise the penalty"
    )]
    Singular {
        /// The learner.
        kind: &'static str,
    },
    /// Numbers too large or too small to be squared and summed.
    #[error("{what} leave the range of double precision\n\nhint: choose another unit")]
    OutOfRange {
        /// The numbers.
        what: String,
    },
}

/// A fitted model of a number. Serialises to JSON and back without losing a bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Regression {
    /// Ridge regression.
    Ridge(Ridge),
    /// Bayesian ridge regression.
    BayesianRidge(Bayesian),
    /// Automatic relevance determination.
    Ard(Bayesian),
    /// Boosted trees for squared error.
    RegressionTrees(RegressionTrees),
    /// A blend of boosted trees and ridge regression.
    Hybrid(Hybrid),
}

impl Regression {
    /// The name of the learner that fits such models.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ridge(_) => "ridge",
            Self::BayesianRidge(_) => "bayesian_ridge",
            Self::Ard(_) => "ard",
            Self::RegressionTrees(_) => "regression_trees",
            Self::Hybrid(_) => "hybrid",
        }
    }

    /// Number of input columns.
    pub const fn width(&self) -> usize {
        match self {
            Self::Ridge(model) => model.linear().width(),
            Self::BayesianRidge(model) | Self::Ard(model) => model.linear().width(),
            Self::RegressionTrees(model) => model.width(),
            Self::Hybrid(model) => model.ridge().linear().width(),
        }
    }

    /// The expected target of each row, length `x.rows()`, in the target's unit, finite.
    ///
    /// # Errors
    /// [`PredictError`]: wrong width; NaN where the model takes none; inputs so large that the result is not finite.
    pub fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        self.check_width(x)?;
        let predicted = match self {
            Self::Ridge(model) => model.linear().predict(x)?,
            Self::BayesianRidge(model) | Self::Ard(model) => model.linear().predict(x)?,
            Self::RegressionTrees(model) => model.predict(x),
            Self::Hybrid(model) => model.predict(x)?,
        };
        finite(predicted)
    }

    /// Standard deviation of the target about its prediction, one per row, in the target's unit: noise and the
    /// posterior spread of the coefficients together. `None` for models that state no spread.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn predict_std(&self, x: &Matrix<'_>) -> Result<Option<Vec<f64>>, PredictError> {
        self.check_width(x)?;
        match self {
            Self::BayesianRidge(model) | Self::Ard(model) => finite(model.predict_std(x)?).map(Some),
            Self::Ridge(_) | Self::RegressionTrees(_) | Self::Hybrid(_) => Ok(None),
        }
    }

    /// What the fitted model is, read back from its own numbers: the only source for records of hyper-parameters.
    pub fn effective_parameters(&self) -> serde_json::Value {
        match self {
            Self::Ridge(model) => model.effective_parameters(),
            Self::BayesianRidge(model) | Self::Ard(model) => model.effective_parameters(),
            Self::RegressionTrees(model) => model.effective_parameters(),
            Self::Hybrid(model) => model.effective_parameters(),
        }
    }

    /// What is inconsistent in the model, if anything; `None` means that predicting cannot go wrong.
    pub(crate) fn defect(&self) -> Option<String> {
        match self {
            Self::Ridge(model) => model.defect(),
            Self::BayesianRidge(model) | Self::Ard(model) => model.defect(),
            Self::RegressionTrees(model) => model.defect(),
            Self::Hybrid(model) => model.defect(),
        }
    }

    fn check_width(&self, x: &Matrix<'_>) -> Result<(), PredictError> {
        if x.width() == self.width() {
            Ok(())
        } else {
            Err(PredictError::Width { expected: self.width(), got: x.width() })
        }
    }
}

fn finite(values: Vec<f64>) -> Result<Vec<f64>, PredictError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(row) => Err(PredictError::NotFinite { row, value: values[row] }),
        None => Ok(values),
    }
}

/// Checks what all learners share. Columns of one value are refused by those that cannot use them.
pub(crate) fn check_samples(
    kind: &'static str,
    x: &Matrix<'_>,
    target: &[f64],
    rows_min: usize,
    accepts_missing: bool,
) -> Result<(), RegressionError> {
    let rows = x.rows();
    if target.len() != rows {
        return Err(RegressionError::LengthMismatch { rows, targets: target.len() });
    }
    if rows < rows_min {
        return Err(RegressionError::TooFewRows { kind, rows, needed: rows_min });
    }
    if let Some((column, row)) = x.find(|v| v.is_infinite() || (v.is_nan() && !accepts_missing)) {
        return Err(RegressionError::BadInput { kind, row, column, value: x.column(column)[row] });
    }
    if let Some(row) = target.iter().position(|y| !y.is_finite()) {
        return Err(RegressionError::BadTarget { row, value: target[row] });
    }
    if target.iter().all(|y| *y == target[0]) {
        return Err(RegressionError::ConstantTarget { rows, value: target[0] });
    }
    Ok(())
}

/// `Err` unless `holds`.
pub(crate) fn require(
    holds: bool,
    name: &'static str,
    value: f64,
    rule: &'static str,
) -> Result<(), RegressionError> {
    if holds { Ok(()) } else { Err(RegressionError::BadParameter { name, value, rule }) }
}
