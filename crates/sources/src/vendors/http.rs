//! Any vendor that delivers daily bars as JSON or CSV from an address: said in a TOML file, not in code.

use jiff::civil;
use proofmark_units::{Date, DateSpan};
use serde::Deserialize;
use serde_json::Value;

use super::reply::{self, Odd};
use crate::fetch::{Candle, Caps, Delivered, Instrument, Source};
use crate::net::{Attempt, Client, FetchError, Limits, Request, by_status};
use crate::text::{DateText, parse_date};

const VENDOR: &str = "the HTTP source";

/// How to ask a vendor and how to read its reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Its name: letters, digits and `-`; chunks are kept under `http-NAME`.
    pub name: String,
    /// Address with `{code}`, `{start}` and `{end}` (`YYYY-MM-DD`, both included) where these belong.
    pub url: String,
    /// Form of the reply.
    pub format: HttpFormat,
    /// JSON only: where the list of rows is, such as `data.bars`; empty when the reply is the list.
    #[serde(default)]
    pub rows: String,
    /// Where each value is: a field of an object, an index of an array, or a column of CSV.
    pub fields: HttpFields,
    /// How dates are written: `unix_s`, `unix_ms`, or such as `%d-%m-%Y`; by their shape when left out.
    #[serde(default)]
    pub date_format: Option<String>,
    /// Header that carries the key, such as `Authorization`.
    #[serde(default)]
    pub key_header: Option<String>,
    /// What stands before the key in that header, such as `Bearer `.
    #[serde(default)]
    pub key_prefix: String,
    /// Rows that a reply holds at most.
    #[serde(default = "thousand")]
    pub rows_per_request: u32,
    /// Requests a minute.
    #[serde(default = "thirty")]
    pub per_minute: u32,
    /// Requests a UTC day; 0 for no limit.
    #[serde(default)]
    pub per_day: u32,
}

const fn thousand() -> u32 {
    1_000
}

const fn thirty() -> u32 {
    30
}

/// Form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpFormat {
    /// JSON.
    Json,
    /// Comma-separated, with a header.
    Csv,
}

/// Where each value of a row is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpFields {
    /// Session date.
    pub date: String,
    /// Opening price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Closing price.
    pub close: String,
    /// Units traded; left out where the vendor gives none.
    #[serde(default)]
    pub volume: Option<String>,
}

/// Daily bars by a [`HttpConfig`].
#[derive(Debug, Clone)]
pub struct HttpSource {
    config: HttpConfig,
    key_header: Option<&'static str>,
}

/// Headers that may carry a key.
const KEY_HEADERS: &[&str] =
    &["Authorization", "X-Api-Key", "X-API-Key", "apikey", "Api-Key", "X-Auth-Token", "Token"];

impl HttpSource {
    /// A source by a TOML text.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let config: HttpConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if config.name.is_empty() || config.name.len() > 24 || !config.name.chars().all(plain) {
            return Err(format!("`name` `{}` is not 1 to 24 of a-z 0-9 -", config.name));
        }
        if !config.url.contains("{code}") {
            return Err("`url` has no `{code}`, so that every instrument would be the same".into());
        }
        if config.rows_per_request == 0 || config.per_minute == 0 {
            return Err("`rows_per_request` and `per_minute` are at least 1".into());
        }
        let key_header = match &config.key_header {
            None => None,
            Some(name) => Some(
                *KEY_HEADERS
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(name))
                    .ok_or_else(|| format!("`key_header` `{name}` is none of {}", KEY_HEADERS.join(", ")))?,
            ),
        };
        Ok(Self { config, key_header })
    }

    /// Whether it wants a key.
    pub const fn wants_key(&self) -> bool {
        self.key_header.is_some()
    }

    /// What its configuration says the vendor allows.
    pub fn limits(&self) -> Limits {
        let per_day = (self.config.per_day > 0).then_some(self.config.per_day);
        Limits { per_minute: self.config.per_minute, burst: 1, per_day }
    }

    fn date(&self, text: &str) -> Option<Date> {
        match self.config.date_format.as_deref() {
            Some("unix_s") => Some(reply::instant(text.parse().ok()?, 1_000_000_000)?.utc_date()),
            Some("unix_ms") => Some(reply::instant(text.parse().ok()?, 1_000_000)?.utc_date()),
            format => match parse_date(text, format) {
                DateText::Date(date, _) => Some(date),
                _ => dated_time(text, format),
            },
        }
    }

    /// One row, whose values are found by `value`.
    fn candle(&self, value: &dyn Fn(&str) -> Option<Value>) -> Result<Candle, Odd> {
        let fields = &self.config.fields;
        let written = value(&fields.date);
        let text = match &written {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Err(Odd::date(&fields.date, None)),
        };
        let session = self.date(text.trim()).ok_or_else(|| Odd::date(&fields.date, written.as_ref()))?;
        let names = [&fields.open, &fields.high, &fields.low, &fields.close];
        let [open, high, low, close] = names.map(|name| (name.as_str(), value(name)));
        let volume = fields.volume.as_deref().map_or(("volume", None), |name| (name, value(name)));
        let values = [&open, &high, &low, &close, &volume].map(|(name, value)| (*name, value.as_ref()));
        reply::candle(session, session.midnight_utc(), values)
    }

    fn json(&self, client: &Client<'_>, body: &[u8]) -> Result<Delivered<Candle>, FetchError> {
        let wanted = "JSON with the list of rows that `rows` names";
        let whole: Value =
            serde_json::from_slice(body).map_err(|error| client.schema(wanted, &error.to_string()))?;
        let Some(Value::Array(rows)) = at(&whole, &self.config.rows) else {
            return Err(client.schema(wanted, &String::from_utf8_lossy(body)));
        };
        let mut delivered = Delivered::default();
        for row in rows {
            delivered.take(self.candle(&|path| at(row, path).cloned()));
        }
        Ok(delivered)
    }

    fn csv(&self, client: &Client<'_>, body: &[u8]) -> Result<Delivered<Candle>, FetchError> {
        let wanted = "CSV with the columns that `fields` names";
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(body);
        let names = reader.headers().map_err(|error| client.schema(wanted, &error.to_string()))?.clone();
        let column = |name: &str| names.iter().position(|head| head == name);
        let fields = &self.config.fields;
        for name in [&fields.date, &fields.open, &fields.high, &fields.low, &fields.close] {
            if column(name).is_none() {
                let found: Vec<&str> = names.iter().take(20).collect();
                return Err(client.schema(wanted, &format!("no `{name}` among {}", found.join(", "))));
            }
        }
        let mut delivered = Delivered::default();
        for record in reader.byte_records() {
            let record = record.map_err(|error| client.schema(wanted, &error.to_string()))?;
            let text = |name: &str| {
                let text = record.get(column(name)?)?;
                Some(Value::from(String::from_utf8_lossy(text).trim()))
            };
            delivered.take(self.candle(&text));
        }
        Ok(delivered)
    }
}

/// A time whose date is meant, in a format that also holds the time of day.
fn dated_time(text: &str, format: Option<&str>) -> Option<Date> {
    let date = civil::DateTime::strptime(format?, text).ok()?.date();
    Date::from_ymd(date.year().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into())
}

/// The value at `path`: names and indices joined by dots; empty for the value itself.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(value, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

impl Source for HttpSource {
    type Row = Candle;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: ("http", format!("bars-{}-1d", self.config.name)),
            rows_per_request: self.config.rows_per_request,
            pages: false,
            row_each_day: true,
            days_per_chunk: 1_000,
            limits: self.limits(),
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
    ) -> Result<Delivered<Candle>, FetchError> {
        let build = |a: &Attempt<'_>| {
            let address = self
                .config
                .url
                .replace("{code}", &crate::net::percent_encoded(&instrument.code))
                .replace("{start}", &span.start.to_string())
                .replace("{end}", &span.end.to_string());
            let request = Request::get(address);
            match self.key_header {
                Some(header) => request.header(header, format!("{}{}", self.config.key_prefix, a.key_text())),
                None => request,
            }
        };
        let response = client.send(&build, &by_status)?;
        match self.config.format {
            HttpFormat::Json => self.json(client, &response.body),
            HttpFormat::Csv => self.csv(client, &response.body),
        }
    }
}
