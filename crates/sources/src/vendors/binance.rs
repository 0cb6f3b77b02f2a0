//! Binance: public market data of spot and of USD-margined futures.
//!
//! Protocol: <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints> and
//! <https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api>. Times are UTC
//! milliseconds; a day is a UTC day.

use proofmark_market::Interval;
use proofmark_units::{DateSpan, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reply::{self, Odd};
use crate::fetch::{Candle, Caps, Delivered, FlawRule, Instrument, Reading, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, by_status};

const VENDOR: &str = "Binance";

/// Which of its markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Market {
    /// Spot.
    Spot,
    /// USD-margined futures and perpetuals.
    UsdM,
}

/// Bars, or funding payments, of one market.
#[derive(Debug, Clone)]
pub struct Binance {
    base: String,
    market: Market,
    interval: Interval,
}

impl Binance {
    /// Bars of `interval`; `base` replaces the vendor's own address, for a mirror or a test.
    pub fn bars(market: Market, interval: Interval, base: Option<&str>) -> Self {
        let own = match market {
            Market::Spot => "https://api.binance.com",
            Market::UsdM => "https://fapi.binance.com",
        };
        Self { base: base.unwrap_or(own).trim_end_matches('/').to_owned(), market, interval }
    }

    /// The limits of its market for requests of the largest size, with room to spare: spot allows 6,000 weight a
    /// minute at 2 a request, futures 2,400 at 10.
    pub const fn limits(market: Market) -> Limits {
        match market {
            Market::Spot => Limits { per_minute: 600, burst: 20, per_day: None },
            Market::UsdM => Limits { per_minute: 200, burst: 10, per_day: None },
        }
    }

    fn request(&self, spot: &str, usd_m: &str) -> Request {
        let path = if self.market == Market::Spot { spot } else { usd_m };
        Request::get(format!("{}{path}", self.base))
    }

    const fn folder(&self) -> &'static str {
        match self.market {
            Market::Spot => "binance-spot",
            Market::UsdM => "binance-usdm",
        }
    }

    const fn cap(&self) -> u32 {
        match self.market {
            Market::Spot => 1_000,
            Market::UsdM => 1_500,
        }
    }

    /// Pages of arrays, each beginning where the last one ended; rows are at least `step` milliseconds apart.
    fn pages<R>(
        client: &mut Client<'_>,
        request: &Request,
        span: DateSpan,
        (limit, step): (u32, i64),
        wanted: &'static str,
        read: impl Fn(&Value) -> Result<(Instant, R), Odd>,
    ) -> Result<Delivered<R>, FetchError> {
        let mut delivered = Delivered::default();
        let mut from = reply::to_millis(span.start.midnight_utc());
        let to = reply::to_millis(span.end.plus_days(1).midnight_utc()) - 1;
        loop {
            let build = |_: &Attempt<'_>| {
                request.clone().query("startTime", from).query("endTime", to).query("limit", limit)
            };
            let response = client.send(&build, &judge)?;
            let page: Vec<Value> = client.json(&response, wanted)?;
            let mut last = None;
            for row in &page {
                let row = read(row);
                last = last.max(row.as_ref().ok().map(|(at, _)| reply::to_millis(*at)));
                delivered.take(row.map(|(_, row)| row));
            }
            if page.len() < usize::try_from(limit).unwrap_or(usize::MAX)
                || last.is_some_and(|last| last + step > to)
            {
                return Ok(delivered);
            }
            match last {
                Some(last) if last >= from => from = last + 1,
                _ => return Err(client.schema("a page that goes on", "a full page that does not")),
            }
        }
    }

    /// The order book of `code` now: up to `levels` a side (5 to 5,000 on spot, to 1,000 on futures).
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn depth(
        &self,
        client: &mut Client<'_>,
        code: &str,
        levels: u32,
    ) -> Result<BookSnapshot, FetchError> {
        let build = |_: &Attempt<'_>| {
            self.request("/api/v3/depth", "/fapi/v1/depth").query("symbol", code).query("limit", levels)
        };
        let response = client.send(&build, &judge)?;
        let observed_at = client.now();
        let book: Depth = client.json(&response, "an order book with `bids` and `asks`")?;
        let side = |levels: &[[Value; 2]]| -> Result<Vec<(f64, f64)>, FetchError> {
            let read = |level: &[Value; 2]| {
                Ok((reply::number("price", Some(&level[0]))?, reply::number("quantity", Some(&level[1]))?))
            };
            levels
                .iter()
                .map(read)
                .collect::<Result<_, Odd>>()
                .map_err(|odd| client.schema("an order book of numbers", &odd.detail))
        };
        Ok(BookSnapshot {
            venue: self.folder().to_owned(),
            code: code.to_owned(),
            observed_at,
            exchange_time: book.exchange_time.and_then(|ms| reply::instant(ms, 1_000_000)),
            last_update_id: book.last_update_id,
            bids: side(&book.bids)?,
            asks: side(&book.asks)?,
        })
    }

    /// Funding payments as a source of their own; there are none on spot.
    pub const fn funding(self) -> Funding {
        Funding(self)
    }
}

impl Source for Binance {
    type Row = Candle;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: (self.folder(), format!("bars-{}", self.interval)),
            rows_per_request: self.cap(),
            pages: true,
            row_each_day: true,
            days_per_chunk: 1_000,
            limits: Self::limits(self.market),
        }
    }

    fn rows_per_day(&self, _session_minutes: u32) -> u32 {
        self.interval.bars_per_session(1_440)
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Candle>, FetchError> {
        let request = self
            .request("/api/v3/klines", "/fapi/v1/klines")
            .query("symbol", &instrument.code)
            .query("interval", self.interval);
        let step = i64::from(self.interval.minutes().unwrap_or(1_440)) * 60_000;
        Self::pages(client, &request, span, (self.cap(), step), "a list of klines", |row| {
            let start = reply::millis("open time", row.get(0))?;
            let fields = [("open", 1), ("high", 2), ("low", 3), ("close", 4), ("volume", 5)];
            let fields = fields.map(|(name, index)| (name, row.get(index)));
            Ok((start, reply::candle(start.utc_date(), start, fields)?))
        })
    }
}

/// Funding payments of perpetuals: fractions of the notional, known when they are paid.
#[derive(Debug, Clone)]
pub struct Funding(Binance);

impl Source for Funding {
    type Row = Reading;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: (self.0.folder(), "funding".to_owned()),
            rows_per_request: 1_000,
            pages: true,
            row_each_day: true,
            days_per_chunk: 300,
            // 500 requests in five minutes, shared by all of an address.
            limits: Limits { per_minute: 60, burst: 5, per_day: None },
        }
    }

    /// Payments come every eight hours on most contracts, on a few every hour; paging takes care of these.
    fn rows_per_day(&self, _session_minutes: u32) -> u32 {
        3
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Reading>, FetchError> {
        if self.0.market == Market::Spot {
            return Err(FetchError::NotOffered { vendor: VENDOR, what: "funding on spot".into() });
        }
        let request = self.0.request("", "/fapi/v1/fundingRate").query("symbol", &instrument.code);
        Binance::pages(client, &request, span, (1_000, 1), "a list of funding payments", |row| {
            let known_at = reply::millis("fundingTime", row.get("fundingTime"))?;
            let date = known_at.utc_date();
            let value = reply::number("fundingRate", row.get("fundingRate"))
                .map_err(|odd| Odd { date: Some(date), ..odd })?;
            if value.abs() > 1.0 {
                let detail = format!("`fundingRate` {value} is more than the notional");
                return Err(Odd { rule: FlawRule::BadNumber, date: Some(date), detail });
            }
            Ok((known_at, Reading { date, known_at, value }))
        })
    }
}

/// An order book as it was seen once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookSnapshot {
    /// Which market.
    pub venue: String,
    /// The vendor's name of the instrument.
    pub code: String,
    /// When the reply arrived here.
    pub observed_at: Instant,
    /// The exchange's own time, where it says one.
    pub exchange_time: Option<Instant>,
    /// Number of the last update in it; a stream of updates is joined to the book by this.
    pub last_update_id: i64,
    /// Price and quantity, best first.
    pub bids: Vec<(f64, f64)>,
    /// Price and quantity, best first.
    pub asks: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Depth {
    #[serde(rename = "lastUpdateId")]
    last_update_id: i64,
    #[serde(rename = "T")]
    exchange_time: Option<i64>,
    bids: Vec<[Value; 2]>,
    asks: Vec<[Value; 2]>,
}

#[derive(Deserialize)]
struct Complaint {
    code: i64,
    msg: String,
}

/// 418 is a ban for not heeding 429: nothing is asked again. Other complaints are in the body.
fn judge(response: &Response) -> Judgement {
    match (response.status, serde_json::from_slice::<Complaint>(&response.body)) {
        (200, _) => Judgement::Good,
        (418, _) => Judgement::Failed,
        (429, _) | (_, Ok(Complaint { code: -1003, .. })) => Judgement::TooOften(None),
        (400, Ok(Complaint { code, msg })) => Judgement::Refused(format!("{code}: {msg}")),
        _ => by_status(response),
    }
}
