//! Which instruments a pipeline may hold, and whether that was known at the time.

use proofmark_units::{Date, DateSpan, Symbol};
use serde::{Deserialize, Serialize};

/// What a decision at a close may do with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// A member: it may be bought, held and learned from.
    #[default]
    Member,
    /// Something that its prices show is not known yet: it is left as it is.
    Paused,
    /// Not a member: it may only be sold.
    Outside,
}

/// How the list of symbols came to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Membership {
    /// Each symbol's membership spans were known as of each date.
    PointInTime {
        /// Member spans, one entry per symbol and span.
        spans: Vec<(Symbol, DateSpan)>,
    },
    /// A list known at `chosen_at` and carried back over history: survivorship and selection bias.
    CarriedBack {
        /// When the list was drawn up.
        chosen_at: Date,
    },
    /// The whole simulated market: every instrument that ever existed in it, so nothing was selected.
    WholeMarket,
}

/// The instruments of a pipeline, ascending and unique, with the papers of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Universe {
    /// Symbols, ascending, unique.
    pub symbols: Vec<Symbol>,
    /// Where the list comes from and when it was known.
    pub membership: Membership,
    /// Sessions in which nothing is decided about a name, such as those between a split and its being known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<(Symbol, DateSpan)>,
}

impl Universe {
    /// What decisions at the closes of `dates` (ascending) may do with `symbol`.
    pub fn standing(&self, symbol: &Symbol, dates: &[Date]) -> Vec<Standing> {
        let outside = match self.membership {
            Membership::PointInTime { .. } => Standing::Outside,
            Membership::CarriedBack { .. } | Membership::WholeMarket => Standing::Member,
        };
        let mut standing = vec![outside; dates.len()];
        let mut mark = |spans: &[(Symbol, DateSpan)], new: Standing| {
            for (_, span) in spans.iter().filter(|(named, _)| named == symbol) {
                let from = dates.partition_point(|date| *date < span.start);
                let to = dates.partition_point(|date| *date <= span.end);
                for at in standing.iter_mut().take(to).skip(from) {
                    // A pause makes nobody a member.
                    *at = if new == Standing::Paused && *at == Standing::Outside { *at } else { new };
                }
            }
        };
        if let Membership::PointInTime { spans } = &self.membership {
            mark(spans, Standing::Member);
        }
        mark(&self.pauses, Standing::Paused);
        standing
    }

    /// Whether every membership was known at its own date.
    pub const fn known_as_of(&self) -> bool {
        !matches!(self.membership, Membership::CarriedBack { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_pauses_and_outsiders_by_hand() {
        let day = Date::from_days;
        let span = |from, to| DateSpan { start: day(from), end: day(to) };
        let [a, b]: [Symbol; 2] = ["A", "B"].map(|name| name.parse().unwrap());
        let universe = Universe {
            symbols: vec![a.clone(), b.clone()],
            membership: Membership::PointInTime {
                spans: vec![(a.clone(), span(2, 4)), (a.clone(), span(6, 6))],
            },
            pauses: vec![(a.clone(), span(4, 5))],
        };
        let dates: Vec<Date> = (1..=7).map(day).collect();
        let letters = |symbol| -> String {
            let one = |standing: &Standing| match standing {
                Standing::Member => 'm',
                Standing::Paused => 'p',
                Standing::Outside => '-',
            };
            universe.standing(symbol, &dates).iter().map(one).collect()
        };
        assert_eq!((letters(&a).as_str(), letters(&b).as_str()), ("-mmp-m-", "-------"));
    }
}
