//! Learners over plain matrices: trees, logistic regression, calibration, quantile forecasts, regressions, model files.
//!
//! A [`Learner`] maps a [`Matrix`] and targets in \[0, 1\] to a [`Model`] that predicts probabilities; a [`Regressor`]
//! maps one and targets in any unit to a [`Regression`] that predicts their mean.
//!
//! Invariant: this crate knows no market, date, symbol or file system; a row is a row.
//! Invariant: fitting is single-threaded and a function of its arguments alone; the same seed gives the same bytes.
//! Invariant: hyper-parameters are reported from the fitted model ([`Model::effective_parameters`]), never from the
//! settings that were asked for.

mod calibration;
mod constant;
mod dense;
mod file;
mod learner;
mod link;
mod logistic;
mod matrix;
mod quantiles;
mod regression;
mod softmax;
mod trees;

pub use calibration::{Calibrated, Platt, PlattError};
pub use constant::{BaseRate, Constant};
pub use file::{
    Fitted, Forecast, LoadModelError, MODEL_FORMAT, ModelFile, RegressionFile, SaveModelError, SavedModel,
    SchemaDiff,
};
pub use learner::{FitError, Learner, Model, PredictError};
pub use link::{logit, sigmoid};
pub use logistic::{Basis, Design, Logistic, LogisticRegression, MissingInputs};
pub use matrix::{Matrix, MatrixError};
pub use quantiles::{QuantileError, QuantileForecast, ScoreGroups};
pub use regression::{
    ArdRegression, Bayesian, BayesianRidge, BoosterSize, Family, GammaPriors, Hybrid, HybridRegression,
    Linear, Regression, RegressionError, Regressor, Ridge, RidgeRegression, StandardScaler, UnknownModel,
    ZooModel, zoo, zoo_model, zoo_of,
};
pub use softmax::{Softmax, SoftmaxError, SoftmaxRegression, SparseRows, SparseRowsError};
pub use trees::{BoostedRegression, GradientBoostedTrees, Growth, RegressionTrees, Tree, Trees};
