//! The cross-asset view, as a user makes one.

use std::path::Path;

use proofmark_lake::{Delivery, Lake, Observation};
use serde_json::Value;

use crate::proofmark::{Said, made, refused, run};

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

#[test]
fn observations_stand_beside_the_bars_as_each_close_knew_them() {
    let folder = lake();
    let path = folder.path();
    // Each value is known from the close of its date on; what restates one, from its arrival on.
    let bring = |series: &str, rows: &[(&str, f64)], arrived_at: &str| {
        let mut lake = Lake::open(path.join("lake")).unwrap();
        let row = |(date, value): &(&str, f64)| {
            let known_at = format!("{date}T10:00:00Z").parse().unwrap();
            Observation { date: date.parse().unwrap(), known_at, value: *value }
        };
        let rows: Vec<Observation> = rows.iter().map(row).collect();
        let delivery = Delivery { source: "test".into(), arrived_at: arrived_at.parse().unwrap() };
        lake.append_observations(&series.parse().unwrap(), &rows, &delivery).unwrap();
    };
    bring("RATE", &[("2023-12-29", 1.0), ("2024-01-02", 2.0)], "2024-01-02T10:00:00Z");
    bring("MOOD.BBB", &[("2024-01-03", 0.5)], "2024-01-03T10:00:00Z");
    let beside = ["--observations", "RATE,MOOD.{symbol}", "--max-age", "2"];
    let made = made(&align(path, &[&["--to", "view", "--no-returns", "--json"], &beside[..]].concat()));
    assert_eq!(made["papers"]["columns"], serde_json::json!(["close", "volume", "RATE", "MOOD.{symbol}"]));
    assert_eq!(made["papers"]["series"]["RATE"]["rows"], 2, "{made}");
    assert_eq!(made["papers"]["series"]["MOOD.BBB"]["rows"], 1);
    let (values, marks) = (
        std::fs::read(path.join("view/values.npy")).unwrap(),
        std::fs::read(path.join("view/marks.npy")).unwrap(),
    );
    let cells = 5 * 2 * 4;
    let (values, marks) = (&values[values.len() - cells * 8..], &marks[marks.len() - cells..]);
    let column = |s: usize, c: usize| -> Vec<(Option<f64>, u8)> {
        (0..5)
            .map(|t| {
                let cell = (t * 2 + s) * 4 + c;
                let value = f64::from_le_bytes(values[cell * 8..cell * 8 + 8].try_into().unwrap());
                (Some(value).filter(|v| !v.is_nan()), marks[cell])
            })
            .collect()
    };
    // Monday 1 January to Friday 5 January; the value of 29 December is two days and ten hours old on Monday.
    let rate = [(None, 4), (Some(2.0), 1), (Some(2.0), 2), (Some(2.0), 2), (None, 4)];
    assert_eq!(column(0, 2), rate);
    assert_eq!(column(1, 2), [&[(None, 0)], &rate[1..]].concat(), "nothing before a name's first bar");
    assert_eq!(column(0, 3), [(None, 0); 5], "no series of that name");
    assert_eq!(column(1, 3)[1..], [(None, 0), (Some(0.5), 1), (Some(0.5), 2), (Some(0.5), 2)]);

    // What arrives later changes no cell of a view as of an earlier instant.
    let then = [&["--to", "then", "--as-of", "2024-01-04", "--json"], &beside[..]].concat();
    let first = self::made(&align(path, &then));
    bring("RATE", &[("2024-01-02", 7.0), ("2024-01-05", 9.0)], "2024-02-01T10:00:00Z");
    let again = self::made(&align(path, &then));
    assert_eq!((&again["written"], &again["papers"]), (&Value::from(false), &first["papers"]));
    let one = [&then[..], &["--jobs", "1"]].concat();
    assert_eq!(
        self::made(&align(path, &one))["written"],
        false,
        "any number of threads gives the same bytes"
    );

    refused(&align(path, &["--check-only", "--observations", "RAT", "--max-age", "9"]), &["RAT", "RATE"]);
    refused(
        &align(path, &["--check-only", "--observations", "X.{symbol}", "--max-age", "9"]),
        &["X.{symbol}"],
    );
    assert_eq!(align(path, &["--check-only", "--observations", "RATE"]).exit, 2, "the largest age is named");
    refused(&align(path, &["--check-only", "--features", "all"]), &["all", "teacher15"]);
    let wide = self::made(&align(path, &["--check-only", "--features", "teacher15", "--json"]));
    assert_eq!(wide["papers"]["shape"][2], 4 + 15);
    let own = self::made(&align(
        path,
        &[
            "--to",
            "own",
            "--expression",
            "up=$close / Ref($close, 1)",
            "--expression",
            "rank=CsRank($close)",
            "--json",
        ],
    ));
    assert_eq!(own["papers"]["columns"].as_array().unwrap()[4..], ["up", "rank"]);
    assert!(own["papers"]["features"].as_str().unwrap().len() == 64);
    refused(&align(path, &["--check-only", "--expression", "up=Meen($close, 2)"]), &["`Mean`"]);
    refused(&align(path, &["--check-only", "--expression", "close=$open"]), &["`close` is there twice"]);
    assert_eq!(align(path, &["--check-only", "--expression", "$close"]).exit, 2);
    let twice = ["--check-only", "--expression", "up=$close", "--expression", "up=$open"];
    refused(&align(path, &twice), &["two expressions are called `up`"]);
    // What compares names has values too: all names of the view take part.
    let compared = self::made(&align(path, &["--to", "compared", "--features", "alpha101", "--json"]));
    let columns = compared["papers"]["columns"].as_array().unwrap();
    let bytes = std::fs::read(path.join("compared/values.npy")).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let values: Vec<f64> =
        bytes[header..].as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value)).collect();
    let place = columns.iter().position(|name| name == "alpha004").unwrap();
    assert!(values.iter().skip(place).step_by(columns.len()).any(|value| value.is_finite()));
}

#[test]
fn strict_refuses_a_name_whose_rows_were_set_aside() {
    let folder = lake();
    let path = folder.path();
    assert_eq!(align(path, &["--check-only", "--strict"]).exit, 0);
    let text = "symbol,date,open,high,low,close,volume\nBBB,2024-01-06,50,50,50,50,10\n";
    std::fs::write(path.join("saturday.csv"), text).unwrap();
    assert_eq!(run(path, &["ingest", "csv", "saturday.csv"]).exit, 0);
    refused(&align(path, &["--check-only", "--strict"]), &["BBB", "data check"]);
    assert_eq!(align(path, &["--check-only"]).exit, 0);
}
