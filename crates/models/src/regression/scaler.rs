//! Columns brought to mean 0 and deviation 1.

use serde::{Deserialize, Serialize};

use super::RegressionError;
use crate::Matrix;
use crate::dense::sum;

/// Mean and standard deviation (divisor n) of each column of the training rows, as scikit-learn's `StandardScaler`
/// has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardScaler {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl StandardScaler {
    /// Means and deviations of the columns of `x`, which has a row and holds finite numbers only.
    pub(super) fn fit(x: &Matrix<'_>) -> Result<Self, RegressionError> {
        let moments = (0..x.width()).map(|j| moments(j, x.column(j))).collect::<Result<Vec<_>, _>>()?;
        let (mean, deviation) = moments.into_iter().unzip();
        Ok(Self { mean, deviation })
    }

    /// Number of columns.
    pub const fn width(&self) -> usize {
        self.mean.len()
    }

    /// Means of the training rows, one per column.
    pub fn means(&self) -> &[f64] {
        &self.mean
    }

    /// Standard deviations of the training rows, one per column, all positive.
    pub fn deviations(&self) -> &[f64] {
        &self.deviation
    }

    /// Column `j` in deviations from its mean.
    pub(super) fn column<'a>(&self, j: usize, values: &'a [f64]) -> impl Iterator<Item = f64> + use<'a> {
        let (mean, deviation) = (self.mean[j], self.deviation[j]);
        values.iter().map(move |v| (v - mean) / deviation)
    }

    /// All columns of `x`, which has the scaler's width, in deviations from their means.
    pub(super) fn columns(&self, x: &Matrix<'_>) -> Vec<Vec<f64>> {
        (0..self.width()).map(|j| self.column(j, x.column(j)).collect()).collect()
    }

    pub(super) fn is_sound(&self) -> bool {
        self.deviation.len() == self.mean.len()
            && self.mean.iter().all(|v| v.is_finite())
            && self.deviation.iter().all(|v| v.is_finite() && *v > 0.0)
    }
}

/// Mean and deviation of one column.
fn moments(column: usize, values: &[f64]) -> Result<(f64, f64), RegressionError> {
    if values.iter().all(|v| *v == values[0]) {
        return Err(RegressionError::ConstantColumn { column, value: values[0], rows: values.len() });
    }
    mean_and_deviation(values)
        .ok_or_else(|| RegressionError::OutOfRange { what: format!("the squares of column {column}") })
}

/// Mean and standard deviation (divisor n) of values that are not all equal; `None` where they or their squares leave
/// double precision.
pub(crate) fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    let mean = sum(values) / n;
    let squares: Vec<f64> = values.iter().map(|v| (v - mean).powi(2)).collect();
    let deviation = (sum(&squares) / n).sqrt();
    (mean.is_finite() && deviation.is_finite() && deviation > 0.0).then_some((mean, deviation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_values_by_hand() {
        // Mean 5, squares 9 + 1 + 1 + 9 over 4.
        let columns = [vec![2.0, 4.0, 6.0, 8.0]];
        let x = Matrix::from_columns(&columns).unwrap();
        let scaler = StandardScaler::fit(&x).unwrap();
        assert_eq!((scaler.means(), scaler.deviations()), ([5.0].as_slice(), [5_f64.sqrt()].as_slice()));
        assert_eq!(scaler.columns(&x)[0][0], -3.0 / 5_f64.sqrt());
    }

    #[test]
    fn columns_that_cannot_be_scaled_are_named() {
        let fit = |column: Vec<f64>| {
            let columns = [vec![1.0, 2.0, 3.0], column];
            StandardScaler::fit(&Matrix::from_columns(&columns).unwrap()).unwrap_err()
        };
        assert_eq!(fit(vec![7.0; 3]), RegressionError::ConstantColumn { column: 1, value: 7.0, rows: 3 });
        for wild in [vec![f64::MAX, f64::MAX, 0.0], vec![1e200, -1e200, 0.0], vec![1e-200, 0.0, 0.0]] {
            let error = fit(wild);
            assert!(error.to_string().starts_with("the squares of column 1 leave the range"), "{error}");
        }
    }
}
