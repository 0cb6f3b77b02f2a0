//! Session dates: a day on an exchange's own calendar, without a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Instant;

const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// A calendar date, stored as days since 1970-01-01; written `YYYY-MM-DD`.
///
/// Range: years 1900 to 2200 (checked where text is parsed), so day arithmetic never overflows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// Text was not a date in `YYYY-MM-DD` form within 1900-2200.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date of the form YYYY-MM-DD")]
pub struct ParseDateError {
    /// The offending text.
    pub text: String,
}

impl Date {
    /// The date `days` days after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The date of a civil year, month and day; `None` if there is no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let (year, month, day) =
            (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let date = civil::Date::new(year, month, day).ok()?;
        if !(1900..=2200).contains(&year) {
            return None;
        }
        i32::try_from(date.duration_since(EPOCH).as_secs() / 86_400).ok().map(Self)
    }

    fn civil(self) -> civil::Date {
        EPOCH.saturating_add(jiff::Span::new().days(self.0))
    }

    /// Civil year.
    pub fn year(self) -> i32 {
        self.civil().year().into()
    }

    /// Civil month, 1 to 12.
    pub fn month(self) -> u32 {
        self.civil().month().unsigned_abs().into()
    }

    /// Day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        self.civil().day().unsigned_abs().into()
    }

    /// The week of ISO 8601: it begins on Monday and belongs to the year of its Thursday.
    pub fn iso_week(self) -> IsoWeek {
        let week = self.civil().iso_week_date();
        IsoWeek { year: week.year().into(), week: week.week().unsigned_abs().into() }
    }

    /// Day of the week, Monday 0 to Sunday 6.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7).unsigned_abs()
    }

    /// This date moved by `days` calendar days.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// This date moved by `months` calendar months; the day is clamped to the month's end.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        let moved = self.civil().saturating_add(jiff::Span::new().months(months));
        Self(moved.since(EPOCH).map_or(self.0, |span| span.get_days()))
    }

    /// Midnight UTC of this date: the storage label of a daily bar, not an instant anything was known.
    pub const fn midnight_utc(self) -> Instant {
        Instant::from_nanos(self.0 as i64 * 86_400_000_000_000)
    }
}

/// A week of ISO 8601; written `2025-W03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsoWeek {
    /// The year that its Thursday lies in.
    pub year: i32,
    /// 1 to 53.
    pub week: u32,
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(f, "{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = ParseDateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseDateError { text: text.to_owned() };
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !shaped {
            return Err(error());
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().map_err(|_| error());
        Self::from_ymd(number(0..4)?.cast_signed(), number(5..7)?, number(8..10)?).ok_or_else(error)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An inclusive span of dates, `start <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DateSpan {
    /// First date inside.
    pub start: Date,
    /// Last date inside.
    pub end: Date,
}

impl DateSpan {
    /// The whole range of [`Date`]: 1900-01-01 to 2200-12-31.
    pub const EVERY: Self = Self { start: Date::from_days(-25_567), end: Date::from_days(84_370) };

    /// The span from `start` to `end`; `None` when `end` lies before `start`.
    pub fn new(start: Date, end: Date) -> Option<Self> {
        (start <= end).then_some(Self { start, end })
    }

    /// Whether `date` lies inside.
    pub fn contains(&self, date: Date) -> bool {
        self.start <= date && date <= self.end
    }

    /// Whether the two spans share a date.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

impl fmt::Display for DateSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_days_round_trip() {
        for text in ["1970-01-01", "2000-02-29", "2024-01-20", "1999-12-31"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(Date::from_days(date.days()), date);
        }
        assert_eq!("1970-01-02".parse::<Date>().unwrap().days(), 1);
        assert_eq!("2024-01-20".parse::<Date>().unwrap().weekday(), 5); // a Saturday
        let week = |text: &str| text.parse::<Date>().unwrap().iso_week().to_string();
        assert_eq!((week("2025-01-13"), week("2024-12-30")), ("2025-W03".to_owned(), "2025-W01".to_owned()));
        assert_eq!((week("2021-01-03"), week("2020-12-31")), ("2020-W53".to_owned(), "2020-W53".to_owned()));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "2023-02-29", "2023-1-01", "2023-13-01", "20230101", "2023-01-0x", "+023-01-01", "éé23-1-1"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_clamp_to_the_month_end() {
        let date: Date = "2024-01-31".parse().unwrap();
        assert_eq!(date.plus_months(1).to_string(), "2024-02-29");
        assert_eq!(date.plus_months(-12).to_string(), "2023-01-31");
    }
}
