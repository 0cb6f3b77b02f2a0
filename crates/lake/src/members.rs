//! Members of an index as each date knew them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Instant, Symbol};

use crate::facts::IndexMember;
use crate::lake::Lake;
use crate::lake_error::LakeError;

/// 2199-12-31, the last day that the lake's dates can have.
const LAST_DAY: Date = Date::from_days(84_005);

/// When a last day was told, and which.
type End = (Instant, Option<Date>);

impl Lake {
    /// Days on which a symbol was *known* to belong to `index`, by symbol and date: a day counts where the newest version
    /// known when it began in UTC says so. An announcement that comes during a day counts from the next one, and what is
    /// put right later changes no earlier day. A stay without an end lasts to 2199.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for an index without rows; otherwise what reading gave.
    pub fn members_as_known(&self, index: &Symbol) -> Result<Vec<(Symbol, DateSpan)>, LakeError> {
        Ok(as_known(self.read_fact_versions(index)?))
    }
}

/// First day that began when `known_at` had passed.
fn first_day(known_at: Instant) -> Date {
    let date = known_at.utc_date();
    if date.midnight_utc() == known_at { date } else { date.plus_days(1) }
}

fn as_known(versions: Vec<IndexMember>) -> Vec<(Symbol, DateSpan)> {
    let mut stays: BTreeMap<(Symbol, Date), Vec<End>> = BTreeMap::new();
    for row in versions {
        stays.entry((row.member, row.from_session)).or_default().push((row.known_at, row.to_session));
    }
    let mut spans: BTreeMap<Symbol, Vec<DateSpan>> = BTreeMap::new();
    for ((member, from), mut told) in stays {
        // Of two that were told at one instant the shorter stay counts: it claims less.
        told.sort_by_key(|(known_at, to)| (*known_at, Reverse(to.unwrap_or(LAST_DAY))));
        for (place, (known_at, to)) in told.iter().enumerate() {
            let until = told.get(place + 1).map_or(LAST_DAY, |(next, _)| first_day(*next).plus_days(-1));
            let start = from.max(first_day(*known_at));
            if let Some(span) = DateSpan::new(start, to.unwrap_or(LAST_DAY).min(until)) {
                spans.entry(member.clone()).or_default().push(span);
            }
        }
    }
    let joined = |(member, spans): (Symbol, Vec<DateSpan>)| {
        join(spans).into_iter().map(move |span| (member.clone(), span)).collect::<Vec<_>>()
    };
    spans.into_iter().flat_map(joined).collect()
}

/// The same days in as few spans as can be, ascending.
fn join(mut spans: Vec<DateSpan>) -> Vec<DateSpan> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<DateSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end.plus_days(1) => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(member: &str, from: i32, to: Option<i32>, known_at: Instant) -> IndexMember {
        IndexMember {
            index: "I".parse().unwrap(),
            member: member.parse().unwrap(),
            from_session: Date::from_days(from),
            to_session: to.map(Date::from_days),
            known_at,
        }
    }

    fn days(spans: &[(Symbol, DateSpan)]) -> Vec<(i32, i32)> {
        spans.iter().map(|(_, span)| (span.start.days(), span.end.days())).collect()
    }

    fn morning(day: i32) -> Instant {
        Date::from_days(day).midnight_utc()
    }

    #[test]
    fn a_stay_begins_when_it_was_known_and_ends_when_that_was_known() {
        // Announced during day 8 for day 10; the end, day 20, becomes known only during day 22.
        let told = [
            row("A", 10, None, morning(8).plus_seconds(3_600)),
            row("A", 10, Some(20), morning(22).plus_seconds(1)),
        ];
        assert_eq!(days(&as_known(told.to_vec())), [(10, 22)]);
        // Known three days late: nobody was told on days 10 to 12.
        assert_eq!(days(&as_known(vec![row("A", 10, Some(15), morning(13))])), [(13, 15)]);
        // Known only after it was over: no day of it was ever known.
        assert_eq!(days(&as_known(vec![row("A", 10, Some(15), morning(40))])), []);
    }

    #[test]
    fn stays_that_touch_are_one_and_later_words_leave_earlier_days_alone() {
        let told = vec![row("A", 10, Some(19), morning(10)), row("A", 20, Some(29), morning(20))];
        assert_eq!(days(&as_known(told.clone())), [(10, 29)]);
        // On day 24 the second stay is said to have ended on day 21: days 20 to 23 knew otherwise.
        let mended = [told, vec![row("A", 20, Some(21), morning(24))]].concat();
        assert_eq!(days(&as_known(mended)), [(10, 23)]);
    }

    proptest! {
        /// By definition: for each day, what was known when it began.
        #[test]
        fn days_are_those_of_a_look_at_each_of_them(
            told in proptest::collection::vec((0_usize..3, 0..40_i32, proptest::option::of(0..30_i32), 0..1_200_i64), 0..12)
        ) {
            let names = ["A", "B", "C"];
            let mut seen = std::collections::BTreeSet::new();
            let rows: Vec<IndexMember> = told
                .into_iter()
                .filter(|(name, from, _, hours)| seen.insert((*name, *from, *hours)))
                .map(|(name, from, stay, hours)| {
                    row(names[name], from, stay.map(|days| from + days), morning(0).plus_seconds(3_600 * hours))
                })
                .collect();
            let spans = as_known(rows.clone());
            for day in 0..90 {
                for name in names {
                    let member: Symbol = name.parse().unwrap();
                    let date = Date::from_days(day);
                    let mut newest: BTreeMap<Date, &IndexMember> = BTreeMap::new();
                    let mut known: Vec<&IndexMember> =
                        rows.iter().filter(|r| r.member == member && r.known_at <= morning(day)).collect();
                    known.sort_by_key(|row| row.known_at);
                    known.into_iter().for_each(|row| { newest.insert(row.from_session, row); });
                    let inside = newest.values().any(|row| {
                        row.from_session <= date && row.to_session.is_none_or(|to| to >= date)
                    });
                    prop_assert_eq!(spans.iter().any(|(s, span)| *s == member && span.contains(date)), inside);
                }
            }
        }
    }
}
