//! What a labeller fitted, and on what.

use proofmark_units::{DateSpan, Symbol};
use serde::Serialize;

/// Parameters of one instrument that were fitted on some of its bars and label later ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimeFit {
    /// The instrument.
    pub symbol: Symbol,
    /// What was fitted.
    #[serde(flatten)]
    pub fit: Fit,
}

/// One fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// First and last bar that it has read.
    pub fitted_on: DateSpan,
    /// How many values those are.
    pub values: usize,
    /// What came out.
    pub parameters: Parameters,
}

/// Fitted parameters by kind of labeller.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Parameters {
    /// A hidden Markov model of log returns; everything by state, calmest first.
    Hmm {
        /// Probability of each state at the first return.
        start: Vec<f64>,
        /// `transition[i][j]`: probability of state `j` after state `i`.
        transition: Vec<Vec<f64>>,
        /// Mean log return.
        mean: Vec<f64>,
        /// Variance of log returns, ascending.
        variance: Vec<f64>,
        /// Log likelihood of the values.
        log_likelihood: f64,
    },
    /// Bounds of a statistic.
    Bounds {
        /// Largest value among those read that is low; `None` where none is.
        low_up_to: Option<f64>,
        /// Smallest value among them that is high.
        high_from: Option<f64>,
    },
}
