//! Small worlds for the tests.

use proofmark_lake::Delivery;
use proofmark_market::{BarRow, Calendar};
use proofmark_units::{Date, DateSpan, Instant, Symbol};

pub(crate) fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn nse() -> Calendar {
    Calendar::named("XNSE").unwrap()
}

pub(crate) fn always() -> DateSpan {
    DateSpan::new(date("1990-01-01"), date("2030-01-01")).unwrap()
}

pub(crate) fn delivery(source: &str, arrived: &str) -> Delivery {
    Delivery { source: source.to_owned(), arrived_at: date(arrived).midnight_utc() }
}

/// A flat bar around `close`, known 30 minutes after the session's close.
pub(crate) fn bar(calendar: &Calendar, date: Date, close: f64) -> BarRow {
    let event_time: Instant = calendar.session_close(date);
    BarRow {
        date,
        event_time,
        known_at: event_time.plus_seconds(1_800),
        open: close,
        high: close * 1.01,
        low: close * 0.99,
        close,
        volume: 1_000.0,
    }
}

/// Bars with these closes on consecutive sessions from the start of 2020.
pub(crate) fn series(closes: &[f64]) -> Vec<BarRow> {
    let calendar = nse();
    let start = calendar.sessions().partition_point(|session| *session < date("2020-01-01"));
    closes
        .iter()
        .enumerate()
        .map(|(i, close)| bar(&calendar, calendar.sessions()[start + i], *close))
        .collect()
}
