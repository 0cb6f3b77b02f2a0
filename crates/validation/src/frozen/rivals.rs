//! Rivals that need no model, on both spans.

use proofmark_stats::active::active_return;
use proofmark_stats::moments::sd;
use proofmark_stats::regression::newey_west_lag;

use super::FrozenInput;
use crate::rivals::LEVERAGE_MAX;
use crate::{ActiveSpan, Candidate};

/// A rival on both spans, at the candidate's walk-forward volatility.
pub(super) struct Rival {
    pub(super) name: String,
    pub(super) window: Vec<f64>,
    /// The candidate's walk-forward active return less the rival's, where both have one.
    pub(super) before: Vec<f64>,
}

/// Null books (nothing beyond themselves) and naive rules, hedged by their own walk-forward betas.
pub(super) fn rivals(candidate: &Candidate<'_>, input: &FrozenInput<'_>) -> Vec<Rival> {
    let own = &input.own.active.fit.series;
    let n = input.own.books.net().len();
    let nothing = |name: &str| Rival { name: name.to_owned(), window: vec![0.0; n], before: own.clone() };
    let factors = input.own.books.factors();
    let mut out = vec![nothing("null_books")];
    for rule in input.naive {
        let past = input.before.naive.iter().find(|past| past.name == rule.name && past.trades > 0);
        let lag = newey_west_lag(own.len(), candidate.horizon);
        let fit = past.and_then(|past| active_return(&past.net, input.before.factors, lag).ok());
        // A rule that never traded, or is a null book, has nothing beyond the null books either.
        out.push(match fit {
            Some(fit) => {
                let scale = scale(own, &fit.series);
                let before = own.iter().zip(&fit.series).map(|(a, b)| a - scale * b).collect();
                let past = ActiveSpan { dates: input.own.active.dates.clone(), fit };
                let window = past.beyond(&rule.net, &factors).iter().map(|r| scale * r).collect();
                Rival { name: rule.name.clone(), window, before }
            }
            None => nothing(&rule.name),
        });
    }
    out
}

/// What brings a rival to the candidate's volatility, both of the walk-forward.
pub(super) fn scale(own: &[f64], rival: &[f64]) -> f64 {
    match (sd(own), sd(rival)) {
        (Some(own), Some(rival)) if rival > 0.0 => (own / rival).min(LEVERAGE_MAX),
        _ => 1.0,
    }
}
