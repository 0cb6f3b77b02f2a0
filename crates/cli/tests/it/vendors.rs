//! `ingest VENDOR` against local servers, as a user types it.

use std::path::Path;

use proofmark_testkit::{Fault, Server, Twist};
use proofmark_units::{Date, DateSpan};

use crate::proofmark::{Said, command, run};

pub(crate) fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    folder
}

pub(crate) fn ask(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Said {
    let mut command = command(folder, arguments);
    command.env("PROOFMARK_SAFETY_NETWORK", "true").envs(environment.iter().copied());
    command.output().unwrap().into()
}

fn binance() -> Server {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let listed = DateSpan { start: date("2023-01-11"), end: date("2024-12-31") };
    let venue = proofmark_testkit::Binance { listed, twist: Twist::Honest };
    Server::start(move |seen| venue.answer(seen))
}

fn range<'a>(vendor: &[&'a str], base: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["ingest"];
    arguments.extend(vendor);
    arguments.extend([
        "--start-date",
        "2023-01-01",
        "--end-date",
        "2023-03-31",
        "--base-url",
        base,
        "--json",
    ]);
    arguments
}

#[test]
fn bars_arrive_in_the_lake_once_and_a_dry_run_asks_nobody() {
    let (folder, server) = (workspace(), binance());
    let base = server.base();
    let arguments = range(&["binance", "--symbols", "BTCUSDT,ETH=ETHUSDT"], &base);
    let dry = run(folder.path(), &[arguments.clone(), vec!["--dry-run"]].concat());
    assert_eq!(dry.exit, 0, "{}", dry.stderr);
    assert_eq!((dry.json()["plan"]["requests"].as_u64(), server.requests()), (Some(2), 0));
    assert!(!folder.path().join("fetched").exists(), "nothing was touched");

    let off = run(folder.path(), &arguments);
    assert_eq!((off.exit, server.requests()), (2, 0));
    assert!(off.stderr.contains("PROOFMARK_SAFETY_NETWORK"), "{}", off.stderr);

    let first = ask(folder.path(), &[], &arguments);
    assert_eq!(first.exit, 0, "{}", first.stderr);
    let json = first.json();
    assert_eq!(json["stored"]["rows_added"], 160);
    assert_eq!(json["fetched"]["days_without_rows"][0]["days"], 10, "before its listing");
    let requests = server.requests();
    let again = ask(folder.path(), &[], &arguments).json();
    assert_eq!((again["stored"]["rows_known"].as_u64(), server.requests()), (Some(160), requests));
    let symbols = run(folder.path(), &["data", "symbols", "--json"]).stdout;
    assert!(symbols.contains("binance-spot/bars-1d") && symbols.contains("\"ETH\""), "{symbols}");
}

#[test]
fn an_update_goes_on_where_the_lake_ends_and_old_data_is_told() {
    let (folder, server) = (workspace(), binance());
    let base = server.base();
    let update = [
        "ingest",
        "binance",
        "--symbols",
        "BTCUSDT",
        "--end-date",
        "2023-03-31",
        "--base-url",
        &base,
        "--json",
    ];
    let first = ask(folder.path(), &[], &update);
    assert_eq!((first.exit, server.requests()), (2, 0));
    assert!(first.stderr.contains("--start-date"), "{}", first.stderr);
    let mut early = range(&["binance", "--symbols", "BTCUSDT"], &base);
    let end = early.iter().position(|a| *a == "2023-03-31").unwrap();
    early[end] = "2023-02-28";
    let held = ask(folder.path(), &[], &early).json()["stored"]["rows_added"].as_u64().unwrap();
    let requests = server.requests();
    let later = ask(folder.path(), &[], &update).json();
    assert_eq!(later["stored"]["rows_added"].as_u64(), Some(31), "{later}");
    assert!(held > 0 && server.requests() == requests + 1);
    assert_eq!(ask(folder.path(), &[], &update).json()["fetched"]["requests"], 0);
    let old = run(folder.path(), &["data", "freshness", "--calendar", "24/7", "--json"]);
    assert_eq!((old.exit, old.json()["stale"].as_u64()), (1, Some(1)), "{}", old.stderr);
    let lenient = ["data", "freshness", "--calendar", "24/7", "--bars", "99999"];
    assert_eq!(run(folder.path(), &lenient).exit, 0);
}

#[test]
fn hours_payments_and_snapshots_land_in_tables_of_their_own() {
    let (folder, server) = (workspace(), binance());
    let base = server.base();
    let hourly = range(&["binance", "--symbols", "BTCUSDT", "--interval", "1h"], &base);
    let json = ask(folder.path(), &[], &hourly).json();
    assert_eq!(json["fetched"]["rows"], 80 * 24);
    assert_eq!(json["stored"]["rows_added"], 80 * 24, "{json}");
    let funding = ask(
        folder.path(),
        &[],
        &range(&["binance", "--symbols", "BTCUSDT_FUNDING=BTCUSDT", "--funding"], &base),
    );
    assert_eq!(funding.json()["stored"]["rows_added"], 80, "{}", funding.stderr);
    assert_eq!(funding.json()["payments"]["rows_added"], 240, "three a day: {}", funding.stdout);
    let depth =
        ["ingest", "binance", "--symbols", "BTCUSDT", "--depth", "100", "--base-url", &base, "--json"];
    let json = ask(folder.path(), &[], &depth).json();
    let file = folder.path().join(json["files"][0].as_str().unwrap());
    assert!(std::fs::read_to_string(file).unwrap().contains("\"observed_at\""));
    assert_eq!(json["rows_added"], 3, "two bids and an ask: {json}");
    let rows = |table: &str| {
        let tables = run(folder.path(), &["data", "tables", "--json"]).json();
        let found = tables["tables"].as_array().unwrap().iter().find(|t| t["table"] == table).cloned();
        found.unwrap()["rows"].as_u64().unwrap()
    };
    assert_eq!((rows("funding"), rows("book_snapshots")), (240, 3));
    // A snapshot that was filed and not stored, as after a kill, is stored by the next one.
    let unstored = folder.path().join("lake/book_snapshots");
    let manifest = folder.path().join("lake/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["files"].as_array_mut().unwrap().retain(|file| file["table"] != "book_snapshots");
    std::fs::write(&manifest, value.to_string()).unwrap();
    assert!(unstored.is_dir() && rows("book_snapshots") == 0);
    // The server's clock stands still, so that both are one book; it is stored once.
    assert_eq!(ask(folder.path(), &[], &depth).json()["rows_added"], 3);
    assert_eq!(rows("book_snapshots"), 3);
    // Retention goes by when it was seen, whatever the venue's own clock says; nothing is that old yet.
    let kept = ask(folder.path(), &[], &[&depth[..], &["--keep-days", "1"]].concat()).json();
    assert_eq!(
        (&kept["rows_added"], &kept["rows_forgotten"], &kept["removed"]),
        (&0.into(), &0.into(), &0.into())
    );
}

#[test]
fn an_expired_session_is_told_once_and_no_secret_is_written_anywhere() {
    let folder = workspace();
    let sessions: Vec<Date> = proofmark_testkit::days("2023-01-01", "2023-03-31");
    let expired = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let broker = proofmark_testkit::Breeze {
        app_key: "hidden-key".into(),
        secret_key: "hidden-secret".into(),
        api_session: "hidden-session".into(),
        sessions,
        session_minutes: 375,
        codes: vec!["RELIND".into()],
        expired: std::sync::Arc::clone(&expired),
        twist: Twist::Honest,
    };
    let server = Server::start(move |seen| broker.answer(seen));
    let base = server.base();
    let arguments = range(&["breeze", "--symbols", "RELIANCE"], &base);
    let missing = ask(folder.path(), &[], &arguments);
    assert_eq!(missing.exit, 2);
    assert!(missing.stderr.contains("BREEZE_API_KEY"), "{}", missing.stderr);
    let keys = [
        ("BREEZE_API_KEY", "hidden-key"),
        ("BREEZE_API_SECRET", "hidden-secret"),
        ("BREEZE_SESSION_TOKEN", "hidden-session"),
    ];
    let before = server.requests();
    let said = ask(folder.path(), &keys, &arguments);
    assert_eq!((said.exit, server.requests() - before), (1, 1));
    let failures = said.json()["fetched"]["failures"].clone();
    assert_eq!(failures.as_array().unwrap().len(), 1);
    assert!(failures[0]["hint"].as_str().unwrap().contains("BREEZE_SESSION_TOKEN"), "{failures}");
    expired.store(false, std::sync::atomic::Ordering::SeqCst);
    let good = ask(folder.path(), &keys, &arguments);
    assert_eq!(good.exit, 0, "{}", good.stderr);
    assert!(good.json()["stored"]["rows_added"].as_u64().unwrap() > 50);
    server.misbehave([Fault::Body("hidden-session and hidden-secret are wrong".into())]);
    let broken = ask(folder.path(), &keys, &[arguments, vec!["--refetch"]].concat());
    assert_eq!(broken.exit, 1);

    let mut everything = [said, good, broken].map(|said| said.stdout + &said.stderr).concat();
    everything.push_str(&all_bytes(folder.path()));
    assert!(everything.contains("INE002A01018"), "the list of codes is there");
    for secret in ["hidden-key", "hidden-secret", "hidden-session", "VEVTVFVTRVI6"] {
        assert!(!everything.contains(secret), "`{secret}` was written");
    }
}

#[test]
fn an_unknown_share_gets_a_suggestion_and_a_bad_argument_a_hint() {
    let (folder, server) = (workspace(), binance());
    let base = server.base();
    let bad = ask(folder.path(), &[], &range(&["binance", "--symbols", "EUR/USD"], &base));
    assert_eq!(bad.exit, 2);
    assert!(bad.stderr.contains("EURUSD=EUR/USD"), "{}", bad.stderr);
    let bad = ask(folder.path(), &[], &range(&["binance", "--symbols", "A", "--interval", "2m"], &base));
    assert!(bad.exit == 2 && bad.stderr.contains("15m"), "{}", bad.stderr);
    let bad = ask(folder.path(), &[], &range(&["alpaca", "--symbols", "AAPL", "--calendar", "XABC"], &base));
    assert!(bad.exit == 2 && bad.stderr.contains("XABC"), "{}", bad.stderr);
    let none = ask(folder.path(), &[], &["ingest", "binance", "--symbols", "A", "--base-url", &base]);
    assert!(none.exit == 2 && none.stderr.contains("--start-date"), "{}", none.stderr);
    assert_eq!(server.requests(), 0);
}

#[test]
fn economic_series_are_known_from_their_release_on() {
    let folder = workspace();
    let months =
        proofmark_testkit::days("2022-01-01", "2023-06-30").into_iter().filter(|d| d.day() == 1).collect();
    let archive = proofmark_testkit::Fred { key: "hidden-key".into(), months, page: 100 };
    let server = Server::start(move |seen| archive.answer(seen));
    let base = server.base();
    let keys = [("FRED_API_KEY", "hidden-key")];
    let first = ask(folder.path(), &keys, &range(&["fred", "--symbols", "US_CPI=CPIAUCSL"], &base));
    assert_eq!(first.json()["stored"]["rows_added"], 3, "{}", first.stderr);
    // Later releases restate each date; the same command again adds nothing.
    let all = range(&["fred", "--symbols", "US_CPI=CPIAUCSL", "--vintages"], &base);
    let restated = ask(folder.path(), &keys, &all).json();
    assert_eq!(
        (restated["stored"]["rows_restated"].as_u64(), restated["stored"]["rows_added"].as_u64()),
        (Some(3), Some(0))
    );
    let again = ask(folder.path(), &keys, &all).json();
    assert_eq!(
        (again["stored"]["rows_restated"].as_u64(), again["stored"]["rows_known"].as_u64()),
        (Some(0), Some(6))
    );
    assert!(!all_bytes(folder.path()).contains("hidden-key"));
}

pub(crate) fn all_bytes(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            text.push_str(&all_bytes(&entry.path()));
        } else {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
        }
    }
    text
}
