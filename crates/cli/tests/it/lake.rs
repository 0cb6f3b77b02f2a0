//! What leaves the lake: plain files as known at an instant.

use std::path::Path;

use serde_json::Value;

use crate::proofmark::{Said, run};

pub(crate) const BARS: &str = "date,symbol,open,high,low,close,volume\n2024-01-01,AAA,10,11,9,10.5,100\n2024-01-02,AAA,10.5,12,10,11,\n2024-01-01,M&M,20,21,19,20,7\n";

/// A workspace with three bars, one of them without volume.
pub(crate) fn small_lake() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    ingest(folder.path(), "first.csv", BARS);
    folder
}

pub(crate) fn ingest(workspace: &Path, name: &str, text: &str) {
    std::fs::write(workspace.join(name), text).unwrap();
    let said = run(workspace, &["ingest", "csv", name]);
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
}

#[track_caller]
pub(crate) fn done(said: &Said) -> Value {
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    said.json()
}

#[test]
fn an_export_shows_what_was_known_then_and_comes_back_in() {
    let folder = small_lake();
    ingest(folder.path(), "restated.csv", &BARS.replace("10.5,100", "10.75,100"));
    let read = |to: &str| std::fs::read_to_string(folder.path().join(to).join("bars/AAA.csv")).unwrap();
    let export = |to: &str, as_of: &str| {
        let mut arguments = vec!["data", "export", "--format", "csv", "--json", "--to", to];
        if !as_of.is_empty() {
            arguments.extend(["--as-of", as_of]);
        }
        done(&run(folder.path(), &arguments))
    };
    let now = export("now", "");
    assert_eq!((&now["rows"], &now["files"][1]["symbol"]), (&3.into(), &"M&M".into()));
    assert!(read("now").contains(",10.75,100\n") && read("now").lines().nth(2).unwrap().ends_with(",11,"));
    // The restatement arrived today; at the end of that first day only the first bar and its first version were known.
    let then = export("then", "2024-01-01");
    assert_eq!((&then["rows"], &then["as_of"]), (&2.into(), &"2024-01-01T23:59:59.999999Z".into()));
    assert!(read("then").contains(",10.5,100\n") && read("then").lines().count() == 2);
    let before = export("before", "1999-01-01");
    assert_eq!((&before["rows"], &before["without_rows"][0]), (&0.into(), &"AAA".into()));

    // Another workspace takes the files as they are and exports the same bytes.
    let other = tempfile::tempdir().unwrap();
    run(other.path(), &["init", "--quiet"]);
    let files = ["AAA", "M&M"].map(|symbol| folder.path().join(format!("now/bars/{symbol}.csv")));
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    done(&run(other.path(), &[&["ingest", "csv", "--json"], files.as_slice()].concat()));
    let again = done(&run(other.path(), &["data", "export", "--format", "csv", "--json", "--to", "again"]));
    let closes = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(',').skip(4).collect::<Vec<_>>().join(",")).collect()
    };
    let there = std::fs::read_to_string(other.path().join("again/bars/AAA.csv")).unwrap();
    assert_eq!((&again["rows"], closes(&there)), (&3.into(), closes(&read("now"))));
}

#[test]
fn an_export_never_mixes_with_other_files_and_names_what_it_lacks() {
    let folder = small_lake();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/x"), "x").unwrap();
    for (arguments, want) in [
        (vec!["--to", "full"], "is not empty"),
        (vec!["--to", "new", "--symbols", "ZZZ"], "it has AAA, M&M"),
        (vec!["--to", "new", "--as-of", "soon"], "neither a date"),
    ] {
        let said = run(folder.path(), &[vec!["data", "export"], arguments].concat());
        assert!(said.exit == 2 && said.stderr.contains(want), "{}", said.stderr);
    }
    let empty = tempfile::tempdir().unwrap();
    run(empty.path(), &["init", "--quiet"]);
    let said = run(empty.path(), &["data", "export", "--to", "out"]);
    assert!(said.exit == 2 && said.stderr.contains("proofmark ingest"), "{}", said.stderr);
}

#[test]
fn exported_parquet_is_read_back_by_ingest() {
    let folder = small_lake();
    let said = run(folder.path(), &["data", "export", "--to", "out"]);
    assert!(
        said.exit == 0 && said.stdout.contains("3 bars of 2 symbols"),
        "{}\n{}",
        said.stdout,
        said.stderr
    );
    let again = ["ingest", "parquet", "out/bars/AAA.parquet", "out/bars/M&M.parquet", "--json"];
    let summary = done(&run(folder.path(), &again));
    assert_eq!((&summary["rows_known"], &summary["rows_added"]), (&3.into(), &0.into()));
}

#[test]
fn merged_files_and_snapshots_stay_what_they_were() {
    let folder = small_lake();
    let path = folder.path();
    let none = run(path, &["data", "snapshot", "list"]);
    assert!(none.exit == 0 && none.stdout.contains("snapshot create"), "{}", none.stdout);
    let taken = done(&run(path, &["data", "snapshot", "create", "--json"]));
    let id = taken["id"].as_str().unwrap().to_owned();
    ingest(
        path,
        "later.csv",
        &format!("{}2024-01-03,AAA,11,12,10,11,5\n", BARS.replace("10.5,100", "10.75,100")),
    );
    let before = done(&run(path, &["data", "export", "--to", "before", "--json"]));

    let merged = done(&run(path, &["data", "compact", "--json"]));
    assert_eq!((&merged["files_before"], &merged["files_after"]), (&3.into(), &2.into()));
    assert_eq!(merged["kept_for_snapshots"], 1);
    assert_eq!(done(&run(path, &["data", "export", "--to", "after", "--json"])), before);
    assert_eq!(run(path, &["doctor"]).exit, 0);

    let listed = done(&run(path, &["data", "snapshot", "list", "--json"]));
    assert_eq!((&listed["snapshots"][0]["id"], &listed["snapshots"][0]["bars"]), (&taken["id"], &3.into()));
    let shown = run(path, &["data", "snapshot", "show", &id[..8]]);
    assert!(shown.exit == 0 && shown.stdout.contains("M&M"), "{}", shown.stdout);
    assert_eq!(done(&run(path, &["data", "snapshot", "verify", &id, "--json"]))["sound"], true);
    let again = done(&run(path, &["data", "snapshot", "create", "--as-of", "2024-01-01", "--json"]));
    assert_ne!(again["id"], taken["id"]);

    // A changed raw file is found, and says so with exit code 1.
    let folder_of = path.join("lake/bars/interval=1d/symbol=M&M");
    let part = std::fs::read_dir(folder_of).unwrap().next().unwrap().unwrap().path();
    std::fs::write(part, "not Parquet").unwrap();
    let said = run(path, &["data", "snapshot", "verify", &id, "--json"]);
    assert_eq!((said.exit, &said.json()["sound"]), (1, &false.into()), "{}", said.stdout);
    let missing = run(path, &["data", "snapshot", "show", "ffff"]);
    assert!(missing.exit == 2 && missing.stderr.contains("snapshot list"), "{}", missing.stderr);
}

#[test]
fn a_sqlite_file_carries_the_lake_to_another_workspace_and_back() {
    let folder = small_lake();
    let path = folder.path();
    ingest(path, "restated.csv", &BARS.replace("10.5,100", "10.75,100"));
    ingest(path, "wild.csv", "date,symbol,open,high,low,close,volume\n2024-01-02,M&M,20,21,19,-1,7\n");
    let said = run(path, &["data", "export", "--format", "sqlite", "--to", "market.db"]);
    assert!(
        said.exit == 0 && said.stdout.contains("M&M 2024-01-02: price_check"),
        "{}\n{}",
        said.stdout,
        said.stderr
    );
    let again = run(path, &["data", "export", "--format", "sqlite", "--to", "market.db"]);
    assert!(again.exit == 2 && again.stderr.contains("is there already"), "{}", again.stderr);
    let then = ["data", "export", "--format", "sqlite", "--to", "then.db", "--as-of", "2024-01-01", "--json"];
    assert_eq!(done(&run(path, &then))["bars"], 2);

    let other = tempfile::tempdir().unwrap();
    run(other.path(), &["init", "--quiet"]);
    let market = path.join("market.db");
    let come = ["ingest", "sqlite", market.to_str().unwrap(), "--json"];
    let summary = done(&run(other.path(), &come));
    assert_eq!((&summary["rows_read"], &summary["rows_added"]), (&3.into(), &3.into()));
    assert_eq!(done(&run(other.path(), &come))["rows_known"], 3);
    // Times, prices and missing volumes are those of the first lake: the same bytes, but for the row that was left out.
    done(&run(path, &["data", "export", "--symbols", "AAA", "--to", "here", "--json"]));
    done(&run(other.path(), &["data", "export", "--symbols", "AAA", "--to", "there", "--json"]));
    let bytes = |root: &Path, to: &str| std::fs::read(root.join(to).join("bars/AAA.parquet")).unwrap();
    assert!(bytes(path, "here") == bytes(other.path(), "there"));

    let bad = run(other.path(), &["ingest", "sqlite", "proofmark.toml"]);
    assert!(bad.exit == 2 && bad.stderr.contains("SQLite"), "{}", bad.stderr);
}

const FIVE_MINUTES: &str = "time,symbol,open,high,low,close,volume\n\
    2024-01-02 09:15:00,AAA,10,11,9,10.5,100\n2024-01-02 09:20:00,AAA,10.5,12,10,11,\n\
    2024-01-02 09:30:00,AAA,11,12,10,10.25,5\n2024-01-03 09:15:00,AAA,11,10,9,10,5\n";

#[test]
fn bars_shorter_than_a_session_are_stored_checked_counted_and_exported() {
    let folder = small_lake();
    std::fs::write(folder.path().join("five.csv"), FIVE_MINUTES).unwrap();
    let arguments = ["ingest", "csv", "five.csv", "--zone", "Asia/Kolkata", "--json"];
    let summary = done(&run(folder.path(), &arguments));
    assert_eq!((&summary["rows_added"], &summary["problems"]), (&4.into(), &serde_json::json!([])));

    let symbols = done(&run(folder.path(), &["data", "symbols", "--json"]));
    let listed: Vec<(&Value, &Value, &Value)> = symbols["symbols"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (&s["symbol"], &s["interval"], &s["bars"]))
        .collect();
    let expected = [("AAA", "1d", 2), ("M&M", "1d", 1), ("AAA", "5m", 4)];
    assert_eq!(
        listed,
        expected
            .map(|(s, i, n)| (s.into(), i.into(), n.into()))
            .each_ref()
            .map(|(s, i, n): &(Value, Value, Value)| (s, i, n))
    );

    let check = done(&run(folder.path(), &["data", "check", "--json"]));
    let order = check["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "ohlc_order").unwrap();
    assert_eq!(order["count"], 1, "the open above the high: {order}");

    let coverage = done(&run(folder.path(), &["data", "coverage", "--json"]));
    let five = coverage["symbols"].as_array().unwrap().iter().find(|s| s["interval"] == "5m").unwrap();
    assert_eq!((&five["observed"], &five["expected"]), (&2.into(), &2.into()));
    assert_eq!(five["bars"], serde_json::json!({ "observed": 4, "expected": 150 }));

    let old = run(folder.path(), &["data", "freshness", "--json"]).json();
    let kinds: Vec<&Value> = old["names"].as_array().unwrap().iter().map(|name| &name["kind"]).collect();
    assert_eq!(kinds, ["bars", "bars", "bars_5m"], "minutes grow old too");
    let export = ["data", "export", "--interval", "5m", "--format", "csv", "--to", "out", "--json"];
    assert_eq!(done(&run(folder.path(), &export))["rows"], 4);
    let text = std::fs::read_to_string(folder.path().join("out/bars_5m/AAA.csv")).unwrap();
    assert_eq!(
        text.lines().nth(1),
        Some(
            "AAA,2024-01-02,2024-01-02T03:45:00Z,2024-01-02T03:50:00Z,2024-01-02T03:50:00Z,10,11,9,10.5,100,"
        )
    );
    let again =
        ["ingest", "csv", "out/bars_5m/AAA.csv", "--zone", "Asia/Kolkata", "--interval", "5m", "--json"];
    assert_eq!(done(&run(folder.path(), &again))["rows_known"], 4, "an exported file adds nothing");
}

#[test]
fn a_seed_makes_a_workspace_and_adds_only_what_is_missing() {
    let folder = small_lake();
    let path = folder.path();
    ingest(path, "restated.csv", &BARS.replace("10.5,100", "10.75,100"));
    let made = done(&run(path, &["data", "seed", "backup", "--to", "seed", "--json"]));
    assert_eq!((&made["rows"], &made["tables"][0]["names"]), (&4.into(), &2.into()));
    let again = done(&run(path, &["data", "seed", "backup", "--to", "seed", "--json"]));
    assert_eq!((&again["tables"], &again["bytes"]), (&made["tables"], &made["bytes"]));

    // One command in an empty folder; looking first writes nothing.
    let other = tempfile::tempdir().unwrap();
    let seed = path.join("seed");
    let seed = seed.to_str().unwrap();
    let come = ["data", "seed", "restore", seed, "--json"];
    let look = done(&run(other.path(), &[&come[..], &["--dry-run"]].concat()));
    assert_eq!(
        (&look["added"], &look["new_workspace"], &look["dry_run"]),
        (&4.into(), &true.into(), &true.into())
    );
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    let came = done(&run(other.path(), &come));
    assert_eq!((&came["added"], &came["held"], &came["new_workspace"]), (&4.into(), &0.into(), &true.into()));
    let twice = done(&run(other.path(), &come));
    assert_eq!(
        (&twice["added"], &twice["held"], &twice["new_workspace"]),
        (&0.into(), &4.into(), &false.into())
    );
    assert_eq!(run(other.path(), &["doctor"]).exit, 0);
    for as_of in ["2024-01-01", "2100-01-01"] {
        let export = |root: &Path| {
            let to = format!("out-{as_of}");
            let arguments = ["data", "export", "--format", "csv", "--as-of", as_of, "--json", "--to", &to];
            let said = done(&run(root, &arguments));
            (said["rows"].clone(), std::fs::read(root.join(to).join("bars/AAA.csv")).unwrap())
        };
        assert!(export(path) == export(other.path()), "{as_of}");
    }
    let tables = done(&run(other.path(), &["data", "tables", "--json"]));
    let bars = &tables["tables"][0];
    assert_eq!(
        (&bars["table"], &bars["names"], &bars["rows"], &bars["replaced"], &bars["last"]),
        (&"bars".into(), &2.into(), &4.into(), &1.into(), &"2024-01-02".into())
    );
    let said = run(other.path(), &["data", "tables"]);
    assert!(said.exit == 0 && said.stdout.contains("sentiment"), "{}", said.stdout);
}

#[test]
fn a_damaged_seed_changes_nothing_and_an_empty_lake_has_none() {
    let folder = small_lake();
    let path = folder.path();
    done(&run(path, &["data", "seed", "backup", "--to", "seed", "--json"]));
    let part =
        std::fs::read_dir(path.join("seed/bars/interval=1d/symbol=AAA")).unwrap().next().unwrap().unwrap();
    std::fs::write(part.path(), "not Parquet").unwrap();
    let other = tempfile::tempdir().unwrap();
    let seed = path.join("seed");
    let said = run(other.path(), &["data", "seed", "restore", seed.to_str().unwrap()]);
    assert!(said.exit == 2 && said.stderr.contains("changed or cut"), "{}", said.stderr);
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0, "not even a workspace");
    let said = run(path, &["data", "seed", "restore", "nowhere"]);
    assert!(said.exit == 2 && said.stderr.contains("seed backup"), "{}", said.stderr);
    assert_eq!(run(other.path(), &["init", "--quiet"]).exit, 0);
    let said = run(other.path(), &["data", "seed", "backup", "--to", "s"]);
    assert!(said.exit == 2 && said.stderr.contains("proofmark ingest"), "{}", said.stderr);
    let said = run(other.path(), &["data", "tables"]);
    assert!(said.exit == 0 && said.stdout.contains("The lake is empty"), "{}", said.stdout);
    std::fs::write(other.path().join("notes.txt"), "mine").unwrap();
    let said = run(path, &["data", "seed", "backup", "--to", other.path().to_str().unwrap()]);
    assert!(said.exit == 2 && said.stderr.contains("belongs to no seed"), "{}", said.stderr);
}
