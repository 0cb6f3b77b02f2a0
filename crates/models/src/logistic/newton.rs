//! Penalised maximum likelihood by Newton's method.

use crate::FitError;
use crate::dense::{cholesky, dot, solve, sum};
use crate::link::sigmoid;

const GRADIENT_MAX: f64 = 1e-10;
const ITERATIONS_MAX: usize = 200;
/// Rows per pass, so that a stretch of every column stays in the cache.
const BLOCK: usize = 1024;

/// A minimum of mean cross-entropy + l2 / 2 * |coefficients|^2.
pub(super) struct Minimum {
    /// Intercept first (not penalised).
    pub(super) beta: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) gradient: f64,
}

pub(super) struct Problem<'a> {
    /// Design columns without the intercept.
    pub(super) columns: &'a [Vec<f64>],
    pub(super) target: &'a [f64],
    pub(super) weight: Option<&'a [f64]>,
    pub(super) weight_sum: f64,
    pub(super) l2: f64,
}

impl Problem<'_> {
    /// Newton steps from `intercept` and zeros. The Hessian is kept while it still shrinks the gradient tenfold a
    /// step, since forming it costs more than everything else.
    ///
    /// A step is measured by the gradient alone: under the exact Hessian a short enough step always shrinks it, and the
    /// minimum of a convex function is where it vanishes, so the loss with its logarithms is never needed.
    pub(super) fn minimise(&self, intercept: f64) -> Result<Minimum, FitError> {
        let size = self.columns.len() + 1;
        let mut beta = vec![0.0; size];
        beta[0] = intercept;
        let mut scores = vec![0.0; self.target.len()];
        let mut gradient = self.gradient(&beta, &mut scores);
        let mut factor: Option<Vec<f64>> = None;
        for iterations in 0..ITERATIONS_MAX {
            let largest = max_abs(&gradient);
            if largest <= GRADIENT_MAX {
                return Ok(Minimum { beta, iterations, gradient: largest });
            }
            let fresh = factor.is_none();
            let lower = match factor.take() {
                Some(lower) => lower,
                None => cholesky(self.hessian(&scores), size)
                    .ok_or(FitError::NotConverged { iterations, gradient: largest })?,
            };
            let step = solve(&lower, &gradient);
            let length = norm(&gradient);
            let mut size_of_step = 1.0;
            loop {
                let trial: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b - size_of_step * s).collect();
                let trial_gradient = self.gradient(&trial, &mut scores);
                if norm(&trial_gradient) < length {
                    (beta, gradient) = (trial, trial_gradient);
                    if max_abs(&gradient) < 0.1 * largest {
                        factor = Some(lower);
                    }
                    break;
                }
                size_of_step *= 0.5;
                if !fresh {
                    // An old Hessian was to blame: form a new one where we stand.
                    gradient = self.gradient(&beta, &mut scores);
                    break;
                }
                if size_of_step < 1e-10 {
                    return Err(FitError::NotConverged { iterations, gradient: largest });
                }
            }
        }
        Err(FitError::NotConverged { iterations: ITERATIONS_MAX, gradient: max_abs(&gradient) })
    }

    fn weight(&self, row: usize) -> f64 {
        self.weight.map_or(1.0, |w| w[row])
    }

    /// The gradient at `beta`, intercept first; leaves log-odds in `scores`.
    fn gradient(&self, beta: &[f64], scores: &mut [f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; beta.len()];
        let mut residual = [0.0; BLOCK];
        for (block, scores) in scores.chunks_mut(BLOCK).enumerate() {
            let begin = block * BLOCK;
            let rows = begin..begin + scores.len();
            scores.fill(beta[0]);
            for (column, slope) in self.columns.iter().zip(&beta[1..]) {
                for (score, value) in scores.iter_mut().zip(&column[rows.clone()]) {
                    *score += slope * value;
                }
            }
            let residual = &mut residual[..scores.len()];
            for ((r, z), y) in residual.iter_mut().zip(scores.iter()).zip(&self.target[rows.clone()]) {
                *r = sigmoid(*z) - y;
            }
            if let Some(weight) = self.weight {
                residual.iter_mut().zip(&weight[rows.clone()]).for_each(|(r, w)| *r *= w);
            }
            gradient[0] += sum(residual);
            for (slope, column) in gradient[1..].iter_mut().zip(self.columns) {
                *slope += dot(residual, &column[rows.clone()]);
            }
        }
        for (j, entry) in gradient.iter_mut().enumerate() {
            let penalty = if j > 0 { self.l2 * beta[j] } else { 0.0 };
            *entry = *entry / self.weight_sum + penalty;
        }
        gradient
    }

    /// Second derivatives at the given log-odds, full square, row-major.
    fn hessian(&self, scores: &[f64]) -> Vec<f64> {
        let size = self.columns.len() + 1;
        let mut hessian = vec![0.0; size * size];
        let mut curvature = vec![0.0; BLOCK];
        let mut scaled = vec![0.0; BLOCK];
        for begin in (0..scores.len()).step_by(BLOCK) {
            let end = (begin + BLOCK).min(scores.len());
            let curvature = &mut curvature[..end - begin];
            for (row, c) in (begin..end).zip(curvature.iter_mut()) {
                let p = sigmoid(scores[row]);
                *c = self.weight(row) * p * (1.0 - p);
            }
            hessian[0] += sum(curvature);
            for j in 1..size {
                let scaled = &mut scaled[..end - begin];
                for ((s, c), v) in
                    scaled.iter_mut().zip(curvature.iter()).zip(&self.columns[j - 1][begin..end])
                {
                    *s = c * v;
                }
                hessian[j * size] += sum(scaled);
                for k in 1..=j {
                    hessian[j * size + k] += dot(scaled, &self.columns[k - 1][begin..end]);
                }
            }
        }
        for j in 0..size {
            for k in 0..=j {
                let penalty = if j == k && j > 0 { self.l2 } else { 0.0 };
                let entry = hessian[j * size + k] / self.weight_sum + penalty;
                hessian[j * size + k] = entry;
                hessian[k * size + j] = entry;
            }
        }
        hessian
    }
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| m.max(v.abs()))
}
