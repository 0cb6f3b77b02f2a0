//! What guards and people have said: pauses, halts, flattening. Not a setting; always enforced.

use crate::limits::rule::{Constraint, Enforced, Rule, sum_of};
use crate::limits::{Limits, MarketState, Mode, Subject};

pub(super) struct Standing;

impl Rule for Standing {
    fn id(&self) -> &'static str {
        "standing"
    }

    fn constraints<'a>(&self, _limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let standing = state.standing;
        let mut constraints = Vec::new();
        if standing.flatten {
            let gross = |b: crate::limits::path::Book<'_>| sum_of(b.target, |_, w| w);
            constraints.push(Constraint::cap(Subject::Book, 0.0, |_, _| true, gross));
        }
        if standing.additions_stopped {
            constraints.push(Constraint::no_addition(Subject::Book, 0.0, None, |_, _| true));
        }
        if standing.longs_paused {
            constraints.push(Constraint::no_addition(Subject::Longs, 0.0, None, |_, w| w > 0.0));
        }
        if standing.shorts_paused {
            constraints.push(Constraint::no_addition(Subject::Shorts, 0.0, None, |_, w| w < 0.0));
        }
        Some((Mode::Clip, constraints))
    }
}
