//! Alpaca: bars of US shares.
//!
//! Protocol: <https://docs.alpaca.markets/reference/stockbarsingle>. Prices are asked for as traded (`adjustment=raw`),
//! since adjusted ones change whenever a split or dividend happens. Replies come in pages with `next_page_token`.

use jiff::tz::TimeZone;
use proofmark_market::Interval;
use proofmark_units::{Date, DateSpan, Instant};
use serde::Deserialize;
use serde_json::Value;

use super::reply::{self, Odd};
use crate::fetch::{Candle, Caps, Delivered, Instrument, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, Secret, by_status};

const VENDOR: &str = "Alpaca";
const CAP: u32 = 10_000;
/// Where the exchanges are, as a rule (POSIX) that needs no time zone database: a bar belongs to the date of its
/// beginning there. The rule holds since 2007; the vendor's bars begin later.
const ZONE: &str = "EST5EDT,M3.2.0,M11.1.0";

/// Bars of one interval.
#[derive(Debug, Clone)]
pub struct Alpaca {
    base: String,
    key_id: Secret,
    secret: Secret,
    interval: Interval,
    feed: String,
}

impl Alpaca {
    /// Bars of `interval` from `feed` (`iex`, or `sip` for all exchanges with a paid plan); `base` replaces the vendor's
    /// own address, for a test.
    pub fn new(key_id: Secret, secret: Secret, interval: Interval, feed: &str, base: Option<&str>) -> Self {
        let base = base.unwrap_or("https://data.alpaca.markets").trim_end_matches('/').to_owned();
        Self { base, key_id, secret, interval, feed: feed.to_owned() }
    }

    /// What the free plan allows.
    pub const LIMITS: Limits = Limits { per_minute: 190, burst: 10, per_day: None };
}

#[derive(Deserialize)]
struct Page {
    bars: Option<Vec<Value>>,
    next_page_token: Option<String>,
}

impl Source for Alpaca {
    type Row = Candle;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: ("alpaca", format!("bars-{}-{}", self.feed, self.interval)),
            rows_per_request: CAP,
            pages: true,
            row_each_day: true,
            days_per_chunk: 1_000,
            limits: Self::LIMITS,
        }
    }

    /// Bars within a day also come from before and after the session: 04:00 to 20:00 in New York.
    fn rows_per_day(&self, session_minutes: u32) -> u32 {
        self.interval.bars_per_session(session_minutes.max(960))
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Candle>, FetchError> {
        client.hide(self.key_id.clone());
        client.hide(self.secret.clone());
        let timeframe = match self.interval {
            Interval::Minute1 => "1Min",
            Interval::Minute5 => "5Min",
            Interval::Minute15 => "15Min",
            Interval::Minute30 => "30Min",
            Interval::Hour1 => "1Hour",
            Interval::Day1 => "1Day",
        };
        let zone = TimeZone::posix(ZONE)
            .map_err(|_| FetchError::NotOffered { vendor: VENDOR, what: format!("time zone `{ZONE}`") })?;
        let midnight = |day: Date| midnight(&zone, day);
        let (from, to) = (midnight(span.start), midnight(span.end.plus_days(1)).plus_seconds(-1));
        let mut delivered = Delivered::default();
        let mut token: Option<String> = None;
        loop {
            let build = |_: &Attempt<'_>| {
                let request = Request::get(format!("{}/v2/stocks/{}/bars", self.base, instrument.code))
                    .query("timeframe", timeframe)
                    .query("start", local(&zone, from))
                    .query("end", local(&zone, to))
                    .query("limit", CAP)
                    .query("adjustment", "raw")
                    .query("feed", &self.feed)
                    .query("sort", "asc")
                    .header("APCA-API-KEY-ID", self.key_id.expose())
                    .header("APCA-API-SECRET-KEY", self.secret.expose());
                match &token {
                    Some(token) => request.query("page_token", token),
                    None => request,
                }
            };
            let response = client.send(&build, &judge)?;
            let page: Page = client.json(&response, "a page of `bars`")?;
            for row in page.bars.unwrap_or_default() {
                delivered.take(candle(&zone, &row));
            }
            match page.next_page_token {
                Some(next) if token.as_ref() == Some(&next) => {
                    return Err(client.schema("pages that go on", "the same `next_page_token` again"));
                }
                Some(next) if !next.is_empty() => token = Some(next),
                _ => return Ok(delivered),
            }
        }
    }
}

fn candle(zone: &TimeZone, row: &Value) -> Result<Candle, Odd> {
    let start = reply::rfc3339("t", row.get("t"))?;
    let local = zoned(zone, start).date();
    let day = (i32::from(local.year()), local.month().unsigned_abs(), local.day().unsigned_abs());
    let session =
        Date::from_ymd(day.0, day.1.into(), day.2.into()).ok_or_else(|| Odd::date("t", row.get("t")))?;
    reply::candle(session, start, ["o", "h", "l", "c", "v"].map(|name| (name, row.get(name))))
}

fn zoned(zone: &TimeZone, at: Instant) -> jiff::Zoned {
    let timestamp =
        jiff::Timestamp::from_nanosecond(at.nanos().into()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    timestamp.to_zoned(zone.clone())
}

/// An instant as RFC 3339 with the zone's offset then.
fn local(zone: &TimeZone, at: Instant) -> String {
    zoned(zone, at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Midnight there at the beginning of `day`; New York never moves its clocks at midnight.
fn midnight(zone: &TimeZone, day: Date) -> Instant {
    let utc = day.midnight_utc();
    let guess = utc.plus_seconds(-i64::from(zoned(zone, utc).offset().seconds()));
    utc.plus_seconds(-i64::from(zoned(zone, guess).offset().seconds()))
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

fn judge(response: &Response) -> Judgement {
    match (response.status, serde_json::from_slice::<Complaint>(&response.body)) {
        (400 | 404 | 422, Ok(Complaint { message })) => Judgement::Refused(message),
        _ => by_status(response),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_new_york_also_when_clocks_move() {
        let zone = TimeZone::posix(ZONE).unwrap();
        let begins = |day: &str| local(&zone, midnight(&zone, day.parse().unwrap()));
        assert_eq!(begins("2024-01-02"), "2024-01-02T00:00:00-05:00");
        assert_eq!(begins("2024-03-10"), "2024-03-10T00:00:00-05:00");
        assert_eq!(begins("2024-03-11"), "2024-03-11T00:00:00-04:00");
        assert_eq!(begins("2024-11-04"), "2024-11-04T00:00:00-05:00");
    }
}
