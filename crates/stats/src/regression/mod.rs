//! Least squares and means with heteroskedasticity and autocorrelation consistent errors.

mod hac;
mod ols;
mod ratio;

pub(crate) use hac::autocovariance;
pub use hac::{HacMean, hac_mean, newey_west_lag};
pub(crate) use ols::ols_slopes;
pub use ols::{Coefficient, Regression, ols_hac};
pub use ratio::{HacRatio, hac_ratio};

/// Why a regression or a mean with standard error could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegressionError {
    /// A column is not as long as the dependent series.
    #[error("column {column} has {found} values, the dependent series {expected}")]
    Length {
        /// Position of the column.
        column: usize,
        /// Length of the dependent series.
        expected: usize,
        /// Length of the column.
        found: usize,
    },
    /// There are not more observations than parameters.
    #[error("{n} observations cannot identify {parameters} parameters and an error")]
    TooFew {
        /// Observations given.
        n: usize,
        /// Parameters asked, intercept included.
        parameters: usize,
    },
    /// A value is NaN or infinite.
    #[error("{} has a value that is not finite at row {row}", column.map_or_else(|| "the dependent series".to_owned(), |c| format!("column {c}")))]
    NotFinite {
        /// Position of the column, `None` for the dependent series.
        column: Option<usize>,
        /// Row of the value.
        row: usize,
    },
    /// The lag of the Newey-West estimator reaches the length of the series.
    #[error("a Newey-West lag of {lag} needs more than {n} observations")]
    Lag {
        /// Lag asked.
        lag: usize,
        /// Observations given.
        n: usize,
    },
}

pub(crate) fn check_series(values: &[f64], column: Option<usize>) -> Result<(), RegressionError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(row) => Err(RegressionError::NotFinite { column, row }),
        None => Ok(()),
    }
}
