//! The demo: an edge is found, a null is refused by a skill gate, and every number can be traced.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::proofmark::{demo, run};

fn world(name: &str) -> (PathBuf, String, Value) {
    let (folder, json) = demo();
    let entry = &json["runs"][name];
    let workspace = folder.join(entry["workspace"].as_str().unwrap());
    (workspace, entry["run_id"].as_str().unwrap().to_owned(), entry.clone())
}

fn audit(workspace: &Path, run_id: &str) -> PathBuf {
    workspace.join("release").join(format!("audit_{run_id}"))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .unwrap()
}

#[test]
fn edge_is_ready_for_review_and_null_is_refused_for_lack_of_skill() {
    let (_, _, edge) = world("edge");
    let (workspace, run_id, null) = world("null");
    assert_eq!(edge["candidate"]["status"], "ready-for-review", "{edge}");
    assert_eq!(null["candidate"]["status"], "refused", "{null}");
    let verdict = |entry: &Value, gate: &str| {
        let all = entry["candidate"]["verdicts"].as_array().unwrap();
        all.iter().find(|v| v["gate"] == gate).map(|v| v["verdict"].as_str().unwrap().to_owned()).unwrap()
    };
    assert!(["score_skill", "active_return"].iter().any(|gate| verdict(&null, gate) == "fail"), "{null}");
    let briefing = read(&audit(&workspace, &run_id).join("promotion_briefing.json"));
    assert_eq!(briefing["synthetic"], true);
    assert_eq!(briefing["recommendation"], "review_required");
    // The same pipeline judged both.
    let digest = |name: &str| {
        let (workspace, run_id, _) = world(name);
        read(&workspace.join("data/models").join(run_id).join("run.json"))["pipeline"].clone()
    };
    assert_eq!(digest("edge"), digest("null"));
}

#[test]
fn json_has_one_entry_per_world_with_phases_and_artifacts() {
    let (_, _, edge) = world("edge");
    let phases: Vec<&str> =
        edge["phases"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    let want = [
        "data_ingestion",
        "teacher_training",
        "student_training",
        "model_validation",
        "statistical_tests",
        "stress_tests",
        "release_audit",
        "promotion_briefing",
    ];
    assert_eq!(phases, want);
    assert!(
        edge["phases"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["status"] == "success" && p["seconds"].is_number())
    );
    assert!(edge["artifacts"].as_object().unwrap().contains_key("briefing"));
}

#[test]
fn the_artefact_tree_is_the_promised_one() {
    let (workspace, run_id, _) = world("edge");
    let models = workspace.join("data/models").join(&run_id);
    for name in ["run.json", "teacher_runs.json", "student_runs.json", "student_model.json", "teacher_models"]
    {
        assert!(models.join(name).exists(), "{name}");
    }
    let audit = audit(&workspace, &run_id);
    for name in [
        "validation_summary.json",
        "validation_summary.md",
        "stat_tests.json",
        "stress_summary.json",
        "manifest.yaml",
        "promotion_briefing.json",
        "promotion_briefing.md",
        "reports/accuracy_report.html",
        "statistical_summary.md",
        "validation_report.json",
        "reports/validation_report.html",
        "calibration_report.json",
        "cross_validation_report.json",
        "permutation_test_report.json",
        "reports/promotion_briefing.html",
    ] {
        assert!(audit.join(name).exists(), "{name}");
    }
    let html = std::fs::read_to_string(audit.join("reports/promotion_briefing.html")).unwrap();
    assert!(html.matches("<svg").count() >= 4, "charts are inline");
    for outside in ["http://", "https://", "<script", "src="] {
        assert!(!html.contains(outside), "the page must be self-contained, found {outside}");
    }
}

/// Walks every figure of the briefing to the file and pointer it cites.
#[test]
fn every_number_in_the_briefing_is_found_where_it_says() {
    for name in ["edge", "null"] {
        let (workspace, run_id, _) = world(name);
        let audit = audit(&workspace, &run_id);
        let briefing = read(&audit.join("promotion_briefing.json"));
        let mut seen = 0;
        walk(&briefing, &mut |figure| {
            let source = &figure["source"];
            let file = audit.join(source["file"].as_str().unwrap());
            let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let digest = proofmark_units::Digest::of(&bytes).to_string();
            assert_eq!(source["sha256"], digest.as_str(), "{}", file.display());
            let cited: Value = serde_json::from_slice(&bytes).unwrap();
            let pointer = source["pointer"].as_str().unwrap();
            let found =
                cited.pointer(pointer).unwrap_or_else(|| panic!("{} has no {pointer}", file.display()));
            if let Some(drawn) = figure["values"].as_array() {
                // A curve is thinned for drawing: each of its points is a point of the cited series.
                let whole = found.as_array().unwrap();
                assert!(drawn.iter().all(|v| whole.contains(v)), "{} {pointer}", file.display());
                return;
            }
            assert_eq!(found, &figure["value"], "{} {pointer}", file.display());
            for key in ["n", "span_kind", "span"] {
                assert!(!figure[key].is_null(), "a figure without `{key}`: {figure}");
            }
            seen += 1;
        });
        assert!(seen >= 40, "only {seen} figures");
    }
}

/// Figures of the reports beside the briefing stand where they say, too.
#[test]
fn the_reports_cite_the_records_they_print() {
    let (workspace, run_id, _) = world("edge");
    let audit = audit(&workspace, &run_id);
    for (name, least) in [
        ("validation_report.json", 40),
        ("calibration_report.json", 20),
        ("cross_validation_report.json", 20),
        ("permutation_test_report.json", 12),
    ] {
        let mut seen = 0;
        walk(&read(&audit.join(name)), &mut |figure| {
            let cited = read(&audit.join(figure["source"]["file"].as_str().unwrap()));
            let pointer = figure["source"]["pointer"].as_str().unwrap();
            assert_eq!(cited.pointer(pointer), Some(&figure["value"]), "{name}: {pointer}");
            seen += 1;
        });
        assert!(seen >= least, "{name}: only {seen} figures");
    }
    let text = std::fs::read_to_string(audit.join("statistical_summary.md")).unwrap();
    for want in [
        "- **active_return: pass.** The book earned more than holding the same names without a model",
        "Policy `sensequant` would advise",
        "Without skill the best of 1 trial(s) is expected to show 0, and more than ",
        "Least active Sharpe ratio that this much data shows, stated before training: ",
    ] {
        assert!(text.contains(want), "lacks `{want}`:\n{text}");
    }
    assert!(!text.contains(": no record."), "every figure of the summary is recorded:\n{text}");
    let briefing = std::fs::read_to_string(audit.join("promotion_briefing.md")).unwrap();
    for want in ["## Shocks and faults", "## Named policies", "best-of-N luck"] {
        assert!(briefing.contains(want), "the briefing lacks `{want}`");
    }
}

/// Every record has a unit, observations or a reason, a name of its own, and a line in the table of `docs`.
#[test]
fn every_record_is_documented_and_none_is_bare() {
    let documented: Vec<Vec<String>> = include_str!("../../../../docs/STATISTICS.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| line.split(" | ").next().unwrap_or_default().split('`').skip(1).step_by(2))
        .map(|name| name.split('.').map(str::to_owned).collect())
        .collect();
    // A pattern's word in angle brackets takes one or more words, since a symbol may hold a dot.
    fn fits(pattern: &[String], name: &[&str]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((first, rest)), Some((word, after))) if first.starts_with('<') => {
                fits(rest, after) || (!word.is_empty() && fits(pattern, after))
            }
            (Some((first, rest)), Some((word, after))) => first == word && fits(rest, after),
            _ => false,
        }
    }
    for world_name in ["edge", "null"] {
        let (workspace, run_id, _) = world(world_name);
        let mut names = std::collections::BTreeSet::new();
        for file in ["stat_tests.json", "validation_summary.json", "data_report.json"] {
            let report = read(&audit(&workspace, &run_id).join(file));
            for record in report["evidence"].as_array().unwrap() {
                let name = record["name"].as_str().unwrap().to_owned();
                let words: Vec<&str> = name.split('.').collect();
                assert!(documented.iter().any(|p| fits(p, &words)), "`{name}` is not in docs/STATISTICS.md");
                assert!(!record["unit"].as_str().unwrap().is_empty(), "`{name}` has no unit");
                if record["value"].is_null() {
                    assert!(record["note"].is_string(), "`{name}` has neither value nor reason");
                } else {
                    assert!(record["n"].as_u64().unwrap() > 0, "`{name}` has no observations");
                }
                assert!(names.insert(name.clone()), "`{name}` is recorded twice");
            }
        }
        assert!(names.len() > 200, "only {} records", names.len());
    }
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(map) => {
            if map.get("source").is_some_and(|s| s.get("pointer").is_some()) {
                visit(value);
            }
            map.values().for_each(|v| walk(v, visit));
        }
        Value::Array(list) => list.iter().for_each(|v| walk(v, visit)),
        _ => {}
    }
}

#[test]
fn the_truth_is_outside_what_the_pipeline_can_read() {
    let (folder, json) = demo();
    let truth = folder.join(json["runs"]["edge"]["truth"].as_str().unwrap());
    let (workspace, _, _) = world("edge");
    assert!(!truth.starts_with(&workspace));
    let truth = read(&truth);
    assert!(truth["oracle_active_net_sharpe"].as_f64().unwrap() > 1.0, "{truth}");
}

#[test]
fn replay_reproduces_and_adds_no_trial() {
    let (workspace, run_id, _) = world("null");
    let before = run(&workspace, &["trials", "list", "--json"]).json();
    let said = run(&workspace, &["candidates", "verify", &run_id, "--replay", "--json", "--quiet"]);
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    let after = run(&workspace, &["trials", "list", "--json"]).json();
    assert_eq!(before, after);
}

#[test]
fn progress_of_a_finished_run_is_readable() {
    let (workspace, run_id, _) = world("edge");
    let said = run(&workspace, &["runs", "progress", &run_id, "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(said.json()["phases"].as_array().unwrap().len(), 8);
}
