use proofmark_market::Interval;
use proofmark_sources::net::FetchError;
use proofmark_sources::vendors::TwelveData;
use proofmark_testkit::{Server, Twist, days};

use super::desk::Desk;

fn vendor(per_key: usize) -> Server {
    let vendor = proofmark_testkit::TwelveData {
        keys: ["key-one-1", "key-two-2", "key-three-3"].map(String::from).to_vec(),
        per_key,
        used: std::sync::Arc::default(),
        days: days("2023-01-01", "2024-12-31"),
        twist: Twist::Honest,
    };
    Server::start(move |seen| vendor.answer(seen))
}

#[test]
fn keys_take_turns_and_none_is_written_anywhere() {
    let (server, desk) = (vendor(2), Desk::new("2025-01-10", 1_440));
    let source = TwelveData::new(Interval::Minute5, Some(&server.base()));
    let asked = days("2024-01-01", "2024-03-31");
    // 5,000 bars hold 17 days of 288.
    assert_eq!(desk.plan(&source, &["USDBRL=USD/BRL"], &asked).requests, 6);
    let outcome =
        desk.fetch(&source, &["key-one-1", "key-two-2", "key-three-3"], &["USDBRL=USD/BRL"], &asked);
    assert_eq!((outcome.rows, outcome.failures.len(), outcome.counts.requests), (91 * 288, 0, 6));
    assert!(
        server.seen().iter().all(|seen| seen.query("timezone") == "UTC" && seen.query("apikey").is_empty())
    );
    let rows = desk.read(&source, "USDBRL=USD/BRL", &asked).rows;
    assert_eq!(rows[1].start, rows[0].start.plus_seconds(300));
    assert_eq!(rows[0].volume, None, "a missing volume stays missing");
    assert!(!desk.everything_written().contains("key-"));
}

#[test]
fn used_up_and_wrong_keys_are_told_and_an_empty_span_is_no_error() {
    let (server, desk) = (vendor(0), Desk::new("2025-01-10", 1_440));
    let source = TwelveData::new(Interval::Day1, Some(&server.base()));
    let asked = days("2024-01-01", "2024-03-31");
    let outcome = desk.fetch(&source, &["key-one-1"], &["AAPL", "MSFT"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::RateLimited { .. }));
    assert_eq!((outcome.failures.len(), outcome.not_tried, outcome.counts.requests), (1, 1, 4));
    let outcome = desk.fetch(&source, &["key-wrong-9"], &["AAPL"], &asked);
    let text = format!("{} {:?}", outcome.failures[0].error, outcome.failures[0].error);
    assert!(
        matches!(outcome.failures[0].error, FetchError::NotAllowed { .. }) && !text.contains("key-wrong")
    );
    let server = vendor(9);
    let source = TwelveData::new(Interval::Day1, Some(&server.base()));
    let early = days("2019-01-01", "2019-03-31");
    let outcome = desk.fetch(&source, &["key-one-1"], &["AAPL"], &early);
    assert_eq!((outcome.rows, outcome.failures.len(), outcome.empty_days[0].1.len()), (0, 0, early.len()));
    let outcome = desk.fetch(&source, &["key-one-1"], &["NONE"], &asked);
    assert!(outcome.failures[0].error.to_string().contains("missing or invalid"));
}
