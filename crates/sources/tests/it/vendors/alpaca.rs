use proofmark_market::Interval;
use proofmark_sources::net::{FetchError, Secret};
use proofmark_sources::vendors::Alpaca;
use proofmark_testkit::{Fault, Server, Twist, bar, days};

use super::desk::Desk;

fn vendor(page: usize) -> Server {
    let key = ("PKTESTKEY".to_owned(), "alpaca-secret".to_owned());
    let vendor =
        proofmark_testkit::Alpaca { key, days: days("2024-01-01", "2024-02-29"), page, twist: Twist::Honest };
    Server::start(move |seen| vendor.answer(seen))
}

fn source(server: &Server, secret: &str) -> Alpaca {
    Alpaca::new(Secret::new("PKTESTKEY"), Secret::new(secret), Interval::Day1, "iex", Some(&server.base()))
}

#[test]
fn pages_are_followed_to_the_end_and_days_are_new_yorks() {
    let (server, desk) = (vendor(25), Desk::new("2024-06-10", 390));
    let source = source(&server, "alpaca-secret");
    let asked = days("2024-01-01", "2024-02-29");
    let outcome = desk.fetch(&source, &[], &["AAPL"], &asked);
    assert_eq!((outcome.rows, outcome.counts.requests, outcome.flaws), (60, 3, 0));
    assert_eq!(server.seen()[0].query("start"), "2024-01-01T00:00:00-05:00");
    let rows = desk.read(&source, "AAPL", &asked).rows;
    assert_eq!(rows[3].session.to_string(), "2024-01-04");
    assert_eq!(rows[3].close, bar(rows[3].session, 0)[3]);
    assert_eq!(desk.fetch(&source, &[], &["AAPL"], &asked).counts.requests, 0);
    let nothing = desk.fetch(&source, &[], &["AAPL"], &days("2024-03-01", "2024-03-31"));
    assert_eq!((nothing.rows, nothing.failures.len()), (0, 0), "`bars` is null then");
}

#[test]
fn a_page_token_that_repeats_and_a_wrong_secret_are_errors() {
    let (server, desk) = (vendor(25), Desk::new("2024-06-10", 390));
    let asked = days("2024-01-01", "2024-02-29");
    let stuck = "{\"bars\": [], \"next_page_token\": \"same\"}";
    server.misbehave([Fault::Body(stuck.into()), Fault::Body(stuck.into())]);
    let outcome = desk.fetch(&source(&server, "alpaca-secret"), &[], &["AAPL"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::Schema { .. }));
    let outcome = desk.fetch(&source(&server, "another"), &[], &["AAPL"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::NotAllowed { .. }));
    assert!(!desk.everything_written().contains("alpaca-secret"));
}
