//! Time of day as a file writes it, and the instant it means once a zone is named.

use proofmark_units::{Date, Instant, Zone, parse_offset};

/// A time of day as written beside a date; no zone is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenTime {
    /// Nanoseconds since midnight.
    pub nanos: i64,
    /// Offset from UTC that the text states, seconds; `None` when it states none.
    pub offset_seconds: Option<i32>,
}

impl WrittenTime {
    /// Reads `T09:15:00.5+05:30`, ` 13:05:00`, ` 00:00Z`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(['T', 't', ' ']).trim_end();
        let at = text.find(['+', '-', 'Z', 'z']).unwrap_or(text.len());
        let (clock, offset) = text.split_at(at);
        let mut parts = clock.trim_end().split(':');
        let mut number = |most: i64| {
            let part = parts.next()?;
            (part.len() == 2).then(|| part.parse::<i64>().ok()).flatten().filter(|n| (0..=most).contains(n))
        };
        let (hour, minute) = (number(23)?, number(59)?);
        let mut nanos = (hour * 3_600 + minute * 60) * 1_000_000_000;
        if let Some(seconds) = parts.next() {
            let value: f64 = seconds.parse().ok().filter(|s| (0.0..60.0).contains(s))?;
            nanos += (value * 1e9).round() as i64;
        }
        if parts.next().is_some() {
            return None;
        }
        let offset_seconds = match offset {
            "" => None,
            "Z" | "z" => Some(0),
            _ => Some(parse_offset(offset)?),
        };
        Some(Self { nanos, offset_seconds })
    }
}

/// A stamp that names no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// No offset is written and no zone was given.
    #[error("the stamps state no offset from UTC, and no zone was given")]
    NoZone,
    /// The clock was set forward over it, or back, so that it happened twice.
    #[error("{date} at that time happened twice or never in {zone}, where the clock was set")]
    ClockSet {
        /// The date as written.
        date: Date,
        /// The zone.
        zone: String,
    },
}

/// The instant of `time` on `date`: by the offset as written, else by `zone`.
///
/// # Errors
/// [`StampError::NoZone`] when neither is there; [`StampError::ClockSet`] when the zone's clock was set then.
pub fn instant_of(date: Date, time: WrittenTime, zone: Option<&Zone>) -> Result<Instant, StampError> {
    match (time.offset_seconds, zone) {
        (Some(offset), _) => {
            Ok(Instant::from_nanos(date.midnight_utc().nanos() + time.nanos).plus_seconds(-i64::from(offset)))
        }
        (None, Some(zone)) => zone
            .instant(date, time.nanos)
            .ok_or_else(|| StampError::ClockSet { date, zone: zone.name().to_owned() }),
        (None, None) => Err(StampError::NoZone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(date: &str, time: &str, zone: Option<&str>) -> Result<String, StampError> {
        let zone = zone.map(|name| Zone::named(name).unwrap());
        instant_of(date.parse().unwrap(), WrittenTime::parse(time).unwrap(), zone.as_ref())
            .map(|i| i.to_string())
    }

    #[test]
    fn written_offsets_win_and_naive_stamps_need_a_zone() {
        assert_eq!(at("2024-01-02", "T09:15:00+05:30", None).unwrap(), "2024-01-02T03:45:00Z");
        assert_eq!(at("2024-01-02", " 13:00:00+00", Some("Asia/Kolkata")).unwrap(), "2024-01-02T13:00:00Z");
        assert_eq!(at("2024-01-02", " 09:15:00", None), Err(StampError::NoZone));
        assert_eq!(at("2024-01-02", " 09:15:00", Some("Asia/Kolkata")).unwrap(), "2024-01-02T03:45:00Z");
        assert_eq!(at("2024-01-02", " 09:30", Some("America/New_York")).unwrap(), "2024-01-02T14:30:00Z");
        assert_eq!(at("2024-07-02", " 09:30", Some("America/New_York")).unwrap(), "2024-07-02T13:30:00Z");
        assert_eq!(at("2024-01-02", " 09:15:00", Some("-05:00")).unwrap(), "2024-01-02T14:15:00Z");
        assert!(matches!(
            at("2024-03-10", " 02:30:00", Some("America/New_York")),
            Err(StampError::ClockSet { .. })
        ));
        assert!(Zone::named("Bogota").is_err());
    }

    #[test]
    fn local_clocks_go_back_and_forth() {
        let zone = Zone::named("America/Bogota").unwrap();
        let instant = instant_of(
            "2024-01-02".parse().unwrap(),
            WrittenTime { nanos: 8 * 3_600_000_000_000, offset_seconds: None },
            Some(&zone),
        );
        assert_eq!(zone.local(instant.unwrap()), ("2024-01-02".parse().unwrap(), 8 * 3_600_000_000_000));
        for bad in ["", "x", "9:15", "09:15:61", "09:15:00+5", "09:15:00+05:30:00x", "24:00"] {
            assert_eq!(WrittenTime::parse(bad), None, "{bad}");
        }
    }
}
