//! Twelve Data: time series, with a limit for each key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use proofmark_units::Date;
use serde_json::{Value, json};

use crate::{Reply, Seen, Twist, bar, twisted};

/// The vendor's server. Each key passes `per_key` times and is then told to wait.
#[derive(Debug, Clone)]
pub struct TwelveData {
    /// Keys it knows.
    pub keys: Vec<String>,
    /// Requests that a key has.
    pub per_key: usize,
    /// Requests that each key made.
    pub used: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Days with bars.
    pub days: Vec<Date>,
    /// What is odd about its rows.
    pub twist: Twist,
}

impl TwelveData {
    /// Answers one request.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let key = seen.header("authorization").trim_start_matches("apikey ").to_owned();
        let failed = |status: u16, message: &str| {
            Reply::status(status, json!({ "code": status, "message": message, "status": "error" }))
        };
        if !self.keys.contains(&key) {
            return failed(401, &format!("**apikey** parameter {key} is incorrect or not specified."));
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let count = used.entry(key).or_default();
        *count += 1;
        if *count > self.per_key {
            return failed(429, "You have run out of API credits for the current minute.");
        }
        if seen.path != "/time_series" || seen.query("symbol") == "NONE" {
            return failed(404, "**symbol** or **figi** parameter is missing or invalid.");
        }
        let day = |name: &str| seen.query(name).get(..10).and_then(|date| date.parse::<Date>().ok());
        let (Some(from), Some(to)) = (day("start_date"), day("end_date")) else {
            return failed(400, "**start_date** or **end_date** is invalid.");
        };
        let minutes = match seen.query("interval") {
            "1day" => 1_440,
            "1h" => 60,
            "5min" => 5,
            _ => return failed(400, "Invalid **interval** provided."),
        };
        let mut rows = Vec::new();
        for day in self.days.iter().filter(|day| (from..=to).contains(*day)) {
            for slot in 0..1_440 / minutes {
                let at = slot * minutes;
                let [open, high, low, close, _] = bar(*day, slot).map(|value| format!("{value:.5}"));
                let datetime = if minutes == 1_440 {
                    day.to_string()
                } else {
                    format!("{day} {:02}:{:02}:00", at / 60, at % 60)
                };
                rows.push(
                    json!({ "datetime": datetime, "open": open, "high": high, "low": low, "close": close }),
                );
            }
        }
        if rows.is_empty() {
            return failed(
                400,
                "No data is available on the specified dates. Try setting different start/end dates.",
            );
        }
        // At most 5,000 rows, the newest ones.
        let limit = seen.query("outputsize").parse().unwrap_or(30).min(5_000);
        let rows = twisted(rows.split_off(rows.len().saturating_sub(limit)), self.twist, |row| {
            row["close"] = json!("soon");
        });
        Reply::ok(
            json!({ "meta": { "symbol": seen.query("symbol") }, "values": Value::from(rows), "status": "ok" }),
        )
    }
}
