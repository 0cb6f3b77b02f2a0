//! Sum of `|weight|` within a sector.

use std::collections::BTreeMap;

use crate::limits::rule::{Constraint, Enforced, Rule, unknown_inputs};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Sector;

impl Rule for Sector {
    fn id(&self) -> &'static str {
        "sector"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.sector.as_ref()?;
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (i, name) in state.names.iter().enumerate() {
            match name.sector.as_deref() {
                Some(sector) => members.entry(sector).or_default().push(i),
                None => unknown.push(i),
            }
        }
        // A holding of no known sector may belong to any of them, so nothing is added anywhere.
        let mut constraints = unknown_inputs(state, "sector", cap.max, unknown, |_| true);
        for (sector, members) in members {
            let limit = cap.overrides.get(sector).copied().unwrap_or(cap.max);
            let of_sector = state.names.iter().map(|n| n.sector.as_deref() == Some(sector));
            let inside: Vec<bool> = of_sector.collect();
            constraints.push(Constraint::cap(
                Subject::Sector(sector.to_owned()),
                limit,
                move |i, _| inside[i],
                move |b| members.iter().map(|i| b.target[*i].abs()).sum(),
            ));
        }
        Some((cap.mode, constraints))
    }
}
