//! Weight of one name.

use crate::limits::rule::{Constraint, Enforced, Rule};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Name;

impl Rule for Name {
    fn id(&self) -> &'static str {
        "name"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.name.as_ref()?;
        let constraints = state
            .names
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let symbol = name.symbol.to_string();
                let limit = cap.overrides.get(&symbol).copied().unwrap_or(cap.max);
                Constraint::cap(Subject::Name(symbol), limit, move |i, _| i == n, move |b| b.target[n].abs())
            })
            .collect();
        Some((cap.mode, constraints))
    }
}
