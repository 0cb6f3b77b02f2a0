//! Herfindahl index of the weights.

use crate::limits::rule::{Constraint, Enforced, Rule, sum_of};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Concentration;

impl Rule for Concentration {
    fn id(&self) -> &'static str {
        "concentration"
    }

    fn constraints<'a>(&self, limits: &'a Limits, _state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.concentration?;
        let index = |b: crate::limits::path::Book<'_>| sum_of(b.target, |_, w| w * w);
        Some((cap.mode, vec![Constraint::cap(Subject::Book, cap.max_herfindahl, |_, _| true, index)]))
    }
}
