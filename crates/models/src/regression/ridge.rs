//! Ridge regression in closed form.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::centred::Centred;
use super::{Linear, Regression, RegressionError, Regressor, require};
use crate::Matrix;
use crate::dense::solve;

/// Settings of ridge regression on standardised inputs; the intercept is free.
///
/// Minimises the sum of squared residuals + alpha * |coefficients|^2 (Hoerl and Kennard, "Ridge Regression",
/// Technometrics 12(1), 1970, eq. 2.1), as scikit-learn's `Ridge` behind a `StandardScaler` does. The penalty is not
/// per row: the same alpha shrinks less as rows are added. Inputs may not be missing, nor constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RidgeRegression {
    /// Penalty, not negative. At 0 columns must not repeat each other.
    pub alpha: f64,
}

/// A fitted ridge regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ridge {
    linear: Linear,
    alpha: f64,
}

impl RidgeRegression {
    pub(super) const KIND: &str = "ridge";

    pub(super) fn fit_on(&self, samples: &Centred) -> Result<Ridge, RegressionError> {
        require(self.alpha.is_finite() && self.alpha >= 0.0, "alpha", self.alpha, "0 or more")?;
        let all: Vec<usize> = (0..samples.width()).collect();
        let lower = samples.factor(&all, 1.0, |_| self.alpha)?;
        Ok(Ridge { linear: samples.line(solve(&lower, &samples.moment))?, alpha: self.alpha })
    }
}

impl Regressor for RidgeRegression {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn accepts_missing(&self) -> bool {
        false
    }

    fn fit(&self, x: &Matrix<'_>, target: &[f64], _seed: &Seed) -> Result<Regression, RegressionError> {
        self.fit_on(&Centred::new(Self::KIND, x, target)?).map(Regression::Ridge)
    }
}

impl Ridge {
    /// The fitted line.
    pub const fn linear(&self) -> &Linear {
        &self.linear
    }

    pub(super) fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "alpha": self.alpha,
            "columns": self.linear.width(),
            "coefficients_nonzero": self.linear.nonzero(),
            "training_rows": self.linear.training_rows(),
        })
    }

    pub(super) fn defect(&self) -> Option<String> {
        let sound = self.alpha.is_finite() && self.alpha >= 0.0;
        self.linear.defect().or_else(|| (!sound).then(|| "the penalty is not a number".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_by_hand() {
        // z = -1, 1, so z'z = 2 and z'y = 4; with alpha 2 the slope is 4 / (2 + 2), about the mean 5.
        let columns = [vec![10.0, 30.0]];
        let x = Matrix::from_columns(&columns).unwrap();
        let model = RidgeRegression { alpha: 2.0 }.fit(&x, &[3.0, 7.0], &Seed::root(1)).unwrap();
        assert_eq!(model.predict(&x).unwrap(), [4.0, 6.0]);
        assert_eq!(model.predict_std(&x).unwrap(), None);
    }

    #[test]
    fn repeated_columns_need_a_penalty() {
        let column = vec![1.0, 2.0, 4.0, 7.0];
        let columns = [column.clone(), column];
        let x = Matrix::from_columns(&columns).unwrap();
        let fit = |alpha| RidgeRegression { alpha }.fit(&x, &[1.0, 0.0, 2.0, 5.0], &Seed::root(1));
        assert_eq!(fit(0.0), Err(RegressionError::Singular { kind: "ridge" }));
        let Ok(Regression::Ridge(model)) = fit(1.0) else { panic!("a penalty tells them apart") };
        let slopes = model.linear().coefficients();
        assert!((slopes[0] - slopes[1]).abs() < 1e-12, "{slopes:?}");
    }
}
