//! Sum of economic exposures: weight times what a unit of its value moves.

use crate::limits::rule::{Constraint, Enforced, Rule, sum_of, unknown_inputs};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Leverage;

impl Rule for Leverage {
    fn id(&self) -> &'static str {
        "leverage"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.leverage?;
        let per_value: Vec<Option<f64>> = state.names.iter().map(|n| n.exposure_per_value).collect();
        let unknown = (0..per_value.len()).filter(|i| per_value[*i].is_none()).collect();
        let mut constraints = unknown_inputs(state, "exposure per value", cap.max, unknown, |_| true);
        let exposure = move |b: crate::limits::path::Book<'_>| {
            sum_of(b.target, |i, w| per_value[i].map_or(0.0, |x| x.abs() * w))
        };
        constraints.push(Constraint::cap(Subject::Book, cap.max, |_, _| true, exposure));
        Some((cap.mode, constraints))
    }
}
