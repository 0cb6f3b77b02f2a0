//! Linear regression whose penalty is estimated: a posterior over coefficients under one precision of all weights.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::centred::Centred;
use super::linear::refuse_missing;
use super::{Linear, Regression, RegressionError, Regressor, require};
use crate::dense::inverse;
use crate::{Matrix, PredictError};

/// Gamma priors over the precisions, by shape (`_1`) and rate (`_2`): of the noise (alpha) and of the coefficients
/// (lambda). In the units of the target: a rate near its squared residuals' sum is no longer vague.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GammaPriors {
    /// Shape of the noise precision, not negative.
    pub alpha_1: f64,
    /// Rate of the noise precision, not negative.
    pub alpha_2: f64,
    /// Shape of the coefficients' precision, not negative.
    pub lambda_1: f64,
    /// Rate of the coefficients' precision, not negative.
    pub lambda_2: f64,
}

impl GammaPriors {
    /// 1e-6 each, the values scikit-learn starts from.
    pub const VAGUE: Self = Self { alpha_1: 1e-6, alpha_2: 1e-6, lambda_1: 1e-6, lambda_2: 1e-6 };

    fn values(&self) -> [(&'static str, f64); 4] {
        [
            ("alpha_1", self.alpha_1),
            ("alpha_2", self.alpha_2),
            ("lambda_1", self.lambda_1),
            ("lambda_2", self.lambda_2),
        ]
    }

    pub(super) fn check(&self) -> Result<(), RegressionError> {
        self.values()
            .into_iter()
            .try_for_each(|(name, v)| require(v.is_finite() && v >= 0.0, name, v, "0 or more"))
    }

    fn are_sound(&self) -> bool {
        self.check().is_ok()
    }
}

/// Settings of Bayesian ridge regression on standardised inputs; the intercept is free.
///
/// Coefficients are normal with one precision lambda, noise with precision alpha; both are set to maximise the evidence
/// (MacKay, "Bayesian Interpolation", Neural Computation 4(3), 1992, with Tipping's priors: "Sparse Bayesian Learning and
/// the Relevance Vector Machine", JMLR 1, 2001, appendix A). The iteration and its end are those of scikit-learn's
/// `BayesianRidge`. Inputs may not be missing, nor constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BayesianRidge {
    /// Priors over the two precisions.
    pub priors: GammaPriors,
    /// Most iterations, at least 1. Reaching them is no error; the model says so.
    pub iterations_max: usize,
    /// The iteration ends when the coefficients move by less than this in sum, in the target's unit; positive. Against a
    /// target that is itself about this small (a daily return) it ends at the second iteration.
    pub tolerance: f64,
}

/// A fitted Bayesian regression: the posterior of its coefficients given the precisions found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bayesian {
    pub(super) linear: Linear,
    /// 1 / variance of the noise.
    pub(super) noise_precision: f64,
    /// One for all coefficients, or one per column.
    pub(super) weight_precisions: Vec<f64>,
    /// Columns that were not pruned, ascending.
    pub(super) kept: Vec<usize>,
    /// Posterior covariance of the kept coefficients, lower triangle row by row.
    pub(super) covariance: Vec<f64>,
    pub(super) priors: GammaPriors,
    /// Precision from which a coefficient is pruned; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pruned_from: Option<f64>,
    pub(super) tolerance: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Posterior of the kept coefficients under given precisions.
pub(super) struct Posterior {
    /// One per column, 0 where pruned.
    pub(super) coefficients: Vec<f64>,
    /// Over the kept columns, full square.
    pub(super) covariance: Vec<f64>,
}

impl Posterior {
    /// Precision matrix `alpha * Z'Z + diag(lambda)`, mean `alpha * covariance * Z'y`.
    pub(super) fn at(
        samples: &Centred,
        kept: &[usize],
        alpha: f64,
        lambda: impl Fn(usize) -> f64,
    ) -> Result<Self, RegressionError> {
        let mut coefficients = vec![0.0; samples.width()];
        if kept.is_empty() {
            return Ok(Self { coefficients, covariance: Vec::new() });
        }
        let covariance = inverse(&samples.factor(kept, alpha, lambda)?, kept.len());
        for (&column, row) in kept.iter().zip(covariance.chunks_exact(kept.len())) {
            let sum: f64 = row.iter().zip(kept).map(|(c, &k)| c * samples.moment[k]).sum();
            coefficients[column] = alpha * sum;
        }
        Ok(Self { coefficients, covariance })
    }
}

/// Sum of absolute changes between two iterations.
pub(super) fn moved(before: &[f64], after: &[f64]) -> f64 {
    before.iter().zip(after).map(|(a, b)| (a - b).abs()).sum()
}

/// Precision of the noise that an iteration starts from.
pub(super) fn first_alpha(samples: &Centred) -> f64 {
    1.0 / (samples.variance + f64::EPSILON)
}

pub(super) fn check_search(iterations_max: usize, tolerance: f64) -> Result<(), RegressionError> {
    require(iterations_max >= 1, "iterations_max", iterations_max as f64, "at least 1")?;
    require(tolerance.is_finite() && tolerance > 0.0, "tolerance", tolerance, "more than 0")
}

impl Regressor for BayesianRidge {
    fn kind(&self) -> &'static str {
        "bayesian_ridge"
    }

    fn accepts_missing(&self) -> bool {
        false
    }

    fn fit(&self, x: &Matrix<'_>, target: &[f64], _seed: &Seed) -> Result<Regression, RegressionError> {
        self.priors.check()?;
        check_search(self.iterations_max, self.tolerance)?;
        let samples = Centred::new(self.kind(), x, target)?;
        let kept: Vec<usize> = (0..samples.width()).collect();
        let GammaPriors { alpha_1, alpha_2, lambda_1, lambda_2 } = self.priors;
        let (mut alpha, mut lambda) = (first_alpha(&samples), 1.0);
        let mut before: Option<Vec<f64>> = None;
        let (mut iterations, mut converged) = (0, false);
        while iterations < self.iterations_max && !converged {
            iterations += 1;
            let Posterior { coefficients, covariance } = Posterior::at(&samples, &kept, alpha, |_| lambda)?;
            // Well determined coefficients: the trace of covariance * alpha Z'Z.
            let gamma = alpha * covariance.iter().zip(&samples.gram).map(|(c, g)| c * g).sum::<f64>();
            let squares: f64 = coefficients.iter().map(|w| w * w).sum();
            lambda = (gamma + 2.0 * lambda_1) / (squares + 2.0 * lambda_2);
            alpha = (samples.rows() as f64 - gamma + 2.0 * alpha_1)
                / (samples.residual_squares(&coefficients) + 2.0 * alpha_2);
            converged = before.is_some_and(|before| moved(&before, &coefficients) < self.tolerance);
            before = Some(coefficients);
        }
        let posterior = Posterior::at(&samples, &kept, alpha, |_| lambda)?;
        Ok(Regression::BayesianRidge(Bayesian {
            linear: samples.line(posterior.coefficients)?,
            noise_precision: alpha,
            weight_precisions: vec![lambda],
            covariance: lower_triangle(&posterior.covariance, kept.len()),
            kept,
            priors: self.priors,
            pruned_from: None,
            tolerance: self.tolerance,
            iterations,
            converged,
        }))
    }
}

/// The rows of a symmetric square up to its diagonal.
pub(super) fn lower_triangle(square: &[f64], size: usize) -> Vec<f64> {
    (0..size).flat_map(|i| &square[i * size..=i * size + i]).copied().collect()
}

impl Bayesian {
    /// The line at the posterior mean.
    pub const fn linear(&self) -> &Linear {
        &self.linear
    }

    /// 1 / variance of the noise, in the target's unit to the power -2.
    pub const fn noise_precision(&self) -> f64 {
        self.noise_precision
    }

    /// Precisions of the coefficients before any data: one for all, or one per column.
    pub fn weight_precisions(&self) -> &[f64] {
        &self.weight_precisions
    }

    /// Columns whose coefficients were not pruned, ascending.
    pub fn kept(&self) -> &[usize] {
        &self.kept
    }

    /// Iterations done, and whether the last one met the tolerance.
    pub const fn iterations(&self) -> (usize, bool) {
        (self.iterations, self.converged)
    }

    /// sqrt(1 / alpha + z' covariance z) for each row.
    pub(super) fn predict_std(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        refuse_missing(x)?;
        let scaler = self.linear.scaler();
        let z: Vec<Vec<f64>> = self.kept.iter().map(|&j| scaler.column(j, x.column(j)).collect()).collect();
        let variance = |row: usize| {
            let mut spread = 0.0;
            let mut entries = self.covariance.iter();
            for (i, column) in z.iter().enumerate() {
                // Both halves of the symmetric matrix at once.
                let crossed: f64 = z[..i].iter().zip(entries.by_ref()).map(|(other, c)| c * other[row]).sum();
                let own = entries.next().map_or(0.0, |c| c * column[row]);
                spread += column[row] * (2.0 * crossed + own);
            }
            1.0 / self.noise_precision + spread.max(0.0)
        };
        Ok((0..x.rows()).map(|row| variance(row).sqrt()).collect())
    }

    pub(super) fn effective_parameters(&self) -> serde_json::Value {
        let least = self.weight_precisions.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.weight_precisions.iter().copied().fold(0.0, f64::max);
        serde_json::json!({
            "noise_precision": self.noise_precision,
            "weight_precision_min": least,
            "weight_precision_max": most,
            "columns": self.linear.width(),
            "columns_kept": self.kept.len(),
            "priors": self.priors,
            "pruned_from": self.pruned_from,
            "tolerance": self.tolerance,
            "iterations": self.iterations,
            "converged": self.converged,
            "training_rows": self.linear.training_rows(),
        })
    }

    pub(super) fn defect(&self) -> Option<String> {
        let (width, kept) = (self.linear.width(), self.kept.len());
        let positive = |v: &f64| v.is_finite() && *v > 0.0;
        let wrong = if !self.kept.is_sorted_by(|a, b| a < b) || self.kept.last().is_some_and(|j| *j >= width)
        {
            "the kept columns do not ascend within the model"
        } else if ![1, width].contains(&self.weight_precisions.len()) {
            "there is not one precision for all coefficients or for each"
        } else if self.covariance.len() != kept * (kept + 1) / 2 {
            "the covariance is not that of the kept coefficients"
        } else if !self.covariance.iter().all(|v| v.is_finite())
            || !positive(&self.noise_precision)
            || !self.weight_precisions.iter().all(|v| v.is_finite() && *v >= 0.0)
            || !positive(&self.tolerance)
            || !self.priors.are_sound()
            || self.pruned_from.is_some_and(|v| !positive(&v))
        {
            "a precision, covariance or prior is not a number in its range"
        } else {
            return self.linear.defect();
        };
        Some(wrong.to_owned())
    }
}
