//! `data regimes` on bars with a split in them, on names that are compared, and as a file.

use std::path::Path;

use proofmark_lake::Lake;
use proofmark_units::DateSpan;
use serde_json::Value;

use crate::planted_bars::{NAMES, Split, sessions, workspace_of};
use crate::proofmark::{made, refused, run};

const SPLIT: [Split; 1] = [Split { name: "AAA", at: 150, ratio: 2.0 }];

const VOLATILITY: &str = "adjust = \"splits\"\nmin_dwell = 2\n\n[labeller]\nkind = \"volatility\"\nwindow = 20\nmin_returns = 10\n\
    history = { kind = \"trailing\", window = 120, minimum = 30 }\nbands = { lower = 0.4, upper = 0.75 }\n";

const ROTATION: &str = "adjust = \"splits\"\nmin_dwell = 1\n\n[labeller]\nkind = \"rotation\"\nmomentum = 20\nmin_names = 3\n\
    bands = { lower = 0.25, upper = 0.75 }\nsectors = { AAA = \"x\", BBB = \"x\", CCC = \"x\", DDD = \"x\", EEE = \"x\" }\n";

fn label(folder: &Path, spec: &str, more: &[&str]) -> Value {
    std::fs::write(folder.join("regime.toml"), spec).unwrap();
    made(&run(folder, &[&["data", "regimes", "regime.toml", "--json"][..], more].concat()))
}

/// Lines of a written table without their source, up to a date.
fn lines(folder: &Path, spec: &str, last: &str) -> Vec<String> {
    label(folder, spec, &["--to", "out.csv"]);
    let text = std::fs::read_to_string(folder.join("out.csv")).unwrap();
    let cut = |line: &str| line.rsplit_once(',').unwrap().0.to_owned();
    text.lines().skip(1).filter(|line| &line[..10] <= last).map(cut).collect()
}

fn stored(folder: &Path, series: &str) -> Vec<(String, String, f64)> {
    let lake = Lake::open(folder.join("lake")).unwrap();
    let rows = lake.read_observations(&series.parse().unwrap(), DateSpan::EVERY, None).unwrap();
    rows.into_iter().map(|row| (row.date.to_string(), row.known_at.to_string(), row.value)).collect()
}

#[test]
fn a_split_moves_no_regime_and_later_bars_change_no_label() {
    let days = sessions();
    let whole = workspace_of(300, &SPLIT);
    for spec in [VOLATILITY, ROTATION] {
        let last = days[299].to_string();
        let with = lines(whole.path(), spec, &last);
        let without = lines(workspace_of(300, &[]).path(), spec, &last);
        // In the three sessions in which the split may still be a crash AAA is unknown and compared with nobody.
        let paused = |line: &&String| (150..153).any(|t| line.starts_with(&days[t].to_string()));
        let rest = |lines: &[String]| -> Vec<String> {
            lines.iter().filter(|line| !paused(line)).cloned().collect()
        };
        assert_eq!(rest(&with), rest(&without));
        let unknown = with.iter().filter(|line| paused(line) && line.contains(",AAA,"));
        assert_eq!(unknown.filter(|line| line.ends_with(',')).count(), 3);
        for bars in [150, 151, 152, 153, 154, 200] {
            let last = days[bars - 1].to_string();
            let cut = lines(workspace_of(bars, &SPLIT).path(), spec, &last);
            assert_eq!(cut, lines(whole.path(), spec, &last), "{bars} bars");
        }
    }
    // As traded the split is the wildest day of all.
    let raw = VOLATILITY.replace("\"splits\"", "\"none\"");
    let last = days[299].to_string();
    assert_ne!(lines(whole.path(), &raw, &last), lines(whole.path(), VOLATILITY, &last));
    let missing = VOLATILITY.replace("adjust = \"splits\"\n", "");
    std::fs::write(whole.path().join("regime.toml"), missing).unwrap();
    refused(&run(whole.path(), &["data", "regimes", "regime.toml"]), &["adjust"]);
}

#[test]
fn names_choose_what_is_stored_and_never_what_it_says() {
    let folder = workspace_of(200, &[]);
    let path = folder.path();
    let all = label(path, ROTATION, &["--store-as", "ALL"]);
    let few = label(path, ROTATION, &["--store-as", "FEW", "--symbols", "AAA,BBB"]);
    assert_eq!((&all["spec"], few["symbols"].as_array().unwrap().len()), (&few["spec"], 2));
    for name in ["AAA", "BBB"] {
        let (one, other) = (stored(path, &format!("ALL.{name}")), stored(path, &format!("FEW.{name}")));
        assert!(!one.is_empty() && one == other, "two names alone would have no role");
    }
    // Prices and calendar are part of what the labels are.
    let said = |spec: &str, more: &[&str]| {
        std::fs::write(path.join("regime.toml"), spec).unwrap();
        let store = ["data", "regimes", "regime.toml", "--store-as", "ALL"];
        run(path, &[&store[..], more].concat())
    };
    refused(&said(&ROTATION.replace("\"splits\"", "\"none\""), &[]), &["stale labels"]);
    refused(&said(ROTATION, &["--calendar", "24/7"]), &["stale labels"]);
}

#[test]
fn sectors_come_from_a_list_with_dates() {
    let folder = workspace_of(200, &[]);
    let path = folder.path();
    let days = sessions();
    let mut list = "symbol,start,end,category\n".to_owned();
    for name in &NAMES[..4] {
        list.push_str(&format!("{name},2015-01-01,2020-12-31,x\n"));
    }
    list.push_str(&format!("EEE,{},2020-12-31,x\n", days[100]));
    std::fs::write(path.join("sectors.csv"), &list).unwrap();
    let (table, _) = ROTATION.split_once("sectors =").unwrap();
    let spec = format!("{table}sectors = \"sectors.csv\"\n");
    label(path, &spec, &["--store-as", "R"]);
    let (old, new) = (stored(path, "R.AAA"), stored(path, "R.EEE"));
    assert_eq!((old[0].0.clone(), new[0].0.clone()), (days[20].to_string(), days[100].to_string()));
    // From the day on which all five are known, the roles are those of the table.
    label(path, ROTATION, &["--store-as", "T"]);
    let late = |rows: Vec<(String, String, f64)>| -> Vec<_> {
        rows.into_iter().filter(|row| row.0 >= days[100].to_string()).collect()
    };
    for name in &NAMES[..5] {
        assert_eq!(late(stored(path, &format!("R.{name}"))), late(stored(path, &format!("T.{name}"))));
    }
    std::fs::write(path.join("regime.toml"), spec.replace("sectors.csv", "none.csv")).unwrap();
    refused(&run(path, &["data", "regimes", "regime.toml"]), &["none.csv", "workspace"]);
    std::fs::write(path.join("sectors.csv"), list.replace(",x\n", ",\n")).unwrap();
    std::fs::write(path.join("regime.toml"), spec).unwrap();
    refused(&run(path, &["data", "regimes", "regime.toml"]), &["no group"]);
}

#[test]
fn the_table_and_what_was_fitted_can_be_had() {
    let folder = workspace_of(300, &[]);
    let path = folder.path();
    let report = label(path, VOLATILITY, &["--to", "regimes.csv", "--symbols", "AAA"]);
    let text = std::fs::read_to_string(path.join("regimes.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("date,symbol,event_time,known_at,name,value,level,source"));
    let source = format!("regimes:{}", report["spec"].as_str().unwrap());
    assert_eq!(lines.clone().count(), 300, "a row a bar");
    assert!(lines.clone().all(|line| line.ends_with(&source) && line.contains(",AAA,")));
    assert!(lines.next().unwrap().contains(",volatility_regime,volatility_unknown,,"));
    label(path, VOLATILITY, &["--to", "regimes.parquet"]);
    assert_eq!(&std::fs::read(path.join("regimes.parquet")).unwrap()[..4], b"PAR1");
    std::fs::write(path.join("regime.toml"), VOLATILITY).unwrap();
    let odd = run(path, &["data", "regimes", "regime.toml", "--to", "regimes.xls"]);
    refused(&odd, &["regimes.xls", ".csv or .parquet"]);

    let refit = VOLATILITY.replace("\"trailing\", window = 120,", "\"refit\", every = 50,");
    let report = label(path, &refit, &["--symbols", "AAA"]);
    let fits = report["fits"].as_array().unwrap();
    // 30 values from the eleventh bar on; then again every 50 bars.
    assert_eq!(fits.len(), 6);
    assert_eq!(fits[0]["values"], 30);
    let bound = |key: &str| fits[0]["parameters"][key].as_f64().unwrap();
    assert!(0.0 < bound("low_up_to") && bound("low_up_to") < bound("high_from"), "{}", fits[0]);
    let hmm = "adjust = \"splits\"\nmin_dwell = 1\n\n[labeller]\nkind = \"hmm\"\nseed = 1\nrefit = { every = 100, minimum = 120 }\n\
        fit = { states = 2, restarts = 3, max_iterations = 500, tolerance = 1e-5 }\n";
    std::fs::write(path.join("regime.toml"), hmm).unwrap();
    let said = run(path, &["data", "regimes", "regime.toml", "--symbols", "INDEX"]);
    assert!(said.stdout.contains("state_1: mean") && said.stdout.contains("stays"), "{}", said.stdout);
}
