//! Weights whose risk contributions stand in a given proportion.

use super::{SizingError, ensure, positive};
use crate::matrix::check_covariance;

/// Sweeps after which a matrix counts as too badly conditioned.
const SWEEPS: usize = 10_000;

/// Long-only weights that sum to 1 and whose contributions `w_i (C w)_i` to the variance are proportional to
/// `budgets`.
///
/// - `covariance`: row-major n x n, symmetric, positive semidefinite, every variance above 0.
/// - `budgets`: n positive numbers of any scale; equal ones give equal risk contributions (Maillard, Roncalli
///   & Teiletche 2010, Journal
///   of Portfolio Management 36(4), 60-70).
///
/// The weights are those of the minimum of `x'Cx / 2 - sum of b_i ln x_i`, which is unique (Spinu 2013, SSRN
/// 2297383), found by cyclical coordinate descent (Griveau-Billion, Richard & Roncalli 2013, arXiv
/// 1311.4057): in each coordinate the minimum is the positive root of `C_ii x^2 + (sum of C_ij x_j, j != i) x
/// - b_i = 0`.
///
/// # Errors
/// [`SizingError::Value`] for an input out of range, or where the contributions do not settle (a hedge that
/// is nearly free of risk).
pub fn risk_parity(covariance: &[f64], budgets: &[f64]) -> Result<Vec<f64>, SizingError> {
    let n = budgets.len();
    ensure(n > 0, "names", 0.0, ">= 1")?;
    check_covariance(n, covariance).map_err(|rule| SizingError::Value {
        what: "covariance",
        value: f64::NAN,
        rule,
    })?;
    for (i, budget) in budgets.iter().enumerate() {
        positive("variance", covariance[i * n + i])?;
        positive("budget", *budget)?;
    }
    let total: f64 = budgets.iter().sum();
    let budgets: Vec<f64> = budgets.iter().map(|b| b / total).collect();
    let row = |x: &[f64], i: usize| -> f64 {
        covariance[i * n..(i + 1) * n].iter().zip(x).map(|(c, x)| c * x).sum()
    };
    let mut x: Vec<f64> = (0..n).map(|i| (budgets[i] / covariance[i * n + i]).sqrt()).collect();
    for _ in 0..SWEEPS {
        for i in 0..n {
            let own = covariance[i * n + i];
            let others = row(&x, i) - own * x[i];
            // Of the two forms of the root, the one that adds numbers of one sign.
            let root = others.hypot(2.0 * (own * budgets[i]).sqrt());
            x[i] =
                if others > 0.0 { 2.0 * budgets[i] / (others + root) } else { (root - others) / (2.0 * own) };
        }
        let worst = (0..n).map(|i| (x[i] * row(&x, i) / budgets[i] - 1.0).abs()).fold(0.0, f64::max);
        if worst < 1e-10 {
            let sum: f64 = x.iter().sum();
            return Ok(x.iter().map(|x| x / sum).collect());
        }
    }
    Err(SizingError::Value {
        what: "sweeps",
        value: SWEEPS as f64,
        rule: "enough for contributions to settle",
    })
}
