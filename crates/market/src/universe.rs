//! Which instruments a pipeline may hold, and whether that was known at the time.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The group of a symbol, such as its sector, on the days on which it was known to belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<(Symbol, DateSpan, String)>,
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

    /// The group of `symbol` at each of `dates` (ascending): its place among the names of all groups in order, `None` where
    /// unknown. As [`groups_at`].
    pub fn group(&self, symbol: &Symbol, dates: &[Date]) -> Vec<Option<u32>> {
        let names: BTreeSet<&str> = self.groups.iter().map(|(_, _, name)| name.as_str()).collect();
        let places: BTreeMap<&str, u32> = names.into_iter().zip(0..).collect();
        let place = |name: Option<&str>| name.and_then(|name| places.get(name)).copied();
        groups_at(&self.groups, symbol, dates).into_iter().map(place).collect()
    }

    /// Whether every membership was known at its own date.
    pub const fn known_as_of(&self) -> bool {
        !matches!(self.membership, Membership::CarriedBack { .. })
    }
}

/// The group of `symbol` at each of `dates` (ascending) by the spans in which each was known; of spans that overlap the latest to
/// begin counts.
pub fn groups_at<'a>(
    told: &'a [(Symbol, DateSpan, String)],
    symbol: &Symbol,
    dates: &[Date],
) -> Vec<Option<&'a str>> {
    let mut own: Vec<_> = told.iter().filter(|(named, ..)| named == symbol).collect();
    own.sort_by_key(|(_, span, _)| span.start);
    let mut groups = vec![None; dates.len()];
    for (_, span, name) in own {
        let from = dates.partition_point(|date| *date < span.start);
        let to = dates.partition_point(|date| *date <= span.end);
        groups.iter_mut().take(to).skip(from).for_each(|at| *at = Some(name.as_str()));
    }
    groups
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
            groups: Vec::new(),
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

    #[test]
    fn groups_change_with_what_was_known_and_the_latest_to_begin_counts() {
        let day = Date::from_days;
        let [a, b, c]: [Symbol; 3] = ["A", "B", "C"].map(|name| name.parse().unwrap());
        let told = |symbol: &Symbol, from, to, name: &str| {
            (symbol.clone(), DateSpan { start: day(from), end: day(to) }, name.to_owned())
        };
        let universe = Universe {
            symbols: vec![a.clone(), b.clone(), c.clone()],
            membership: Membership::WholeMarket,
            pauses: Vec::new(),
            groups: vec![told(&a, 4, 9, "oil"), told(&a, 2, 5, "banks"), told(&b, 1, 9, "oil")],
        };
        let dates: Vec<Date> = (1..=5).map(day).collect();
        assert_eq!(universe.group(&a, &dates), [None, Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!(universe.group(&b, &dates), [Some(1); 5]);
        assert_eq!(universe.group(&c, &dates), [None; 5]);
    }
}
