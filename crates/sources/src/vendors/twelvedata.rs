//! Twelve Data: bars of shares, currencies and crypto.
//!
//! Protocol: <https://twelvedata.com/docs>, `time_series`. A reply holds at most 5,000 bars, the newest ones. Times are
//! asked for in UTC: in some local zones the vendor leaves bars out. The key travels in a header, never in the query.

use proofmark_market::Interval;
use proofmark_units::DateSpan;
use serde::Deserialize;
use serde_json::Value;

use super::reply;
use crate::fetch::{Candle, Caps, Delivered, Instrument, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, by_status};

const VENDOR: &str = "Twelve Data";
const CAP: u32 = 5_000;

/// Bars of one interval. A day is the date as the vendor writes it; bars within a day belong to their UTC date.
#[derive(Debug, Clone)]
pub struct TwelveData {
    base: String,
    interval: Interval,
}

impl TwelveData {
    /// Bars of `interval`; `base` replaces the vendor's own address, for a test.
    pub fn new(interval: Interval, base: Option<&str>) -> Self {
        let base = base.unwrap_or("https://api.twelvedata.com").trim_end_matches('/').to_owned();
        Self { base, interval }
    }

    /// What the free plan allows, of each key.
    pub const LIMITS: Limits = Limits { per_minute: 8, burst: 1, per_day: Some(800) };
}

#[derive(Deserialize)]
struct Series {
    values: Vec<Value>,
}

impl Source for TwelveData {
    type Row = Candle;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: ("twelvedata", format!("bars-{}", self.interval)),
            rows_per_request: CAP,
            pages: false,
            row_each_day: true,
            days_per_chunk: CAP,
            limits: Self::LIMITS,
        }
    }

    fn rows_per_day(&self, session_minutes: u32) -> u32 {
        self.interval.bars_per_session(session_minutes)
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Candle>, FetchError> {
        let interval = match self.interval {
            Interval::Minute1 => "1min",
            Interval::Minute5 => "5min",
            Interval::Minute15 => "15min",
            Interval::Minute30 => "30min",
            Interval::Hour1 => "1h",
            Interval::Day1 => "1day",
        };
        let build = |a: &Attempt<'_>| {
            Request::get(format!("{}/time_series", self.base))
                .query("symbol", &instrument.code)
                .query("interval", interval)
                .query("start_date", format!("{} 00:00:00", span.start))
                .query("end_date", format!("{} 23:59:59", span.end))
                .query("outputsize", CAP)
                .query("order", "ASC")
                .query("timezone", "UTC")
                .header("Authorization", format!("apikey {}", a.key_text()))
        };
        let response = client.send(&build, &judge)?;
        let mut delivered = Delivered::default();
        if no_data(&response) {
            return Ok(delivered);
        }
        let series: Series = client.json(&response, "a time series with `values`")?;
        for row in &series.values {
            delivered.take(reply::wall_time("datetime", row.get("datetime")).and_then(|(day, seconds)| {
                let fields = ["open", "high", "low", "close", "volume"].map(|name| (name, row.get(name)));
                reply::candle(day, day.midnight_utc().plus_seconds(seconds), fields)
            }));
        }
        Ok(delivered)
    }
}

#[derive(Deserialize)]
struct Complaint {
    code: u16,
    message: String,
}

fn complaint(response: &Response) -> Option<Complaint> {
    serde_json::from_slice(&response.body).ok()
}

/// A span without a bar is an error of status 400, told only by its words.
fn no_data(response: &Response) -> bool {
    complaint(response).is_some_and(|c| c.code == 400 && c.message.starts_with("No data is available"))
}

/// The code in the body counts; some errors come with status 200.
fn judge(response: &Response) -> Judgement {
    match complaint(response) {
        _ if no_data(response) => Judgement::Good,
        Some(Complaint { code: 429, .. }) => Judgement::TooOften(None),
        Some(Complaint { code: 401 | 403, .. }) => Judgement::NotAllowed,
        Some(Complaint { code: 400..=499, message }) => Judgement::Refused(message),
        Some(Complaint { code: 500.., .. }) => Judgement::Busy,
        _ => by_status(response),
    }
}
