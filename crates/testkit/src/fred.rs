//! FRED: observations with the days between which each value was the known one.

use proofmark_units::Date;
use serde_json::{Value, json};

use crate::{Reply, Seen};

/// The archive's server, with one monthly series: published on the 12th of the next month, revised a month later.
#[derive(Debug, Clone)]
pub struct Fred {
    /// Key it knows.
    pub key: String,
    /// First days of months with a value.
    pub months: Vec<Date>,
    /// Rows a page, whatever is asked for.
    pub page: usize,
}

impl Fred {
    /// Answers one request.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let failed = |code: u16, message: &str| {
            Reply::status(code, json!({ "error_code": code, "error_message": message }))
        };
        if seen.query("api_key") != self.key {
            let words =
                format!("Bad Request. The value {} of api_key is not registered.", seen.query("api_key"));
            return failed(400, &words);
        }
        if seen.path != "/fred/series/observations" || seen.query("series_id") == "NONE" {
            return failed(400, "Bad Request. The series does not exist.");
        }
        let day = |name: &str, other: &str| -> Option<Date> {
            let text = seen.query(name);
            (if text.is_empty() { other } else { text }).parse().ok().or_else(|| other.parse().ok())
        };
        let (from, to) = (day("observation_start", "1900-01-01"), day("observation_end", "2199-12-31"));
        let (known_from, known_to) = (day("realtime_start", "1900-01-01"), day("realtime_end", "2199-12-31"));
        let mut rows = Vec::new();
        for month in
            self.months.iter().filter(|m| from.is_some_and(|f| f <= **m) && to.is_some_and(|t| **m <= t))
        {
            let published = month.plus_months(1).plus_days(11);
            let revised = published.plus_months(1);
            let value = f64::from(month.days().rem_euclid(97));
            let versions = [
                (published, revised.plus_days(-1).to_string(), value.to_string()),
                (revised, "9999-12-31".to_owned(), (value + 0.5).to_string()),
            ];
            // Without real-time dates the archive answers with what is known today.
            let today = usize::from(seen.query("realtime_start").is_empty());
            for (start, end, value) in versions.into_iter().skip(today) {
                if known_to.is_some_and(|to| start <= to) && known_from.is_some_and(|from| from <= start) {
                    let value = if month.month() == 7 { ".".to_owned() } else { value };
                    rows.push(json!({
                        "realtime_start": start.to_string(), "realtime_end": end, "date": month.to_string(),
                        "value": value,
                    }));
                }
            }
        }
        let skip: usize = seen.query("offset").parse().unwrap_or(0);
        let page: Vec<Value> = rows.iter().skip(skip).take(self.page).cloned().collect();
        Reply::ok(json!({ "count": rows.len(), "offset": skip, "limit": self.page, "observations": page }))
    }
}
