//! How far a release is from what a stated, naive rule would have expected.

use std::collections::BTreeMap;

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

/// One value of a statistic as it was published; a revision is another release of the same period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// Last day of the period it describes.
    pub period: Date,
    /// When it could first be read; not before the period ends.
    pub known_at: Instant,
    /// The value.
    pub value: f64,
}

/// What the naive rule expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expectation {
    /// The mean of the last `periods` values known before the release.
    TrailingMean {
        /// How many.
        periods: usize,
    },
    /// The value `season` periods before, such as 12 for months: no change over a year.
    Seasonal {
        /// How many periods back.
        season: usize,
    },
}

/// How a surprise is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurpriseRule {
    /// What was expected.
    pub expectation: Expectation,
    /// Trailing errors that scale a surprise, at most.
    pub errors: usize,
    /// The fewest of them, at least 2.
    pub least: usize,
}

impl Default for SurpriseRule {
    /// For months: the value a year before, two years of errors, one of them at least.
    fn default() -> Self {
        Self { expectation: Expectation::Seasonal { season: 12 }, errors: 24, least: 12 }
    }
}

/// A release against its expectation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surprise {
    /// End of the period it describes.
    pub event_time: Instant,
    /// When it was released; the surprise belongs to that session and is not carried on.
    pub known_at: Instant,
    /// What was expected.
    pub expected: f64,
    /// Value less expectation, in the value's unit.
    pub error: f64,
    /// The error over the root mean square of the trailing errors before it; `None` below the minimum of them, or where all
    /// were 0.
    pub standardised: Option<f64>,
}

/// Releases that make no series.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SurpriseError {
    /// A value is not a number.
    #[error("the release of {period} is {value}; leave it out, since a missing value is no release")]
    NotFinite {
        /// Its period.
        period: Date,
        /// Its value.
        value: f64,
    },
    /// It was known before its period was over.
    #[error(
        "the release of {period} is known at {known_at}, before its period is over; date it by its release, not its period"
    )]
    KnownTooEarly {
        /// Its period.
        period: Date,
        /// When it is said to be known.
        known_at: Instant,
    },
    /// The expectation needs at least one period.
    #[error("an expectation over no period says nothing")]
    NoPeriod,
}

/// The surprise of the first release of each period that had an expectation, in order of release.
///
/// Expectations use the versions known strictly before the release, revisions included; the errors of the past stay what they
/// were at their own release. So nothing that is published later changes an earlier surprise. The rule is naive by choice: a
/// survey of forecasters would be the expectation of the market, and needs its own dated source. Scotti (2016), "Surprise and
/// uncertainty indexes", Journal of Monetary Economics 82, 1-19, for standardised surprises.
///
/// # Errors
/// [`SurpriseError`].
pub fn surprises(releases: &[Release], rule: SurpriseRule) -> Result<Vec<Surprise>, SurpriseError> {
    let SurpriseRule { expectation, errors, least } = rule;
    for release in releases {
        let Release { period, known_at, value } = *release;
        if !value.is_finite() {
            return Err(SurpriseError::NotFinite { period, value });
        }
        if known_at < end_of(period) {
            return Err(SurpriseError::KnownTooEarly { period, known_at });
        }
    }
    let (Expectation::TrailingMean { periods: wanted } | Expectation::Seasonal { season: wanted }) =
        expectation;
    if wanted == 0 {
        return Err(SurpriseError::NoPeriod);
    }
    let mut sorted: Vec<&Release> = releases.iter().collect();
    sorted.sort_by_key(|release| (release.known_at, release.period));
    let mut known: BTreeMap<Date, f64> = BTreeMap::new();
    let mut past: Vec<f64> = Vec::new();
    let mut out = Vec::new();
    // What is released at one instant is not known to the expectation of the others.
    for together in sorted.chunk_by(|a, b| a.known_at == b.known_at) {
        let firsts = together.iter().filter(|release| !known.contains_key(&release.period));
        let found: Vec<Surprise> = firsts
            .filter_map(|release| surprise(release, &known, expectation, trailing(&past, errors), least))
            .collect();
        past.extend(found.iter().map(|surprise| surprise.error));
        out.extend(found);
        known.extend(together.iter().map(|release| (release.period, release.value)));
    }
    Ok(out)
}

fn surprise(
    release: &Release,
    known: &BTreeMap<Date, f64>,
    expectation: Expectation,
    past: &[f64],
    least: usize,
) -> Option<Surprise> {
    let mut before = known.range(..release.period).rev().map(|(_, value)| *value);
    let expected = match expectation {
        Expectation::TrailingMean { periods } => {
            let values: Vec<f64> = before.take(periods).collect();
            (values.len() == periods).then(|| values.iter().sum::<f64>() / periods as f64)?
        }
        Expectation::Seasonal { season } => before.nth(season - 1)?,
    };
    let error = release.value - expected;
    let scale = (past.iter().map(|e| e * e).sum::<f64>() / past.len() as f64).sqrt();
    let enough = past.len() >= least.max(2) && scale > 0.0;
    Some(Surprise {
        event_time: end_of(release.period),
        known_at: release.known_at,
        expected,
        error,
        standardised: enough.then(|| error / scale),
    })
}

fn trailing(past: &[f64], errors: usize) -> &[f64] {
    &past[past.len().saturating_sub(errors)..]
}

fn end_of(period: Date) -> Instant {
    period.plus_days(1).midnight_utc()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Period and release by day.
    fn release(period: i32, released: i32, value: f64) -> Release {
        Release { period: Date::from_days(period), known_at: Date::from_days(released).midnight_utc(), value }
    }

    #[test]
    fn by_hand_with_a_revision() {
        let rule = |expectation| SurpriseRule { expectation, errors: 9, least: 2 };
        let mean = rule(Expectation::TrailingMean { periods: 2 });
        let releases = [
            release(30, 40, 1.0),
            release(60, 70, 3.0),
            release(90, 100, 4.0),   // expected 2: 2
            release(60, 110, 5.0),   // a revision is no surprise
            release(120, 130, 3.5),  // expected (4 + 5) / 2: -1
            release(150, 160, 6.75), // expected 3.75: 3, over sqrt((4 + 1) / 2)
        ];
        let found = surprises(&releases, mean).unwrap();
        let errors: Vec<f64> = found.iter().map(|s| s.error).collect();
        assert_eq!(errors, [2.0, -1.0, 3.0]);
        assert_eq!((found[1].standardised, found[0].event_time), (None, Date::from_days(91).midnight_utc()));
        assert!((found[2].standardised.unwrap() - 3.0 / 2.5_f64.sqrt()).abs() < 1e-15);
        let seasonal = surprises(&releases, rule(Expectation::Seasonal { season: 2 })).unwrap();
        assert_eq!(seasonal.iter().map(|s| s.expected).collect::<Vec<_>>(), [1.0, 5.0, 4.0]);
    }

    #[test]
    fn hostile_releases_are_named() {
        let rule = |expectation| SurpriseRule { expectation, errors: 9, least: 2 };
        let mean = rule(Expectation::TrailingMean { periods: 1 });
        let fails = |release: Release| surprises(&[release], mean).unwrap_err().to_string();
        assert!(fails(release(30, 30, 1.0)).contains("before its period is over"));
        assert!(fails(release(30, 40, f64::NAN)).contains("no release"));
        assert!(surprises(&[], rule(Expectation::Seasonal { season: 0 })).is_err());
        assert_eq!(surprises(&[], mean), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn later_releases_change_no_earlier_surprise(
            rows in prop::collection::vec((0_i32..40, 1_i32..60, -5.0..5.0_f64), 0..60), cut in 0_i32..1_300, season in any::<bool>()
        ) {
            let all: Vec<Release> =
                rows.iter().map(|(period, lag, value)| release(period * 30, period * 30 + lag, *value)).collect();
            let early: Vec<Release> =
                all.iter().filter(|r| r.known_at <= Date::from_days(cut).midnight_utc()).copied().collect();
            let expectation = if season { Expectation::Seasonal { season: 3 } } else { Expectation::TrailingMean { periods: 3 } };
            let rule = SurpriseRule { expectation, errors: 10, least: 4 };
            let (whole, part) = (surprises(&all, rule).unwrap(), surprises(&early, rule).unwrap());
            let known = whole.iter().filter(|s| s.known_at <= Date::from_days(cut).midnight_utc());
            prop_assert_eq!(known.copied().collect::<Vec<_>>(), part);
        }
    }
}
