//! The path of prices within sessions, and expressions over bars shorter than one.

use std::fmt::Write as _;
use std::path::Path;

use super::{context, rows, workspace};
use crate::proofmark::{made, refused, run};

const SPEC: &str = "calendar = \"XNSE\"\n\n[features]\nRV = \"day_realised_volatility\"\nOPEN = \"day_opening_volume\"\n\
                    NIGHT = \"day_overnight_return\"\n\n[input]\nkind = \"bars_within\"\ninterval = \"5m\"\n";
const SESSIONS: [&str; 3] = ["2024-01-02", "2024-01-03", "2024-01-04"];

/// Bars of five minutes of these sessions, 12 each: up and down in turn by 1 %, twice as much volume in the first half hour.
fn minutes(sessions: &[&str]) -> String {
    let mut text = "time,symbol,open,high,low,close,volume\n".to_owned();
    for date in sessions {
        let mut last = 100.0_f64;
        for bar in 0..12 {
            let close = if bar % 2 == 0 { last * 1.01 } else { last / 1.01 };
            let (high, low, minute) = (last.max(close), last.min(close), 15 + 5 * bar);
            let (hour, minute) = (9 + minute / 60, minute % 60);
            let volume = if bar < 6 { 200 } else { 100 };
            writeln!(text, "{date} {hour:02}:{minute:02}:00,AAA,{last},{high},{low},{close},{volume}")
                .unwrap();
            last = close;
        }
    }
    text
}

fn ingest(folder: &Path, name: &str, sessions: &[&str]) {
    std::fs::write(folder.join(name), minutes(sessions)).unwrap();
    let arguments =
        ["ingest", "csv", name, "--zone", "Asia/Kolkata", "--interval", "5m", "--json", "--quiet"];
    made(&run(folder, &arguments));
}

#[test]
fn a_session_has_the_path_of_its_bars_and_a_later_session_changes_none() {
    let folder = workspace();
    ingest(folder.path(), "two.csv", &SESSIONS[..2]);
    let report = made(&context(folder.path(), SPEC, &["--store-as", "DAY"]));
    assert_eq!(report["series"].as_array().unwrap().len(), 3);
    let series = |name: &str| rows(folder.path(), name);
    let volatility = series("DAY.RV.AAA");
    let wanted = 12.0_f64.sqrt() * 1.01_f64.ln();
    assert_eq!(volatility.len(), 2);
    for (date, known_at, value) in &volatility {
        // The exchange closes at 15:30 there, 10:00 in UTC, though the last bar ended before.
        assert_eq!(*known_at, format!("{date}T10:00:00Z"));
        assert!((value - wanted).abs() < 1e-9, "{value} against {wanted}");
    }
    assert!((series("DAY.OPEN.AAA")[0].2 - 2.0 / 3.0).abs() < 1e-12);
    let night = series("DAY.NIGHT.AAA");
    assert_eq!(night.len(), 1, "before the first session nothing is known: no row");
    assert_eq!(night[0].0, SESSIONS[1]);

    ingest(folder.path(), "third.csv", &SESSIONS[2..]);
    let again = made(&context(folder.path(), SPEC, &["--store-as", "DAY"]));
    assert_eq!(again["series"][2]["stored"]["rows"], 1, "{again}");
    assert_eq!(series("DAY.RV.AAA")[..2], volatility[..]);

    let day = SPEC.replace("5m", "1d");
    refused(&context(folder.path(), &day, &[]), &["has no path"]);
    let none = SPEC.replace("5m", "1m");
    refused(&context(folder.path(), &none, &[]), &["no 1m bars", "5m"]);
}

#[test]
fn expressions_and_sets_are_tried_on_bars_of_minutes() {
    let folder = workspace();
    ingest(folder.path(), "bars.csv", &SESSIONS);
    let check = |more: &[&str]| {
        run(folder.path(), &[&["features", "check", "--interval", "5m", "--json", "--quiet"], more].concat())
    };
    let usual = "$volume / BucketMean($volume, SessionMinute(), 24)";
    let report = made(&check(&["--expression", "$close / SessionVwap() - 1", "--expression", usual]));
    let [vwap, bucket] = [&report["expressions"][0], &report["expressions"][1]];
    assert_eq!((&vwap["values"], &vwap["missing"], &vwap["look_back"]), (&36.into(), &0.into(), &().into()));
    assert!(vwap["refused"].as_str().unwrap().contains("bounded"), "{vwap}");
    assert_eq!(
        (&bucket["values"], &bucket["missing"]),
        (&24.into(), &12.into()),
        "the first session has no usual"
    );
    let set = made(&check(&["--set", "alpha158"]));
    assert_eq!((&set["features"], set["violation"].is_null()), (&158.into(), true));
    let kernels = made(&check(&["--set", "teacher15"]));
    assert_eq!((&kernels["features"], kernels["not_checked"].as_array().unwrap().len()), (&0.into(), 15));
    let never = check(&["--expression", "1 / ($close - $close)"]);
    assert_eq!((never.exit, &never.json()["expressions"][0]["values"]), (1, &0.into()));
    refused(&check(&["--expression", "CsRank($close)"]), &["--interval"]);

    let one = run(folder.path(), &["features", "operators", "bucketmean"]);
    assert!(one.exit == 0 && one.stdout.starts_with("BucketMean(x, bucket, N)"), "{}", one.stdout);
    refused(&run(folder.path(), &["features", "operators", "Meen"]), &["`Mean`"]);
    let all = made(&run(folder.path(), &["features", "operators", "--json"]));
    assert!(all["operators"].as_array().unwrap().len() > 250);
}
