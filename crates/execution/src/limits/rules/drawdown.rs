//! Gross exposure falls in steps as the drawdown deepens.

use crate::limits::rule::{Constraint, Enforced, Rule, sum_of, unknown_book};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Drawdown;

impl Rule for Drawdown {
    fn id(&self) -> &'static str {
        "drawdown"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let ladder = limits.drawdown.as_ref()?;
        let constraint = match state.drawdown {
            Some(drawdown) => {
                let limit = ladder.full_gross * ladder.scale(drawdown);
                Constraint::cap(Subject::Book, limit, |_, _| true, |b| sum_of(b.target, |_, w| w))
            }
            None => unknown_book("drawdown", ladder.full_gross),
        };
        Some((ladder.mode, vec![constraint]))
    }
}
