//! Features of stored series: releases, a pair of yields, a level.

use proofmark_features::cross_market::{
    CROSS_MARKET_FEATURES, CrossMarketValue, Expectation, Release, SurpriseRule, surprises,
};
use proofmark_lake::{Observation, asof_values};
use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, observations};
use crate::data::lake_error;
use crate::error::{AppError, Result};

const DAY_NANOS: i64 = 86_400_000_000_000;
/// Oldest age that can be asked for: ten years.
const AGE_MAX: u32 = 3_660;

/// A statistic that is released period by period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct ReleasedSeries {
    /// Its series, whose versions are its releases.
    series: Symbol,
    /// What was expected of a release.
    expectation: Expectation,
    /// Earlier errors that scale a surprise, at most.
    errors: usize,
    /// The fewest of them, at least 2.
    least: usize,
}

/// A long and a short yield, in one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct YieldSeries {
    long: Symbol,
    short: Symbol,
    /// Days from the end of the date that a yield describes to the close at which it is looked at.
    max_age_days: u32,
}

/// A level, such as a volatility index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct LevelSeries {
    series: Symbol,
    /// As of [`YieldSeries`].
    max_age_days: u32,
}

impl Source for ReleasedSeries {
    fn makes(&self) -> Vec<&'static str> {
        named(|value| matches!(value, CrossMarketValue::Release(_)))
    }

    fn check(&self) -> Result<()> {
        if self.least < 2 || self.least > self.errors {
            return Err(AppError::input(format!("`least` is {} of {} errors", self.least, self.errors))
                .hint("at least 2, and no more than `errors`"));
        }
        Ok(())
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let releases: Vec<Release> = versions(ground, &self.series)?
            .into_iter()
            .map(|Observation { date, known_at, value }| Release { period: date, known_at, value })
            .collect();
        let rule = SurpriseRule { expectation: self.expectation, errors: self.errors, least: self.least };
        let found = surprises(&releases, rule).map_err(|error| {
            AppError::input(format!("`{}` is no series of releases", self.series))
                .hint("docs/CONTEXT_FEATURES.md says what a release needs")
                .because(error)
        })?;
        let of = |feature: fn(&proofmark_features::cross_market::Surprise) -> Option<f64>| {
            let mut rows: Vec<Observation> = found
                .iter()
                .map(|surprise| Observation {
                    date: surprise.known_at.utc_date(),
                    known_at: surprise.known_at,
                    value: feature(surprise).unwrap_or(f64::NAN),
                })
                .collect();
            // Of several periods released on one day the newest one stands for it: they are in order.
            rows.reverse();
            rows.dedup_by_key(|row| row.date);
            rows.reverse();
            rows
        };
        let made = CROSS_MARKET_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name));
        let made = made.filter_map(|feature| match feature.value {
            CrossMarketValue::Release(value) => Some(market(feature.definition.name, of(value))),
            _ => None,
        });
        Ok(Yield { made: made.collect(), notes: Vec::new() })
    }
}

impl Source for YieldSeries {
    fn makes(&self) -> Vec<&'static str> {
        named(|value| matches!(value, CrossMarketValue::Yields(_)))
    }

    fn check(&self) -> Result<()> {
        check_age(self.max_age_days)
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let clock = Closes::of(ground, &[&self.long, &self.short], self.max_age_days)?;
        let (long, short) = (clock.seen(0)?, clock.seen(1)?);
        let made = CROSS_MARKET_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name));
        let made = made.filter_map(|feature| match feature.value {
            CrossMarketValue::Yields(compute) => {
                Some(market(feature.definition.name, clock.observations(compute(&long, &short))))
            }
            _ => None,
        });
        Ok(Yield { made: made.collect(), notes: Vec::new() })
    }
}

impl Source for LevelSeries {
    fn makes(&self) -> Vec<&'static str> {
        named(|value| matches!(value, CrossMarketValue::Level(_)))
    }

    fn check(&self) -> Result<()> {
        check_age(self.max_age_days)
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let clock = Closes::of(ground, &[&self.series], self.max_age_days)?;
        let levels = clock.seen(0)?;
        let made = CROSS_MARKET_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name));
        let made = made.filter_map(|feature| match feature.value {
            CrossMarketValue::Level(compute) => {
                Some(market(feature.definition.name, clock.observations(compute(&levels))))
            }
            _ => None,
        });
        Ok(Yield { made: made.collect(), notes: Vec::new() })
    }
}

/// Series as the close of each session knew them. That nothing newer was known by a close is itself known at the close, so
/// what is made of them is known then.
struct Closes {
    sessions: Vec<(Date, Instant)>,
    facts: Vec<(Symbol, Vec<Observation>)>,
    age: i64,
}

impl Closes {
    /// The sessions that have closed, from the first fact of any series until the last one is too old.
    fn of(ground: &Ground<'_>, series: &[&Symbol], max_age_days: u32) -> Result<Self> {
        let facts: Vec<(Symbol, Vec<Observation>)> = series
            .iter()
            .map(|name| Ok(((*name).clone(), versions(ground, name)?)))
            .collect::<Result<_>>()?;
        let age = i64::from(max_age_days) * DAY_NANOS;
        let all = || facts.iter().flat_map(|(_, facts)| facts);
        let first = all().map(|fact| fact.known_at).min();
        let last = all().map(|fact| fact.date.plus_days(1).midnight_utc().nanos().saturating_add(age)).max();
        let calendar = ground.calendar;
        let within = |close: &Instant| {
            *close <= ground.now
                && first.is_some_and(|first| *close >= first)
                && last.is_some_and(|last| close.nanos() <= last)
        };
        let sessions = calendar.sessions().iter().map(|date| (*date, calendar.session_close(*date)));
        Ok(Self { sessions: sessions.filter(|(_, close)| within(close)).collect(), facts, age })
    }

    /// What each close found of a series, NaN where it is too old or was not known.
    fn seen(&self, series: usize) -> Result<Vec<f64>> {
        let (name, facts) = &self.facts[series];
        let closes: Vec<Instant> = self.sessions.iter().map(|(_, close)| *close).collect();
        let found = asof_values(&closes, facts, Some(self.age)).map_err(|error| {
            AppError::bug(format!("the closes cannot be joined with `{name}`")).because(error)
        })?;
        Ok(found.into_iter().map(|found| found.map_or(f64::NAN, |found| found.value)).collect())
    }

    fn observations(&self, values: Vec<f64>) -> Vec<Observation> {
        observations(self.sessions.iter().copied(), values)
    }
}

fn versions(ground: &Ground<'_>, series: &Symbol) -> Result<Vec<Observation>> {
    ground.lake.read_observation_versions(series).map_err(|error| {
        lake_error(&format!("failed to read `{series}`"), error)
            .hint("`proofmark data signals` lists the series, `data sources` what can be brought in")
    })
}

fn market(feature: &'static str, values: Vec<Observation>) -> Made {
    Made { feature, symbol: None, values }
}

fn named(makes: impl Fn(&CrossMarketValue) -> bool) -> Vec<&'static str> {
    let own = CROSS_MARKET_FEATURES.iter().filter(|feature| makes(&feature.value));
    own.map(|feature| feature.definition.name).collect()
}

fn check_age(days: u32) -> Result<()> {
    if (1..=AGE_MAX).contains(&days) {
        return Ok(());
    }
    Err(AppError::input(format!("`max_age_days` is {days}")).hint(format!("1 to {AGE_MAX}")))
}
