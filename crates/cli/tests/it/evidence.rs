//! Commands that show evidence: labels, splits, trials, stress scenarios, policies, certification.

use proofmark_lifecycle::named::SHIPPED;

use crate::proofmark::{copy, demo, run};

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
        &["--kind", "nested", "--folds", "3"],
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
fn labels_are_counted_by_year_and_by_name() {
    let (workspace, _) = edge();
    let pipeline = workspace.join("pipelines/demo.toml");
    let pipeline = pipeline.to_str().unwrap();
    let report = run(&workspace, &["labels", pipeline, "--json"]).json();
    let balance = report["balance"].as_array().unwrap();
    let count = |row: &serde_json::Value| row["ones"].as_u64().unwrap() + row["zeros"].as_u64().unwrap();
    let whole = balance.iter().find(|row| row["part"] == "all" && row["symbol"].is_null()).unwrap();
    let years: u64 =
        balance.iter().filter(|row| row["part"] != "all" && row["symbol"].is_null()).map(count).sum();
    let names: u64 =
        balance.iter().filter(|row| row["part"] == "all" && !row["symbol"].is_null()).map(count).sum();
    assert!(count(whole) > 0 && years == count(whole) && names == count(whole), "{whole}");
    assert_eq!(report["labels"], count(whole));
    // Labels of several sessions overlap with their neighbours, and more where all names count.
    let [own, all] = ["uniqueness_by_symbol", "uniqueness_of_all"].map(|key| report[key].as_f64().unwrap());
    assert!(0.0 < all && all < own && own < 1.0, "{own} {all}");
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("labels.csv");
    run(&workspace, &["labels", pipeline, "--to", file.to_str().unwrap(), "--quiet"]);
    let table = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len() as u64 - 1, report["labels"].as_u64().unwrap());
    for line in &lines[1..] {
        // Decided before it starts, over before it must be; class and return known.
        assert!(
            line.len() == 11 && line[0] < line[7] && line[7] <= line[8] && line[8] <= line[9],
            "{line:?}"
        );
        assert!(matches!(line[2], "0" | "1") && line[10].parse::<f64>().unwrap() > 0.0, "{line:?}");
    }
    let said = run(&workspace, &["labels", pipeline, "--by-symbol"]);
    assert!(said.exit == 0 && said.stdout.contains("without overlap"), "{}{}", said.stdout, said.stderr);
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
    let named = report["named_policies"].as_array().unwrap();
    assert_eq!(named.len(), 3);
    for verdict in named {
        assert_eq!(verdict["without_evidence"], serde_json::json!([]), "a record or a reason for every rule");
        assert!(!verdict["reason"].as_str().unwrap().contains("no evidence was recorded"), "{verdict}");
    }
    let shown = run(&workspace, &["candidates", "show", &run_id]);
    assert!(shown.stdout.contains("Judged by the policies: default.\n"), "{}", shown.stdout);
}

/// A pipeline file that names a gate policy, beside the demo's.
fn with_policy(workspace: &std::path::Path, policy: &str) -> String {
    let text = std::fs::read_to_string(workspace.join("pipelines/demo.toml")).unwrap();
    let text = text.replacen("[data]", &format!("[gates]\npolicy = \"{policy}\"\n\n[data]"), 1);
    std::fs::write(workspace.join("pipelines/chosen.toml"), text).unwrap();
    "pipelines/chosen.toml".to_owned()
}

#[test]
fn a_chosen_policy_lowers_a_status_and_never_raises_one() {
    let (folder, json) = demo();
    let fresh = |name: &str| copy(&folder.join(json["runs"][name]["workspace"].as_str().unwrap()));
    let (edge, null) = (fresh("edge"), fresh("null"));
    let judged = |workspace: &std::path::Path, policy: &str| {
        let said =
            run(workspace, &["run", &with_policy(workspace, policy), "--seed", "7", "--json", "--quiet"]);
        assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
        said.json()
    };
    let status = |json: &serde_json::Value| json["candidate"]["status"].as_str().unwrap().to_owned();

    // What the default policy passes and the chosen one promotes stays as it was; what the former refuses, refused.
    let promoted = judged(edge.path(), "usdcop_h5");
    assert_eq!(promoted["candidate"]["policies"][0]["recommendation"], "PROMOTE");
    assert_eq!(status(&promoted), "ready-for-review");
    let refused = judged(null.path(), "usdcop_h5");
    assert_eq!(status(&refused), "refused");

    // A house rule stricter than anything refuses, and says so wherever the candidate is looked at.
    let shipped = SHIPPED.iter().find(|(name, _)| *name == "usdcop_h5").unwrap().1;
    let house = shipped
        .replace("name = \"usdcop_h5\"", "name = \"house\"")
        .replace("limit = 0.2\n", "limit = 0.01\n");
    std::fs::write(edge.path().join("house.toml"), house).unwrap();
    let lowered = judged(edge.path(), "house.toml");
    assert_eq!(status(&lowered), "refused");
    let run_id = lowered["run_id"].as_str().unwrap();
    let shown = run(edge.path(), &["candidates", "show", run_id]);
    assert!(shown.stdout.contains("default and house (REJECT: failed max_drawdown)"), "{}", shown.stdout);
    let briefing = run(edge.path(), &["candidates", "briefing", run_id]);
    assert!(briefing.stdout.contains("Refused by: the policy `house` (max_drawdown)"), "{}", briefing.stdout);
    let explained = run(edge.path(), &["gates", "explain", "--policy", "house.toml"]);
    assert!(explained.exit == 0 && explained.stdout.contains("house"), "{}", explained.stderr);
    let asked = ["candidates", "holdout", run_id, "--actor", "Asha Rao", "--reason", "reviewed"];
    assert!(run(edge.path(), &asked).stderr.contains("refused"), "the seal stays shut");
    // The rules are those of the day of the run, whatever became of the file.
    std::fs::remove_file(edge.path().join("house.toml")).unwrap();
    let replay = run(edge.path(), &["candidates", "verify", run_id, "--replay", "--quiet"]);
    assert_eq!(replay.exit, 0, "{}\n{}", replay.stdout, replay.stderr);

    for (policy, words) in
        [("usdcop", "did you mean `usdcop_h5`"), ("house.toml", "relative to the workspace")]
    {
        let said = run(edge.path(), &["run", &with_policy(edge.path(), policy), "--quiet"]);
        assert!(said.exit == 2 && said.stderr.contains(words), "{}", said.stderr);
    }
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
