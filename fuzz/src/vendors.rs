//! Vendors that answer anything.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use proofmark_market::Interval;
use proofmark_sources::fetch::{Instrument, Source};
use proofmark_sources::net::{Client, Limits, Pace, Request, Response, Secret, Transport, TransportError};
use proofmark_sources::vendors::{
    Alpaca, Binance, Breeze, BreezeLogin, Charts, Fred, HttpSource, Market, NewsApi, Release, TwelveData,
};
use proofmark_units::{DateSpan, Instant, Seed};

use super::choice;

/// Answers one request after the other with the parts of a body between zero bytes, and then with nothing, so that paging ends.
struct Answers<'a> {
    parts: RefCell<Vec<&'a [u8]>>,
    /// What the first answer says in place of a part: come back later.
    wait: RefCell<Option<String>>,
}

impl Transport for Answers<'_> {
    fn send(&self, _: &Request) -> Result<Response, TransportError> {
        if let Some(wait) = self.wait.take() {
            return Ok(Response { status: 429, retry_after: Some(wait), body: Vec::new() });
        }
        let next = self.parts.borrow_mut().pop();
        let status = if next.is_some() { 200 } else { 404 };
        Ok(Response { status, retry_after: None, body: next.unwrap_or_default().to_vec() })
    }
}

/// A clock that only sleeping moves.
struct Still(Cell<i64>);

impl Pace for Still {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.get())
    }
    fn sleep(&self, time: Duration) {
        self.0.set(self.0.get().saturating_add(i64::try_from(time.as_nanos()).unwrap_or(0)));
    }
}

fn asked(body: &[u8], ask: impl FnOnce(&mut Client<'_>, &Instrument, DateSpan)) {
    asked_again(body, None, ask);
}

fn asked_again(body: &[u8], wait: Option<String>, ask: impl FnOnce(&mut Client<'_>, &Instrument, DateSpan)) {
    let parts = body.split(|byte| *byte == 0).take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let answers = Answers { parts: RefCell::new(parts), wait: RefCell::new(wait) };
    let pace = Still(Cell::new(1_700_000_000_000_000_000));
    let limits = Limits { per_minute: 60, burst: 60, per_day: None };
    let keys = vec![Secret::new("a-hidden-key")];
    let mut client = Client::new("Testing", &answers, &pace, keys, &limits, &Seed::root(7));
    let instrument = Instrument { symbol: "AAA".parse().expect("a symbol"), code: "AAA".to_owned() };
    let date = |text: &str| text.parse().expect("a date");
    ask(&mut client, &instrument, DateSpan { start: date("2024-01-01"), end: date("2024-01-31") });
}

fn fetch<S: Source>(body: &[u8], source: &S) {
    asked(body, |client, instrument, span| drop(source.fetch(client, instrument, span)));
}

/// Replies of every vendor; the first byte chooses which.
pub fn vendors(data: &[u8]) {
    let Some((first, body)) = choice(data) else { return };
    let secret = || Secret::new("a-hidden-key");
    let login = || BreezeLogin { app_key: secret(), secret_key: secret(), api_session: secret() };
    let (day, minute) = (Interval::Day1, "1m".parse().expect("an interval"));
    let interval = if first & 64 > 0 { minute } else { day };
    let breeze = |charts| Breeze::new(login(), interval, charts, "NSE", None);
    match first % 16 {
        0 => fetch(body, &Binance::bars(Market::Spot, interval, None)),
        1 => fetch(body, &Binance::bars(Market::UsdM, interval, None)),
        2 => fetch(body, &Binance::bars(Market::UsdM, interval, None).funding()),
        3 => asked(body, |client, instrument, _| {
            drop(Binance::bars(Market::Spot, day, None).depth(client, &instrument.code, 100));
        }),
        4 => fetch(body, &breeze(Charts::V1)),
        5 => fetch(body, &breeze(Charts::V2)),
        6 => asked(body, |client, instrument, _| drop(breeze(Charts::V2).quote(client, &instrument.code))),
        7 => asked(body, |client, instrument, span| {
            drop(breeze(Charts::V2).option_chain(client, &instrument.code, span.end));
        }),
        8 => fetch(body, &TwelveData::new(interval, None)),
        9 => fetch(body, &Alpaca::new(secret(), secret(), interval, "iex", None)),
        10 => fetch(body, &Fred::new(Release::First, None)),
        11 => fetch(body, &Fred::new(Release::All, None)),
        12 => fetch(body, &NewsApi::new(None)),
        14 => asked(body, |client, _, _| drop(breeze(Charts::V2).scrip_codes(client))),
        15 => {
            let at = body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len());
            let wait = String::from_utf8_lossy(&body[..at]).into_owned();
            asked_again(&body[at..], Some(wait), |client, instrument, span| {
                drop(Binance::bars(Market::Spot, day, None).fetch(client, instrument, span));
            });
        }
        _ => {
            let format = if first & 64 > 0 { "json" } else { "csv" };
            let text = format!(
                "name = \"fuzzed\"\nurl = \"https://x.example/{{code}}\"\nformat = \"{format}\"\nrows = \"data\"\n\
                 rows_per_request = 10\nper_minute = 60\nper_day = 0\n[fields]\ndate = \"t\"\nopen = \"o\"\nhigh = \"h\"\n\
                 low = \"l\"\nclose = \"c\"\n"
            );
            fetch(body, &HttpSource::from_toml(&text).expect("the configuration is whole"));
        }
    }
}

/// RSS and Atom.
pub fn feed(data: &[u8]) {
    asked(data, |client, _, _| drop(proofmark_sources::vendors::feed(client, "https://x.example/feed")));
}
