//! Forecast of the next period's loss: value at risk and expected shortfall, normal or historical.

use proofmark_stats::moments::quantile;
use proofmark_stats::normal;
use proofmark_stats::performance::expected_shortfall;

use crate::limits::rule::{Constraint, Enforced, Rule, unknown_book, unknown_inputs};
use crate::limits::{Covariance, Limits, MarketState, Method, Scenarios, Subject, TailCap};

/// One of the two measures of a tail.
pub(super) struct Tail {
    id: &'static str,
    limit: fn(&Limits) -> Option<TailCap>,
    mean_beyond: bool,
}

pub(super) static VALUE_AT_RISK: Tail =
    Tail { id: "value_at_risk", limit: |limits| limits.value_at_risk, mean_beyond: false };
pub(super) static EXPECTED_SHORTFALL: Tail =
    Tail { id: "expected_shortfall", limit: |limits| limits.expected_shortfall, mean_beyond: true };

impl Rule for Tail {
    fn id(&self) -> &'static str {
        self.id
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = (self.limit)(limits)?;
        let forecast = match cap.method {
            Method::Normal => self.normal(cap, state),
            Method::Historical => self.historical(cap, state),
        };
        Some((cap.mode, forecast.unwrap_or_else(|what| vec![unknown_book(what, cap.max)])))
    }
}

impl Tail {
    /// Loss = multiple x sigma; the multiple is z for the value at risk and pdf(z) / (1 - confidence) beyond
    /// it (McNeil, Frey & Embrechts 2015, Quantitative Risk Management, examples 2.11 and 2.14).
    fn normal<'a>(&self, cap: TailCap, state: &'a MarketState) -> Result<Vec<Constraint<'a>>, &'static str> {
        let covariance = state.covariance.as_ref().ok_or("covariance")?;
        let z = normal::quantile(cap.confidence).ok_or("quantile of the normal distribution")?;
        let multiple = if self.mean_beyond { normal::pdf(z) / (1.0 - cap.confidence) } else { z };
        let n = state.names.len();
        let known = |i: &usize| match covariance {
            Covariance::Full(matrix) => {
                let has_variance = |j: usize| matrix[j * n + j].is_finite();
                has_variance(*i) && (0..n).all(|j| !has_variance(j) || matrix[i * n + j].is_finite())
            }
            Covariance::Factors { specific, .. } => {
                specific[*i].is_finite() && state.factors.iter().all(|f| f.loadings[*i].is_finite())
            }
        };
        let unknown: Vec<usize> = (0..n).filter(|i| !known(i)).collect();
        let skip: Vec<bool> = (0..n).map(|i| !known(&i)).collect();
        let mut constraints = unknown_inputs(state, "variance", cap.max, unknown, |_| true);
        constraints.push(Constraint::cap(
            Subject::Book,
            cap.max,
            |_, _| true,
            move |b| multiple * sigma(state, covariance, b.target, &skip),
        ));
        Ok(constraints)
    }

    fn historical<'a>(
        &self,
        cap: TailCap,
        state: &'a MarketState,
    ) -> Result<Vec<Constraint<'a>>, &'static str> {
        let Scenarios(returns) = state.scenarios.as_ref().ok_or("scenarios")?;
        let n = state.names.len();
        let rows = returns.len().checked_div(n).unwrap_or(0);
        // The tail needs at least one scenario of its own.
        if (rows as f64) * (1.0 - cap.confidence) < 1.0 - 1e-9 {
            return Err("enough scenarios for the confidence");
        }
        let skip: Vec<bool> =
            (0..n).map(|i| (0..rows).any(|row| !returns[row * n + i].is_finite())).collect();
        let unknown: Vec<usize> = (0..n).filter(|i| skip[*i]).collect();
        let mut constraints = unknown_inputs(state, "past returns", cap.max, unknown, |_| true);
        let mean_beyond = self.mean_beyond;
        let loss = move |target: &[f64]| {
            let one = |row: &[f64]| -> f64 {
                (0..n).filter(|i| !skip[*i] && target[*i] != 0.0).map(|i| row[i] * target[i]).sum()
            };
            let book: Vec<f64> = returns.chunks_exact(n).map(one).collect();
            let q = 1.0 - cap.confidence;
            let tail = if mean_beyond { expected_shortfall(&book, q) } else { quantile(&book, q) };
            tail.map_or(f64::INFINITY, |r| -r)
        };
        constraints.push(Constraint::cap(Subject::Book, cap.max, |_, _| true, move |b| loss(b.target)));
        Ok(constraints)
    }
}

/// Standard deviation of the book per period.
fn sigma(state: &MarketState, covariance: &Covariance, target: &[f64], skip: &[bool]) -> f64 {
    let held: Vec<usize> = (0..target.len()).filter(|i| !skip[*i] && target[*i] != 0.0).collect();
    let variance: f64 = match covariance {
        Covariance::Full(matrix) => {
            let row = |i: usize| -> f64 {
                held.iter().map(|j| matrix[i * target.len() + j] * target[*j]).sum::<f64>() * target[i]
            };
            held.iter().map(|i| row(*i)).sum()
        }
        Covariance::Factors { covariance, specific } => {
            let exposure: Vec<f64> = state
                .factors
                .iter()
                .map(|f| held.iter().map(|i| f.loadings[*i] * target[*i]).sum())
                .collect();
            let k = exposure.len();
            let shared: f64 = (0..k)
                .map(|a| (0..k).map(|b| covariance[a * k + b] * exposure[b]).sum::<f64>() * exposure[a])
                .sum();
            shared + held.iter().map(|i| specific[*i] * target[*i] * target[*i]).sum::<f64>()
        }
    };
    // The state's check leaves rounding as the only way below zero.
    variance.max(0.0).sqrt()
}
