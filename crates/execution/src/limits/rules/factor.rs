//! Exposure to a factor, above and below.

use crate::limits::rule::{Constraint, Enforced, Rule, unknown_book, unknown_inputs};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Factor;

impl Rule for Factor {
    fn id(&self) -> &'static str {
        "factor"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let caps = limits.factor.as_ref()?;
        let mut constraints = Vec::new();
        for (name, &limit) in &caps.max {
            let Some(factor) = state.factors.iter().find(|f| f.name == *name) else {
                constraints.push(unknown_book(&format!("loadings of factor {name}"), limit));
                continue;
            };
            let loadings = factor.loadings.as_slice();
            let unknown = (0..loadings.len()).filter(|i| !loadings[*i].is_finite()).collect();
            let what = format!("loading on {name}");
            constraints.extend(unknown_inputs(state, &what, limit, unknown, |_| true));
            for (side, subject) in
                [(1.0, Subject::FactorAbove(name.clone())), (-1.0, Subject::FactorBelow(name.clone()))]
            {
                let part = move |i: usize, w: f64| {
                    if loadings[i].is_finite() { side * loadings[i] * w } else { 0.0 }
                };
                constraints.push(Constraint::cap(
                    subject,
                    limit,
                    move |i, w| part(i, w) > 0.0,
                    move |b| b.target.iter().enumerate().map(|(i, w)| part(i, *w)).sum(),
                ));
            }
        }
        Some((caps.mode, constraints))
    }
}
