//! `features` and `data regimes` on the bars of a workspace.

use crate::proofmark::{copy, demo, run};

fn edge() -> std::path::PathBuf {
    let (folder, json) = demo();
    folder.join(json["runs"]["edge"]["workspace"].as_str().unwrap())
}

#[test]
fn sets_and_columns_are_listed_and_a_slip_names_the_nearest() {
    let workspace = edge();
    let json = run(&workspace, &["features", "sets", "--json"]).json();
    let sets = json["sets"].as_array().unwrap();
    let of = |name: &str| sets.iter().find(|set| set["name"] == name).unwrap();
    assert_eq!(
        (of("alpha158")["features"].as_u64(), of("alpha158")["usable"].as_u64()),
        (Some(158), Some(158))
    );
    assert_eq!(of("talib")["usable"], 0, "some of it never forgets");
    // Those that neutralise industries need groups.
    assert!(of("alpha101")["usable"].as_u64().unwrap() < of("alpha101")["features"].as_u64().unwrap());
    let listed = run(&workspace, &["features", "list", "--set", "alpha158", "--json"]).json();
    assert_eq!(listed["features"].as_array().unwrap().len(), 158);
    let shown = run(&workspace, &["features", "show", "ROC5"]);
    assert!(shown.exit == 0 && shown.stdout.contains("Ref($close, 5)"), "{}{}", shown.stdout, shown.stderr);
    let slip = run(&workspace, &["features", "list", "--set", "alpha185"]);
    assert!(slip.exit == 2 && slip.stderr.contains("alpha158"), "{}", slip.stderr);
}

#[test]
fn expressions_of_a_user_are_checked_on_the_bars_of_the_workspace() {
    let workspace = edge();
    let check = |text: &str| run(&workspace, &["features", "check", "--expression", text]);
    let fine = check("Std($close, 20) / Mean($close, 20)");
    assert!(fine.exit == 0 && fine.stdout.contains("no later bar"), "{}{}", fine.stdout, fine.stderr);
    let slip = check("Meen($close, 20)");
    assert!(slip.exit == 2 && slip.stderr.contains("did you mean `Mean`"), "{}", slip.stderr);
    let future = check("Ref($close, -1)");
    assert!(future.exit == 2 && future.stderr.contains("future"), "{}", future.stderr);
    let set = run(&workspace, &["features", "check", "--set", "teacher15", "--json"]).json();
    assert_eq!((set["features"].as_u64(), set["violation"].is_null()), (Some(15), true));
}

#[test]
fn expressions_of_a_pipeline_are_listed_and_a_slip_shows_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let write = |features: &str| {
        let demo = include_str!("../../../../pipelines/demo.toml");
        let path = folder.path().join("own.toml");
        std::fs::write(&path, demo.replace("set = \"teacher15\"\n", features)).unwrap();
        path
    };
    let list = |features: &str, more: &[&str]| {
        let path = write(features);
        run(folder.path(), &[&["features", "list", "--pipeline", path.to_str().unwrap()][..], more].concat())
    };
    let own = "set = \"teacher15\"\nexpressions = { mom20 = \"$close / Ref($close, 20) - 1\" }\n";
    let listed = list(own, &["--json"]).json();
    let last = &listed["features"][15];
    assert_eq!(
        (&last["name"], &last["look_back"], &last["sets"]),
        (&"mom20".into(), &21.into(), &serde_json::json!([]))
    );
    let slip = list("expressions = { mine = \"1 + Meen($close, 5)\" }\n", &[]);
    let shown = "  1 + Meen($close, 5)\n";
    assert!(slip.exit == 2 && slip.stderr.contains("did you mean `Mean`"), "{}", slip.stderr);
    assert!(slip.stderr.contains(shown.trim_end()) && slip.stderr.contains("^^^^"), "{}", slip.stderr);
}

/// A forecast pipeline about a simulated name, with one of its own expressions.
fn forecast_pipeline(folder: &std::path::Path) -> std::path::PathBuf {
    let shipped = include_str!("../../../../pipelines/usdcop_h5.toml");
    let (head, rest) = shipped.split_once("[[observations]]").unwrap();
    let (_, rest) = rest.split_once("[zoo]").unwrap();
    let text = format!("{head}[zoo]{rest}")
        .replace("symbol = \"USDCOP\"", "symbol = \"SIM001\"")
        .replace("calendar = \"XBOG\"", "calendar = \"XNSE\"")
        .replace("start = \"2020-01-02\"", "start = \"2009-01-01\"")
        .replace("first_test = \"2022-01-01\"", "first_test = \"2013-01-01\"")
        .replace("carry = {", "# carry = {")
        .replace("[features]\n", "[features]\nexpressions = { mom20 = \"$close / Ref($close, 20) - 1\" }\n");
    let path = folder.join("forecast.toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_columns_of_a_forecast_pipeline_are_listed_with_its_observations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h5.toml");
    std::fs::write(&path, include_str!("../../../../pipelines/usdcop_h5.toml")).unwrap();
    let list = |more: &[&str]| {
        run(folder.path(), &[&["features", "list", "--pipeline", path.to_str().unwrap()][..], more].concat())
    };
    let json = list(&["--json"]).json();
    assert_eq!(json["features"][0]["sets"], serde_json::json!(["usdcop21"]));
    let dxy = &json["observations"][0];
    assert_eq!(
        (&dxy["name"], &dxy["series"], &dxy["source"], &dxy["max_age_days"], &dxy["transform"]),
        (
            &"dxy".into(),
            &"DXY".into(),
            &"global_daily".into(),
            &7.into(),
            &serde_json::json!({ "kind": "growth", "sessions": 5 })
        )
    );
    assert_eq!(json["observations"].as_array().unwrap().len(), 4);
    let shown = list(&[]).stdout;
    assert!(shown.contains("EMBI_COLOMBIA") && shown.contains("7 days"), "{shown}");
    // One that ranks names has its observations listed too.
    std::fs::write(&path, include_str!("../../../../pipelines/nse_swing_context.toml")).unwrap();
    let json = list(&["--json"]).json();
    assert_eq!(json["observations"].as_array().unwrap().len(), 12);
}

#[test]
fn the_columns_of_a_forecast_pipeline_are_tried_and_what_is_for_other_pipelines_says_so() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let path = forecast_pipeline(folder.path());
    let path = path.to_str().unwrap();
    let checked = run(&workspace, &["features", "check", path, "--json"]);
    assert_eq!(checked.exit, 0, "{}{}", checked.stdout, checked.stderr);
    let report = checked.json();
    let listed = run(&workspace, &["features", "list", "--pipeline", path, "--json"]).json();
    let columns = listed["features"].as_array().unwrap().len() as u64;
    assert_eq!((report["features"].as_u64(), report["symbols"].as_u64()), (Some(columns), Some(1)));
    assert!(report["violation"].is_null() && columns > 15);
    for command in [&["features", "study", path][..], &["labels", path]] {
        let refused = run(&workspace, command);
        assert_eq!(refused.exit, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains("kind = \"forecast\""), "{}", refused.stderr);
        assert!(refused.stderr.contains("features check"), "{}", refused.stderr);
    }
}

#[test]
fn a_column_without_values_is_named_with_what_it_reads() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let demo = include_str!("../../../../pipelines/demo.toml");
    let own = "set = \"teacher15\"\nexpressions = { never = \"Log(0 - $volume)\" }\n";
    let path = folder.path().join("never.toml");
    std::fs::write(&path, demo.replace("set = \"teacher15\"\n", own)).unwrap();
    let refused = run(&workspace, &["labels", path.to_str().unwrap()]);
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("`never` has no value anywhere: it reads volume"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("features show") && !refused.stderr.contains("`rsi_14`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_study_ends_before_the_first_test_and_is_written_in_three_forms() {
    let workspace = edge();
    let out = tempfile::tempdir().unwrap();
    let (pipeline, to) = (workspace.join("pipelines/demo.toml"), out.path().join("study"));
    let arguments = ["features", "study", pipeline.to_str().unwrap(), "--to", to.to_str().unwrap(), "--json"];
    let study = run(&workspace, &arguments).json();
    assert_eq!(study["features"].as_array().unwrap().len(), 15);
    let rows = study["dates"].as_u64().unwrap();
    assert!(rows > 100 && study["earlier_rows"].as_u64() == Some(rows / 2), "{rows}");
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(to.join("study.json")).unwrap()).unwrap();
    assert_eq!(written["features"], study["features"]);
    let page = std::fs::read_to_string(to.join("study.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("<script"));
    assert!(std::fs::read_to_string(to.join("study.md")).unwrap().contains("| feature |"));
}

#[test]
fn regimes_are_stored_as_series_of_one_spec() {
    let kept = copy(&edge());
    let workspace = kept.path();
    let spec = workspace.join("volatility.toml");
    let text = |dwell: u8| {
        format!(
            "adjust = \"splits\"\nmin_dwell = {dwell}\n\n[labeller]\nkind = \"volatility\"\nwindow = 20\nmin_returns = 20\n\
             history = {{ kind = \"trailing\", window = 252, minimum = 60 }}\nbands = {{ lower = 0.4, upper = 0.75 }}\n"
        )
    };
    std::fs::write(&spec, text(3)).unwrap();
    let label = |more: &[&str]| {
        run(workspace, &[&["data", "regimes", spec.to_str().unwrap(), "--json"][..], more].concat())
    };
    let report = label(&["--store-as", "VOL"]).json();
    let symbols = report["symbols"].as_array().unwrap();
    assert!(!symbols.is_empty());
    for own in symbols {
        let bars: u64 = own["bars"].as_array().unwrap().iter().filter_map(|n| n.as_u64()).sum();
        assert!(bars > 0 && own["stored"].as_u64() == Some(bars), "{own}");
    }
    // The same again adds nothing, another spec is refused under the same name.
    let again = label(&["--store-as", "VOL"]).json();
    assert!(again["symbols"].as_array().unwrap().iter().all(|own| own["stored"] == 0), "{again}");
    std::fs::write(&spec, text(5)).unwrap();
    let stale = label(&["--store-as", "VOL"]);
    assert!(stale.exit == 2 && stale.stderr.contains("stale labels"), "{}", stale.stderr);
    let slip = label(&["--symbols", "NOBODY"]);
    assert!(slip.exit == 2 && slip.stderr.contains("NOBODY"), "{}", slip.stderr);
}
