//! ICICI Direct's Breeze: Indian exchanges.
//!
//! Protocol: <https://api.icicidirect.com/breezeapi/documents/index.html>. Version 1 wants its arguments as the JSON
//! body of a GET and a checksum over time stamp, body and secret; version 2 of the historical charts wants a query and
//! two headers. A reply holds at most 1,000 candles and, when there are more, silently leaves out the earlier ones.
//! A session lasts until midnight in India.

use std::cell::RefCell;

use proofmark_market::Interval;
use proofmark_units::{Date, DateSpan, Digest, Instant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::{self, Odd};
use crate::fetch::{Candle, Caps, Delivered, Flaw, Instrument, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, Secret, by_status};

const VENDOR: &str = "Breeze";
/// India is five and a half hours ahead of UTC, all year.
const IST_SECONDS: i64 = 5 * 3_600 + 1_800;
const CAP: u32 = 1_000;

/// How to get a new session; holds no key.
const LOG_IN: &str = "log in at https://api.icicidirect.com/apiuser/login?api_key=YOUR_KEY (the key URL-encoded), set \
    BREEZE_SESSION_TOKEN to the `apisession` of the address you are sent to, and run the same command: finished \
    chunks are kept. A session lasts until midnight in India";

/// Which version of the historical charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charts {
    /// Version 1, with checksum.
    V1,
    /// Version 2.
    V2,
}

/// What a user has: the application's key and secret, and the session of today's login.
#[derive(Debug, Clone)]
pub struct BreezeLogin {
    /// Key of the application.
    pub app_key: Secret,
    /// Its secret, which signs requests and is never sent.
    pub secret_key: Secret,
    /// `apisession` of today's login.
    pub api_session: Secret,
}

/// A session that is under way.
#[derive(Debug, Clone)]
struct Session {
    token: Secret,
    until: Instant,
}

/// Bars of Indian exchanges.
#[derive(Debug)]
pub struct Breeze {
    base: [String; 3],
    login: BreezeLogin,
    interval: Interval,
    charts: Charts,
    exchange: String,
    /// Made by the first request, so that a fetch of what is there already makes none.
    session: RefCell<Option<Session>>,
}

impl Breeze {
    /// Bars of `interval` of `exchange`, such as `NSE`; `base` replaces the vendor's three addresses, for a test.
    pub fn new(
        login: BreezeLogin,
        interval: Interval,
        charts: Charts,
        exchange: &str,
        base: Option<&str>,
    ) -> Self {
        let own = [
            "https://api.icicidirect.com",
            "https://breezeapi.icicidirect.com",
            "https://traderweb.icicidirect.com",
        ];
        let base = own.map(|own| base.unwrap_or(own).trim_end_matches('/').to_owned());
        Self { base, login, interval, charts, exchange: exchange.to_owned(), session: RefCell::new(None) }
    }

    /// 100 requests a minute and 5,000 a day are allowed; a little less is used.
    pub const LIMITS: Limits = Limits { per_minute: 90, burst: 5, per_day: Some(5_000) };

    /// A version 1 request: the arguments as body, signed anew for each attempt.
    fn v1(&self, path: &str, arguments: &Value, token: Option<&Secret>, now: Instant) -> Request {
        let body = arguments.to_string();
        let mut request = Request::get(format!("{}/breezeapi/api/v1/{path}", self.base[0]));
        if let Some(token) = token {
            let timestamp = timestamp(now);
            let signed = format!("{timestamp}{body}{}", self.login.secret_key.expose());
            request = request
                .header("X-Checksum", format!("token {}", Digest::of(signed.as_bytes())))
                .header("X-Timestamp", timestamp)
                .header("X-AppKey", self.login.app_key.expose())
                .header("X-SessionToken", token.expose());
        }
        request.json(body)
    }

    /// The session's token; logs in when there is none yet. After midnight in India it is not even tried.
    fn token(&self, client: &mut Client<'_>) -> Result<Secret, FetchError> {
        let now = client.now();
        if let Some(session) = &*self.session.borrow() {
            if now >= session.until {
                let said = format!("it ended at midnight in India, {}", session.until);
                return Err(FetchError::SessionExpired { vendor: VENDOR, said, hint: LOG_IN });
            }
            return Ok(session.token.clone());
        }
        for secret in [&self.login.app_key, &self.login.secret_key, &self.login.api_session] {
            client.hide(secret.clone());
        }
        let arguments = json!({
            "SessionToken": self.login.api_session.expose(),
            "AppKey": self.login.app_key.expose(),
        });
        let build = |a: &Attempt<'_>| self.v1("customerdetails", &arguments, None, a.now);
        let response = client.send(&build, &judge)?;
        let reply: Envelope<Customer> = client.json(&response, "customer details")?;
        let Some(customer) = reply.success else {
            return Err(client.schema("customer details with a session token", "none"));
        };
        let token = Secret::new(&customer.session_token);
        client.hide(token.clone());
        let until = next_midnight(now);
        *self.session.borrow_mut() = Some(Session { token: token.clone(), until });
        Ok(token)
    }

    fn ask_v1<T: serde::de::DeserializeOwned>(
        &self,
        client: &mut Client<'_>,
        path: &str,
        arguments: &Value,
        wanted: &'static str,
    ) -> Result<Vec<T>, FetchError> {
        let token = self.token(client)?;
        let build = |a: &Attempt<'_>| self.v1(path, arguments, Some(&token), a.now);
        let response = client.send(&build, &judge)?;
        rows(client, &response, wanted)
    }

    /// The list of all shares of the NSE with their codes here: the NSE symbol, Breeze's code, token, name and ISIN.
    /// One request, which needs no session.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn scrip_codes(&self, client: &mut Client<'_>) -> Result<Vec<ScripCode>, FetchError> {
        let address = format!("{}/Content/File/txtFile/ScripFile/NSEScripMaster.txt", self.base[2]);
        let response = client.send(&|_| Request::get(&address), &by_status)?;
        let wanted = "the list of NSE shares with `ShortName` and `ExchangeCode`";
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(response.body.as_slice());
        let heads = reader.byte_headers().map_err(|error| client.schema(wanted, &error.to_string()))?.clone();
        // Names are quoted after a blank, so that the quotes stay with them.
        let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_matches([' ', '"']).to_owned();
        let column = |name: &str| heads.iter().position(|head| plain(head) == name);
        let (Some(short), Some(exchange)) = (column("ShortName"), column("ExchangeCode")) else {
            let names: Vec<String> = heads.iter().take(12).map(plain).collect();
            return Err(client.schema(wanted, &names.join(", ")));
        };
        let (token, company) = (column("Token"), column("CompanyName"));
        let (isin, series) = (column("ISINCode"), column("Series"));
        let mut codes = Vec::new();
        for record in reader.byte_records() {
            let record = record.map_err(|error| client.schema(wanted, &error.to_string()))?;
            let text =
                |index: Option<usize>| index.and_then(|i| record.get(i)).map(plain).unwrap_or_default();
            let code = ScripCode {
                nse_symbol: text(Some(exchange)),
                isec_code: text(Some(short)),
                token: text(token),
                company: text(company),
                isin: text(isin),
                series: text(series),
            };
            if !code.nse_symbol.is_empty() && !code.isec_code.is_empty() {
                codes.push(code);
            }
        }
        Ok(codes)
    }

    /// Best bid and offer and the last price of `code` now.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn quote(&self, client: &mut Client<'_>, code: &str) -> Result<Quote, FetchError> {
        let arguments = json!({
            "stock_code": code, "exchange_code": self.exchange, "expiry_date": "", "product_type": "cash",
            "right": "", "strike_price": "",
        });
        let wanted = "a list of quotes";
        let quotes: Vec<Value> = self.ask_v1(client, "quotes", &arguments, wanted)?;
        let found =
            quotes.iter().find(|q| q.get("exchange_code").and_then(Value::as_str) == Some(&self.exchange));
        let Some(quote) = found else {
            let what = format!("quote of `{code}` on {}", self.exchange);
            return Err(FetchError::NotOffered { vendor: VENDOR, what });
        };
        let field = |name: &'static str| {
            reply::number(name, quote.get(name)).map_err(|odd| client.schema(wanted, &odd.detail))
        };
        Ok(Quote {
            code: code.to_owned(),
            exchange: self.exchange.clone(),
            observed_at: client.now(),
            last: field("ltp")?,
            bid: (field("best_bid_price")?, field("best_bid_quantity")?),
            ask: (field("best_offer_price")?, field("best_offer_quantity")?),
        })
    }

    /// All strikes of one expiry now: two requests, calls and puts.
    ///
    /// # Errors
    /// [`FetchError`]; a strike that cannot be read is listed in the snapshot.
    pub fn option_chain(
        &self,
        client: &mut Client<'_>,
        code: &str,
        expiry: Date,
    ) -> Result<ChainSnapshot, FetchError> {
        let mut rows: Delivered<OptionQuote> = Delivered::default();
        let mut underlying = None;
        for right in ["call", "put"] {
            let arguments = json!({
                "stock_code": code, "exchange_code": "NFO", "product_type": "options",
                "expiry_date": format!("{expiry}T06:00:00.000Z"), "right": right, "strike_price": "",
            });
            let strikes: Vec<Value> = self.ask_v1(client, "optionchain", &arguments, "a list of options")?;
            for strike in &strikes {
                let spot = reply::number("spot_price", strike.get("spot_price")).ok();
                underlying = underlying.or(spot.filter(|spot| *spot > 0.0));
                rows.take(option_quote(strike, right));
            }
        }
        Ok(ChainSnapshot {
            code: code.to_owned(),
            expiry,
            observed_at: client.now(),
            underlying,
            options: rows.rows,
            flaws: rows.flaws,
        })
    }
}

impl Source for Breeze {
    type Row = Candle;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: ("breeze", format!("bars-{}-{}", self.exchange.to_lowercase(), self.interval)),
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
        let name = match (self.interval, self.charts) {
            (Interval::Minute1, Charts::V1) => "minute",
            (Interval::Minute1, Charts::V2) => "1minute",
            (Interval::Minute5, _) => "5minute",
            (Interval::Minute30, _) => "30minute",
            (Interval::Day1, Charts::V1) => "day",
            (Interval::Day1, Charts::V2) => "1day",
            (Interval::Minute15 | Interval::Hour1, _) => {
                let what = format!("interval {}", self.interval);
                return Err(FetchError::NotOffered { vendor: VENDOR, what });
            }
        };
        // The time zone of these two is documented nowhere. From midnight to midnight the sessions inside are the
        // same whether it is read as UTC or as India's: none trades between 00:00 and 05:30 there.
        let from = format!("{}T00:00:00.000Z", span.start);
        let to = format!("{}T23:59:59.000Z", span.end);
        let wanted = "a list of candles";
        let candles: Vec<Value> = match self.charts {
            Charts::V1 => {
                let arguments = json!({
                    "interval": name, "from_date": from, "to_date": to, "stock_code": instrument.code,
                    "exchange_code": self.exchange, "product_type": "cash",
                });
                self.ask_v1(client, "historicalcharts", &arguments, wanted)?
            }
            Charts::V2 => {
                let token = self.token(client)?;
                let build = |_: &Attempt<'_>| {
                    Request::get(format!("{}/api/v2/historicalcharts", self.base[1]))
                        .query("stock_code", &instrument.code)
                        .query("exch_code", &self.exchange)
                        .query("interval", name)
                        .query("from_date", &from)
                        .query("to_date", &to)
                        .query("product_type", "cash")
                        .header("X-SessionToken", token.expose())
                        .header("apikey", self.login.app_key.expose())
                };
                let response = client.send(&build, &judge)?;
                rows(client, &response, wanted)?
            }
        };
        let mut delivered = Delivered::default();
        for row in &candles {
            delivered.take(candle(row));
        }
        Ok(delivered)
    }
}

fn candle(row: &Value) -> Result<Candle, Odd> {
    let (session, seconds) = reply::wall_time("datetime", row.get("datetime"))?;
    let start = session.midnight_utc().plus_seconds(seconds - IST_SECONDS);
    let fields = ["open", "high", "low", "close", "volume"].map(|name| (name, row.get(name)));
    reply::candle(session, start, fields)
}

fn option_quote(row: &Value, right: &str) -> Result<OptionQuote, Odd> {
    let number = |name: &str| reply::number(name, row.get(name));
    Ok(OptionQuote {
        right: right.to_owned(),
        strike: number("strike_price")?,
        last: number("ltp")?,
        bid: number("best_bid_price")?,
        ask: number("best_offer_price")?,
        volume: number("total_quantity_traded")?,
        open_interest: number("open_interest")?,
    })
}

/// A share's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScripCode {
    /// Its symbol on the NSE.
    pub nse_symbol: String,
    /// Its code here.
    pub isec_code: String,
    /// Its number here.
    pub token: String,
    /// The company.
    pub company: String,
    /// ISIN, the identity that renames do not change.
    pub isin: String,
    /// NSE series, such as `EQ`.
    pub series: String,
}

/// Best bid and offer as they were seen once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Code here.
    pub code: String,
    /// Exchange.
    pub exchange: String,
    /// When the reply arrived here.
    pub observed_at: Instant,
    /// Last traded price.
    pub last: f64,
    /// Best bid: price and quantity.
    pub bid: (f64, f64),
    /// Best offer: price and quantity.
    pub ask: (f64, f64),
}

/// One option as it was seen once; prices in the quote currency, volume and open interest in units of the underlying.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptionQuote {
    /// `call` or `put`.
    pub right: String,
    /// Strike.
    pub strike: f64,
    /// Last traded price.
    pub last: f64,
    /// Best bid; 0 when there is none.
    pub bid: f64,
    /// Best offer; 0 when there is none.
    pub ask: f64,
    /// Traded today.
    pub volume: f64,
    /// Open interest.
    pub open_interest: f64,
}

/// All strikes of one expiry as they were seen once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainSnapshot {
    /// Code of the underlying here.
    pub code: String,
    /// Expiry.
    pub expiry: Date,
    /// When the last reply arrived here.
    pub observed_at: Instant,
    /// Price of the underlying, where the reply says one.
    pub underlying: Option<f64>,
    /// Calls, then puts, as delivered.
    pub options: Vec<OptionQuote>,
    /// Strikes that could not be read.
    pub flaws: Vec<Flaw>,
}

/// The form of every reply.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<T> {
    success: Option<T>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    status: Option<i64>,
}

#[derive(Deserialize)]
struct Customer {
    session_token: String,
}

fn rows<T: serde::de::DeserializeOwned>(
    client: &Client<'_>,
    response: &Response,
    wanted: &'static str,
) -> Result<Vec<T>, FetchError> {
    let reply: Envelope<Vec<T>> = client.json(response, wanted)?;
    Ok(reply.success.unwrap_or_default())
}

/// Errors come in the body, whatever the status of the reply.
fn judge(response: &Response) -> Judgement {
    let Ok(reply) = serde_json::from_slice::<Envelope<Value>>(&response.body) else {
        return by_status(response);
    };
    let status = reply.status.unwrap_or_else(|| i64::from(response.status));
    let error = reply.error.unwrap_or_default();
    let words = error.to_lowercase();
    if status == 200 && error.is_empty() && response.status == 200 {
        return Judgement::Good;
    }
    if words.contains("no data found") {
        return Judgement::Good;
    }
    if words.contains("limit exceed") || words.contains("rate limit") || response.status == 429 {
        return Judgement::TooOften(None);
    }
    if words.contains("session") || status == 401 || response.status == 401 {
        return Judgement::Expired(LOG_IN);
    }
    if words.contains("public key") || words.contains("checksum") || status == 403 {
        return Judgement::NotAllowed;
    }
    match status {
        500.. if error.is_empty() || words.contains("internal server") => Judgement::Busy,
        _ => Judgement::Refused(error),
    }
}

/// Now, as the checksum wants it: whole seconds with three zeros.
fn timestamp(now: Instant) -> String {
    let whole = Instant::from_nanos(now.nanos() - now.nanos().rem_euclid(1_000_000_000)).to_string();
    format!("{}.000Z", whole.trim_end_matches('Z'))
}

/// The first midnight in India after `now`.
const fn next_midnight(now: Instant) -> Instant {
    const DAY: i64 = 86_400_000_000_000;
    let shift = IST_SECONDS * 1_000_000_000;
    Instant::from_nanos(((now.nanos() + shift).div_euclid(DAY) + 1) * DAY - shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_the_protocol_wants() {
        let now = Instant::from_nanos(1_705_744_800_987_654_321); // 2024-01-20T10:00:00.987Z, 15:30 in India
        assert_eq!(timestamp(now), "2024-01-20T10:00:00.000Z");
        assert_eq!(next_midnight(now).to_string(), "2024-01-20T18:30:00Z");
        assert_eq!(next_midnight(next_midnight(now)).to_string(), "2024-01-21T18:30:00Z");
    }

    #[test]
    fn replies_are_judged_by_what_they_say() {
        let judged = |status: u16, body: &str| {
            judge(&Response { status, retry_after: None, body: body.as_bytes().to_vec() })
        };
        let said =
            |status: i64, error: &str| format!(r#"{{"Success":null,"Status":{status},"Error":"{error}"}}"#);
        assert_eq!(judged(200, r#"{"Success":[],"Status":200,"Error":null}"#), Judgement::Good);
        assert_eq!(judged(200, &said(500, "No Data Found")), Judgement::Good);
        assert!(matches!(judged(200, &said(500, "Session key is expired.")), Judgement::Expired(_)));
        assert!(matches!(judged(401, &said(401, "Unauthorized")), Judgement::Expired(_)));
        assert_eq!(judged(200, &said(500, "Public Key does not exist.")), Judgement::NotAllowed);
        assert_eq!(judged(200, &said(5, "Limit exceed: API call per minute:")), Judgement::TooOften(None));
        assert_eq!(judged(503, "<html>"), Judgement::Busy);
        assert_eq!(judged(200, &said(500, "Internal Server Error")), Judgement::Busy);
        assert!(matches!(judged(200, &said(500, "Stock-Code cannot be empty")), Judgement::Refused(_)));
    }
}
