//! The cross-asset view, as a user makes one.

use std::path::Path;

use serde_json::Value;

use crate::proofmark::{Said, run};

/// Two names on a week of sessions: the first without a bar on the third, the second listed on the second.
fn lake() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    let mut text = String::from("symbol,date,open,high,low,close,volume\n");
    for (symbol, date, close) in [
        ("AAA", "2024-01-01", "100"),
        ("AAA", "2024-01-02", "110"),
        ("AAA", "2024-01-04", "121"),
        ("AAA", "2024-01-05", "121"),
        ("BBB", "2024-01-02", "50"),
        ("BBB", "2024-01-03", "51"),
        ("BBB", "2024-01-04", "52"),
        ("BBB", "2024-01-05", "53"),
    ] {
        text.push_str(&format!("{symbol},{date},{close},{close},{close},{close},10\n"));
    }
    std::fs::write(folder.path().join("bars.csv"), text).unwrap();
    let said = run(folder.path(), &["ingest", "csv", "bars.csv"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    folder
}

fn align(folder: &Path, more: &[&str]) -> Said {
    run(folder, &[&["data", "align", "--min-overlap", "0.7", "--quiet"], more].concat())
}

#[track_caller]
fn made(said: &Said) -> Value {
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    said.json()
}

#[track_caller]
fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.exit, 2, "{}\n{}", said.stdout, said.stderr);
    for word in words {
        assert!(said.stderr.contains(word), "expected `{word}` in {}", said.stderr);
    }
}

#[test]
fn a_view_is_made_once_and_never_in_the_place_of_something_else() {
    let folder = lake();
    let path = folder.path();
    let planned = made(&align(path, &["--to", "view", "--dry-run", "--json"]));
    assert_eq!((&planned["written"], planned["files"].as_array().unwrap().len()), (&Value::from(false), 5));
    assert!(!path.join("view").exists());

    let first = made(&align(path, &["--to", "view", "--json", "--report", "report.json"]));
    assert_eq!(first["papers"]["shape"], serde_json::json!([5, 2, 4]));
    assert_eq!(first["coverage"]["fields"][0]["by_symbol"]["AAA"]["carried"], 1);
    let axes: Value = serde_json::from_slice(&std::fs::read(path.join("view/axes.json")).unwrap()).unwrap();
    assert_eq!(axes["columns"], serde_json::json!(["close", "volume", "log_return", "gap"]));
    let values = std::fs::read(path.join("view/values.npy")).unwrap();
    let data = &values[values.len() - 5 * 2 * 4 * 8..];
    let at = |t: usize, s: usize, c: usize| {
        let from = ((t * 2 + s) * 4 + c) * 8;
        f64::from_le_bytes(data[from..from + 8].try_into().unwrap())
    };
    assert_eq!((at(2, 0, 0), at(3, 0, 3)), (110.0, 2.0), "carried once, and the gap is two sessions long");
    assert!(
        (at(3, 0, 2) - 1.1_f64.ln()).abs() < 1e-12 && at(2, 0, 2).is_nan(),
        "no return of a carried price"
    );
    assert!(at(0, 1, 0).is_nan() && at(2, 0, 1).is_nan(), "nothing before a first bar, no volume made up");
    let said: Value = serde_json::from_slice(&std::fs::read(path.join("report.json")).unwrap()).unwrap();
    assert_eq!(said["papers"], first["papers"]);

    // The same again is the same bytes, and no reason to write.
    let again = made(&align(path, &["--to", "view", "--json"]));
    assert_eq!(again["written"], false);
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["change"] == "same"));
    let manifest = std::fs::read(path.join("view/manifest.json")).unwrap();
    assert!(!String::from_utf8_lossy(&manifest).contains(path.to_str().unwrap()), "no path of a machine");

    refused(&align(path, &["--to", "view", "--fill-limit", "0"]), &["another view", "--overwrite"]);
    let other = made(&align(path, &["--to", "view", "--fill-limit", "0", "--overwrite", "--json"]));
    assert_eq!(other["coverage"]["fields"][0]["by_symbol"]["AAA"]["stale"], 1);
    std::fs::write(path.join("view/mine.txt"), "x").unwrap();
    refused(&align(path, &["--to", "view", "--overwrite"]), &["something else", "new folder"]);
    for place in ["lake", "lake/bars", "."] {
        refused(&align(path, &["--to", place, "--overwrite"]), &["made from"]);
    }
    assert!(path.join("lake/manifest.json").is_file());
}

#[test]
fn what_cannot_be_aligned_is_refused_with_a_way_out() {
    let folder = lake();
    let path = folder.path();
    let check = |more: &[&str]| align(path, &[&["--check-only"], more].concat());
    assert!(check(&[]).stdout.contains("nothing was written"));
    let strict = ["data", "align", "--check-only", "--calendar", "24/7", "--min-overlap", "0.95", "--quiet"];
    refused(&run(path, &strict), &["AAA", "24/7", "--min-overlap"]);
    refused(&check(&["--calendar", "XLON"]), &["XLON", "XNSE"]);
    refused(&check(&["--symbols", "CCC"]), &["CCC"]);
    refused(&check(&["--start-date", "2025-01-01"]), &["AAA"]);
    assert_eq!(check(&["--fields", "closing"]).exit, 2);
    assert_eq!(align(path, &[]).exit, 2, "a folder must be named");
    std::fs::write(path.join("names.txt"), "AAA # the first\n").unwrap();
    let one = made(&check(&["--symbols-file", "names.txt", "--json"]));
    assert_eq!(one["papers"]["shape"], serde_json::json!([5, 1, 4]));
    // Nothing was known yet of what came in a minute ago: backfilled bars are known at their closes.
    let then = made(&check(&["--as-of", "2024-01-02", "--json"]));
    assert_eq!(then["papers"]["shape"], serde_json::json!([2, 2, 4]));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(empty.path(), &["init", "--quiet"]).exit, 0);
    refused(&align(empty.path(), &["--check-only"]), &["ingest"]);
}
