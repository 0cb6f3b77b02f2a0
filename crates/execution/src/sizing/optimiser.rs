//! Weights of least risk, or of most return after risk and cost, within limits.
//!
//! A convex quadratic program, solved by an interior-point method (Goulart & Chen 2024, Clarabel, arXiv 2405.12762) to
//! 1e-10, or 1e-8 where rounding allows no more: that is how far a sum may lie off its limit. The same input gives the
//! same bits; where several books are equally good, which of them comes out is not promised.

mod limits;
mod program;

pub use limits::{GroupCap, WeightLimits};

use super::{SizingError, ensure, positive};
use crate::matrix::check_covariance;

/// What [`mean_variance`] weighs up, a value for each name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanVariance<'a> {
    /// Covariance of returns per period: row-major n x n, every variance above 0.
    pub covariance: &'a [f64],
    /// Expected returns per period, fractions.
    pub expected: &'a [f64],
    /// `g` of the objective, > 0.
    pub risk_aversion: f64,
    /// Weights held now, fractions of equity.
    pub current: &'a [f64],
    /// Cost of trading, a fraction of the value traded >= 0, spread over the periods that the book is to be held for: it is
    /// set against the return of one.
    pub cost: &'a [f64],
}

/// The weights with the largest `m'w - g/2 w'Cw - sum of c_i |w_i - current_i|` within `limits`.
///
/// Without costs and limits these are Markowitz's (1952, Journal of Finance 7, 77-91). A cost keeps names whose marginal
/// gain does not pay for a trade exactly where they are (Lobo, Fazel & Boyd 2007, Annals of Operations Research 152).
///
/// # Errors
/// [`SizingError::Value`] for an input out of range, [`SizingError::Infeasible`] with the limits that contradict each other,
/// [`SizingError::Unsolved`] where the solver gives up.
pub fn mean_variance(problem: &MeanVariance<'_>, limits: &WeightLimits) -> Result<Vec<f64>, SizingError> {
    let n = limits.names();
    ensure(n > 0, "names", 0.0, ">= 1")?;
    check_covariance(n, problem.covariance).map_err(|rule| SizingError::Value {
        what: "covariance",
        value: f64::NAN,
        rule,
    })?;
    for i in 0..n {
        positive("variance", problem.covariance[i * n + i])?;
    }
    positive("risk_aversion", problem.risk_aversion)?;
    for (what, values) in
        [("expected", problem.expected), ("current", problem.current), ("cost", problem.cost)]
    {
        ensure(values.len() == n, what, values.len() as f64, "one value for each name")?;
        for value in values {
            ensure(value.is_finite(), what, *value, "finite")?;
        }
    }
    for cost in problem.cost {
        ensure(*cost >= 0.0, "cost", *cost, "not negative")?;
    }
    limits.check()?;
    program::solve(problem, limits)
}

/// The weights of least variance `w'Cw` within `limits`; `current` is read by a limit of turnover alone.
///
/// # Errors
/// As [`mean_variance`].
pub fn minimum_variance(
    covariance: &[f64],
    current: &[f64],
    limits: &WeightLimits,
) -> Result<Vec<f64>, SizingError> {
    let nothing = vec![0.0; limits.names()];
    let problem =
        MeanVariance { covariance, expected: &nothing, risk_aversion: 1.0, current, cost: &nothing };
    mean_variance(&problem, limits)
}
