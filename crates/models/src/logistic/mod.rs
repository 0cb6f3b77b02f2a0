//! Logistic regression, linear or additive, on inputs whose scaling is part of the model.

mod inputs;
mod newton;

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use self::inputs::{CLIP_QUANTILES, Input};
use self::newton::Problem;
use crate::learner::{check_inputs, check_targets, require};
use crate::{FitError, Learner, Matrix, Model, PredictError, logit};

/// A fit holds the columns of all rows and solves for all of them at once: memory grows with the columns, work with their square.
const COLUMNS_MAX: usize = 1_024;

/// How an input enters the log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Basis {
    /// One slope for each input.
    Linear,
    /// A broken line for each input: one slope, and one change of slope at each of `knots` inner quantiles. The model
    /// stays additive and compact.
    Hinge {
        /// Knots of each input, 1 to 8.
        knots: usize,
    },
}

/// What a missing input (NaN) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingInputs {
    /// It is an error, in fitting and in predicting.
    #[default]
    Refuse,
    /// It counts as the input's training mean, and where some training rows lacked the input, being missing is an input of
    /// its own (Jones 1996, Journal of the American Statistical Association 91, 222-230, on its bias for inference; here it
    /// only predicts).
    Indicate,
}

impl MissingInputs {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Settings of the logistic regression. Targets may be soft; inputs may be missing only as [`MissingInputs`] says.
///
/// Minimises mean cross-entropy + l2 / 2 * |coefficients|^2 over standardised inputs; the intercept is free. In the
/// terms of scikit-learn `C = 1 / (l2 * rows)`. Inputs are clipped at the training rows' 1 % and 99 % quantiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogisticRegression {
    /// Penalty, not negative. It does not change its meaning with the number of rows.
    pub l2: f64,
    /// Shape of each input's contribution.
    pub basis: Basis,
    /// What a missing input does.
    #[serde(default, skip_serializing_if = "MissingInputs::is_default")]
    pub missing: MissingInputs,
}

/// A fitted logistic regression with the scaling of its inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    intercept: f64,
    /// Slopes, input by input, in standardised units.
    coefficients: Vec<f64>,
    inputs: Vec<Input>,
    #[serde(default, skip_serializing_if = "MissingInputs::is_default")]
    missing: MissingInputs,
    l2: f64,
    training_rows: usize,
    iterations: usize,
    gradient: f64,
}

impl Learner for LogisticRegression {
    fn kind(&self) -> &'static str {
        "logistic"
    }

    fn accepts_missing(&self) -> bool {
        self.missing == MissingInputs::Indicate
    }

    fn fit(
        &self,
        x: &Matrix<'_>,
        target: &[f64],
        weight: Option<&[f64]>,
        _seed: &Seed,
    ) -> Result<Model, FitError> {
        self.fit_on(&self.design(x)?, target, weight)
    }
}

/// Inputs fitted to their scaling and spread out into the columns the model is linear in; several targets can be
/// fitted on one.
#[derive(Debug, Clone)]
pub struct Design {
    rows: usize,
    inputs: Vec<Input>,
    columns: Vec<Vec<f64>>,
}

impl LogisticRegression {
    /// Fits the scaling of `x`, which does not depend on the target.
    ///
    /// # Errors
    /// [`FitError`] for a setting out of range, too many columns, or an empty `x`.
    pub fn design(&self, x: &Matrix<'_>) -> Result<Design, FitError> {
        require(self.l2.is_finite() && self.l2 >= 0.0, "l2", self.l2, "0 or more")?;
        if let Basis::Hinge { knots } = self.basis {
            require((1..=8).contains(&knots), "knots", knots as f64, "1 to 8")?;
        }
        check_inputs(x, self.accepts_missing())?;
        let inputs: Vec<Input> = (0..x.width()).map(|j| Input::fit(x.column(j), self.basis)).collect();
        let width: usize = inputs.iter().map(Input::width).sum();
        if width > COLUMNS_MAX {
            return Err(FitError::TooLarge { what: "columns", got: width, limit: COLUMNS_MAX });
        }
        let columns = inputs.iter().enumerate().flat_map(|(j, input)| input.expand(x.column(j))).collect();
        Ok(Design { rows: x.rows(), inputs, columns })
    }

    /// Fits `target` on a prepared design.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn fit_on(&self, design: &Design, target: &[f64], weight: Option<&[f64]>) -> Result<Model, FitError> {
        let checked = check_targets(design.rows, target, weight)?;
        let problem =
            Problem { columns: &design.columns, target, weight, weight_sum: checked.weight_sum, l2: self.l2 };
        let mut minimum = problem.minimise(logit(checked.mean))?;
        let coefficients = minimum.beta.split_off(1);
        Ok(Model::Logistic(Logistic {
            intercept: minimum.beta[0],
            coefficients,
            inputs: design.inputs.clone(),
            missing: self.missing,
            l2: self.l2,
            training_rows: design.rows,
            iterations: minimum.iterations,
            gradient: minimum.gradient,
        }))
    }
}

impl Logistic {
    /// Number of input columns.
    pub const fn width(&self) -> usize {
        self.inputs.len()
    }

    /// Log-odds of a row at every input's training mean, hinges apart.
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Slopes in standardised units, input by input, each followed by its changes of slope and, where training rows lacked
    /// the input, by what being missing adds.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    pub(crate) fn log_odds(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        if self.missing == MissingInputs::Refuse
            && let Some((column, row)) = x.find(f64::is_nan)
        {
            return Err(PredictError::Missing { row, column });
        }
        let mut scores = vec![self.intercept; x.rows()];
        let mut begin = 0;
        for (j, input) in self.inputs.iter().enumerate() {
            let end = begin + input.width();
            input.add(x.column(j), &self.coefficients[begin..end], &mut scores);
            begin = end;
        }
        Ok(scores)
    }

    pub(crate) fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "columns": self.inputs.len(),
            "coefficients": self.coefficients.len(),
            "coefficients_nonzero": self.coefficients.iter().filter(|c| **c != 0.0).count(),
            "knots_max": self.inputs.iter().map(Input::knots).max().unwrap_or(0),
            "l2": self.l2,
            "clip_quantiles": CLIP_QUANTILES,
            "iterations": self.iterations,
            "largest_gradient": self.gradient,
            "training_rows": self.training_rows,
        })
    }

    pub(crate) fn defect(&self) -> Option<String> {
        let width: usize = self.inputs.iter().map(Input::width).sum();
        if width != self.coefficients.len() || self.inputs.is_empty() {
            return Some("coefficients and inputs differ in number".to_owned());
        }
        let finite = self.intercept.is_finite()
            && self.coefficients.iter().all(|c| c.is_finite())
            && self.inputs.iter().all(Input::is_finite);
        (!finite).then(|| "a coefficient or scaling is not a number".to_owned())
    }
}
