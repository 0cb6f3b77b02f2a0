//! Context as it was known on the day: a close finds the same value when everything known later is taken away.

use proofmark_lake::Observation;
use proofmark_units::{Date, DateSpan, Instant};

use crate::error::Result;
use crate::run::context::Context;

/// Closes looked at for each series.
const DATES: usize = 5;

/// What the first column does that uses a later fact, and how many values were looked at.
pub(super) fn look(context: &[Context], span: DateSpan) -> Result<(usize, Option<String>)> {
    let mut looked = 0;
    for column in context {
        let closes: Vec<(Date, Instant)> = column.closes().collect();
        for (name, facts) in column.facts() {
            let (n, caught) = check(&closes, span, facts, &|facts| column.values(facts))?;
            looked += n;
            if let Some((date, was, is)) = caught {
                let of = name.map_or_else(String::new, |symbol| format!(" of {symbol}"));
                return Ok((
                    looked,
                    Some(format!(
                        "context column `{}`{of} on {date} is {was} and would be {is} from what was known by that close",
                        column.spec.name
                    )),
                ));
            }
        }
    }
    Ok((looked, None))
}

/// A value that later facts are part of: its date, what it is, and what it would be.
type Reached = (Date, f64, f64);

/// Works out the values of a few closes of `span` again from what was known by then.
fn check(
    closes: &[(Date, Instant)],
    span: DateSpan,
    facts: &[Observation],
    values: &dyn Fn(&[Observation]) -> Result<Vec<f64>>,
) -> Result<(usize, Option<Reached>)> {
    let first = closes.partition_point(|(date, _)| *date < span.start);
    let rows = closes.partition_point(|(date, _)| *date <= span.end) - first;
    let chosen: Vec<usize> =
        (1..=DATES).filter(|_| rows > DATES).map(|k| first + k * rows / (DATES + 1)).collect();
    let all = values(facts)?;
    for t in &chosen {
        let (date, close) = closes[*t];
        let known: Vec<Observation> = facts.iter().filter(|fact| fact.known_at <= close).copied().collect();
        let then = values(&known)?;
        let (was, is) = (all[*t], then[*t]);
        if was.to_bits() != is.to_bits() && !(was.is_nan() && is.is_nan()) {
            return Ok((chosen.len(), Some((date, was, is))));
        }
    }
    Ok((chosen.len(), None))
}

#[cfg(test)]
mod tests {
    use proofmark_lake::known::{KnownSeries, Level, Transform};

    use super::*;

    /// A month's figure, known three weeks after its end and put right two months later.
    fn facts() -> Vec<Observation> {
        let month = |m: i32| {
            let date = Date::from_days(15_000 + 30 * m);
            let known_at = date.plus_days(21).midnight_utc();
            let first = Observation { date, known_at, value: f64::from(m) };
            let known_at = date.plus_days(81).midnight_utc();
            [first, Observation { date, known_at, value: f64::from(m) + 0.5 }]
        };
        (0..20).flat_map(month).collect()
    }

    fn closes() -> Vec<(Date, Instant)> {
        let close = |day: i32| {
            let date = Date::from_days(day);
            (date, date.midnight_utc().plus_seconds(36_000))
        };
        (15_000..15_600).map(close).collect()
    }

    fn caught(values: &dyn Fn(&[Observation]) -> Result<Vec<f64>>) -> bool {
        let span = DateSpan { start: Date::from_days(15_100), end: Date::from_days(15_590) };
        let (looked, caught) = check(&closes(), span, &facts(), values).unwrap();
        assert_eq!(looked, DATES);
        caught.is_some()
    }

    #[test]
    fn the_join_is_clear_and_joins_that_ignore_a_time_are_caught() {
        let instants: Vec<Instant> = closes().into_iter().map(|(_, close)| close).collect();
        let honest = |facts: &[Observation]| {
            let series = KnownSeries::new(&instants, facts, 365).unwrap();
            Ok(Transform::Level(Level {}).cells(&series).into_iter().map(|cell| cell.or_nan()).collect())
        };
        assert!(!caught(&honest));
        // Joined by the date it describes, three weeks before it was known.
        let by_date = |facts: &[Observation]| {
            let newest =
                |date: Date| facts.iter().filter(|f| f.date <= date).max_by_key(|f| (f.date, f.known_at));
            Ok(closes().iter().map(|(date, _)| newest(*date).map_or(f64::NAN, |f| f.value)).collect())
        };
        assert!(caught(&by_date));
        // Known in time, but in the version of today.
        let restated = |facts: &[Observation]| {
            let newest = |at: Instant| facts.iter().filter(|f| f.known_at <= at).map(|f| f.date).max();
            let last = |date: Date| facts.iter().filter(|f| f.date == date).max_by_key(|f| f.known_at);
            let value = |at: &Instant| newest(*at).and_then(last).map_or(f64::NAN, |f| f.value);
            Ok(instants.iter().map(value).collect())
        };
        assert!(caught(&restated));
    }
}
