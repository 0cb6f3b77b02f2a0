//! Reading rows out of replies: what is odd about a row is listed, the others stay.

use proofmark_units::{Date, Instant};
use serde_json::Value;

use crate::columns::shown;
use crate::fetch::{Candle, Delivered, Flaw, FlawRule};
use crate::text::{NumberText, parse_number};

/// Why a row cannot be read.
#[derive(Debug)]
pub(super) struct Odd {
    pub(super) rule: FlawRule,
    pub(super) date: Option<Date>,
    pub(super) detail: String,
}

impl Odd {
    pub(super) fn new(rule: FlawRule, detail: String) -> Self {
        Self { rule, date: None, detail }
    }

    pub(super) fn date(field: &str, value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::new(FlawRule::MissingValue, format!("there is no `{field}`")),
            Some(value) => Self::new(FlawRule::BadDate, format!("`{field}` holds `{}`", told(value))),
        }
    }
}

impl<R> Delivered<R> {
    /// Adds one row of the reply, or lists why it cannot be read.
    pub(super) fn take(&mut self, row: Result<R, Odd>) {
        self.seen += 1;
        match row {
            Ok(row) => self.rows.push(row),
            Err(Odd { rule, date, detail }) => {
                self.flaws.push(Flaw { rule, row: self.seen, date, detail });
            }
        }
    }
}

/// A value as a message shows it: text without its quotes.
fn told(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

/// A finite number, which may be written as text.
pub(super) fn number(field: &str, value: Option<&Value>) -> Result<f64, Odd> {
    let read = match value {
        None | Some(Value::Null) => NumberText::Missing,
        Some(Value::Number(number)) => {
            number.as_f64().filter(|x| x.is_finite()).map_or(NumberText::Bad, NumberText::Number)
        }
        Some(Value::String(text)) => parse_number(text),
        Some(_) => NumberText::Bad,
    };
    match read {
        NumberText::Number(number) => Ok(number),
        NumberText::Missing => {
            Err(Odd::new(FlawRule::MissingValue, format!("there is no value in `{field}`")))
        }
        NumberText::Bad => {
            let text = value.map(told).unwrap_or_default();
            Err(Odd::new(FlawRule::BadNumber, format!("`{field}` holds `{text}`")))
        }
    }
}

/// A candle of `session` whose values are `fields`: open, high, low, close and volume, of which the last may be
/// missing.
pub(super) fn candle(
    session: Date,
    start: Instant,
    fields: [(&str, Option<&Value>); 5],
) -> Result<Candle, Odd> {
    let dated = |odd: Odd| Odd { date: Some(session), ..odd };
    let price = |index: usize| number(fields[index].0, fields[index].1).map_err(dated);
    let volume = match price(4) {
        Ok(volume) => Some(volume),
        Err(Odd { rule: FlawRule::MissingValue, .. }) => None,
        Err(odd) => return Err(odd),
    };
    Ok(Candle { session, start, open: price(0)?, high: price(1)?, low: price(2)?, close: price(3)?, volume })
}

/// Milliseconds since the epoch, as a number or as text; only instants that a date of the lake can hold.
pub(super) fn millis(field: &str, value: Option<&Value>) -> Result<Instant, Odd> {
    let bad = || Odd::date(field, value);
    let millis = match value {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    millis.and_then(|millis| instant(millis, 1_000_000)).ok_or_else(bad)
}

/// `count` units of `nanos` since the epoch, between the years 1900 and 2200.
pub(super) fn instant(count: i64, nanos: i64) -> Option<Instant> {
    let instant = Instant::from_nanos(count.checked_mul(nanos)?);
    (1900..2200).contains(&instant.utc_date().year()).then_some(instant)
}

/// Milliseconds since the epoch.
pub(super) const fn to_millis(instant: Instant) -> i64 {
    instant.nanos().div_euclid(1_000_000)
}

/// An RFC 3339 time.
pub(super) fn rfc3339(field: &str, value: Option<&Value>) -> Result<Instant, Odd> {
    let parsed = value.and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let nanos = parsed.and_then(|timestamp| i64::try_from(timestamp.as_nanosecond()).ok());
    nanos.and_then(|nanos| instant(nanos, 1)).ok_or_else(|| Odd::date(field, value))
}

/// The date that a text begins with, and the seconds of its day if a time follows: `2024-01-20` or
/// `2024-01-20 09:15:00`. No time zone is applied.
pub(super) fn wall_time(field: &str, value: Option<&Value>) -> Result<(Date, i64), Odd> {
    let bad = || Odd::date(field, value);
    let text = value.and_then(Value::as_str).ok_or_else(bad)?.trim();
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let date: Date = date.parse().map_err(|_| bad())?;
    let seconds = match time {
        None => 0,
        Some(time) => {
            let time: jiff::civil::Time = time.parse().map_err(|_| bad())?;
            i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second())
        }
    };
    Ok((date, seconds))
}
