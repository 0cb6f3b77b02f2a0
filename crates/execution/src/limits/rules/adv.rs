//! Traded value of a name over its average daily traded value.

use crate::limits::rule::{Constraint, Enforced, Rule, unknown_inputs};
use crate::limits::{Limits, MarketState, NameState, Subject};

pub(super) struct Adv;

impl Rule for Adv {
    fn id(&self) -> &'static str {
        "adv"
    }

    /// A pure reduction passes whatever its size; the engine slices it over sessions.
    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.adv?;
        let limit = cap.max_participation;
        let traded_value = |name: &NameState| Some(name.price? * name.adv?).filter(|value| value.is_finite());
        let mut constraints = Vec::new();
        for (n, name) in state.names.iter().enumerate() {
            let Some(value) = traded_value(name) else {
                // Each name's limit stands alone: a holding of unknown volume stops no other name.
                let mut unknown =
                    unknown_inputs(state, "price or average volume", limit, vec![n], move |i| i == n);
                unknown.truncate(1);
                constraints.append(&mut unknown);
                continue;
            };
            let equity = state.equity;
            let participation = move |b: crate::limits::path::Book<'_>| {
                let traded = (b.target[n] - b.current[n]).abs() * equity;
                // A name without volume has no share that is small enough: x / 0 is infinite.
                if b.addition(n) > 0.0 { traded / value } else { 0.0 }
            };
            let subject = Subject::Name(name.symbol.to_string());
            constraints.push(Constraint::cap(subject, limit, move |i, _| i == n, participation));
        }
        Some((cap.mode, constraints))
    }
}
