//! Stress of a whole run: what the file says is what one scenario computed again says.

use std::sync::OnceLock;

use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::run::stress::replay_one;
use proofmark_app::run::{RunRequest, start};
use proofmark_app::workspace::Workspace;
use proofmark_validation::stress::{SCENARIOS, ScenarioOutcome, ScenarioRecord};
use serde_json::Value;

struct Finished {
    _folder: tempfile::TempDir,
    ws: Workspace,
    run: String,
    summary: Value,
}

/// The demo's pipeline on a small world of six years, run once.
fn finished() -> &'static Finished {
    static RUN: OnceLock<Finished> = OnceLock::new();
    RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let (start_date, end) = ("2009-01-01".parse().unwrap(), "2014-12-31".parse().unwrap());
        let world = Synthetic {
            scenario: "crash".into(),
            names: 10,
            seed: 1,
            start: start_date,
            end,
            strength: None,
        };
        ingest::synthetic(&ws, &world).unwrap();
        let mut text = include_str!("../../../../pipelines/demo.toml").to_owned();
        for (from, to) in [
            ("end = \"2023-12-31\"", "end = \"2014-12-31\""),
            ("first_test = \"2013-01-01\"", "first_test = \"2012-01-01\""),
            ("min_train_rows = 5000", "min_train_rows = 500"),
            ("trees = 60", "trees = 10"),
            ("bootstrap_draws = 10_000", "bootstrap_draws = 1_000"),
            ("auc_shifts = 200", "auc_shifts = 20"),
            ("paths = 20 ", "paths = 3 "),
            ("path_sessions = 504", "path_sessions = 250"),
        ] {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let pipeline = folder.path().join("small.toml");
        std::fs::write(&pipeline, text).unwrap();
        let request = RunRequest { pipeline: Some(pipeline), seed: Some(1), ..RunRequest::default() };
        let run = start(&ws, &request, &[]).unwrap().run_id;
        let path = ws.root().join("release").join(format!("audit_{run}")).join("stress_summary.json");
        let summary = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        Finished { _folder: folder, ws, run, summary }
    })
}

fn listed(summary: &Value, pointer: &str) -> Vec<ScenarioOutcome> {
    serde_json::from_value(summary.pointer(pointer).unwrap().clone()).unwrap()
}

fn record(id: &str) -> ScenarioRecord {
    let all = ["/scenarios", "/faults", "/paths/records"].map(|p| listed(&finished().summary, p)).concat();
    let found = all.iter().filter_map(ScenarioOutcome::tested).find(|r| r.id == id);
    found.unwrap_or_else(|| panic!("{id} is not in the file")).clone()
}

#[test]
fn the_file_holds_every_scenario_and_what_they_amount_to() {
    let summary = &finished().summary;
    for key in ["status", "tested", "not_tested", "required", "evidence"] {
        assert!(!summary[key].is_null(), "{key}");
    }
    let count = |pointer: &str| listed(summary, pointer).len();
    assert_eq!(count("/scenarios") + count("/faults"), SCENARIOS.len());
    assert_eq!(count("/paths/records"), 3);
    assert_eq!(summary["worst_five"].as_array().unwrap().len(), 5);
    assert_eq!(summary["sensitivity"]["rows"].as_array().unwrap().len(), 10);
    let tested = summary["tested"].as_array().unwrap();
    let together = &summary["resilience"];
    assert_eq!(together["tested"], (SCENARIOS.len() + 3 + tested.len()) as u64, "{together}");
    assert!(
        together["score"].as_f64().unwrap() < 100.0 && together["worst_drawdown"].as_f64().unwrap() > 0.1
    );
    let names: Vec<&str> =
        summary["evidence"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    for name in [
        "risk.worst_stress_return",
        "risk.required_stress_covered",
        "stress.shock.gap_20_exposed.total_return",
        "stress.fault.frozen_feed.fills_on_faulty_bars",
        "stress.paths.sharpe.q05",
        "stress.sensitivity.capital.100.appraisal_ratio",
        "stress.resilience.score",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    // A figure that holds a run id or a clock would differ between two runs of the same inputs.
    assert!(!summary.to_string().contains(&finished().run));
    // Ten lines of the same candidate: the declared level is the same in every kind.
    let rows = summary["sensitivity"]["rows"].as_array().unwrap();
    let at = |kind: &str, level: f64| rows.iter().find(|r| r["kind"] == kind && r["level"] == level).unwrap();
    assert_eq!(at("cost", 1.0)["active_mean"], at("capital", 1.0)["active_mean"]);
    assert_eq!(at("cost", 1.0)["active_mean"], at("delay", 0.0)["active_mean"]);
    assert!(at("cost", 3.0)["active_mean"].as_f64() < at("cost", 1.0)["active_mean"].as_f64());
}

#[test]
fn the_quality_rules_see_a_broken_feed() {
    let feed = |id: &str| record(id).feed.unwrap();
    let rule = |id: &str, rule: &str| {
        feed(id).rules.into_iter().find(|r| r.rule == rule).unwrap_or_else(|| panic!("{id}: no {rule}"))
    };
    let frozen = rule("fault.frozen_feed", "frozen_run");
    assert_eq!((frozen.rows, frozen.drops), (5, false));
    assert!(rule("fault.zero_tick", "positive_finite_price").drops);
    assert!(rule("fault.bad_tick", "bad_tick").drops);
    assert!(rule("fault.missing_bars_random", "missing_session").rows > 50);
    assert_eq!(rule("fault.halt", "missing_session").rows, 15);
    for id in ["fault.zero_tick", "fault.bad_tick", "fault.halt", "fault.missing_bars_block"] {
        assert_eq!(feed(id).fills_on_faulty_bars, 0, "{id}");
    }
    assert!(!feed("fault.late_data").noticed && !feed("fault.fee_reset").noticed);
}

#[test]
fn one_scenario_again_gives_the_numbers_of_the_report() {
    let Finished { ws, run, summary, .. } = finished();
    for id in
        ["shock.gap_10_seeded", "shock.correlation_to_one", "fault.frozen_feed", "fault.late_data", "path.02"]
    {
        assert_eq!(replay_one(ws, run, id).unwrap(), record(id), "{id}");
    }
    let period = summary["tested"].as_array().unwrap().last().expect("a world with a crash has a period");
    let told: ScenarioRecord = serde_json::from_value(period["record"].clone()).unwrap();
    assert_eq!(replay_one(ws, run, &told.id).unwrap(), told);
}

#[test]
fn what_cannot_be_computed_again_is_refused_with_the_reason() {
    let Finished { ws, run, .. } = finished();
    let unknown = replay_one(ws, run, "shock.gap_11").unwrap_err();
    assert!(unknown.exit_code() == 2 && unknown.hint_text().unwrap().contains("shock.gap_10"), "{unknown:?}");
    assert_eq!(replay_one(ws, run, "period.nowhere").unwrap_err().exit_code(), 2);
    assert_eq!(replay_one(ws, run, "path.99").unwrap_err().exit_code(), 2);
    assert_eq!(replay_one(ws, "live_candidate_20000101_000000", "path.00").unwrap_err().exit_code(), 2);
}
