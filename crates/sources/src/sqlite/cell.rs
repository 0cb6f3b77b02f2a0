//! Cells of a foreign database: any type may stand in any column.

use proofmark_units::{Date, Instant};
use rusqlite::types::ValueRef;

use crate::WrittenTime;
use crate::collect::Complaint;

/// What a number of stamps counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    /// Told by size: within these bounds each unit gives years from 1973 to 5138.
    pub(super) const fn of(largest: i64) -> Self {
        if largest < 100_000_000_000 {
            Self::Seconds
        } else if largest < 100_000_000_000_000 {
            Self::Millis
        } else if largest < 100_000_000_000_000_000 {
            Self::Micros
        } else {
            Self::Nanos
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    fn instant(self, stamp: i64) -> Option<Instant> {
        let nanos = match self {
            Self::Seconds => stamp.checked_mul(1_000_000_000)?,
            Self::Millis => stamp.checked_mul(1_000_000)?,
            Self::Micros => stamp.checked_mul(1_000)?,
            Self::Nanos => stamp,
        };
        let instant = Instant::from_nanos(nanos);
        (1900..2200).contains(&instant.utc_date().year()).then_some(instant)
    }
}

/// An instant: a whole number of `unit`, or ISO 8601 text, in UTC where it states no offset.
pub(super) fn instant(cell: ValueRef<'_>, column: &str, unit: Unit) -> Result<Instant, Complaint> {
    match cell {
        ValueRef::Null => Err(Complaint::new("missing_value", column, "")),
        ValueRef::Integer(stamp) => {
            unit.instant(stamp).ok_or_else(|| Complaint::new("bad_date", column, &stamp.to_string()))
        }
        ValueRef::Text(_) => {
            let text = text(cell, column)?;
            written(text.trim()).ok_or_else(|| Complaint::new("bad_date", column, text))
        }
        other => Err(Complaint::new("bad_date", column, kind(other))),
    }
}

fn written(text: &str) -> Option<Instant> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let date: Date = date.parse().ok()?;
    if rest.trim().is_empty() {
        return Some(date.midnight_utc());
    }
    let time = WrittenTime::parse(rest)?;
    let offset = i64::from(time.offset_seconds.unwrap_or(0));
    Some(Instant::from_nanos(date.midnight_utc().nanos() + time.nanos).plus_seconds(-offset))
}

/// A date as `YYYY-MM-DD`.
pub(super) fn date(cell: ValueRef<'_>, column: &str) -> Result<Date, Complaint> {
    let text = text(cell, column)?;
    text.parse().map_err(|_| Complaint::new("bad_date", column, text))
}

/// Text in UTF-8.
pub(super) fn text<'a>(cell: ValueRef<'a>, column: &str) -> Result<&'a str, Complaint> {
    match cell {
        ValueRef::Null => Err(Complaint::new("missing_value", column, "")),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| Complaint::new("bad_text", column, ""))
        }
        other => Err(Complaint::new("bad_text", column, kind(other))),
    }
}

/// A finite number, also one written as text; `None` where there is none.
pub(super) fn number(cell: ValueRef<'_>, column: &str) -> Result<Option<f64>, Complaint> {
    let number = match cell {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => number as f64,
        ValueRef::Real(number) => number,
        ValueRef::Text(_) => {
            let text = text(cell, column)?;
            text.trim().parse().map_err(|_| Complaint::new("bad_number", column, text))?
        }
        other @ ValueRef::Blob(_) => return Err(Complaint::new("bad_number", column, kind(other))),
    };
    if number.is_finite() {
        Ok(Some(number))
    } else {
        Err(Complaint::new("bad_number", column, &number.to_string()))
    }
}

const fn kind(cell: ValueRef<'_>) -> &'static str {
    match cell {
        ValueRef::Null => "nothing",
        ValueRef::Integer(_) => "a whole number",
        ValueRef::Real(_) => "a fraction",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "bytes",
    }
}

/// `value` if there is one.
pub(super) fn if_any<'a, T>(
    cell: ValueRef<'a>,
    read: impl FnOnce(ValueRef<'a>) -> Result<T, Complaint>,
) -> Result<Option<T>, Complaint> {
    if cell == ValueRef::Null { Ok(None) } else { read(cell).map(Some) }
}
