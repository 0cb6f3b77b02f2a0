//! A pipeline with expressions of its own and weighed labels through a whole run.

use proofmark_app::candidates;
use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::progress::Silent;
use proofmark_app::run::{RunRequest, start, stress};
use proofmark_app::trials;
use proofmark_app::workspace::Workspace;
use proofmark_validation::stress::ScenarioOutcome;
use serde_json::Value;

/// The demo's pipeline, small, with features and weights of its own.
fn pipeline(weights: &str) -> String {
    let mut text = include_str!("../../../../pipelines/demo.toml").to_owned();
    for (from, to) in [
        ("end = \"2023-12-31\"", "end = \"2014-12-31\""),
        ("first_test = \"2013-01-01\"", "first_test = \"2012-01-01\""),
        ("min_train_rows = 5000", "min_train_rows = 500"),
        ("trees = 60", "trees = 10"),
        ("bootstrap_draws = 10_000", "bootstrap_draws = 1_000"),
        ("auc_shifts = 200", "auc_shifts = 20"),
        ("paths = 20 ", "paths = 1 "),
        ("path_sessions = 504", "path_sessions = 250"),
        ("[student.model]\n", "[student.model]\nmissing = \"indicate\"\n"),
        (
            "set = \"teacher15\"\n",
            "[features.expressions]\nmom20 = \"$close / Ref($close, 20) - 1\"\nrank_mom = \"CsRank($close / Ref($close, 10))\"\nslow = \"EMA($close, 30) / $close\"\nneutral = \"CsNeutralize($close / Ref($close, 5), $group)\"\n",
        ),
        ("[universe]\n", "[universe]\ngroups = \"sectors.csv\"\n"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text + weights
}

#[test]
fn expressions_and_weights_go_through_a_whole_run_and_its_replay() {
    let folder = tempfile::tempdir().unwrap();
    Workspace::init(folder.path()).unwrap();
    let ws = Workspace::open(folder.path()).unwrap();
    let world = Synthetic {
        scenario: "edge".into(),
        names: 10,
        seed: 1,
        start: "2009-01-01".parse().unwrap(),
        end: "2014-12-31".parse().unwrap(),
        strength: None,
    };
    ingest::synthetic(&ws, &world).unwrap();
    // Every third name changes its group, and one belongs to none.
    let mut sectors = "symbol,start,end,category\n".to_owned();
    for name in 1..10 {
        let moves = if name % 3 == 0 { format!("SIM{name:03},2012-07-01,,banks\n") } else { String::new() };
        let group = if name % 2 == 0 { "oil" } else { "banks" };
        sectors.push_str(&format!("SIM{name:03},2000-01-01,,{group}\n{moves}"));
    }
    std::fs::write(folder.path().join("sectors.csv"), &sectors).unwrap();
    let run = |weights: &str| {
        let file = folder.path().join("own.toml");
        std::fs::write(&file, pipeline(weights)).unwrap();
        let request =
            RunRequest { pipeline: Some(file), seed: Some(1), workers: Some(2), ..RunRequest::default() };
        start(&ws, &request, &[]).unwrap().run_id
    };
    let weighed = run(
        "\n[weights]\nby = \"uniqueness\"\noldest = 0.5\n\n[rewards]\nweights = \"linear\"\nround_trip_cost = 0.002\n",
    );
    let read = |run: &str, file: &str| -> Value {
        let path = ws.root().join("release").join(format!("audit_{run}")).join(file);
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
    };
    let summary = read(&weighed, "validation_summary.json");
    let set = &summary["feature_set"];
    assert_eq!(
        set["names"],
        serde_json::json!(["mom20", "slow", "neutral", "rank_mom"]),
        "what may be missing comes last"
    );
    assert!(set["name"].is_null() && set["expressions"]["slow"] == "EMA($close, 30) / $close", "{set}");
    let weights = &summary["label_weights"];
    assert_eq!(
        weights["setting"],
        serde_json::json!({"by": "uniqueness", "pool": "by_symbol", "oldest": 0.5})
    );
    let folds = weights["folds"].as_array().unwrap();
    for fold in folds {
        let of = |key: &str| fold[key].as_f64().unwrap();
        let labels = of("ones") + of("zeros");
        assert!((of("weight") - labels).abs() < 1e-6 * labels, "mean weight 1: {fold}");
        assert!(of("effective") < labels && of("independent") < labels, "{fold}");
    }
    assert_eq!(folds.last().unwrap()["part"], "final");
    let lines =
        std::fs::read_to_string(ws.root().join("data/models").join(&weighed).join("student_runs.json"));
    let first: Value = serde_json::from_str(lines.unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(first["weights"], folds[0]);

    let rewards = &read(&weighed, "stat_tests.json")["rewards"];
    let rewarded = rewards["folds"].as_array().unwrap();
    assert_eq!(rewarded.len(), folds.len() - 2, "neither the first fold nor the final model is compared");
    for fold in rewarded {
        let of = |key: &str| fold[key].as_f64().unwrap();
        assert!(of("rewarded_rows") > 0.0 && of("rewarded_rows") < of("fit_rows"), "{fold}");
        assert!(of("least_weight") < 1.0 && of("largest_weight") > 1.0, "{fold}");
        assert!(
            fold["rewards"]["min"].as_f64() >= Some(-2.0) && fold["rewards"]["max"].as_f64() <= Some(2.0)
        );
    }
    assert!(rewards["better"].is_boolean() && rewards["p"].as_f64().unwrap() > 0.0, "{rewards}");
    let history = ws.root().join("release").join(format!("audit_{weighed}")).join("reward_history.jsonl");
    let history = std::fs::read_to_string(history).unwrap();
    let lines: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first_year = |line: &&Value| line["prediction_timestamp"].as_str().unwrap().starts_with("2012");
    // What the second fold learnt from lies before it: the predictions of the first test year that were over by then.
    let before = lines.iter().filter(first_year).count() as f64;
    let learnt = rewarded[0]["rewarded_rows"].as_f64().unwrap();
    assert!(learnt <= before && lines.iter().filter(first_year).all(|line| line["fold"] == 0));

    let gates = read(&weighed, "gate_report.json");
    let leaks = gates["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "leaks").unwrap();
    let canaries = leaks["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["evidence"].as_str().is_some_and(|name| name.starts_with("canary.")));
    assert!(canaries.filter(|check| check["verdict"] == "pass").count() >= 8, "{leaks}");
    let again = candidates::verify(&ws, Some(weighed.as_str()), true, &Silent).unwrap();
    assert!(again.sound && again.replayed, "{:?}", again.findings);
    let shock = "shock.gap_10_seeded";
    let scenarios = read(&weighed, "stress_summary.json")["scenarios"].clone();
    let scenarios: Vec<ScenarioOutcome> = serde_json::from_value(scenarios).unwrap();
    let recorded = scenarios.iter().filter_map(ScenarioOutcome::tested).find(|record| record.id == shock);
    assert_eq!(Some(&stress::replay_one(&ws, &weighed, shock).unwrap()), recorded);

    // Other weights are another trial with another model; none leave no word of them.
    let plain = run("");
    assert_eq!(trials::list(&ws).unwrap().len(), 2);
    let model = |run: &str| {
        std::fs::read(ws.root().join("data/models").join(run).join("student_model.json")).unwrap()
    };
    assert_ne!(model(&weighed), model(&plain));
    let summary = read(&plain, "validation_summary.json");
    assert!(summary.get("label_weights").is_none());
    assert!(read(&plain, "stat_tests.json").get("rewards").is_none());
}
