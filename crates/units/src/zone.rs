//! Time zones named by a person, for stamps that state no offset.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::{Date, Instant};

/// A time zone: `UTC`, an offset or a name of the tz database. Named by the caller, never guessed.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// No time zone has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone `{name}`")]
pub struct UnknownZone {
    /// The name.
    pub name: String,
}

impl Zone {
    /// `UTC`, an offset such as `+05:30`, or a name of the tz database such as `Asia/Kolkata`.
    ///
    /// # Errors
    /// [`UnknownZone`] for any other text.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone { name: name.to_owned() };
        let zone = if name == "UTC" {
            TimeZone::UTC
        } else if name.starts_with(['+', '-']) {
            let seconds = parse_offset(name).ok_or_else(unknown)?;
            TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| unknown())?)
        } else {
            TimeZone::get(name).map_err(|_| unknown())?
        };
        Ok(Self { name: name.to_owned(), zone })
    }

    /// The name it was given by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What this zone's clocks are ahead of UTC at `instant`, seconds.
    pub fn offset_seconds(&self, instant: Instant) -> i64 {
        match jiff::Timestamp::from_nanosecond(instant.nanos().into()) {
            Ok(timestamp) => i64::from(self.zone.to_offset(timestamp).seconds()),
            Err(_) => 0,
        }
    }

    /// Date and nanoseconds since midnight on this zone's clocks at `instant`.
    pub fn local(&self, instant: Instant) -> (Date, i64) {
        let local = instant.plus_seconds(self.offset_seconds(instant));
        (local.utc_date(), local.nanos().rem_euclid(86_400_000_000_000))
    }

    /// The instant at which this zone's clocks show `nanos` since midnight on `date`; `None` where the clock was set and
    /// shows it twice or never.
    pub fn instant(&self, date: Date, nanos: i64) -> Option<Instant> {
        let naive = Instant::from_nanos(date.midnight_utc().nanos() + nanos);
        let (hour, rest) = (nanos / 3_600_000_000_000, nanos % 3_600_000_000_000);
        let (minute, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
        let time = civil::time(
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(rest / 1_000_000_000).ok()?,
            i32::try_from(rest % 1_000_000_000).ok()?,
        );
        let day = civil::Date::new(
            i16::try_from(date.year()).ok()?,
            i8::try_from(date.month()).ok()?,
            i8::try_from(date.day()).ok()?,
        );
        match self.zone.to_ambiguous_timestamp(day.ok()?.to_datetime(time)).offset() {
            AmbiguousOffset::Unambiguous { offset } => Some(naive.plus_seconds(-i64::from(offset.seconds()))),
            AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => None,
        }
    }
}

/// Seconds of an offset from UTC written `+05:30`, `-0500` or `+00`; `None` for anything else.
pub fn parse_offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}
