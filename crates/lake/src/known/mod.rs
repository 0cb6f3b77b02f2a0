//! A series as a reader at each of many instants knew it, and what can be made of it then.
//!
//! Everything at a decision comes from the versions known by then, its past included: a restatement changes no earlier
//! decision, and a series that was rebased shows no jump, since now and before are of one vintage.
//!
//! To add a transform, write its file with a [`Rule`] and add a variant and its line to [`Transform`].

mod change;
mod growth;
mod level;
mod z_score;

use std::collections::BTreeMap;

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

pub use self::change::Change;
pub use self::growth::Growth;
pub use self::level::Level;
pub use self::z_score::ZScore;
use crate::asof::{AsOfError, asof_values};
use crate::lake::Observation;

/// What a decision finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A value.
    Present(f64),
    /// Something was known, but it describes a date too long ago.
    TooOld,
    /// Nothing was known, or not enough of the past.
    NotKnown,
}

impl Cell {
    /// The value; NaN where it is missing.
    pub const fn or_nan(self) -> f64 {
        match self {
            Self::Present(value) => value,
            Self::TooOld | Self::NotKnown => f64::NAN,
        }
    }

    /// `value`, or nothing known where it is no number.
    fn finite(value: f64) -> Self {
        if value.is_finite() { Self::Present(value) } else { Self::NotKnown }
    }
}

/// A series and the decisions that look at it.
pub struct KnownSeries<'a> {
    decisions: &'a [Instant],
    /// By date, ascending by the instant at which each version became known.
    versions: BTreeMap<Date, Vec<(Instant, f64)>>,
    /// By decision: the newest date known by then, or why there is none to use.
    seen: Vec<Result<Date, Cell>>,
}

impl<'a> KnownSeries<'a> {
    /// Looks at `facts`, every version in any order, from `decisions`, which ascend.
    ///
    /// - `max_age_days`: days from the end of the day a value describes (UTC) to the decision, at most.
    ///
    /// A value that is no finite number is no fact.
    ///
    /// # Errors
    /// As [`asof_values`].
    pub fn new(
        decisions: &'a [Instant],
        facts: &[Observation],
        max_age_days: u32,
    ) -> Result<Self, AsOfError> {
        let facts: Vec<Observation> = facts.iter().filter(|fact| fact.value.is_finite()).copied().collect();
        let newest = asof_values(decisions, &facts, None)?;
        let mut versions: BTreeMap<Date, Vec<(Instant, f64)>> = BTreeMap::new();
        for fact in facts {
            versions.entry(fact.date).or_default().push((fact.known_at, fact.value));
        }
        // Stable: of two versions known at one instant the later row counts, as in the join.
        versions.values_mut().for_each(|own| own.sort_by_key(|(known_at, _)| *known_at));
        let seen = newest.into_iter().map(|found| match found {
            None => Err(Cell::NotKnown),
            Some(found) if found.age_days > f64::from(max_age_days) => Err(Cell::TooOld),
            Some(found) => Ok(found.date),
        });
        Ok(Self { decisions, versions, seen: seen.collect() })
    }

    /// What was looked at `back` decisions before decision `t`, in the version known at `t`.
    fn back(&self, t: usize, back: usize) -> Cell {
        let Some(then) = t.checked_sub(back) else { return Cell::NotKnown };
        let date = match self.seen[then] {
            Ok(date) => date,
            Err(missing) => return missing,
        };
        let now = self.decisions[t];
        let known = self.versions.get(&date).map_or(&[][..], Vec::as_slice);
        match known.partition_point(|(known_at, _)| *known_at <= now).checked_sub(1) {
            Some(last) => Cell::Present(known[last].1),
            None => Cell::NotKnown,
        }
    }
}

/// A causal transform: what a decision makes of the series as known then.
pub trait Rule {
    /// Formula in words, with the rule for what is missing.
    fn doc(&self) -> String;
    /// Unit of the result.
    fn unit(&self) -> &'static str;
    /// Decisions that matter to a result, its own included.
    fn look_back(&self) -> usize;
    /// Why the settings cannot be used.
    fn defect(&self) -> Option<String>;
    /// The result at decision `t`.
    fn at(&self, series: &KnownSeries<'_>, t: usize) -> Cell;
}

/// The transforms, as a file names them: `{ kind = "z_score", sessions = 252 }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transform {
    /// The value itself.
    Level(Level),
    /// Difference to an earlier value.
    Change(Change),
    /// Relative difference to an earlier value.
    Growth(Growth),
    /// Distance to the trailing mean in standard deviations.
    ZScore(ZScore),
}

impl Transform {
    /// What it does.
    pub fn rule(&self) -> &dyn Rule {
        match self {
            Self::Level(rule) => rule,
            Self::Change(rule) => rule,
            Self::Growth(rule) => rule,
            Self::ZScore(rule) => rule,
        }
    }

    /// Its result at every decision of `series`.
    pub fn cells(&self, series: &KnownSeries<'_>) -> Vec<Cell> {
        (0..series.decisions.len()).map(|t| self.rule().at(series, t)).collect()
    }
}

/// Decisions between two looks, at most: two years of every shipped calendar.
const SESSIONS_MAX: usize = 756;

fn out_of_range(sessions: usize, least: usize) -> Option<String> {
    let fine = (least..=SESSIONS_MAX).contains(&sessions);
    (!fine).then(|| format!("has {sessions} sessions, allowed are {least} to {SESSIONS_MAX}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: i32) -> Instant {
        Date::from_days(day).midnight_utc()
    }

    fn fact(date: i32, known: i32, value: f64) -> Observation {
        Observation { date: Date::from_days(date), known_at: day(known), value }
    }

    fn cells(transform: &Transform, facts: &[Observation], max_age_days: u32, days: i32) -> Vec<Cell> {
        let decisions: Vec<Instant> = (0..days).map(day).collect();
        transform.cells(&KnownSeries::new(&decisions, facts, max_age_days).unwrap())
    }

    #[test]
    fn levels_changes_and_growth_by_hand() {
        use Cell::{NotKnown, Present, TooOld};
        // Known a day after its date is over; the second date is put right on day 6.
        let facts = [fact(0, 2, 10.0), fact(2, 4, 12.0), fact(2, 6, 13.0), fact(3, 7, f64::NAN)];
        let level = cells(&Transform::Level(Level {}), &facts, 5, 10);
        assert_eq!(level[..5], [NotKnown, NotKnown, Present(10.0), Present(10.0), Present(12.0)]);
        assert_eq!(level[5..9], [Present(12.0), Present(13.0), Present(13.0), Present(13.0)]);
        assert_eq!(level[9], TooOld, "six days after the end of day 2");
        let change = cells(&Transform::Change(Change { sessions: 2 }), &facts, 5, 10);
        assert_eq!(change[3..6], [NotKnown, Present(2.0), Present(2.0)]);
        // What was looked at on day 4 is now known to be 13: no jump where a value was put right.
        assert_eq!(change[6..8], [Present(0.0), Present(0.0)]);
        let growth = cells(&Transform::Growth(Growth { sessions: 2 }), &facts, 5, 6);
        assert_eq!(growth[5], Present(12.0 / 10.0 - 1.0));
    }

    #[test]
    fn scores_need_half_of_their_sessions_and_some_spread() {
        let score = Transform::ZScore(ZScore { sessions: 4 });
        let facts = [fact(0, 1, 1.0), fact(1, 2, 3.0), fact(2, 3, 5.0)];
        let got = cells(&score, &facts, 3, 7);
        assert_eq!(got[1], Cell::NotKnown, "one value has no spread");
        assert_eq!(got[2], Cell::Present(1.0 / 2.0_f64.sqrt()));
        assert_eq!(got[3], Cell::Present(1.0), "mean 3, deviation 2");
        let flat = cells(&score, &[fact(0, 0, 2.0)], 90, 9);
        assert_eq!(flat[8], Cell::NotKnown, "no spread");
    }

    #[test]
    fn files_name_transforms_and_slips_are_refused() {
        let read = |text: &str| serde_json::from_str::<Transform>(text);
        let score = read(r#"{"kind":"z_score","sessions":252}"#).unwrap();
        assert_eq!(score, Transform::ZScore(ZScore { sessions: 252 }));
        assert_eq!(serde_json::to_string(&score).unwrap(), r#"{"kind":"z_score","sessions":252}"#);
        assert!(read(r#"{"kind":"level"}"#).is_ok());
        assert!(read(r#"{"kind":"level","sessions":3}"#).is_err());
        assert!(read(r#"{"kind":"lead","sessions":3}"#).is_err());
        assert!(Transform::Change(Change { sessions: 0 }).rule().defect().is_some());
        assert!(score.rule().defect().is_none());
    }

    proptest! {
        #[test]
        fn no_transform_knows_a_later_fact(
            facts in prop::collection::vec((0_i32..25, 0_i32..12, 0.5..9.0_f64), 0..40), at in 0_i32..40
        ) {
            let facts: Vec<Observation> =
                facts.into_iter().map(|(date, lag, value)| fact(date, date + lag, value)).collect();
            let known: Vec<Observation> = facts.iter().filter(|f| f.known_at <= day(at)).copied().collect();
            for transform in [
                Transform::Level(Level {}),
                Transform::Change(Change { sessions: 3 }),
                Transform::Growth(Growth { sessions: 2 }),
                Transform::ZScore(ZScore { sessions: 6 }),
            ] {
                let upto = |facts: &[Observation]| cells(&transform, facts, 8, at + 1);
                prop_assert_eq!(upto(&facts), upto(&known));
            }
        }
    }
}
