//! FRED and ALFRED: economic series with the days on which each value became known.
//!
//! Protocol: <https://fred.stlouisfed.org/docs/api/fred/series_observations.html>. An observation is dated by the
//! period it describes, which is weeks or months before anybody could read it. So by default a value is taken from its
//! first release, and is known from the end of that day in St. Louis on.

use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Instant};
use serde::Deserialize;
use serde_json::Value;

use super::reply::{self, Odd};
use crate::fetch::{Caps, Delivered, FlawRule, Instrument, Reading, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, by_status};

const VENDOR: &str = "FRED";
const CAP: u32 = 100_000;
/// The archive answers for at most 2,000 release days at once; a first release more than this later is not found.
const DAYS_TO_RELEASE: i32 = 183;
/// From here on the archive has no end.
const OPEN_END: &str = "9999-12-31";

/// Which of the values a date has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// The first one, known from its release on.
    First,
    /// Every one, each known from its release on.
    All,
    /// The one of today, taken as known so many days after its date: only for a series that is never revised, and with
    /// a lag that the caller answers for.
    Latest {
        /// Days.
        lag_days: u32,
    },
}

/// Observations of a series.
#[derive(Debug, Clone)]
pub struct Fred {
    base: String,
    release: Release,
}

impl Fred {
    /// Observations by `release`; `base` replaces the archive's own address, for a test.
    pub fn new(release: Release, base: Option<&str>) -> Self {
        let base = base.unwrap_or("https://api.stlouisfed.org").trim_end_matches('/').to_owned();
        Self { base, release }
    }

    /// 120 requests a minute are allowed; a little less is used.
    pub const LIMITS: Limits = Limits { per_minute: 100, burst: 5, per_day: None };
}

#[derive(Deserialize)]
struct Page {
    count: usize,
    observations: Vec<Value>,
}

impl Source for Fred {
    type Row = Reading;

    fn caps(&self) -> Caps {
        let kind = match self.release {
            Release::First => "first".to_owned(),
            Release::All => "all".to_owned(),
            Release::Latest { lag_days } => format!("latest-lag{lag_days}"),
        };
        Caps {
            vendor: VENDOR,
            folder: ("fred", format!("observations-{kind}")),
            rows_per_request: CAP,
            pages: true,
            row_each_day: false,
            // With the days to the release, four years have fewer release days than the archive answers for.
            days_per_chunk: 1_461,
            limits: Self::LIMITS,
        }
    }

    fn rows_per_day(&self, _session_minutes: u32) -> u32 {
        1
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Reading>, FetchError> {
        let until = span.end.plus_days(DAYS_TO_RELEASE);
        let known = match self.release {
            Release::Latest { .. } => None,
            Release::First if until < client.now().utc_date() => Some(until.to_string()),
            Release::First | Release::All => Some(OPEN_END.to_owned()),
        };
        let mut delivered = Delivered::default();
        let mut offset = 0;
        loop {
            let build = |a: &Attempt<'_>| {
                let request = Request::get(format!("{}/fred/series/observations", self.base))
                    .query("series_id", &instrument.code)
                    .query("api_key", a.key_text())
                    .query("file_type", "json")
                    .query("observation_start", span.start)
                    .query("observation_end", span.end)
                    .query("limit", CAP)
                    .query("offset", offset);
                match &known {
                    Some(until) => request.query("realtime_start", span.start).query("realtime_end", until),
                    None => request,
                }
            };
            let response = client.send(&build, &judge)?;
            let page: Page = client.json(&response, "a list of `observations` with their `count`")?;
            for row in &page.observations {
                delivered.take(self.reading(row));
            }
            offset += page.observations.len();
            if offset >= page.count || page.observations.is_empty() {
                break;
            }
        }
        if self.release == Release::First {
            first_only(&mut delivered);
        }
        // What may still come out is asked for again next time; of all releases there is always one that may.
        let before = span.start.plus_days(-1);
        let last = delivered.rows.iter().map(|row| row.date).max().unwrap_or(before);
        let too_late = client.now().utc_date().plus_days(-DAYS_TO_RELEASE);
        let complete_to = if self.release == Release::All { before } else { last.max(too_late) };
        delivered.complete_to = Some(complete_to);
        Ok(delivered)
    }
}

impl Fred {
    fn reading(&self, row: &Value) -> Result<Reading, Odd> {
        let (date, _) = reply::wall_time("date", row.get("date"))?;
        let dated = |odd: Odd| Odd { date: Some(date), ..odd };
        // The archive writes a full stop where a period has no value, such as on holidays.
        if row.get("value").and_then(Value::as_str) == Some(".") {
            return Err(dated(Odd::new(FlawRule::MissingValue, "the period has no value (`.`)".into())));
        }
        let value = reply::number("value", row.get("value")).map_err(dated)?;
        let known_on = match self.release {
            Release::Latest { lag_days } => date.plus_days(i32::try_from(lag_days).unwrap_or(i32::MAX / 4)),
            _ => reply::wall_time("realtime_start", row.get("realtime_start")).map_err(dated)?.0,
        };
        Ok(Reading { date, known_at: end_of_day(known_on), value })
    }
}

/// The end of a day in St. Louis: 06:00 UTC in winter, which is also after its end in summer.
const fn end_of_day(day: Date) -> Instant {
    day.plus_days(1).midnight_utc().plus_seconds(6 * 3_600)
}

/// Keeps the earliest release of each date. The others are revisions, not rows that could not be read, and are no
/// longer counted.
fn first_only(delivered: &mut Delivered<Reading>) {
    let mut first: BTreeMap<Date, Reading> = BTreeMap::new();
    let flawed = delivered.flaws.len() as u64;
    for row in &delivered.rows {
        let held = first.entry(row.date).or_insert(*row);
        if row.known_at < held.known_at {
            *held = *row;
        }
    }
    delivered.rows = first.into_values().collect();
    delivered.seen = delivered.rows.len() as u64 + flawed;
}

#[derive(Deserialize)]
struct Complaint {
    error_message: String,
}

fn judge(response: &Response) -> Judgement {
    match (response.status, serde_json::from_slice::<Complaint>(&response.body)) {
        (400, Ok(Complaint { error_message })) if error_message.contains("api_key") => Judgement::NotAllowed,
        (400 | 404, Ok(Complaint { error_message })) => Judgement::Refused(error_message),
        _ => by_status(response),
    }
}
