//! Sum of `|trade|` in the period.

use crate::limits::rule::{Constraint, Enforced, Rule};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Turnover;

impl Rule for Turnover {
    fn id(&self) -> &'static str {
        "turnover"
    }

    /// Reductions pass first; additions share what is left, and get nothing when nothing is left.
    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.turnover?;
        let spent = state.turnover_spent;
        let turnover = move |b: crate::limits::path::Book<'_>| {
            let names = 0..b.target.len();
            let added: f64 = names.clone().map(|i| b.addition(i)).sum();
            let reduced: f64 = names.map(|i| b.reduction(i)).sum();
            if added > 0.0 { spent + reduced + added } else { 0.0 }
        };
        Some((cap.mode, vec![Constraint::cap(Subject::Book, cap.max, |_, _| true, turnover)]))
    }
}
