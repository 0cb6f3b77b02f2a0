//! Sum of `|weight|`.

use crate::limits::rule::{Constraint, Enforced, Rule, sum_of};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Gross;

impl Rule for Gross {
    fn id(&self) -> &'static str {
        "gross"
    }

    fn constraints<'a>(&self, limits: &'a Limits, _state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.gross?;
        let gross = Constraint::cap(Subject::Book, cap.max, |_, _| true, |b| sum_of(b.target, |_, w| w));
        Some((cap.mode, vec![gross]))
    }
}
