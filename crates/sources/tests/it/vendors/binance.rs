use std::time::Duration;

use proofmark_sources::fetch::{FlawRule, Interval, Refetch};
use proofmark_sources::net::{FetchError, HttpTransport};
use proofmark_sources::vendors::{Binance, Market};
use proofmark_testkit::{Fault, Server, Twist, bar, days};
use proofmark_units::{Date, DateSpan};

use super::desk::Desk;

fn venue(twist: Twist) -> Server {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let listed = DateSpan { start: date("2020-03-01"), end: date("2024-12-31") };
    let venue = proofmark_testkit::Binance { listed, twist };
    Server::start(move |seen| venue.answer(seen))
}

fn spot(server: &Server, interval: Interval) -> Binance {
    Binance::bars(Market::Spot, interval, Some(&server.base()))
}

#[test]
fn daily_bars_arrive_whole_and_a_second_fetch_makes_no_request() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Day1);
    let asked = days("2020-01-01", "2024-12-31");
    let plan = desk.plan(&source, &["BTCUSDT", "ETHUSDT"], &asked);
    assert_eq!((plan.requests, plan.chunks()), (4, 4));
    let outcome = desk.fetch(&source, &[], &["BTCUSDT", "ETHUSDT"], &asked);
    assert_eq!((outcome.fetched, outcome.counts.requests, outcome.failures.len()), (4, 4, 0));
    assert_eq!(outcome.empty_days[0].1.len(), 60, "January and February 2020, before the listing");
    let stored = desk.read(&source, "BTCUSDT", &asked);
    assert_eq!(stored.rows.len(), days("2020-03-01", "2024-12-31").len());
    let row = stored.rows[17];
    let [open, high, low, close, volume] = bar(row.session, 0);
    assert_eq!((row.open, row.high, row.low, row.close, row.volume), (open, high, low, close, Some(volume)));
    assert_eq!(row.start, row.session.midnight_utc());

    let requests = server.requests();
    let again = desk.fetch(&source, &[], &["BTCUSDT", "ETHUSDT"], &asked);
    assert_eq!((again.fetched, again.counts.requests), (0, 0));
    assert_eq!(server.requests(), requests);
    assert_eq!(desk.entries().iter().filter(|e| e.status == "cached" && e.source == "cache").count(), 2);
}

#[test]
fn later_days_alone_are_asked_for_of_each_instrument_by_itself() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Day1);
    desk.fetch(&source, &[], &["BTCUSDT"], &days("2024-01-01", "2024-03-31"));
    let plan = desk.plan(&source, &["BTCUSDT", "ETHUSDT"], &days("2024-02-01", "2024-06-30"));
    let spans: Vec<String> = plan.series.iter().flat_map(|s| &s.chunks).map(|c| c.span.to_string()).collect();
    assert_eq!(spans, ["2024-04-01 to 2024-06-30", "2024-02-01 to 2024-06-30"]);
}

#[test]
fn days_with_too_few_rows_are_asked_for_again_and_neighbours_together() {
    let (server, mut desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Hour1);
    // Listed on the first of March: the day before has no bar and is there all the same.
    let asked = days("2020-02-28", "2020-03-03");
    desk.fetch(&source, &[], &["BTCUSDT"], &asked);
    let mut spans = |refetch| -> Vec<String> {
        desk.refetch = refetch;
        let plan = desk.plan(&source, &["BTCUSDT"], &asked);
        plan.series[0].chunks.iter().map(|chunk| chunk.span.to_string()).collect()
    };
    assert_eq!(spans(Refetch::Nothing), Vec::<String>::new());
    assert_eq!(spans(Refetch::Below(24)), ["2020-02-28 to 2020-02-29"]);
    assert_eq!(spans(Refetch::Below(25)), ["2020-02-28 to 2020-03-03"]);
    assert_eq!(spans(Refetch::All), ["2020-02-28 to 2020-03-03"]);
}

#[test]
fn a_day_of_minutes_takes_two_pages_on_spot_and_one_on_futures() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let asked = days("2024-02-28", "2024-03-01");
    for (market, requests) in [(Market::Spot, 6), (Market::UsdM, 3)] {
        let source = Binance::bars(market, Interval::Minute1, Some(&server.base()));
        assert_eq!(desk.plan(&source, &["BTCUSDT"], &asked).requests, requests);
        let outcome = desk.fetch(&source, &[], &["BTCUSDT"], &asked);
        assert_eq!((outcome.counts.requests, outcome.rows), (requests, 3 * 1_440));
        let rows = desk.read(&source, "BTCUSDT", &asked).rows;
        assert!(rows.windows(2).all(|pair| pair[1].start == pair[0].start.plus_seconds(60)));
    }
}

#[test]
fn passing_failures_are_survived() {
    let (server, mut desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    desk.transport = HttpTransport::new(Duration::from_secs(3), 1 << 20);
    let source = spot(&server, Interval::Day1);
    server.misbehave([
        Fault::Status(503),
        Fault::Cut,
        Fault::HangUp,
        Fault::None,
        Fault::TooOften(30),
        Fault::Slow(Duration::from_millis(3_400)),
    ]);
    let outcome = desk.fetch(&source, &[], &["BTCUSDT", "ETHUSDT"], &days("2024-01-01", "2024-01-31"));
    assert_eq!((outcome.fetched, outcome.failures.len(), outcome.counts.retries), (2, 0, 5));
    assert!(outcome.counts.waited >= Duration::from_secs(30 + 7), "{:?}", outcome.counts);
    assert_eq!(desk.read(&source, "ETHUSDT", &days("2024-01-01", "2024-01-31")).rows.len(), 31);
    assert_eq!(desk.entries().iter().map(|e| e.retries).sum::<u64>(), 5);
}

#[test]
fn repeated_and_unsorted_rows_are_put_right_and_listed() {
    let (server, desk) = (venue(Twist::Jumbled), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Day1);
    let asked = days("2024-01-01", "2024-01-09");
    let outcome = desk.fetch(&source, &[], &["BTCUSDT"], &asked);
    assert_eq!((outcome.rows, outcome.flaws), (9, 3));
    let stored = desk.read(&source, "BTCUSDT", &asked);
    assert!(stored.rows.windows(2).all(|pair| pair[0].session < pair[1].session));
    assert!(stored.flaws.iter().all(|(_, flaw)| flaw.rule == FlawRule::DuplicateRow));
    assert_eq!(stored.seen, 12);
}

#[test]
fn an_unreadable_row_is_listed_and_another_form_is_an_error() {
    let (server, desk) = (venue(Twist::Garbled), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Day1);
    let asked = days("2024-01-01", "2024-01-09");
    assert_eq!(desk.fetch(&source, &[], &["BTCUSDT"], &asked).rows, 8);
    let (_, flaw) = &desk.read(&source, "BTCUSDT", &asked).flaws[0];
    assert_eq!((flaw.rule, flaw.row, flaw.detail.as_str()), (FlawRule::BadNumber, 2, "`close` holds `soon`"));
    server.misbehave([Fault::Body("{\"rows\": []}".into()), Fault::Body("<html>".into())]);
    let outcome = desk.fetch(&source, &[], &["ETHUSDT", "XRPUSDT", "NONE"], &asked);
    let errors: Vec<String> = outcome.failures.iter().map(|f| f.error.to_string()).collect();
    assert!(errors[0].contains("not a list of klines") && errors[1].contains("<html>"), "{errors:?}");
    assert!(errors[2].contains("Invalid symbol"), "{errors:?}");
    assert_eq!(outcome.counts.requests, 3, "none of these is repeated");
}

#[test]
fn a_killed_fetch_goes_on_with_the_first_missing_chunk() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let source = spot(&server, Interval::Hour1);
    let asked = days("2024-01-01", "2024-06-30");
    let whole = desk.plan(&source, &["BTCUSDT"], &asked).requests;
    // The same state as after a kill in the third chunk: two chunks are kept and half a temporary file lies there.
    server.misbehave([Fault::None, Fault::None, Fault::Status(400)]);
    let first = desk.fetch(&source, &[], &["BTCUSDT"], &asked[..41 * 3]);
    assert_eq!((first.fetched, first.failures.len()), (2, 1));
    let place = desk.folder.path().join("fetched/v1/binance-spot/bars-1h/BTCUSDT");
    std::fs::write(place.join(".tmp-half"), "{").unwrap();
    let rest = desk.fetch(&source, &[], &["BTCUSDT"], &asked);
    assert_eq!(rest.counts.requests, whole - 2);
    let rows = desk.read(&source, "BTCUSDT", &asked).rows;
    assert_eq!(rows.len(), asked.len() * 24);
    let fresh = Desk::new("2025-01-10", 1_440);
    fresh.fetch(&source, &[], &["BTCUSDT"], &asked);
    assert_eq!(rows, fresh.read(&source, "BTCUSDT", &asked).rows, "as if it had never been killed");
}

#[test]
fn an_outage_ends_the_job_without_a_storm() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    server.misbehave((0..100).map(|_| Fault::Status(500)));
    let symbols: Vec<String> = (0..20).map(|n| format!("S{n}")).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let source = spot(&server, Interval::Day1);
    let outcome = desk.fetch(&source, &[], &symbols, &days("2024-01-01", "2024-01-31"));
    assert_eq!((server.requests(), outcome.failures.len(), outcome.not_tried), (5, 2, 18));
    assert!(matches!(outcome.failures[1].error, FetchError::BreakerOpen { .. }));
}

#[test]
fn funding_and_depth() {
    let (server, desk) = (venue(Twist::Honest), Desk::new("2025-01-10", 1_440));
    let futures = Binance::bars(Market::UsdM, Interval::Day1, Some(&server.base()));
    let asked = days("2024-01-01", "2024-01-31");
    let funding = futures.clone().funding();
    let outcome = desk.fetch(&funding, &[], &["BTCUSDT"], &asked);
    assert_eq!((outcome.rows, outcome.counts.requests), (93, 1));
    let rows = desk.read(&funding, "BTCUSDT", &asked).rows;
    assert_eq!(rows[1].known_at, rows[1].date.midnight_utc().plus_seconds(8 * 3_600));
    assert!(rows.iter().all(|row| row.value > 0.0 && row.value < 0.001));
    let mut client = desk.client("Binance", &[], &Binance::limits(Market::UsdM));
    let book = futures.depth(&mut client, "BTCUSDT", 100).unwrap();
    assert_eq!(
        (book.bids[0], book.asks[0], book.last_update_id),
        ((4.0, 431.0), (4.000_002, 12.0), 1_027_024)
    );
    assert_eq!(book.exchange_time.unwrap().to_string(), "2020-05-14T06:15:22.959Z");
    server.misbehave([Fault::Body("{\"lastUpdateId\": 1, \"bids\": [[\"x\", \"1\"]], \"asks\": []}".into())]);
    assert!(matches!(futures.depth(&mut client, "BTCUSDT", 100), Err(FetchError::Schema { .. })));
    let spot = Binance::bars(Market::Spot, Interval::Day1, Some(&server.base())).funding();
    let outcome = desk.fetch(&spot, &[], &["BTCUSDT"], &asked);
    assert!(matches!(outcome.failures[0].error, FetchError::NotOffered { .. }));
}
