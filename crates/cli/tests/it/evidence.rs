//! Commands that show evidence: splits, trials, stress scenarios, policies, certification.

use crate::proofmark::{demo, run};

fn edge() -> (std::path::PathBuf, String) {
    let (folder, json) = demo();
    let entry = &json["runs"]["edge"];
    (folder.join(entry["workspace"].as_str().unwrap()), entry["run_id"].as_str().unwrap().to_owned())
}

#[test]
fn a_split_is_explained_in_dates_and_has_no_overlap() {
    let (workspace, _) = edge();
    let pipeline = workspace.join("pipelines/demo.toml");
    let pipeline = pipeline.to_str().unwrap();
    for kind in [
        &["--kind", "walk-forward"][..],
        &["--kind", "k-fold"],
        &["--kind", "combinatorial", "--groups", "6"],
    ] {
        let said = run(&workspace, &[&["explain-split", pipeline][..], kind].concat());
        assert_eq!(said.exit, 0, "{}", said.stderr);
        assert!(said.stdout.contains("overlaps in all") && said.stdout.contains("none"), "{}", said.stdout);
        let json = run(&workspace, &[&["explain-split", pipeline, "--json"][..], kind].concat()).json();
        assert!(json["folds"].as_array().is_some_and(|folds| !folds.is_empty()), "{json}");
    }
    let impossible = run(&workspace, &["explain-split", pipeline, "--kind", "k-fold", "--folds", "1"]);
    assert_eq!(impossible.exit, 2, "{}", impossible.stdout);
}

#[test]
fn a_trial_is_shown_by_the_beginning_of_its_key() {
    let (workspace, run_id) = edge();
    let all = run(&workspace, &["trials", "list", "--json"]).json();
    let key = all["trials"][0]["key"].as_str().unwrap().to_owned();
    let shown = run(&workspace, &["trials", "show", &key[..8], "--json"]).json();
    assert_eq!(shown["run_id"], run_id.as_str());
    assert!(shown["periods"].as_u64().unwrap() > 2_000 && shown["appraisal_ratio"].as_f64().unwrap() > 0.5);
    let unknown = run(&workspace, &["trials", "show", "zz"]);
    assert!(unknown.exit == 2 && unknown.stderr.contains("trials list"), "{}", unknown.stderr);
}

#[test]
fn a_scenario_computed_again_is_the_one_in_the_report() {
    let (workspace, run_id) = edge();
    let report = workspace.join("release").join(format!("audit_{run_id}")).join("stress_summary.json");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let worst = &report["worst_five"][0];
    let id = worst["id"].as_str().unwrap_or_else(|| panic!("{worst}"));
    let again = run(&workspace, &["stress", &run_id, "--scenario", id, "--json"]);
    assert_eq!(again.exit, 0, "{}", again.stderr);
    assert_eq!(again.json()["id"], id);
    let unknown = run(&workspace, &["stress", &run_id, "--scenario", "shock.unheard_of"]);
    assert_eq!(unknown.exit, 2, "{}", unknown.stdout);
}

#[test]
fn named_policies_are_explained_and_judged_beside_the_default_one() {
    let (workspace, run_id) = edge();
    for policy in ["sensequant", "usdcop_h5", "gated_pipeline"] {
        let said = run(&workspace, &["gates", "explain", "--policy", policy]);
        assert!(said.exit == 0 && said.stdout.contains("never raise it"), "{}", said.stderr);
    }
    assert_eq!(run(&workspace, &["gates", "explain", "--policy", "lenient"]).exit, 2);
    let report = workspace.join("release").join(format!("audit_{run_id}")).join("gate_report.json");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["named_policies"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_certification_of_a_few_worlds_says_that_it_is_not_complete() {
    let folder = tempfile::tempdir().unwrap();
    let listed = run(folder.path(), &["certify", "--list", "--json"]).json();
    assert!(listed["families"].as_array().is_some_and(|families| families.len() >= 18));
    let said = run(folder.path(), &["certify", "--families", "never_trades", "--worlds", "1", "--quiet"]);
    assert_eq!(said.exit, 1, "one world bounds nothing: {}", said.stderr);
    assert!(said.stdout.contains("Not complete"), "{}", said.stdout);
    assert!(folder.path().join("certification/certification.json").is_file());
}
