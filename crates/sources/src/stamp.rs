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

/// Places many stamps: as [`instant_of`], but a zone's table is asked once a day where its clocks are not set that day.
#[derive(Debug, Clone)]
pub struct Clocks<'a> {
    zone: Option<&'a Zone>,
    /// A date, and what the zone's clocks are ahead of UTC all through it.
    day: Option<(Date, i64)>,
}

impl<'a> Clocks<'a> {
    /// Stamps without an offset are on the clocks of `zone`.
    pub const fn new(zone: Option<&'a Zone>) -> Self {
        Self { zone, day: None }
    }

    /// The instant of `time` on `date`, and what the clocks are ahead of UTC then, seconds: those of the zone where one was
    /// named, else as written.
    ///
    /// # Errors
    /// As [`instant_of`].
    pub fn place(&mut self, date: Date, time: WrittenTime) -> Result<(Instant, i64), StampError> {
        if let (None, Some((day, offset))) = (time.offset_seconds, self.day)
            && day == date
        {
            let local = Instant::from_nanos(date.midnight_utc().nanos() + time.nanos);
            return Ok((local.plus_seconds(-offset), offset));
        }
        let instant = instant_of(date, time, self.zone)?;
        let Some(zone) = self.zone else {
            return Ok((instant, time.offset_seconds.map_or(0, i64::from)));
        };
        let offset = zone.offset_seconds(instant);
        if time.offset_seconds.is_none() {
            let all_day = |nanos| {
                zone.instant(date, nanos).is_some_and(|instant| zone.offset_seconds(instant) == offset)
            };
            self.day = (all_day(0) && all_day(86_399_999_999_999)).then_some((date, offset));
        }
        Ok((instant, offset))
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
    fn clocks_place_every_stamp_as_one_by_one() {
        let zone = Zone::named("America/New_York").unwrap();
        let mut clocks = Clocks::new(Some(&zone));
        for date in ["2024-03-09", "2024-03-10", "2024-03-11", "2024-11-03"] {
            for minute in (0..1_440).step_by(30) {
                let date = date.parse().unwrap();
                let time = WrittenTime { nanos: minute * 60_000_000_000, offset_seconds: None };
                let placed = clocks.place(date, time);
                assert_eq!(placed.clone().map(|(instant, _)| instant), instant_of(date, time, Some(&zone)));
                if let Ok((instant, offset)) = placed {
                    assert_eq!(offset, zone.offset_seconds(instant));
                }
            }
        }
        let written = WrittenTime { nanos: 0, offset_seconds: Some(19_800) };
        let (instant, offset) = Clocks::new(None).place("2024-01-02".parse().unwrap(), written).unwrap();
        assert_eq!((instant.to_string().as_str(), offset), ("2024-01-01T18:30:00Z", 19_800));
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
