//! Breeze: login, historical charts of both versions, quotes, option chain and the list of shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proofmark_units::{Date, Digest};
use serde_json::{Value, json};

use crate::{Reply, Seen, Twist, bar, twisted};

/// The broker's server. It checks every signature and header as the real one does.
#[derive(Debug, Clone)]
pub struct Breeze {
    /// Key of the application.
    pub app_key: String,
    /// Its secret.
    pub secret_key: String,
    /// What today's login gave.
    pub api_session: String,
    /// Days with bars.
    pub sessions: Vec<Date>,
    /// Minutes of a session.
    pub session_minutes: u32,
    /// Codes it knows.
    pub codes: Vec<String>,
    /// Whether the session has ended.
    pub expired: Arc<AtomicBool>,
    /// What is odd about its rows.
    pub twist: Twist,
}

/// What `customerdetails` hands out.
const TOKEN: &str = "VEVTVFVTRVI6NTU1NTU1NTU=";
/// More candles than this are silently left out, the earliest first.
const CAP: usize = 1_000;

impl Breeze {
    /// Answers one request.
    pub fn answer(&self, seen: &Seen) -> Reply {
        if seen.path == "/Content/File/txtFile/ScripFile/NSEScripMaster.txt" {
            return Reply::ok(
                "\"Token\", \"ShortName\", \"Series\", \"CompanyName\", \"ticksize\", \"ISINCode\", \"ExchangeCode\"\n\
                 \"2885\",\"RELIND\",\"EQ\",\"RELIANCE INDUSTRIES LTD\",\"0.1\",\"INE002A01018\",\"RELIANCE\"\n\
                 \"11536\",\"TCS\",\"EQ\",\"TATA CONSULTANCY SERVICES LTD\",\"0.1\",\"INE467B01029\",\"TCS\"\n\
                 \"16669\",\"BAAUTO\",\"EQ\",\"BAJAJ AUTO LTD\",\"0.5\",\"INE917I01010\",\"BAJAJ-AUTO\"\n",
            );
        }
        let version_2 = seen.path == "/api/v2/historicalcharts";
        let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        if seen.path == "/breezeapi/api/v1/customerdetails" {
            if self.expired.load(Ordering::SeqCst) || body["SessionToken"] != json!(self.api_session) {
                return failed(500, "Session key is expired.");
            }
            if body["AppKey"] != json!(self.app_key) {
                return failed(500, "Public Key does not exist.");
            }
            return good(json!({ "session_token": TOKEN, "idirect_userid": "TESTUSER" }));
        }
        let key = seen.header(if version_2 { "apikey" } else { "x-appkey" });
        if seen.header("x-sessiontoken") != TOKEN || self.expired.load(Ordering::SeqCst) {
            return failed(500, "Session key is expired.");
        }
        if key != self.app_key {
            return failed(500, "Public Key does not exist.");
        }
        if !version_2 {
            let signed = format!("{}{}{}", seen.header("x-timestamp"), seen.body, self.secret_key);
            if seen.header("x-checksum") != format!("token {}", Digest::of(signed.as_bytes())) {
                return failed(500, "Checksum mismatch");
            }
        }
        let text = |name: &str| match version_2 {
            true => seen.query(name).to_owned(),
            false => body[name].as_str().unwrap_or_default().to_owned(),
        };
        match seen.path.as_str() {
            "/breezeapi/api/v1/historicalcharts" | "/api/v2/historicalcharts" => {
                self.charts(&text, version_2)
            }
            "/breezeapi/api/v1/quotes" => good(json!([
                { "exchange_code": "BSE", "ltp": 99.0 },
                { "exchange_code": text("exchange_code"), "ltp": 101.5, "best_bid_price": 101.4,
                  "best_bid_quantity": "7", "best_offer_price": 101.6, "best_offer_quantity": "9" },
            ])),
            "/breezeapi/api/v1/optionchain" => {
                let strike = |strike: f64| {
                    json!({ "right": text("right"), "strike_price": strike, "ltp": 12.5, "best_bid_price": 12.0,
                        "best_offer_price": 13.0, "total_quantity_traded": "750", "open_interest": 1_500.0,
                        "spot_price": "22010.5" })
                };
                good(json!([strike(22_000.0), strike(22_100.0), { "right": "call", "strike_price": "?" }]))
            }
            _ => Reply::status(404, "nothing here"),
        }
    }

    fn charts(&self, text: &dyn Fn(&str) -> String, version_2: bool) -> Reply {
        if !self.codes.contains(&text("stock_code")) {
            return good(json!([]));
        }
        let minutes = match (text("interval").as_str(), version_2) {
            ("minute", false) | ("1minute", true) => 1,
            ("5minute", _) => 5,
            ("30minute", _) => 30,
            ("day", false) | ("1day", true) => self.session_minutes,
            _ => return failed(400, "Interval should be either minute, 5minute, 30minute, or day"),
        };
        let daily = minutes == self.session_minutes;
        let day = |name: &str| text(name).get(..10).and_then(|date| date.parse::<Date>().ok());
        let (Some(from), Some(to)) = (day("from_date"), day("to_date")) else {
            return failed(400, "from_date and to_date should be in ISO8601");
        };
        let mut rows = Vec::new();
        for session in self.sessions.iter().filter(|day| (from..=to).contains(*day)) {
            for slot in 0..self.session_minutes.div_ceil(minutes) {
                let at = 9 * 60 + 15 + slot * minutes;
                let time =
                    if daily { "00:00:00".into() } else { format!("{:02}:{:02}:00", at / 60, at % 60) };
                let [open, high, low, close, volume] = bar(*session, slot);
                rows.push(json!({
                    "datetime": format!("{session} {time}"), "stock_code": text("stock_code"),
                    "open": open.to_string(), "high": high.to_string(), "low": low, "close": close,
                    "volume": volume.to_string(),
                }));
            }
        }
        let rows = twisted(rows, self.twist, |row| row["close"] = json!("soon"));
        let from = rows.len().saturating_sub(CAP);
        good(Value::from(rows[from..].to_vec()))
    }
}

fn good(success: Value) -> Reply {
    Reply::ok(json!({ "Success": success, "Status": 200, "Error": null }))
}

fn failed(status: i64, error: &str) -> Reply {
    Reply::ok(json!({ "Success": null, "Status": status, "Error": error }))
}
