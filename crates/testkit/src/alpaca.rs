//! Alpaca: stock bars, page by page.

use proofmark_units::Date;
use serde_json::{Value, json};

use crate::{Reply, Seen, Twist, bar, twisted};

/// The vendor's server, with daily bars only.
#[derive(Debug, Clone)]
pub struct Alpaca {
    /// Key and secret it knows.
    pub key: (String, String),
    /// Days with bars.
    pub days: Vec<Date>,
    /// Rows a page, whatever is asked for.
    pub page: usize,
    /// What is odd about its rows.
    pub twist: Twist,
}

impl Alpaca {
    /// Answers one request.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let key = (seen.header("apca-api-key-id").to_owned(), seen.header("apca-api-secret-key").to_owned());
        if key != self.key {
            return Reply::status(403, json!({ "message": "forbidden." }));
        }
        let symbol = seen.path.strip_prefix("/v2/stocks/").and_then(|rest| rest.strip_suffix("/bars"));
        let Some(symbol) = symbol else {
            return Reply::status(404, json!({ "message": "endpoint not found." }));
        };
        if seen.query("timeframe") != "1Day" || seen.query("adjustment") != "raw" {
            return Reply::status(400, json!({ "message": "invalid timeframe" }));
        }
        let day = |name: &str| seen.query(name).get(..10).and_then(|date| date.parse::<Date>().ok());
        let (Some(from), Some(to)) = (day("start"), day("end")) else {
            return Reply::status(422, json!({ "message": "invalid start" }));
        };
        let rows: Vec<Value> = self
            .days
            .iter()
            .filter(|day| (from..=to).contains(*day))
            .map(|day| {
                let [o, h, l, c, v] = bar(*day, 0);
                // Midnight in New York, in winter.
                json!({ "t": format!("{day}T05:00:00Z"), "o": o, "h": h, "l": l, "c": c, "v": v, "n": 1, "vw": o })
            })
            .collect();
        let rows = twisted(rows, self.twist, |row| row["c"] = json!("soon"));
        let skip: usize = seen.query("page_token").parse().unwrap_or(0);
        let page: Vec<Value> = rows.iter().skip(skip).take(self.page).cloned().collect();
        let next = skip + page.len();
        let token = if next < rows.len() { json!(next.to_string()) } else { Value::Null };
        let bars = if page.is_empty() { Value::Null } else { Value::from(page) };
        Reply::ok(json!({ "bars": bars, "symbol": symbol, "next_page_token": token }))
    }
}
