//! Binance: klines, funding and depth.

use proofmark_units::{Date, DateSpan, Instant};
use serde_json::{Value, json};

use crate::{Reply, Seen, Twist, bar, twisted};

/// A venue that trades every symbol but `NONE` on the days of `listed`.
#[derive(Debug, Clone)]
pub struct Binance {
    /// First and last day with bars.
    pub listed: DateSpan,
    /// What is odd about its rows.
    pub twist: Twist,
}

impl Binance {
    /// Answers one request.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let cap = if seen.path.starts_with("/fapi") { 1_500 } else { 1_000 };
        if seen.query("symbol") == "NONE" {
            return Reply::status(400, json!({ "code": -1121, "msg": "Invalid symbol." }));
        }
        match seen.path.as_str() {
            "/api/v3/klines" | "/fapi/v1/klines" => {
                let minutes = match seen.query("interval") {
                    "1m" => 1,
                    "1h" => 60,
                    "1d" => 1_440,
                    _ => return Reply::status(400, json!({ "code": -1120, "msg": "Invalid interval." })),
                };
                let rows = self.times(seen, minutes, cap).into_iter().map(kline).collect();
                Reply::ok(Value::from(twisted(rows, self.twist, |row| row[4] = json!("soon"))))
            }
            "/fapi/v1/fundingRate" => {
                let rows = self.times(seen, 480, 1_000).into_iter().map(|(ms, day, slot)| {
                    let rate = format!("0.000{}{}", slot + 1, day.days().rem_euclid(10));
                    json!({ "symbol": seen.query("symbol"), "fundingTime": ms, "fundingRate": rate })
                });
                Reply::ok(Value::from(rows.collect::<Vec<_>>()))
            }
            "/api/v3/depth" | "/fapi/v1/depth" => Reply::ok(json!({
                "lastUpdateId": 1_027_024,
                "E": 1_589_436_922_972_i64, "T": 1_589_436_922_959_i64,
                "bids": [["4.00000000", "431.00000000"], ["3.99", "2.5"]],
                "asks": [["4.00000200", "12.00000000"]],
            })),
            _ => Reply::status(404, "nothing here"),
        }
    }

    /// Starts of bars inside the question, at most `cap`: milliseconds, day and slot.
    fn times(&self, seen: &Seen, minutes: i64, cap: usize) -> Vec<(i64, Date, u32)> {
        let number = |name: &str, other: i64| seen.query(name).parse().unwrap_or(other);
        let step = minutes * 60_000;
        let millis = |date: Date| date.midnight_utc().nanos() / 1_000_000;
        let first = number("startTime", 0).max(millis(self.listed.start));
        let last = number("endTime", i64::MAX).min(millis(self.listed.end.plus_days(1)) - 1);
        let limit = usize::try_from(number("limit", 500)).unwrap_or(cap).min(cap);
        let mut at = first.div_euclid(step) * step;
        if at < first {
            at += step;
        }
        let mut times = Vec::new();
        while at <= last && times.len() < limit {
            let day = Instant::from_nanos(at * 1_000_000).utc_date();
            let slot = (at - millis(day)) / step;
            times.push((at, day, u32::try_from(slot).unwrap_or(0)));
            at += step;
        }
        times
    }
}

fn kline((ms, day, slot): (i64, Date, u32)) -> Value {
    let [open, high, low, close, volume] = bar(day, slot).map(|value| value.to_string());
    json!([ms, open, high, low, close, volume, ms + 59_999, "0", 1, "0", "0", "0"])
}
