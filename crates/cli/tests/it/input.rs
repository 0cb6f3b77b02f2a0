//! Bad input: one clear error with file, row and hint, the right exit code, nothing lost.

use crate::proofmark::{Said, command, run};

#[track_caller]
fn check(arguments: &[&str], prepare: impl FnOnce(&std::path::Path), exit: i32, wants: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    prepare(folder.path());
    let said = run(folder.path(), arguments);
    assert_eq!(said.exit, exit, "{}\n{}", said.stdout, said.stderr);
    for want in wants {
        assert!(said.stderr.contains(want), "expected `{want}` in:\n{}", said.stderr);
    }
}

#[test]
fn outside_a_workspace_the_hint_is_init() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["runs", "list"]);
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("proofmark init"), "{}", said.stderr);
}

#[test]
fn init_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"]).exit, 0);
    assert_eq!(run(folder.path(), &["init"]).exit, 2);
    assert_eq!(run(folder.path(), &["doctor"]).exit, 0);
}

#[test]
fn a_missing_pipeline_is_named() {
    check(&["run", "pipelines/none.toml"], |_| {}, 2, &["pipelines/none.toml", "hint:"]);
}

#[test]
fn an_unknown_key_gets_its_line_and_a_suggestion() {
    let spoil = |root: &std::path::Path| {
        let path = root.join("pipelines/nse_swing.toml");
        let text = std::fs::read_to_string(&path).unwrap().replace("test_months", "test_month");
        std::fs::write(path, text).unwrap();
    };
    check(&["run", "pipelines/nse_swing.toml"], spoil, 2, &["line ", "did you mean `test_months`"]);
}

#[test]
fn an_impossible_cross_validation_is_refused_before_anything_runs() {
    for (table, want) in [
        ("groups = 6\ntest_group = 2", "did you mean `test_groups`"),
        ("groups = 1\ntest_groups = 1", "2 to 128"),
        ("groups = 6\ntest_groups = 6", "1 to the number of groups - 1"),
        ("groups = 12\ntest_groups = 6", "924 splits"),
    ] {
        let spoil = |root: &std::path::Path| {
            let path = root.join("pipelines/nse_swing.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, format!("{text}\n[cross_validation]\n{table}\n")).unwrap();
        };
        check(&["run", "pipelines/nse_swing.toml"], spoil, 2, &["nse_swing.toml", want]);
    }
}

#[test]
fn an_empty_lake_says_what_to_ingest() {
    check(&["run", "pipelines/nse_swing.toml"], |_| {}, 2, &["proofmark ingest"]);
}

#[test]
fn a_csv_without_a_price_column_names_file_and_columns() {
    let write = |root: &std::path::Path| {
        std::fs::write(root.join("bad.csv"), "date,symbol,open,high,low\n2024-01-01,A,1,1,1\n").unwrap();
    };
    check(&["ingest", "csv", "bad.csv"], write, 2, &["bad.csv", "close", "hint:"]);
}

#[test]
fn bad_rows_are_listed_and_good_ones_kept() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    let text = "date,symbol,open,high,low,close,volume\n2024-01-01,AAA,1,2,1,2,10\n2024-01-02,AAA,x,2,1,2,10\n2024-01-03,AAA,1,2,1,2,10\n";
    std::fs::write(folder.path().join("some.csv"), text).unwrap();
    let said = run(folder.path(), &["ingest", "csv", "some.csv", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(said.stdout.contains("\"row\":"), "the bad row is listed: {}", said.stdout);
    let symbols = run(folder.path(), &["data", "symbols", "--json"]);
    assert!(symbols.stdout.contains("AAA"), "{}", symbols.stdout);
}

#[test]
fn unknown_symbols_and_empty_ranges_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    let mut text = String::from("date,symbol,open,high,low,close,volume\n");
    for day in 1..=5 {
        text.push_str(&format!("2024-01-0{day},AAA,1,2,1,2,10\n2024-01-0{day},NIFTY50,1,2,1,2,10\n"));
    }
    std::fs::write(folder.path().join("some.csv"), text).unwrap();
    assert_eq!(run(folder.path(), &["ingest", "csv", "some.csv"]).exit, 0);
    let unknown = run(folder.path(), &["run", "pipelines/nse_swing.toml", "--symbols", "ZZZ"]);
    assert_eq!(unknown.exit, 2, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("ZZZ"), "{}", unknown.stderr);
    let empty = run(
        folder.path(),
        &[
            "run",
            "pipelines/nse_swing.toml",
            "--symbols",
            "AAA",
            "--start-date",
            "2007-01-01",
            "--end-date",
            "2007-06-01",
        ],
    );
    assert_eq!(empty.exit, 2, "{}", empty.stderr);
}

#[test]
fn a_dry_run_is_quick_marked_and_touches_nothing_real() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    let said = run(folder.path(), &["run", "pipelines/nse_swing.toml", "--dry-run", "--json", "--quiet"]);
    let json = said.json();
    assert!(said.exit == 0 || said.exit == 1, "{}", said.stderr);
    assert_eq!(json["dry_run"], true);
    assert!(!folder.path().join("ledger.sqlite").exists(), "the real ledger must not appear");
    assert!(!folder.path().join("release").exists() && !folder.path().join("data").exists());
    let run_id = json["run_id"].as_str().unwrap();
    let briefing =
        folder.path().join("dry_run/release").join(format!("audit_{run_id}")).join("promotion_briefing.json");
    let briefing: serde_json::Value = serde_json::from_slice(&std::fs::read(briefing).unwrap()).unwrap();
    assert_eq!(briefing["dry_run"], true);
    assert_eq!(briefing["synthetic"], true);
    assert_eq!(briefing["recommendation"], "not_applicable");
    let approve = run(folder.path(), &["candidates", "approve", run_id, "--actor", "A", "--reason", "r"]);
    assert_ne!(approve.exit, 0, "a dry run is never approvable");
}

#[test]
fn a_dry_run_has_groups_of_its_own_where_the_pipeline_has_some() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    let pipeline = folder.path().join("pipelines/nse_swing.toml");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let own = "[features.expressions]\nneutral = \"CsNeutralize($close / Ref($close, 5), $group)\"\n";
    let grouped = text
        .replace("# groups = ", "groups = ")
        .replace("set = \"teacher15\"\n", &format!("set = \"teacher15\"\n\n{own}"))
        .replace("[student.model]\n", "[student.model]\nmissing = \"indicate\"\n");
    std::fs::write(&pipeline, grouped).unwrap();
    let said = run(folder.path(), &["run", "pipelines/nse_swing.toml", "--dry-run", "--json", "--quiet"]);
    let json = said.json();
    assert_eq!(json["status"], "completed", "{json}{}", said.stderr);
    let summary =
        format!("dry_run/release/audit_{}/validation_summary.json", json["run_id"].as_str().unwrap());
    let summary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join(summary)).unwrap()).unwrap();
    assert_eq!(summary["feature_set"]["names"][15], "neutral");
}

#[test]
fn defaults_from_the_environment_are_those_of_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    let mut dry = command(folder.path(), &["run", "pipelines/nse_swing.toml", "--json", "--quiet"]);
    let said = Said::from(dry.env("HISTORICAL_RUN_DRYRUN", "true").output().unwrap());
    assert_eq!(said.json()["dry_run"], true, "{}", said.stderr);
    let mut wrong = command(folder.path(), &["run", "pipelines/nse_swing.toml", "--quiet"]);
    let said = Said::from(wrong.env("HISTORICAL_RUN_START_DATE", "someday").output().unwrap());
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("someday") && said.stderr.contains("--start-date"), "{}", said.stderr);
}

/// Permissions would not stop a test that runs as root; a file where a folder must be stops everybody.
#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_lost() {
    let bars = "date,open,high,low,close,volume\n2024-01-01,10,11,9,10,100\n2024-01-02,10,11,9,10,100\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    run(path, &["init"]);
    std::fs::write(path.join("A.csv"), bars).unwrap();
    let ingest = ["ingest", "csv", "A.csv", "--symbol", "A"];
    let first = run(path, &ingest);
    assert_eq!(first.exit, 0, "{}", first.stderr);

    let lake = path.join("lake/bars");
    let kept = path.join("kept");
    std::fs::rename(&lake, &kept).unwrap();
    std::fs::write(&lake, b"in the way").unwrap();
    std::fs::write(path.join("A.csv"), format!("{bars}2024-01-03,10,11,9,10,100\n")).unwrap();
    let said = run(path, &ingest);
    assert_eq!(said.exit, 3, "{}\n{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("lake") && said.stderr.contains("hint"), "{}", said.stderr);
    assert_eq!(std::fs::read(&lake).unwrap(), b"in the way");

    std::fs::remove_file(&lake).unwrap();
    std::fs::rename(&kept, &lake).unwrap();
    assert_eq!(run(path, &ingest).exit, 0);
    let symbols = run(path, &["data", "symbols", "--json"]);
    assert!(symbols.stdout.contains("2024-01-03"), "{}", symbols.stdout);
}

#[test]
fn a_renamed_share_keeps_its_history_and_a_wrong_isin_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    let bars = "symbol,date,open,high,low,close,volume\nMOTHERSUMI,2022-06-14,1,2,1,2,9\nMOTHERSON,2022-06-15,2,3,2,3,9\n";
    std::fs::write(folder.path().join("bars.csv"), bars).unwrap();
    let ingest = ["ingest", "csv", "bars.csv", "--tickers", "tickers.csv"];
    let list = |isin: &str| {
        let rows = format!(
            "isin,symbol,start,end\n{isin},MOTHERSUMI,2000-01-01,2022-06-14\n{isin},MOTHERSON,2022-06-15,\n"
        );
        std::fs::write(folder.path().join("tickers.csv"), rows).unwrap();
    };
    list("INE775A01036");
    let refused = run(folder.path(), &ingest);
    assert_eq!(refused.exit, 2);
    assert!(refused.stderr.contains("row 1") && refused.stderr.contains("check digit"), "{}", refused.stderr);
    list("INE775A01035");
    assert_eq!(run(folder.path(), &ingest).exit, 0);
    let symbols = run(folder.path(), &["data", "symbols", "--json"]).json()["symbols"].clone();
    assert_eq!((symbols.as_array().unwrap().len(), symbols[0]["bars"].as_u64()), (1, Some(2)), "{symbols}");
    assert_eq!(symbols[0]["symbol"], "MOTHERSON");
}

#[test]
fn a_slip_on_the_command_line_is_one_object_where_json_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["runs", "lsit", "--json"]);
    assert_eq!((said.exit, &said.json()["error"]["exit_code"]), (2, &2.into()));
    let error = &said.json()["error"];
    assert!(error["message"].as_str().unwrap().contains("lsit"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("list"), "{error}");
    let plain = run(folder.path(), &["runs", "lsit"]);
    assert!(plain.exit == 2 && plain.stdout.is_empty());
}

#[test]
fn a_named_file_that_is_not_there_is_a_slip() {
    for arguments in [["data", "regimes", "none.toml"], ["data", "context", "none.toml"]] {
        check(&arguments, |_| {}, 2, &["none.toml", "check the path"]);
    }
}
