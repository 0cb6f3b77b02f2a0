use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proofmark_market::Interval;
use proofmark_sources::net::{FetchError, Secret};
use proofmark_sources::vendors::{Breeze, BreezeLogin, Charts};
use proofmark_testkit::{Fault, Server, Twist};
use proofmark_units::Date;

use super::desk::{Desk, nse};

const KEY: &str = "app-key)3U42%34u";
const SECRET: &str = "secret-8z6241tp4+B08";
const SESSION: &str = "session-5551234";

struct Broker {
    server: Server,
    expired: Arc<AtomicBool>,
}

fn broker(sessions: Vec<Date>) -> Broker {
    let expired = Arc::new(AtomicBool::new(false));
    let broker = proofmark_testkit::Breeze {
        app_key: KEY.into(),
        secret_key: SECRET.into(),
        api_session: SESSION.into(),
        sessions,
        session_minutes: 375,
        codes: ["INFTEC", "RELIND", "TCS"].map(String::from).to_vec(),
        expired: Arc::clone(&expired),
        twist: Twist::Honest,
    };
    Broker { server: Server::start(move |seen| broker.answer(seen)), expired }
}

fn login(session: &str) -> BreezeLogin {
    BreezeLogin {
        app_key: Secret::new(KEY),
        secret_key: Secret::new(SECRET),
        api_session: Secret::new(session),
    }
}

fn source(broker: &Broker, interval: Interval, charts: Charts) -> Breeze {
    Breeze::new(login(SESSION), interval, charts, "NSE", Some(&broker.server.base()))
}

#[test]
fn both_versions_give_the_same_bars_and_no_minute_is_lost_to_the_cap() {
    let asked = nse("2024-01-15", "2024-02-02");
    let broker = broker(asked.clone());
    let mut versions = Vec::new();
    for charts in [Charts::V1, Charts::V2] {
        let desk = Desk::new("2024-02-05", 375);
        let source = source(&broker, Interval::Minute1, charts);
        let before = broker.server.requests();
        let plan = desk.plan(&source, &["INFY=INFTEC"], &asked);
        assert_eq!((plan.requests, plan.rows), (7, 14 * 375));
        let outcome = desk.fetch(&source, &[], &["INFY=INFTEC"], &asked);
        assert_eq!((outcome.rows, outcome.failures.len()), (14 * 375, 0));
        assert_eq!(broker.server.requests() - before, 8, "one login and a request a chunk");
        versions.push(desk.read(&source, "INFY=INFTEC", &asked).rows);
        assert!(!desk.everything_written().contains("secret-8z"));
    }
    assert_eq!(versions[0], versions[1]);
    let first = &versions[0][0];
    assert_eq!(first.start.to_string(), "2024-01-15T03:45:00Z", "09:15 in India");
    assert_eq!(versions[0].iter().filter(|c| c.session.to_string() == "2024-01-20").count(), 375);
}

#[test]
fn a_chunk_at_the_cap_is_halved_until_it_is_whole() {
    // The plan expects sessions of 60 minutes; the exchange had 375, so replies are cut at 1,000.
    let asked = nse("2024-01-15", "2024-02-02");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 60);
    let source = source(&broker, Interval::Minute1, Charts::V1);
    let outcome = desk.fetch(&source, &[], &["TCS"], &asked);
    assert_eq!((outcome.rows, outcome.failures.len()), (14 * 375, 0));
    let cut = desk.entries().iter().filter(|e| e.error.as_deref().is_some_and(|e| e.contains("cap"))).count();
    assert!(cut > 0, "the log says what was cut");
    assert_eq!(desk.read(&source, "TCS", &asked).rows.len(), 14 * 375);
}

#[test]
fn exactly_a_thousand_days_are_not_taken_for_a_cut() {
    let all = nse("2018-01-01", "2024-12-31");
    let asked = &all[..1_000];
    let broker = broker(all.clone());
    let desk = Desk::new("2025-01-05", 375);
    let source = source(&broker, Interval::Day1, Charts::V2);
    let outcome = desk.fetch(&source, &[], &["RELIANCE=RELIND"], asked);
    assert_eq!((outcome.rows, outcome.fetched, outcome.failures.len()), (1_000, 1, 0));
}

#[test]
fn an_expired_session_gives_one_message_and_no_storm() {
    let asked = nse("2024-01-15", "2024-02-02");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 375);
    let source = source(&broker, Interval::Minute1, Charts::V1);
    desk.fetch(&source, &[], &["INFY=INFTEC"], &asked[..2]);
    let before = broker.server.requests();
    broker.expired.store(true, Ordering::SeqCst);
    let outcome = desk.fetch(&source, &[], &["INFY=INFTEC", "TCS"], &asked);
    assert_eq!(broker.server.requests() - before, 1);
    assert_eq!((outcome.failures.len(), outcome.not_tried), (1, 6 + 7 - 1));
    let error = &outcome.failures[0].error;
    assert!(matches!(error, FetchError::SessionExpired { .. }));
    let text = format!("{error} {error:?} {}", error.hint());
    assert!(
        text.contains("BREEZE_SESSION_TOKEN") && !text.contains(SESSION) && !text.contains(KEY),
        "{text}"
    );
    // After a new login the same command goes on.
    broker.expired.store(false, Ordering::SeqCst);
    let outcome = desk.fetch(&source, &[], &["INFY=INFTEC", "TCS"], &asked);
    assert_eq!((outcome.fetched, outcome.failures.len()), (6 + 7, 0));
}

#[test]
fn after_midnight_in_india_the_old_session_is_not_even_tried() {
    let asked = nse("2024-01-15", "2024-01-19");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 375); // 05:30 in India
    let source = source(&broker, Interval::Day1, Charts::V1);
    desk.fetch(&source, &[], &["TCS"], &asked);
    let before = broker.server.requests();
    desk.pace.forward(18 * 3_600 + 1_800 - 1);
    assert_eq!(desk.fetch(&source, &[], &["RELIANCE=RELIND"], &asked).failures.len(), 0);
    desk.pace.forward(1);
    let outcome = desk.fetch(&source, &[], &["INFY=INFTEC"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::SessionExpired { .. }));
    assert_eq!(broker.server.requests() - before, 1);
}

#[test]
fn a_wrong_login_and_a_wrong_secret_are_told_apart() {
    let asked = nse("2024-01-15", "2024-01-19");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 375);
    let stale =
        Breeze::new(login("yesterday-1"), Interval::Day1, Charts::V1, "NSE", Some(&broker.server.base()));
    let outcome = desk.fetch(&stale, &[], &["TCS"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::SessionExpired { .. }));
    let forged = BreezeLogin { secret_key: Secret::new("not-the-secret"), ..login(SESSION) };
    let forged = Breeze::new(forged, Interval::Day1, Charts::V1, "NSE", Some(&broker.server.base()));
    let outcome = desk.fetch(&forged, &[], &["TCS"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::NotAllowed { .. }), "{:?}", outcome.failures);
    let shown = format!("{stale:?} {forged:?}");
    for secret in [KEY, SECRET, SESSION, "not-the-secret", "yesterday-1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn an_unmapped_symbol_is_an_empty_answer_that_is_reported() {
    let asked = nse("2024-01-15", "2024-01-19");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 375);
    let outcome = desk.fetch(&source(&broker, Interval::Day1, Charts::V2), &[], &["RELIANCE"], &asked);
    assert_eq!((outcome.rows, outcome.failures.len()), (0, 0));
    assert_eq!(outcome.empty_days[0].1.len(), asked.len());
}

#[test]
fn signatures_are_fresh_on_every_attempt() {
    let asked = nse("2024-01-15", "2024-01-19");
    let broker = broker(asked.clone());
    let desk = Desk::new("2024-02-05", 375);
    broker.server.misbehave([Fault::None, Fault::Status(503)]);
    assert_eq!(desk.fetch(&source(&broker, Interval::Day1, Charts::V1), &[], &["TCS"], &asked).rows, 5);
    let stamps: Vec<String> =
        broker.server.seen()[1..].iter().map(|seen| seen.header("x-timestamp").to_owned()).collect();
    assert_eq!(stamps.len(), 2);
    assert_ne!(stamps[0], stamps[1]);
}

#[test]
fn codes_quotes_and_option_chains() {
    let broker = broker(Vec::new());
    let desk = Desk::new("2024-02-05", 375);
    let source = source(&broker, Interval::Day1, Charts::V1);
    let mut client = desk.client("Breeze", &[], &Breeze::LIMITS);
    let codes = source.scrip_codes(&mut client).unwrap();
    let names: Vec<_> = codes.iter().map(|c| (c.nse_symbol.as_str(), c.isec_code.as_str())).collect();
    assert_eq!(names, [("RELIANCE", "RELIND"), ("TCS", "TCS"), ("BAJAJ-AUTO", "BAAUTO")]);
    assert_eq!((codes[0].isin.as_str(), codes[0].token.as_str()), ("INE002A01018", "2885"));
    let quote = source.quote(&mut client, "RELIND").unwrap();
    assert_eq!((quote.last, quote.bid, quote.ask), (101.5, (101.4, 7.0), (101.6, 9.0)));
    let chain = source.option_chain(&mut client, "NIFTY", "2024-02-29".parse().unwrap()).unwrap();
    assert_eq!((chain.options.len(), chain.flaws.len(), chain.underlying), (4, 2, Some(22_010.5)));
    assert_eq!(
        chain.observed_at.to_string(),
        "2024-02-05T00:00:00Z",
        "when it was seen, not a date asked for"
    );
    broker.server.misbehave([Fault::Body("one,two\n1,2\n".into())]);
    assert!(matches!(source.scrip_codes(&mut client), Err(FetchError::Schema { .. })));
}
