//! `data books` and `data options`, as a user types them.

use std::path::{Path, PathBuf};

use proofmark_market::options::{Black76, Right};
use serde_json::Value;

use crate::proofmark::run;

pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    eprintln!("SKIPPED: ../shared/data is not here");
    None
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let said = run(folder, &[&["data"], arguments, &["--json", "--quiet"]].concat());
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    said.json()
}

const STREAM: &str = r#"1000000000 {"lastUpdateId":3,"bids":[["99.5","2"],["99","1"]],"asks":[["100.25","4"]]}
1200000000 {"e":"depthUpdate","E":1100,"s":"XUSDT","U":4,"u":5,"b":[["99.5","0"]],"a":[["100","1"]]}
2200000000 {"e":"depthUpdate","E":2100,"s":"XUSDT","U":7,"u":8,"b":[["99.5","3"]],"a":[]}
4000000000 {"lastUpdateId":9,"bids":[["98","2"]],"asks":[["101","4"]]}
6000000000 {"e":"trade","E":6000,"s":"XUSDT"}
"#;

#[test]
fn a_stream_with_a_gap_is_missing_until_the_next_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.jsonl"), STREAM).unwrap();
    let arguments =
        ["books", "x.jsonl", "--format", "binance-feed", "--levels", "2", "--to", "out/x.parquet"];
    let report = json(folder.path(), &arguments);
    assert_eq!(
        (&report["symbol"], &report["rows"], &report["missing"]),
        (&"XUSDT".into(), &5.into(), &1.into())
    );
    assert_eq!(report["problems"]["counts"]["sequence_gap"], 1);
    assert_eq!(report["closing"]["bid"]["price"], 98.0);
    let written = std::fs::read(folder.path().join("out/x.parquet")).unwrap();
    assert_eq!(&written[..4], b"PAR1");
    json(folder.path(), &arguments);
    assert_eq!(
        std::fs::read(folder.path().join("out/x.parquet")).unwrap(),
        written,
        "same input, same bytes"
    );
    let said = run(folder.path(), &["data", "books", "x.jsonl", "--format", "binance-feed"]);
    for want in ["sequence_gap: 1", "best bid 98, best ask 101", "1 instants without a known book"] {
        assert!(said.stdout.contains(want), "expected `{want}` in:\n{}", said.stdout);
    }
}

#[test]
fn books_that_cannot_be_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("x.jsonl"), STREAM.lines().nth(1).unwrap()).unwrap();
    std::fs::write(at.join("message.csv"), "34200,1,1,1,1,1\n").unwrap();
    let check = |arguments: &[&str], exit: i32, want: &str| {
        let said = run(at, &[&["data", "books"], arguments].concat());
        assert_eq!(said.exit, exit, "{}\n{}", said.stdout, said.stderr);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(all.contains(want), "expected `{want}` in:\n{all}");
    };
    check(&["x.jsonl", "--format", "binance-feed"], 1, "never known");
    check(&["none.jsonl", "--format", "binance-feed"], 2, "none.jsonl");
    check(&["x.jsonl", "--format", "binance"], 2, "Parquet");
    check(&["message.csv", "--format", "lobster"], 2, "--books");
    check(&["x.jsonl", "--format", "binance-feed", "--every", "1"], 2, "100ms");
    check(&["x.jsonl", "--format", "binance-feed", "--levels", "0"], 2, "1 to 1,000");
    check(&["x.jsonl", "x.jsonl", "--format", "binance-feed"], 2, "snapshots");
}

#[test]
fn real_spot_events_end_at_the_known_quotes() {
    let Some(file) = shared("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    let to = ["--to", "books.parquet", "--symbol", "BTCUSDT"];
    let report = json(folder.path(), &[&["books", file, "--format", "binance"], &to[..]].concat());
    assert_eq!(
        (&report["closing"]["bid"]["price"], &report["closing"]["ask"]["price"]),
        (&61_685.99.into(), &61_686.0.into())
    );
    assert_eq!((&report["depth"]["applied"], &report["crossed_rows"]), (&3_449.into(), &0.into()));
    assert!(report["problems"]["counts"].get("crossed").is_none());
    let unnamed = run(folder.path(), &["data", "books", file, "--format", "binance", "--to", "b.parquet"]);
    assert_eq!(unnamed.exit, 2);
    assert!(unnamed.stderr.contains("--symbol"), "{}", unnamed.stderr);
}

/// A chain of one expiry a year ahead, priced at a volatility of 0.2 with forward 105 and discount factor 0.95, quoted a
/// thousandth around; then rows that cannot be valued.
fn simulated_chain() -> String {
    let mut text = String::from("underlying,expiry,type,strike,bid,ask\n");
    for strike in (60..=160).step_by(5) {
        for (letter, right) in [("C", Right::Call), ("P", Right::Put)] {
            let price = Black76::new(right, 105.0, f64::from(strike), 1.0, 0.95).unwrap().price(0.2);
            text.push_str(&format!("SIM,2025-01-01,{letter},{strike},{},{}\n", price * 0.999, price * 1.001));
        }
    }
    text.push_str(
        "SIM,2025-01-01,C,200,0,0.05\nSIM,2025-01-01,C,205,0.06,0.05\nSIM,2025-01-01,C,210,0.05,\n",
    );
    text.push_str("SIM,2025-01-01,C,40,50,50.2\nSIM,2025-01-01,P,30,29,29.5\nSIM,2024-01-02,C,100,1,2\n");
    text
}

#[test]
fn a_simulated_chain_gives_back_what_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("chain.csv"), simulated_chain()).unwrap();
    let moment = ["--as-of", "2024-01-02T10:00:00Z"];
    let report = json(at, &[&["options", "chain.csv"], &moment[..], &["--to", "greeks.json"]].concat());
    let year = &report["expiries"][1];
    assert_eq!(
        (&year["underlying"], &year["forward"][1], &year["discount"][1]),
        (&"SIM".into(), &"parity".into(), &"parity".into())
    );
    let close = |value: &Value, want: f64, tolerance: f64| {
        assert!((value.as_f64().unwrap() - want).abs() < tolerance, "{value} is not {want}");
    };
    close(&year["forward"][0], 105.0, 1e-6);
    close(&year["discount"][0], 0.95, 1e-6);
    // Priced for a whole year; 2024 is counted from 2 January, 365 days.
    close(&year["smile"]["at_the_money"], 0.2, 1e-3);
    close(&year["risk_reversal"], 0.0, 1e-3);
    assert_eq!(year["refused"]["no_bid"], 1);
    assert_eq!(year["refused"]["crossed"], 1);
    assert_eq!(year["refused"]["no_ask"], 1);
    assert_eq!(
        (&year["refused"]["below_intrinsic"], &year["refused"]["above_bound"]),
        (&1.into(), &1.into())
    );
    let expired = &report["expiries"][0];
    assert_eq!((&expired["used"], &expired["refused"]["no_discount"]), (&0.into(), &1.into()));
    let contracts: Value = serde_json::from_slice(&std::fs::read(at.join("greeks.json")).unwrap()).unwrap();
    assert_eq!(contracts.as_array().unwrap().len(), 48);
    assert_eq!(contracts[1]["known_at"], "2024-01-02T10:00:00Z");
    assert!(contracts[1]["greeks"]["delta"].as_f64().unwrap() > 0.9);

    let undated = run(at, &["data", "options", "chain.csv"]);
    assert_eq!(undated.exit, 2);
    assert!(undated.stderr.contains("--as-of"), "{}", undated.stderr);
    for (arguments, want) in [
        (vec!["--style", "american"], "--spot"),
        (vec!["--rate", "5"], "--rate 0.05"),
        (vec!["--column", "strick=K"], "strike"),
        (vec!["--underlyings", "NONE"], "--underlyings"),
    ] {
        let said = run(at, &[&["data", "options", "chain.csv"], &moment[..], &arguments[..]].concat());
        assert_eq!(said.exit, 2, "{}", said.stdout);
        assert!(said.stderr.contains(want), "expected `{want}` in:\n{}", said.stderr);
    }
    let none = run(at, &[&["data", "options", "chain.csv"], &moment[..], &["--forward", "file"]].concat());
    assert_eq!(none.exit, 1, "{}", none.stderr);
    assert!(none.stdout.contains("no_forward"), "{}", none.stdout);
}

#[test]
fn real_chains_meet_their_known_answers() {
    let Some(spx) = shared("options/spx_chain_2024-11-11.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), &["options", spx.to_str().unwrap(), "--to", "spx.parquet"]);
    let deviation = &report["volatility_deviation"];
    assert!(deviation["rows"].as_u64().unwrap() > 11_000, "{deviation}");
    assert_eq!(deviation["over_1e3"], 0, "{deviation}");

    let nse = shared("options/nse_bank_atm_options_1min_2023-04.parquet").unwrap();
    let report = json(folder.path(), &["options", nse.to_str().unwrap(), "--rate", "0"]);
    let deviation = &report["price_deviation"];
    assert!(deviation["rows"].as_u64().unwrap() > 105_000, "{deviation}");
    // The file rounds volatilities to six digits and years to eight, which is worth more than 1e-4 in some rows.
    assert!(deviation["percentile_99"].as_f64().unwrap() < 1e-4, "{deviation}");
    assert!(deviation["over_1e3"].as_u64().unwrap() <= 4, "{deviation}");
}

#[test]
fn a_recorded_stream_is_stored_once_and_rebuilds_the_same_book() {
    let Some(file) = shared("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    let file = file.to_str().unwrap();
    let ingest = [
        "ingest",
        "book",
        file,
        "--format",
        "binance",
        "--symbol",
        "BTCUSDT",
        "--venue",
        "binance-spot",
        "--json",
    ];
    let first = run(folder.path(), &ingest);
    assert_eq!(first.exit, 0, "{}", first.stderr);
    let added = first.json()["files"][0]["added"].clone();
    assert_eq!(added["rows"], 135_847, "{added}");
    assert!(
        run(folder.path(), &ingest).json()["files"][0]["added"].is_null(),
        "a second time it adds nothing"
    );
    let tables = run(folder.path(), &["data", "tables"]).stdout;
    assert!(
        tables.lines().any(|line| line.starts_with("book_events") && line.contains("135847")),
        "{tables}"
    );

    let books = |what: &str, format: &str| {
        let said =
            run(folder.path(), &["data", "books", what, "--format", format, "--every", "1s", "--json"]);
        assert_eq!(said.exit, 0, "{}", said.stderr);
        let mut json = said.json();
        for own in ["files", "symbol", "rows_read"] {
            json.as_object_mut().unwrap().remove(own);
        }
        json
    };
    let stored = books("BTCUSDT", "lake");
    assert_eq!(stored, books(file, "binance"));
    assert_eq!(stored["closing"]["bid"]["price"], 61_685.99);
    let none = run(folder.path(), &["data", "books", "ETHUSDT", "--format", "lake"]);
    assert_eq!(none.exit, 2);
    assert!(none.stderr.contains("BTCUSDT"), "{}", none.stderr);
}
