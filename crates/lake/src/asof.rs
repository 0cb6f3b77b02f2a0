//! As-of join: to each decision the newest fact that was known by then, and not too old.
//!
//! A fact known at the very instant of the decision counts as known; of facts known at one instant the last row counts.
//! One pass over both sides, `O(decisions + facts)`; nothing is copied.

use proofmark_units::{Date, Instant};

/// Rows of one side, ascending by time; rows of one instant keep their order.
#[derive(Debug, Clone, Copy)]
pub struct Timed<'a> {
    /// Nanoseconds since 1970-01-01 UTC: when a decision is made, or when a fact became known.
    pub nanos: &'a [i64],
    /// The instrument or series of each row, as a number below `keys` of [`asof_join`].
    pub key: &'a [u32],
}

/// What a decision found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found(u32);

impl Found {
    /// Nothing was known yet.
    pub const NEVER: Self = Self(u32::MAX);
    /// The newest fact was older than allowed.
    pub const STALE: Self = Self(u32::MAX - 1);

    /// The row of the facts, if there is one to use.
    pub const fn row(self) -> Option<usize> {
        if self.0 < Self::STALE.0 { Some(self.0 as usize) } else { None }
    }
}

/// Two sides cannot be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AsOfError {
    /// Times and keys differ in number, or there are more rows than a `u32` counts.
    #[error("the {side} hold {times} times and {keys} keys; they must be as many, and fewer than {}", u32::MAX - 1)]
    Length {
        /// `decisions` or `facts`.
        side: &'static str,
        /// Times given.
        times: usize,
        /// Keys given.
        keys: usize,
    },
    /// A row is earlier than the one before it.
    #[error("row {row} of the {side} is earlier than the row before it; sort by time first")]
    NotSorted {
        /// `decisions` or `facts`.
        side: &'static str,
        /// Zero-based row.
        row: usize,
    },
    /// A key is not below the number of keys.
    #[error("row {row} of the {side} has key {key} of {keys}")]
    BadKey {
        /// `decisions` or `facts`.
        side: &'static str,
        /// Zero-based row.
        row: usize,
        /// The key.
        key: u32,
        /// Number of keys.
        keys: u32,
    },
    /// A negative age would need a fact from the future.
    #[error("the largest age is {0} ns, it must not be negative")]
    NegativeAge(i64),
}

/// For each decision the last row of `facts` with the same key whose time is not later, and not more than `max_age`
/// nanoseconds earlier (`None`: any age).
///
/// # Errors
/// [`AsOfError`]: sides that are not sorted, keys out of range, lengths that differ.
pub fn asof_join(
    decisions: Timed<'_>,
    facts: Timed<'_>,
    keys: u32,
    max_age: Option<i64>,
) -> Result<Vec<Found>, AsOfError> {
    checked("decisions", decisions, keys)?;
    checked("facts", facts, keys)?;
    if let Some(age) = max_age.filter(|age| *age < 0) {
        return Err(AsOfError::NegativeAge(age));
    }
    let mut newest = vec![Found::NEVER; keys as usize];
    let mut out = Vec::with_capacity(decisions.nanos.len());
    let mut next = 0;
    for (now, key) in decisions.nanos.iter().zip(decisions.key) {
        while next < facts.nanos.len() && facts.nanos[next] <= *now {
            newest[facts.key[next] as usize] = Found(next as u32);
            next += 1;
        }
        let found = newest[*key as usize];
        out.push(match (found.row(), max_age) {
            // An age beyond 292 years saturates and is too old by any limit but its own.
            (Some(row), Some(limit)) if now.saturating_sub(facts.nanos[row]) > limit => Found::STALE,
            _ => found,
        });
    }
    Ok(out)
}

fn checked(side: &'static str, rows: Timed<'_>, keys: u32) -> Result<(), AsOfError> {
    let (times, given) = (rows.nanos.len(), rows.key.len());
    if times != given || times >= Found::STALE.0 as usize {
        return Err(AsOfError::Length { side, times, keys: given });
    }
    if let Some(row) = rows.nanos.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(AsOfError::NotSorted { side, row: row + 1 });
    }
    match rows.key.iter().position(|key| *key >= keys) {
        Some(row) => Err(AsOfError::BadKey { side, row, key: rows.key[row], keys }),
        None => Ok(()),
    }
}

/// The value at each of `decisions`, ascending, of a series whose facts may restate one another: at each instant the newest
/// *date* known by then counts, in its newest version, so a late correction of an old date does not pass for news.
///
/// - `facts`: date, known at, value; any order.
/// - `max_age`: nanoseconds from the end of the date's day (UTC) to the decision; `None` for any.
///
/// # Errors
/// [`AsOfError`]: decisions that do not ascend, or too many rows.
pub fn asof_values(
    decisions: &[Instant],
    facts: &[crate::Observation],
    max_age: Option<i64>,
) -> Result<Vec<Option<AsOfValue>>, AsOfError> {
    const DAY: i64 = 86_400_000_000_000;
    let mut news: Vec<&crate::Observation> = facts.iter().collect();
    news.sort_by_key(|fact| (fact.known_at, fact.date));
    let mut newest = None;
    news.retain(|fact| {
        let is_news = newest.is_none_or(|date| fact.date >= date);
        newest = newest.max(Some(fact.date));
        is_news
    });
    let nanos =
        |instants: &mut dyn Iterator<Item = Instant>| instants.map(Instant::nanos).collect::<Vec<i64>>();
    let (now, known) =
        (nanos(&mut decisions.iter().copied()), nanos(&mut news.iter().map(|fact| fact.known_at)));
    let (now_key, known_key) = (vec![0; now.len()], vec![0; known.len()]);
    let found =
        asof_join(Timed { nanos: &now, key: &now_key }, Timed { nanos: &known, key: &known_key }, 1, None)?;
    let value = |(found, now): (Found, &i64)| {
        let fact = news[found.row()?];
        let age = now.saturating_sub(fact.date.plus_days(1).midnight_utc().nanos()).max(0);
        max_age.is_none_or(|limit| age <= limit).then_some(AsOfValue {
            date: fact.date,
            value: fact.value,
            known_at: fact.known_at,
            age_days: age as f64 / DAY as f64,
        })
    };
    Ok(found.into_iter().zip(&now).map(value).collect())
}

/// What was known of a series at a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AsOfValue {
    /// The date that it describes.
    pub date: Date,
    /// The value.
    pub value: f64,
    /// Since when it was known.
    pub known_at: Instant,
    /// Days since the end of the date it describes.
    pub age_days: f64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Observation;

    fn rows(found: &[Found]) -> Vec<Option<usize>> {
        found.iter().map(|found| found.row()).collect()
    }

    #[test]
    fn ties_duplicates_and_ages_by_hand() {
        let facts = Timed { nanos: &[10, 10, 20, 30], key: &[0, 0, 1, 0] };
        let decisions = Timed { nanos: &[9, 10, 20, 29, 30, 41], key: &[0, 0, 1, 0, 1, 0] };
        let found = asof_join(decisions, facts, 2, Some(10)).unwrap();
        // Row 1 is the later of two facts at 10; at 29 it is 19 old; at 41 row 3 is 11 old.
        assert_eq!(rows(&found), [None, Some(1), Some(2), None, Some(2), None]);
        assert_eq!((found[0], found[3]), (Found::NEVER, Found::STALE));
        let exact = asof_join(decisions, facts, 2, Some(0)).unwrap();
        assert_eq!(rows(&exact), [None, Some(1), Some(2), None, None, None]);
    }

    #[test]
    fn sides_that_cannot_be_joined_are_refused() {
        let fine = Timed { nanos: &[1, 2], key: &[0, 0] };
        let join = |decisions, facts, keys, age| asof_join(decisions, facts, keys, age).unwrap_err();
        let unsorted = Timed { nanos: &[2, 1], key: &[0, 0] };
        assert_eq!(join(fine, unsorted, 1, None), AsOfError::NotSorted { side: "facts", row: 1 });
        let short = Timed { nanos: &[1, 2], key: &[0] };
        assert_eq!(join(short, fine, 1, None), AsOfError::Length { side: "decisions", times: 2, keys: 1 });
        let odd = Timed { nanos: &[1, 2], key: &[0, 5] };
        assert_eq!(
            join(odd, fine, 1, None),
            AsOfError::BadKey { side: "decisions", row: 1, key: 5, keys: 1 }
        );
        assert_eq!(join(fine, fine, 1, Some(-1)), AsOfError::NegativeAge(-1));
        let none = Timed { nanos: &[], key: &[] };
        assert_eq!(asof_join(none, fine, 1, None).unwrap(), []);
    }

    fn side() -> impl Strategy<Value = (Vec<i64>, Vec<u32>)> {
        prop::collection::vec((-50_i64..50, 0_u32..4), 0..60).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            rows.into_iter().unzip()
        })
    }

    proptest! {
        #[test]
        fn the_join_is_what_looking_at_every_pair_gives(
            decisions in side(), facts in side(), age in proptest::option::of(0_i64..60)
        ) {
            let join = asof_join(
                Timed { nanos: &decisions.0, key: &decisions.1 },
                Timed { nanos: &facts.0, key: &facts.1 },
                4,
                age,
            )
            .unwrap();
            for ((now, key), found) in decisions.0.iter().zip(&decisions.1).zip(&join) {
                let known = |j: &usize| facts.1[*j] == *key && facts.0[*j] <= *now;
                let newest = (0..facts.0.len()).filter(known).max_by_key(|j| (facts.0[*j], *j));
                let fresh = newest.filter(|j| age.is_none_or(|age| now - facts.0[*j] <= age));
                prop_assert_eq!(found.row(), fresh);
                prop_assert_eq!(*found == Found::NEVER, newest.is_none());
                if let Some(row) = found.row() {
                    prop_assert!(facts.0[row] <= *now, "never a value known after the decision");
                }
            }
        }

        #[test]
        fn values_know_nothing_of_later_facts(
            facts in prop::collection::vec((0_i32..30, 0_i64..30, -5.0..5.0_f64), 0..40), now in 0_i64..60
        ) {
            let day = 86_400_i64;
            let facts: Vec<Observation> = facts
                .into_iter()
                .map(|(date, lag, value)| {
                    let date = proofmark_units::Date::from_days(date);
                    Observation { date, known_at: date.midnight_utc().plus_seconds(lag * day), value }
                })
                .collect();
            let at = Instant::from_nanos(0).plus_seconds(now * day);
            let known: Vec<Observation> = facts.iter().filter(|f| f.known_at <= at).copied().collect();
            prop_assert_eq!(asof_values(&[at], &facts, None), asof_values(&[at], &known, None));
            // The oracle: of what is known, the newest date, in its last version.
            let newest = known.iter().enumerate().max_by_key(|(i, f)| (f.date, f.known_at, *i));
            let got = asof_values(&[at], &facts, None).unwrap()[0].map(|v| v.value);
            prop_assert_eq!(got, newest.map(|(_, f)| f.value));
        }
    }

    #[test]
    fn a_correction_of_an_old_date_is_not_news() {
        let fact = |date: i32, known: i64, value| Observation {
            date: proofmark_units::Date::from_days(date),
            known_at: Instant::from_nanos(0).plus_seconds(known * 86_400),
            value,
        };
        let facts = [fact(0, 1, 1.0), fact(5, 6, 2.0), fact(0, 8, 9.0), fact(5, 9, 3.0)];
        let days = [0, 1, 6, 8, 9, 40].map(|d| Instant::from_nanos(0).plus_seconds(d * 86_400));
        let at = |age: Option<i64>| -> Vec<Option<f64>> {
            asof_values(&days, &facts, age).unwrap().into_iter().map(|v| v.map(|v| v.value)).collect()
        };
        assert_eq!(at(None), [None, Some(1.0), Some(2.0), Some(2.0), Some(3.0), Some(3.0)]);
        let week = Some(7 * 86_400_000_000_000);
        assert_eq!(at(week)[5], None, "34 days after the end of its day");
    }
}
