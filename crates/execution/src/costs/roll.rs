//! When positions roll into the next day, and for how many days of interest.

use proofmark_units::{Date, Instant, Zone};
use serde::Serialize;

/// A daily roll at one time on one zone's clocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Roll {
    #[serde(serialize_with = "zone_name")]
    zone: Zone,
    /// Nanoseconds since midnight.
    time: i64,
    /// Days of interest of a roll on Monday, Tuesday, .., Sunday; 0 = no roll.
    days: [u8; 7],
    /// Days of a year of interest: 360 or 365.
    year_days: f64,
}

fn zone_name<S: serde::Serializer>(zone: &Zone, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(zone.name())
}

impl Roll {
    /// `time` as `HH:MM`; `Err` says what is wrong.
    pub(super) fn new(zone: &str, time: &str, days: [u8; 7], year_days: f64) -> Result<Self, String> {
        let zone = Zone::named(zone).map_err(|e| e.to_string())?;
        let parsed = time.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
            let within = (0..24).contains(&hour) && (0..60).contains(&minute);
            within.then_some((hour * 60 + minute) * 60_000_000_000)
        });
        let Some(time) = parsed else { return Err(format!("roll time `{time}` is not HH:MM")) };
        if !(year_days == 360.0 || year_days == 365.0) {
            return Err(format!("`year_days` is 360 or 365, not {year_days}"));
        }
        Ok(Self { zone, time, days, year_days })
    }

    /// The rolls after `from` and not after `to`, in order: local date, instant, share of a year of interest.
    ///
    /// Where clocks are set and show the roll's time twice or never, it is an hour later.
    pub(super) fn between(
        &self,
        from: Instant,
        to: Instant,
    ) -> impl Iterator<Item = (Date, Instant, f64)> + use<'_> {
        let (first, last) = (self.zone.local(from).0, self.zone.local(to).0);
        (first.days()..=last.days()).filter_map(move |day| {
            let date = Date::from_days(day);
            let days = self.days[date.weekday() as usize % 7];
            if days == 0 {
                return None;
            }
            let later = self.time + 3_600_000_000_000;
            let at = self.zone.instant(date, self.time).or_else(|| self.zone.instant(date, later))?;
            (from < at && at <= to).then(|| (date, at, f64::from(days) / self.year_days))
        })
    }

    /// The zone whose clocks it follows.
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    /// Minutes after midnight on those clocks.
    pub const fn minute(&self) -> i64 {
        self.time / 60_000_000_000
    }

    /// Days of interest of a roll on Monday, Tuesday, .., Sunday.
    pub const fn days(&self) -> [u8; 7] {
        self.days
    }

    /// Days of a year of interest.
    pub const fn year_days(&self) -> f64 {
        self.year_days
    }
}
