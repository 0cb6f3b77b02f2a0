//! Automatic relevance determination: a precision for every coefficient, and pruning.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::bayesian::{Bayesian, Posterior, check_search, first_alpha, lower_triangle, moved};
use super::centred::Centred;
use super::{GammaPriors, Regression, RegressionError, Regressor, require};
use crate::Matrix;

/// Settings of automatic relevance determination on standardised inputs; the intercept is free.
///
/// As [`BayesianRidge`](crate::BayesianRidge) with a precision of its own for each coefficient (MacKay, "Bayesian
/// Nonlinear Modeling for the Prediction Competition", ASHRAE Transactions 100(2), 1994; updates of Tipping, "Sparse
/// Bayesian Learning and the Relevance Vector Machine", JMLR 1, 2001, eq. 16 and 18). A coefficient whose precision
/// reaches `pruned_from` is 0 from then on. The iteration and its end are those of scikit-learn's `ARDRegression`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArdRegression {
    /// Priors over the precisions.
    pub priors: GammaPriors,
    /// Precision from which a coefficient is pruned, positive, in the target's unit to the power -2: coefficients smaller
    /// than about 1 / sqrt(pruned_from) go. At scikit-learn's 1e4 that is 0.01 a standard deviation of the input, which is
    /// more than most inputs are worth against a daily return: give the target in units that suit the threshold.
    pub pruned_from: f64,
    /// Most iterations, at least 1. Reaching them is no error; the model says so.
    pub iterations_max: usize,
    /// The iteration ends when the coefficients move by less than this in sum, in the target's unit; positive.
    pub tolerance: f64,
}

impl Regressor for ArdRegression {
    fn kind(&self) -> &'static str {
        "ard"
    }

    fn accepts_missing(&self) -> bool {
        false
    }

    fn fit(&self, x: &Matrix<'_>, target: &[f64], _seed: &Seed) -> Result<Regression, RegressionError> {
        self.priors.check()?;
        require(
            self.pruned_from.is_finite() && self.pruned_from > 0.0,
            "pruned_from",
            self.pruned_from,
            "more than 0",
        )?;
        check_search(self.iterations_max, self.tolerance)?;
        let samples = Centred::new(self.kind(), x, target)?;
        let GammaPriors { alpha_1, alpha_2, lambda_1, lambda_2 } = self.priors;
        let mut alpha = first_alpha(&samples);
        let mut lambda = vec![1.0; samples.width()];
        let mut kept: Vec<usize> = (0..samples.width()).collect();
        let mut before: Option<Vec<f64>> = None;
        let (mut iterations, mut converged) = (0, false);
        while iterations < self.iterations_max && !converged && !kept.is_empty() {
            iterations += 1;
            let Posterior { mut coefficients, covariance } =
                Posterior::at(&samples, &kept, alpha, |j| lambda[j])?;
            let squares = samples.residual_squares(&coefficients);
            let mut determined = 0.0;
            for (i, &j) in kept.iter().enumerate() {
                let gamma = 1.0 - lambda[j] * covariance[i * kept.len() + i];
                lambda[j] = (gamma + 2.0 * lambda_1) / (coefficients[j].powi(2) + 2.0 * lambda_2);
                determined += gamma;
            }
            alpha = (samples.rows() as f64 - determined + 2.0 * alpha_1) / (squares + 2.0 * alpha_2);
            kept.retain(|&j| {
                let relevant = lambda[j] < self.pruned_from;
                if !relevant {
                    coefficients[j] = 0.0;
                }
                relevant
            });
            converged = before.is_some_and(|before| moved(&before, &coefficients) < self.tolerance);
            before = Some(coefficients);
        }
        let posterior = Posterior::at(&samples, &kept, alpha, |j| lambda[j])?;
        Ok(Regression::Ard(Bayesian {
            linear: samples.line(posterior.coefficients)?,
            noise_precision: alpha,
            weight_precisions: lambda,
            covariance: lower_triangle(&posterior.covariance, kept.len()),
            kept,
            priors: self.priors,
            pruned_from: Some(self.pruned_from),
            tolerance: self.tolerance,
            iterations,
            converged,
        }))
    }
}
