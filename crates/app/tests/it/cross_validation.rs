//! Cross-validation through a whole run: its layout, its completeness, its bytes, and that nothing else hears of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proofmark_app::candidates;
use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::progress::Silent;
use proofmark_app::run::{RunRequest, start};
use proofmark_app::trials;
use proofmark_app::workspace::Workspace;
use proofmark_training::{Part, Run, SplitPlan};
use serde_json::Value;

/// A world of six years of ten names.
struct World {
    folder: tempfile::TempDir,
    ws: Workspace,
}

impl World {
    fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let world = Synthetic {
            scenario: scenario.into(),
            names: 10,
            seed: 1,
            start: "2009-01-01".parse().unwrap(),
            end: "2014-12-31".parse().unwrap(),
            strength: None,
        };
        ingest::synthetic(&ws, &world).unwrap();
        Self { folder, ws }
    }

    /// The demo's pipeline, small, with `more` at its end; gives the run's id.
    fn run(&self, min_train_rows: &str, more: &str, workers: usize) -> String {
        let mut text = include_str!("../../../../pipelines/demo.toml").to_owned();
        for (from, to) in [
            ("end = \"2023-12-31\"", "end = \"2014-12-31\""),
            ("first_test = \"2013-01-01\"", "first_test = \"2012-01-01\""),
            ("min_train_rows = 5000", min_train_rows),
            ("trees = 60", "trees = 10"),
            ("bootstrap_draws = 10_000", "bootstrap_draws = 1_000"),
            ("auc_shifts = 200", "auc_shifts = 20"),
            ("paths = 20 ", "paths = 1 "),
            ("path_sessions = 504", "path_sessions = 250"),
        ] {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let pipeline = self.folder.path().join("small.toml");
        std::fs::write(&pipeline, text + more).unwrap();
        let request = RunRequest {
            pipeline: Some(pipeline),
            seed: Some(1),
            workers: Some(workers),
            ..RunRequest::default()
        };
        start(&self.ws, &request, &[]).unwrap().run_id
    }

    fn read(&self, run: &str, file: &str) -> Value {
        let path = self.ws.root().join("release").join(format!("audit_{run}")).join(file);
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
    }

    /// Every file of the task cache.
    fn cached(&self) -> Vec<PathBuf> {
        fn visit(folder: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { visit(&path, out) } else { out.push(path) }
            }
        }
        let mut files = Vec::new();
        visit(&self.ws.root().join("cache"), &mut files);
        files.sort();
        files
    }
}

const SIX_CHOOSE_TWO: &str = "\n[cross_validation]\ngroups = 6\ntest_groups = 2\n";
const ROWS: &str = "min_train_rows = 500";

/// A world with an edge and its run, made by one worker.
fn edge() -> &'static (World, String) {
    static EDGE: OnceLock<(World, String)> = OnceLock::new();
    EDGE.get_or_init(|| {
        let world = World::new("edge");
        let run = world.run(ROWS, SIX_CHOOSE_TWO, 1);
        (world, run)
    })
}

fn record<'a>(tests: &'a Value, name: &str) -> &'a Value {
    let all = tests["evidence"].as_array().unwrap();
    all.iter().find(|e| e["name"] == name).unwrap_or_else(|| panic!("no record `{name}`"))
}

fn value(tests: &Value, name: &str) -> f64 {
    record(tests, name)["value"].as_f64().unwrap_or_else(|| panic!("{}", record(tests, name)))
}

fn plan(tests: &Value) -> SplitPlan {
    serde_json::from_value(tests["purged_cv"].clone()).unwrap()
}

/// Every path covers every session once, by a split that did not train there, and no label reaches over.
fn check_layout(plan: &SplitPlan, splits: usize, paths: usize, test_groups: usize) {
    assert_eq!((plan.folds.len(), plan.paths.len()), (splits, paths));
    assert_eq!(plan.overlaps().total(), 0);
    let groups: Vec<_> = plan.groups.iter().map(|group| group.decisions.unwrap()).collect();
    assert!(groups.windows(2).all(|pair| pair[0].end < pair[1].start), "groups follow one another");
    assert_eq!(plan.groups.iter().map(|group| group.rows).sum::<usize>(), plan.rows, "and cover every row");
    for path in &plan.paths {
        assert_eq!(path.len(), groups.len(), "one split for each group");
        for (group, split) in groups.iter().zip(path) {
            let tested = |run: &&Run| run.part == Part::Test && run.dates == *group;
            assert_eq!(plan.folds[*split].runs.iter().filter(tested).count(), 1, "{group} in split {split}");
        }
    }
    // The label begins a session after the decision and runs five; five more are kept free before every test segment.
    let label_and_embargo = 1 + 5 + 5;
    for layout in &plan.folds {
        let tests = layout.runs.iter().filter(|run| run.part == Part::Test).count();
        assert_eq!(tests, test_groups);
        for pair in layout.runs.windows(2) {
            let trains = |run: &Run| matches!(run.part, Part::Fit | Part::Calibration);
            assert!(!(trains(&pair[0]) && pair[1].part == Part::Test), "training touches a test: {pair:?}");
            assert!(!(pair[0].part == Part::Test && trains(&pair[1])), "training touches a test: {pair:?}");
            if pair[0].part == Part::Purged && pair[1].part == Part::Test {
                assert!(pair[0].sessions >= label_and_embargo, "{pair:?}");
            }
        }
    }
}

#[test]
fn splits_and_paths_are_counted_by_the_formula_and_cover_every_session_once() {
    let (world, run) = edge();
    let tests = world.read(run, "stat_tests.json");
    let plan = plan(&tests);
    // C(6, 2) splits, C(5, 1) paths.
    check_layout(&plan, 15, 5, 2);
    assert_eq!(
        (value(&tests, "cross_validation.splits"), value(&tests, "cross_validation.paths")),
        (15.0, 5.0)
    );
    for path in 0..5 {
        for measure in ["appraisal_ratio", "net_sharpe"] {
            let record = record(&tests, &format!("cross_validation.path.{path:03}.{measure}"));
            assert!(record["value"].is_number());
            assert_eq!(record["n"], plan.sessions as u64 - 6, "the first session of a segment has no return");
            assert_eq!(record["span_kind"], "out_of_sample");
        }
    }
    for split in 0..15 {
        assert!(value(&tests, &format!("cross_validation.split.{split:03}.rank_ic")).abs() < 1.0);
    }
    let of = |what: &str| value(&tests, &format!("cross_validation.appraisal_ratio.{what}"));
    let order = ["min", "q25", "median", "q75", "max"].map(of);
    assert!(order.is_sorted() && (0.0..=1.0).contains(&of("share_below_zero")), "{order:?}");
}

#[test]
fn the_report_cites_its_records_and_says_what_they_mean() {
    let (world, run) = edge();
    let tests = world.read(run, "stat_tests.json");
    let report = world.read(run, "cross_validation_report.json");
    let section = &report["purged_cv"];
    assert_eq!(section["status"], "completed");
    assert_eq!(
        (section["splits"].as_array().unwrap().len(), section["paths"].as_array().unwrap().len()),
        (15, 5)
    );
    assert_eq!(section["splits"][14]["test_groups"], serde_json::json!([4, 5]));
    let median = &section["distribution"]["appraisal_ratio"]["median"]["figure"];
    assert_eq!(tests.pointer(median["source"]["pointer"].as_str().unwrap()), Some(&median["value"]));
    let sentence = section["sentence"].as_str().unwrap();
    assert!(sentence.contains("15 splits") && sentence.contains("5 paths"), "{sentence}");
    let audit = world.ws.root().join("release").join(format!("audit_{run}"));
    let summary = std::fs::read_to_string(audit.join("statistical_summary.md")).unwrap();
    assert!(summary.contains("Appraisal ratio of the median path of the cross-validation: "), "{summary}");
    let briefing = std::fs::read_to_string(audit.join("promotion_briefing.md")).unwrap();
    assert!(
        briefing.contains("## Cross-validation paths") && briefing.contains("no gate reads it"),
        "{briefing}"
    );
    // Every record of it has its line in the list of records.
    let documented = include_str!("../../../../docs/STATISTICS.md");
    for record in tests["evidence"].as_array().unwrap() {
        let name = record["name"].as_str().unwrap();
        let Some(rest) = name.strip_prefix("cross_validation.") else { continue };
        let words: Vec<&str> = rest.split('.').collect();
        let pattern = match words[..] {
            ["path", _, measure] => format!("`cross_validation.path.<path>.{measure}`"),
            ["split", _, measure] => format!("`cross_validation.split.<split>.{measure}`"),
            _ => format!("`{name}`"),
        };
        assert!(documented.contains(&pattern), "{pattern}");
        assert!(!record["unit"].as_str().unwrap().is_empty() && record["n"].as_u64().unwrap() > 0, "{name}");
    }
}

#[test]
fn two_workers_write_the_bytes_of_one_and_the_cache_knows_every_split() {
    let (world, run) = edge();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    // Everything again on two threads, from an empty cache, compared byte for byte.
    let again = pool.install(|| candidates::verify(&world.ws, Some(run.as_str()), true, &Silent)).unwrap();
    assert!(again.sound && again.replayed, "{:?}", again.findings);

    let before = world.cached();
    let second = world.run(ROWS, SIX_CHOOSE_TWO, 2);
    assert_eq!(world.cached(), before, "the same keys: nothing was fitted again");
    for file in ["stat_tests.json", "cross_validation_report.json"] {
        assert_eq!(world.read(run, file), world.read(&second, file), "{file}");
    }
    // Without it: the same trial, the same verdicts, the same walk-forward, and no record of it.
    let without = world.run(ROWS, "", 2);
    assert_eq!(trials::list(&world.ws).unwrap().len(), 1);
    assert_eq!(world.read(run, "gate_report.json"), world.read(&without, "gate_report.json"));
    let rest = |tests: &Value| -> Vec<Value> {
        let all = tests["evidence"].as_array().unwrap().iter();
        all.filter(|e| !e["name"].as_str().unwrap().starts_with("cross_validation.")).cloned().collect()
    };
    let (with, plain) = (world.read(run, "stat_tests.json"), world.read(&without, "stat_tests.json"));
    assert_eq!(rest(&with), plain["evidence"].as_array().unwrap().clone());
    assert!(plain.get("purged_cv").is_none());
    let report = world.read(&without, "cross_validation_report.json");
    assert_eq!(report["purged_cv"]["status"], "not asked for");
    let audit = world.ws.root().join("release").join(format!("audit_{without}"));
    let summary = std::fs::read_to_string(audit.join("statistical_summary.md")).unwrap();
    assert!(!summary.contains("no record") && !summary.contains("median path"), "{summary}");
}

#[test]
fn purged_k_fold_is_one_path_and_an_incomplete_one_shows_nothing() {
    let world = World::new("null");
    let run = world.run(ROWS, "\n[cross_validation]\ngroups = 4\ntest_groups = 1\n", 2);
    let tests = world.read(&run, "stat_tests.json");
    check_layout(&plan(&tests), 4, 1, 1);
    let of = |what: &str| value(&tests, &format!("cross_validation.appraisal_ratio.{what}"));
    assert_eq!([of("min"), of("q25"), of("q75"), of("max")], [of("median"); 4]);
    let spread = record(&tests, "cross_validation.appraisal_ratio.sd");
    assert!(spread["value"].is_null() && spread["note"].is_string(), "{spread}");
    let sentence = world.read(&run, "cross_validation_report.json")["purged_cv"]["sentence"].to_string();
    assert!(sentence.contains("4 splits") && sentence.contains("the path put together"), "{sentence}");

    // One group of six is less than the rows a model must have; the walk-forward has them.
    let more = "\n[cross_validation]\ngroups = 6\ntest_groups = 5\n";
    let run = world.run("min_train_rows = 2500", more, 2);
    let tests = world.read(&run, "stat_tests.json");
    assert_eq!(tests["status"], "completed");
    assert_eq!(
        (value(&tests, "cross_validation.splits"), value(&tests, "cross_validation.paths")),
        (6.0, 5.0)
    );
    let shown = tests["evidence"].as_array().unwrap().iter().filter(|e| {
        let name = e["name"].as_str().unwrap();
        name.starts_with("cross_validation.") && !e["value"].is_null()
    });
    assert_eq!(shown.count(), 2, "the counts of the plan alone");
    let median = record(&tests, "cross_validation.appraisal_ratio.median");
    assert!(median["note"].as_str().unwrap().contains("2500 are needed"), "{median}");
    let section = &world.read(&run, "cross_validation_report.json")["purged_cv"];
    assert_eq!(section["status"], "incomplete");
    assert!(section["sentence"].as_str().unwrap().contains("2500 are needed"), "{section}");
    let briefing = world.read(&run, "promotion_briefing.json");
    let not_run = briefing["not_run"].to_string();
    assert!(not_run.contains("cross-validation") && not_run.contains("incomplete"), "{not_run}");
    assert_eq!(trials::list(&world.ws).unwrap().len(), 2);
}
