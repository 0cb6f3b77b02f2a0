//! Instants: nanoseconds since the Unix epoch, UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, nanoseconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The instant `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `micros` microseconds after the epoch (the unit of the lake's Parquet columns).
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros * 1_000)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole microseconds since the epoch, rounded down.
    pub const fn micros(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// This instant in whole microseconds, never earlier: what is known must not look known before it was.
    #[must_use]
    pub const fn up_to_micros(self) -> Self {
        let up = if self.0.rem_euclid(1_000) == 0 { 0 } else { 1 };
        Self((self.micros() + up).saturating_mul(1_000))
    }

    /// This instant moved by `seconds`; at most to the first or last instant there is, in 1677 and 2262.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000_000)))
    }

    /// The UTC calendar date of this instant.
    pub fn utc_date(self) -> crate::Date {
        let days = self.0.div_euclid(86_400_000_000_000);
        crate::Date::from_days(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// `yyyymmdd_hhmmss` in UTC, the clock part of a run id.
    pub fn compact_utc(self) -> String {
        let seconds = self.0.div_euclid(1_000_000_000).rem_euclid(86_400);
        let date = self.utc_date();
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{:04}{:02}{:02}_{hour:02}{minute:02}{second:02}", date.year(), date.month(), date.day())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp =
            jiff::Timestamp::from_nanosecond(self.0.into()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        fmt::Display::fmt(&timestamp, f)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text was not an instant in RFC 3339 form, or lies outside what nanoseconds can count (1677 to 2262).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an instant of the form 2024-01-31T10:00:00Z")]
pub struct ParseInstantError {
    /// The offending text.
    pub text: String,
}

impl FromStr for Instant {
    type Err = ParseInstantError;

    /// An offset has to be stated (`Z`, `+05:30`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let nanos = text.parse::<jiff::Timestamp>().ok().and_then(|t| i64::try_from(t.as_nanosecond()).ok());
        nanos.map(Self).ok_or_else(|| ParseInstantError { text: text.to_owned() })
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let timestamp: jiff::Timestamp =
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)?;
        i64::try_from(timestamp.as_nanosecond()).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_and_dates_agree_with_the_civil_calendar() {
        let instant = Instant::from_nanos(1_705_744_800_000_000_000); // 2024-01-20T10:00:00Z
        assert_eq!(instant.compact_utc(), "20240120_100000");
        assert_eq!(instant.utc_date().to_string(), "2024-01-20");
        assert_eq!(instant.to_string(), "2024-01-20T10:00:00Z");
        assert_eq!(Instant::from_nanos(-1).utc_date().to_string(), "1969-12-31");
    }

    #[test]
    fn whole_microseconds_are_never_earlier() {
        let up = |nanos: i64| Instant::from_nanos(nanos).up_to_micros().nanos();
        assert_eq!(
            [0, 1, 999, 1_000, -1, -1_000, -1_001].map(up),
            [0, 1_000, 1_000, 1_000, 0, -1_000, -1_000]
        );
        assert_eq!(up(i64::MAX), i64::MAX, "the last instant there is");
    }

    #[test]
    fn text_needs_an_offset_and_the_range_of_nanoseconds() {
        let at = |text: &str| text.parse::<Instant>().map(|instant| instant.to_string());
        assert_eq!(at("2024-01-20T15:30:00+05:30").unwrap(), "2024-01-20T10:00:00Z");
        for bad in ["2024-01-20", "2024-01-20T10:00:00", "3000-01-01T00:00:00Z", "", "now"] {
            assert!(at(bad).unwrap_err().to_string().contains("is not an instant"), "{bad}");
        }
    }
}
