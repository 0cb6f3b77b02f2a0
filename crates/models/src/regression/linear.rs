//! A fitted line with the scaling of its inputs.

use serde::{Deserialize, Serialize};

use super::StandardScaler;
use crate::{Matrix, PredictError};

/// `intercept + sum(coefficient * standardised input)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    scaler: StandardScaler,
    intercept: f64,
    coefficients: Vec<f64>,
    training_rows: usize,
}

impl Linear {
    pub(super) const fn new(
        scaler: StandardScaler,
        intercept: f64,
        coefficients: Vec<f64>,
        training_rows: usize,
    ) -> Self {
        Self { scaler, intercept, coefficients, training_rows }
    }

    /// Number of input columns.
    pub const fn width(&self) -> usize {
        self.coefficients.len()
    }

    /// The scaling of the inputs, fitted on the training rows alone.
    pub const fn scaler(&self) -> &StandardScaler {
        &self.scaler
    }

    /// The prediction at every input's training mean: the mean of the training targets.
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Change of the prediction per standard deviation of each input, in the target's unit.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    pub(super) fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        refuse_missing(x)?;
        let mut sums = vec![self.intercept; x.rows()];
        for (j, slope) in self.coefficients.iter().enumerate() {
            for (sum, z) in sums.iter_mut().zip(self.scaler.column(j, x.column(j))) {
                *sum += slope * z;
            }
        }
        Ok(sums)
    }

    pub(super) const fn training_rows(&self) -> usize {
        self.training_rows
    }

    pub(super) fn nonzero(&self) -> usize {
        self.coefficients.iter().filter(|c| **c != 0.0).count()
    }

    pub(super) fn defect(&self) -> Option<String> {
        if self.scaler.width() != self.coefficients.len() || self.coefficients.is_empty() {
            return Some("coefficients and inputs differ in number".to_owned());
        }
        let finite = self.intercept.is_finite() && self.coefficients.iter().all(|c| c.is_finite());
        (!finite || !self.scaler.is_sound()).then(|| "a coefficient or scaling is not a number".to_owned())
    }
}

pub(super) fn refuse_missing(x: &Matrix<'_>) -> Result<(), PredictError> {
    x.find(f64::is_nan).map_or(Ok(()), |(column, row)| Err(PredictError::Missing { row, column }))
}
