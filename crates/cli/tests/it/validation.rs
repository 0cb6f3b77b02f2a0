//! A frozen candidate on later data: the reports, the refusals, the champion.

use std::path::{Path, PathBuf};

use proofmark_app::ingest::Synthetic;
use serde_json::Value;

use crate::proofmark::{Said, copy, demo, refused, run};

/// A simulated market to the end of 2017 and a pipeline that stops at the end of 2015.
fn later_world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    let world = ["ingest", "synthetic", "--scenario", "edge", "--names", "12", "--seed", "11"];
    let dates = ["--start-date", "2009-01-01", "--end-date", "2017-12-31"];
    let said = run(folder.path(), &[world.as_slice(), &dates].concat());
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    small_pipeline(folder.path(), "small", "2015-12-31");
    folder
}

/// The demo's pipeline, of a name and an end, with small numbers.
fn small_pipeline(workspace: &Path, name: &str, end: &str) {
    let text = std::fs::read_to_string(workspace.join("pipelines/demo.toml")).unwrap();
    let mut small = String::new();
    for line in text.lines() {
        let line = match line.split(" = ").next().unwrap_or_default() {
            "name" => format!("name = \"{name}\""),
            "end" => format!("end = \"{end}\""),
            "first_test" => "first_test = \"2013-01-01\"".to_owned(),
            "min_train_rows" => "min_train_rows = 500".to_owned(),
            "trees" => "trees = 20".to_owned(),
            "leaves" => "leaves = 8".to_owned(),
            "bootstrap_draws" => "bootstrap_draws = 1000".to_owned(),
            "auc_shifts" => "auc_shifts = 10".to_owned(),
            "paths" => "paths = 1".to_owned(),
            _ => line.to_owned(),
        };
        small.push_str(&line);
        small.push('\n');
    }
    std::fs::write(workspace.join("pipelines/small.toml"), small).unwrap();
}

fn trained(workspace: &Path, more: &[&str]) -> String {
    let said = run(workspace, &[&["run", "pipelines/small.toml", "--json", "--quiet"], more].concat());
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    said.json()["run_id"].as_str().unwrap().to_owned()
}

fn validate(workspace: &Path, more: &[&str]) -> Said {
    run(workspace, &[&["candidates", "validate"], more].concat())
}

fn audit(workspace: &Path, run_id: &str) -> PathBuf {
    workspace.join("release").join(format!("audit_{run_id}"))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .unwrap()
}

fn snooping(workspace: &Path, run_id: &str) -> Value {
    let report = read(&audit(workspace, run_id).join("gate_report.json"));
    report["gates"].as_array().unwrap().iter().find(|g| g["gate"] == "snooping").unwrap().clone()
}

const LATER: [&str; 4] = ["--start-date", "2016-01-01", "--end-date", "2016-12-31"];

#[test]
fn a_frozen_candidate_is_held_against_later_data_and_stays_as_it_is() {
    let folder = later_world();
    let workspace = folder.path();
    let first = trained(workspace, &[]);
    let said = validate(workspace, &[&["--model", &first, "--json"], &LATER[..]].concat());
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    assert_eq!(said.exit == 0, json["outcome"] == "PASS", "{json}");
    assert_eq!((&json["run_id"], &json["baseline"]), (&Value::from(first.as_str()), &Value::Null));
    assert_ne!(json["snapshot"], json["trained_on"]);

    let name =
        format!("{}_{}", json["window"]["start"].as_str().unwrap(), json["window"]["end"].as_str().unwrap());
    assert_eq!(name, "2016-01-01_2016-12-30");
    let reports = audit(workspace, &first).join("validations").join(name);
    let files =
        ["validation.json", "backtest_comparison.json", "validation_report.md", "validation_report.html"];
    let bytes = || files.map(|file| std::fs::read(reports.join(file)).unwrap());
    let before = bytes();
    let markdown = String::from_utf8_lossy(&before[2]).into_owned();
    for words in ["## Criteria", "momentum sign", "student.precision", "The market was simulated"] {
        assert!(markdown.contains(words), "{words} in {markdown}");
    }
    assert!(!String::from_utf8_lossy(&before[3]).contains("<script"));
    let comparison = read(&reports.join("backtest_comparison.json"));
    let sessions = comparison["dates"].as_array().unwrap().len();
    let books = comparison["books"].as_array().unwrap();
    assert!(sessions > 240 && books.iter().all(|b| b["net_returns"].as_array().unwrap().len() == sessions));

    // The same look again: the same bytes, and no further event.
    let events = |said: &Said| said.stdout.lines().next().unwrap().to_owned();
    let chain = events(&run(workspace, &["audit", "verify"]));
    assert!(validate(workspace, &[&["--model", &first], &LATER[..]].concat()).exit <= 1);
    assert_eq!(bytes(), before);
    let again = run(workspace, &["audit", "verify"]);
    assert_eq!((again.exit, events(&again)), (0, chain));
    let verified = run(workspace, &["candidates", "verify", &first]);
    assert_eq!(verified.exit, 0, "{}", verified.stdout);
    let shown = run(workspace, &["candidates", "show", &first]);
    assert!(shown.stdout.contains("validated on 2016-01-01"), "{}", shown.stdout);

    // A bar of the training span is restated after the model was frozen: the window is read from a lake that says
    // something else than the model was fitted on, and the report says so first.
    assert!(!json["findings"].to_string().contains("restated"), "{json}");
    let (symbol, date) = restate(workspace);
    let said = validate(workspace, &[&["--model", &first, "--json"], &LATER[..]].concat());
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let restated = said.json();
    let noticed = format!(
        "1 bars of 1 symbol(s) that the run has seen read differently now, the first on {date} ({symbol})"
    );
    assert!(restated["findings"].to_string().contains(&noticed), "{restated}");
    assert_ne!(restated["snapshot"], json["snapshot"], "the restated history is another snapshot");
    assert_eq!(restated["trained_on"], json["trained_on"]);
    assert_eq!(run(workspace, &["candidates", "verify", &first]).exit, 0, "what was frozen stays as it was");
}

/// Brings a bar of the training span into the lake again with another close; gives its symbol and date.
fn restate(workspace: &Path) -> (String, String) {
    let (start, end) = ("2009-01-01".parse().unwrap(), "2017-12-31".parse().unwrap());
    let world = Synthetic { scenario: "edge".to_owned(), names: 12, seed: 11, start, end, strength: None };
    let world = world.world().unwrap();
    let bars = &world.bars[0];
    let row = bars.rows.iter().find(|row| row.date >= "2014-06-02".parse().unwrap()).unwrap();
    let close = (row.close * 1.01 * 100.0).round() / 100.0;
    let (date, high) = (row.date, row.high.max(close));
    let text = format!(
        "date,symbol,open,high,low,close,volume\n{date},{},{},{high},{},{close},{}\n",
        bars.symbol, row.open, row.low, row.volume
    );
    std::fs::write(workspace.join("restated.csv"), text).unwrap();
    let said = run(workspace, &["ingest", "csv", "restated.csv"]);
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    (bars.symbol.to_string(), date.to_string())
}

#[test]
fn the_champion_is_compared_with_on_both_spans_and_must_not_know_the_window() {
    let folder = later_world();
    let workspace = folder.path();
    let first = trained(workspace, &[]);
    // A challenger with a smaller teacher: two trials have looked, one of them the champion.
    assert!(validate(workspace, &[&["--model", &first], &LATER[..]].concat()).exit <= 1);
    let pipeline = workspace.join("pipelines/small.toml");
    let text = std::fs::read_to_string(&pipeline).unwrap().replace("trees = 20", "trees = 4");
    std::fs::write(&pipeline, text).unwrap();
    let second = trained(workspace, &["--champion", &first]);
    let said =
        validate(workspace, &[&["--model", &second, "--baseline", &first, "--json"], &LATER[..]].concat());
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    assert!(json["folder"].as_str().unwrap().ends_with(&format!("_vs_{first}")), "{json}");
    let record = |name: &str| {
        let all = json["evidence"].as_array().unwrap();
        all.iter().find(|e| e["name"] == name).unwrap_or_else(|| panic!("{name}"))["value"].as_f64()
    };
    assert_eq!(record("frozen.looks"), Some(1.0), "the champion was fixed before");
    assert!(record("frozen.champion.p_champion").is_some_and(|p| p < 1.0), "{json}");
    assert!(record("frozen.champion.sharpe_uplift").is_some_and(|uplift| uplift != 0.0), "{json}");

    // The run itself had the champion among its rivals, and a replay has it again.
    let tests = read(&audit(workspace, &second).join("stat_tests.json"));
    assert_eq!(tests["champion"]["run"], first.as_str());
    assert!(tests["evidence"].as_array().unwrap().iter().any(|e| e["name"] == "snooping.p.champion"));
    let replay = run(workspace, &["candidates", "verify", &second, "--replay", "--quiet"]);
    assert_eq!(replay.exit, 0, "{}\n{}", replay.stdout, replay.stderr);

    // A champion whose walk-forward ends earlier cannot be compared with.
    let third = trained(workspace, &["--end-date", "2017-12-31", "--champion", &first]);
    let gate = snooping(workspace, &third);
    assert_eq!(gate["verdict"], "cannot_tell", "{gate}");
    assert!(gate["reason"].as_str().unwrap().contains("--champion"), "{gate}");

    // Trained through 2016: it is no champion on that window.
    let spring = ["--start-date", "2016-01-01", "--end-date", "2016-06-30"];
    let said = validate(workspace, &[&["--model", &first, "--baseline", &third], &spring[..]].concat());
    refused(&said, &["not later than the training", &third]);
    refused(&validate(workspace, &["--model", &first, "--baseline", &first]), &["its own champion"]);
}

#[test]
fn training_seal_and_changed_bytes_are_refused() {
    let folder = later_world();
    let workspace = folder.path();
    let run_id = trained(workspace, &[]);
    let between = |start: &str, end: &str| {
        validate(workspace, &["--model", &run_id, "--start-date", start, "--end-date", end])
    };
    refused(&between("2013-03-01", "2013-09-30"), &["not later than the training", "embargo", "2016-01-01"]);
    refused(
        &between("2015-10-01", "2016-03-31"),
        &["sealed span", "never opened", "--start-date 2016-01-01"],
    );
    refused(&between("2019-01-01", "2019-03-31"), &["no session", "2017-12"]);
    refused(&validate(workspace, &["--model", "live_candidate_20200101_000000"]), &["no candidate"]);
    assert!(!audit(workspace, &run_id).join("validations").exists(), "a refusal leaves nothing");

    let model = workspace.join("data/models").join(&run_id).join("student_model.json");
    let mut bytes = std::fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, &bytes).unwrap();
    refused(&between("2016-01-01", "2016-12-31"), &["student_model.json", "candidates verify"]);
}

#[test]
fn an_opened_seal_is_a_counted_look_and_the_approved_candidate_is_the_champion() {
    let (folder, json) = demo();
    let entry = &json["runs"]["edge"];
    let copied = copy(&folder.join(entry["workspace"].as_str().unwrap()));
    let (workspace, run_id) = (copied.path(), entry["run_id"].as_str().unwrap());
    let decide = |action: &str| {
        let said =
            run(workspace, &["candidates", action, run_id, "--actor", "Asha Rao", "--reason", "reviewed"]);
        assert_eq!(said.exit, 0, "{action}: {}\n{}", said.stdout, said.stderr);
    };
    let window = ["--model", run_id, "--start-date", "2023-01-02", "--json"];
    refused(&validate(workspace, &window), &["never opened", "ingest later bars"]);
    decide("holdout");
    let said = validate(workspace, &window);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    assert_ne!(json["outcome"], "FAIL", "{json}");
    let findings = json["findings"].to_string();
    assert!(findings.contains("have had 1 look"), "{findings}");
    assert!(json["without_baseline"].as_str().unwrap().contains("no other candidate"), "{json}");

    assert_eq!(run(workspace, &["key", "new"]).exit, 0);
    decide("approve");
    assert!(validate(workspace, &window).exit <= 1);
    let verified = run(workspace, &["candidates", "verify", run_id]);
    assert_eq!(verified.exit, 0, "{}", verified.stdout);

    // A new run of the same pipeline has the approved one to beat, unless it is told that there is none.
    small_pipeline(workspace, "demo", "2017-12-31");
    let next = trained(workspace, &[]);
    let champion =
        |run: &str| read(&audit(workspace, run).join("stat_tests.json"))["champion"]["run"].clone();
    assert_eq!(champion(&next), run_id);
    refused(
        &validate(workspace, &["--model", &next, "--start-date", "2018-01-01", "--end-date", "2018-06-30"]),
        &["not later than the training", run_id],
    );
    let alone = ["--model", &next, "--baseline", "none", "--json"];
    let dates = ["--start-date", "2018-01-01", "--end-date", "2018-06-30"];
    let said = validate(workspace, &[&alone[..], &dates].concat());
    assert_eq!(said.exit, 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    assert!(json["without_baseline"].as_str().unwrap().contains("left out"), "{json}");
    assert_ne!(json["outcome"], "PASS", "{json}");
    let checks = json["gate"]["checks"].as_array().unwrap();
    let champion = checks.iter().find(|c| c["evidence"] == "frozen.without_champion").unwrap();
    assert_eq!(champion["verdict"], "cannot_tell", "{champion}");
    let hint = format!("`--baseline {run_id}` compares with it");
    assert!(json["findings"].to_string().contains(&hint), "{json}");
}
