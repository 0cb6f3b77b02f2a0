//! The base rate: the model to beat.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use crate::learner::check_samples;
use crate::{FitError, Learner, Matrix, Model, logit};

/// Learns the mean target and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRate;

/// One probability for every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    log_odds: f64,
    columns: usize,
    rows: usize,
}

impl Learner for BaseRate {
    fn kind(&self) -> &'static str {
        "constant"
    }

    fn accepts_missing(&self) -> bool {
        true
    }

    fn fit(
        &self,
        x: &Matrix<'_>,
        target: &[f64],
        weight: Option<&[f64]>,
        _seed: &Seed,
    ) -> Result<Model, FitError> {
        let checked = check_samples(x, target, weight, true)?;
        Ok(Model::Constant(Constant { log_odds: logit(checked.mean), columns: x.width(), rows: x.rows() }))
    }
}

impl Constant {
    pub(crate) const fn width(&self) -> usize {
        self.columns
    }

    pub(crate) const fn log_odds(&self) -> f64 {
        self.log_odds
    }

    pub(crate) fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({ "log_odds": self.log_odds, "training_rows": self.rows })
    }

    pub(crate) fn defect(&self) -> Option<String> {
        (!self.log_odds.is_finite()).then(|| "the base rate is not a number".to_owned())
    }
}
