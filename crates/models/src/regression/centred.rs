//! What the linear learners share: standardised inputs, centred targets and their inner products.

use super::scaler::mean_and_deviation;
use super::{Linear, RegressionError, StandardScaler, check_samples};
use crate::Matrix;
use crate::dense::{cholesky, dot};

/// A fit holds all columns and a square of them: memory grows with the columns, work with their cube.
const COLUMNS_MAX: usize = 1_024;

/// Training rows with mean 0 in every column and in the target, so that the intercept drops out of the algebra.
pub(super) struct Centred {
    pub(super) kind: &'static str,
    pub(super) scaler: StandardScaler,
    /// Standardised inputs, column by column.
    pub(super) z: Vec<Vec<f64>>,
    /// Targets less their mean.
    pub(super) y: Vec<f64>,
    pub(super) mean: f64,
    /// Variance of the target, divisor n.
    pub(super) variance: f64,
    /// Inner products of the columns, full square.
    pub(super) gram: Vec<f64>,
    /// Inner products of the columns with the target.
    pub(super) moment: Vec<f64>,
}

impl Centred {
    pub(super) fn new(kind: &'static str, x: &Matrix<'_>, target: &[f64]) -> Result<Self, RegressionError> {
        check_samples(kind, x, target, 2, false)?;
        let width = x.width();
        if width > COLUMNS_MAX {
            return Err(RegressionError::TooLarge { what: "columns", got: width, limit: COLUMNS_MAX });
        }
        let scaler = StandardScaler::fit(x)?;
        let (mean, deviation) = mean_and_deviation(target)
            .ok_or_else(|| RegressionError::OutOfRange { what: "the squares of the targets".to_owned() })?;
        let z = scaler.columns(x);
        let y: Vec<f64> = target.iter().map(|v| v - mean).collect();
        let mut gram = vec![0.0; width * width];
        for i in 0..width {
            for j in 0..=i {
                let product = dot(&z[i], &z[j]);
                gram[i * width + j] = product;
                gram[j * width + i] = product;
            }
        }
        let moment = z.iter().map(|column| dot(column, &y)).collect();
        Ok(Self { kind, scaler, z, y, mean, variance: deviation.powi(2), gram, moment })
    }

    /// The standardised inputs.
    pub(super) fn matrix(&self) -> Matrix<'_> {
        Matrix::of_equal_columns(&self.z)
    }

    pub(super) const fn width(&self) -> usize {
        self.z.len()
    }

    pub(super) const fn rows(&self) -> usize {
        self.y.len()
    }

    /// Lower Cholesky factor of `scale * gram + diagonal`, over the `kept` columns.
    pub(super) fn factor(
        &self,
        kept: &[usize],
        scale: f64,
        diagonal: impl Fn(usize) -> f64,
    ) -> Result<Vec<f64>, RegressionError> {
        let (size, width) = (kept.len(), self.width());
        let mut matrix = vec![0.0; size * size];
        for (i, &a) in kept.iter().enumerate() {
            for (j, &b) in kept.iter().enumerate() {
                matrix[i * size + j] = scale * self.gram[a * width + b];
            }
            matrix[i * size + i] += diagonal(a);
        }
        if !matrix.iter().all(|v| v.is_finite()) {
            return Err(RegressionError::OutOfRange { what: "the precisions".to_owned() });
        }
        cholesky(matrix, size)
            .filter(|lower| (0..size).all(|i| lower[i * size + i].is_finite()))
            .ok_or(RegressionError::Singular { kind: self.kind })
    }

    /// Sum of squared residuals under `coefficients`, one per column.
    pub(super) fn residual_squares(&self, coefficients: &[f64]) -> f64 {
        let mut residual = self.y.clone();
        for (column, slope) in self.z.iter().zip(coefficients).filter(|(_, slope)| **slope != 0.0) {
            for (r, z) in residual.iter_mut().zip(column) {
                *r -= slope * z;
            }
        }
        dot(&residual, &residual)
    }

    /// The fitted line, if its numbers are finite.
    pub(super) fn line(&self, coefficients: Vec<f64>) -> Result<Linear, RegressionError> {
        if coefficients.iter().all(|c| c.is_finite()) {
            Ok(Linear::new(self.scaler.clone(), self.mean, coefficients, self.rows()))
        } else {
            Err(RegressionError::OutOfRange { what: "the coefficients".to_owned() })
        }
    }
}
