//! Boosted trees and ridge regression, blended in fixed shares.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::centred::Centred;
use super::{Regression, RegressionError, Regressor, Ridge, RidgeRegression, require};
use crate::{BoostedRegression, Matrix, PredictError, RegressionTrees};

/// Settings of a blend: `booster_share` of the trees' prediction and the rest of the ridge regression's.
///
/// Both parts are fitted on the same rows and on standardised inputs; the shares are given, not fitted. Inputs may not be
/// missing, nor constant, since the ridge regression takes neither.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HybridRegression {
    /// The trees.
    pub booster: BoostedRegression,
    /// The line.
    pub ridge: RidgeRegression,
    /// Share of the trees, above 0 and below 1.
    pub booster_share: f64,
}

/// A fitted blend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hybrid {
    /// On inputs standardised by the scaler of the line.
    booster: RegressionTrees,
    ridge: Ridge,
    booster_share: f64,
}

fn is_share(v: f64) -> bool {
    v > 0.0 && v < 1.0
}

impl Regressor for HybridRegression {
    fn kind(&self) -> &'static str {
        "hybrid"
    }

    fn accepts_missing(&self) -> bool {
        false
    }

    fn fit(&self, x: &Matrix<'_>, target: &[f64], seed: &Seed) -> Result<Regression, RegressionError> {
        require(is_share(self.booster_share), "booster_share", self.booster_share, "above 0 and below 1")?;
        let samples = Centred::new(self.kind(), x, target)?;
        let ridge = self.ridge.fit_on(&samples)?;
        let booster = self.booster.fit_trees(&samples.matrix(), target, seed)?;
        Ok(Regression::Hybrid(Hybrid { booster, ridge, booster_share: self.booster_share }))
    }
}

impl Hybrid {
    /// The trees. Their thresholds are in standardised inputs.
    pub const fn booster(&self) -> &RegressionTrees {
        &self.booster
    }

    /// The line and the scaler of the inputs.
    pub const fn ridge(&self) -> &Ridge {
        &self.ridge
    }

    pub(super) fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        // Also refuses missing inputs.
        let line = self.ridge.linear().predict(x)?;
        let z = self.ridge.linear().scaler().columns(x);
        let z = Matrix::of_equal_columns(&z);
        let share = self.booster_share;
        let blend = |(trees, line): (f64, f64)| share * trees + (1.0 - share) * line;
        Ok(self.booster.predict(&z).into_iter().zip(line).map(blend).collect())
    }

    pub(super) fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "booster_share": self.booster_share,
            "booster": self.booster.effective_parameters(),
            "ridge": self.ridge.effective_parameters(),
            "training_rows": self.ridge.linear().training_rows(),
        })
    }

    pub(super) fn defect(&self) -> Option<String> {
        if self.booster.width() != self.ridge.linear().width() {
            return Some("trees and line take different numbers of columns".to_owned());
        }
        if !is_share(self.booster_share) {
            return Some("the trees' share is not between 0 and 1".to_owned());
        }
        self.ridge.defect().or_else(|| self.booster.defect())
    }
}
