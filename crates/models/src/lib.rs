//! Learners over plain matrices: trees, logistic regression, calibration, quantile forecasts, model files.
//!
//! Every learner maps a [`Matrix`] and targets in \[0, 1\] to a [`Model`] that predicts probabilities.
//!
//! Invariant: this crate knows no market, date, symbol or file system; a row is a row.
//! Invariant: fitting is single-threaded and a function of its arguments alone; the same seed gives the same bytes.
//! Invariant: hyper-parameters are reported from the fitted model ([`Model::effective_parameters`]), never from the
//! settings that were asked for.

mod calibration;
mod constant;
mod file;
mod learner;
mod link;
mod logistic;
mod matrix;
mod quantiles;
mod softmax;
mod trees;

pub use calibration::{Calibrated, Platt, PlattError};
pub use constant::{BaseRate, Constant};
pub use file::{Forecast, LoadModelError, MODEL_FORMAT, ModelFile, SaveModelError, SchemaDiff};
pub use learner::{FitError, Learner, Model, PredictError};
pub use link::{logit, sigmoid};
pub use logistic::{Basis, Design, Logistic, LogisticRegression, MissingInputs};
pub use matrix::{Matrix, MatrixError};
pub use quantiles::{QuantileError, QuantileForecast, ScoreGroups};
pub use softmax::{Softmax, SoftmaxError, SoftmaxRegression, SparseRows, SparseRowsError};
pub use trees::{GradientBoostedTrees, Tree, Trees};
