//! Point-in-time members and split-adjusted prices through a whole run.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use proofmark_app::data;
use proofmark_app::ingest;
use proofmark_app::progress::Silent;
use proofmark_app::run::{RunRequest, start};
use proofmark_app::workspace::Workspace;
use proofmark_market::Calendar;
use proofmark_units::{Date, DateSpan, Seed};
use rand::RngExt as _;
use serde_json::Value;

const NAMES: usize = 12;
const SPLIT: &str = "2012-09-17";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Random walks as a vendor's file. `N00` splits five for one; volumes of the later names grow until they lead.
fn bars() -> String {
    let calendar = Calendar::named("XNSE").unwrap();
    let sessions =
        calendar.sessions_in(DateSpan { start: day("2009-01-01"), end: day("2014-12-31") }).unwrap();
    let mut text = String::from("symbol,date,open,high,low,close,volume\n");
    for name in 0..NAMES {
        let mut rng = Seed::root(77).nth(name as u64).rng();
        let mut step =
            |size: f64| size * (rng.random::<f64>() + rng.random::<f64>() + rng.random::<f64>() - 1.5);
        let mut close = 1_000.0 + 50.0 * name as f64;
        for (t, date) in sessions.iter().enumerate() {
            let open = close * (1.0 + step(0.01));
            close = open * (1.0004 + step(0.03));
            let (high, low) = (open.max(close) * 1.004, open.min(close) * 0.996);
            let ratio = if name == 0 && *date >= day(SPLIT) { 5.0 } else { 1.0 };
            let crowd = 1e6 * (name as f64 * (t as f64 / 1_500.0 - 0.5)).exp() * (1.0 + step(0.2));
            let [open, high, low, shown] = [open, high, low, close].map(|price| price / ratio);
            writeln!(text, "N{name:02},{date},{open:.4},{high:.4},{low:.4},{shown:.4},{:.0}", crowd * ratio)
                .unwrap();
        }
    }
    text
}

struct World {
    _folder: tempfile::TempDir,
    ws: Workspace,
    pipeline: PathBuf,
    run: PathBuf,
}

fn pipeline(membership: &str) -> String {
    let mut text = include_str!("../../../../pipelines/demo.toml").to_owned();
    for (from, to) in [
        ("end = \"2023-12-31\"", "end = \"2014-12-31\"\nadjust = \"splits\""),
        ("benchmark = \"SIMINDEX\"\n", ""),
        ("first_test = \"2013-01-01\"", "first_test = \"2012-01-01\""),
        ("min_train_rows = 5000", "min_train_rows = 500"),
        ("trees = 60", "trees = 10"),
        ("bootstrap_draws = 10_000", "bootstrap_draws = 1_000"),
        ("auc_shifts = 200", "auc_shifts = 20"),
        ("paths = 20 ", "paths = 1 "),
        ("path_sessions = 504", "path_sessions = 250"),
        ("membership = \"whole_market\"", membership),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// One run by turnover rank, for all tests that only read it.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let file = folder.path().join("bars.csv");
        std::fs::write(&file, bars()).unwrap();
        let request = ingest::Request { calendar: "XNSE".into(), ..ingest::Request::default() };
        ingest::csv(&ws, &[file], &request, &Silent).unwrap();
        let path = folder.path().join("ranked.toml");
        let rank = "membership = \"point_in_time\"\nrank = { by = \"turnover\", top = 8, months = 6 }\nexclude = [\"N11\"]";
        std::fs::write(&path, pipeline(rank)).unwrap();
        let request = RunRequest { pipeline: Some(path.clone()), seed: Some(1), ..RunRequest::default() };
        let summary = start(&ws, &request, &[&Silent]).unwrap();
        let run = folder.path().join("release").join(format!("audit_{}", summary.run_id));
        World { _folder: folder, ws, pipeline: path, run }
    })
}

fn read(file: &str) -> Value {
    let path = world().run.join(file);
    serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .unwrap()
}

#[test]
fn members_follow_the_period_before_and_funds_are_never_held() {
    let world = world();
    let report = data::universe(&world.ws, &world.pipeline, Some(day("2010-03-01"))).unwrap();
    assert!(report.known_as_of);
    let names: Vec<&str> = report.symbols.iter().map(|s| s.as_str()).collect();
    assert!(!names.contains(&"N11"), "excluded");
    // The first half-year has no members, and with the crowd the later names come in.
    assert_eq!(report.changes[0].from, day("2009-07-01"));
    let counts: Vec<usize> = report.changes.iter().map(|change| change.members).collect();
    assert!(counts.iter().all(|members| (7..=8).contains(members)), "{counts:?}");
    assert!(report.changes.iter().skip(1).any(|change| !change.joined.is_empty() && !change.left.is_empty()));
    let first: Vec<&str> = report.on.as_ref().unwrap().members.iter().map(|s| s.as_str()).collect();
    assert!(first.contains(&"N00") && !first.contains(&"N10"), "{first:?}");
    assert!(data::universe(&world.ws, &world.pipeline, Some(day("2014-12-30"))).is_err(), "sealed");
}

#[test]
fn the_split_is_found_taken_out_and_nothing_is_decided_until_it_is_known() {
    let world = world();
    let found = data::actions(&world.ws, "XNSE", None).unwrap();
    let splits: Vec<_> = found.actions.iter().filter(|a| a.kind.is_split()).collect();
    assert_eq!(splits.len(), 1);
    assert_eq!((splits[0].symbol.as_str(), splits[0].ex_date, splits[0].value), ("N00", day(SPLIT), 5.0));
    let report = read("data_report.json");
    assert_eq!(report["corporate_actions"]["adjust"], "splits");
    let pause = &report["universe"]["pauses"][0];
    assert_eq!((pause[0].as_str(), pause[1]["start"].as_str()), (Some("N00"), Some(SPLIT)));
    // A declared action that prices do not show is told, one that they show with another factor too.
    let list = world.run.join("declared.csv");
    std::fs::write(
        &list,
        format!("symbol,ex_date,kind,value\nN00,{SPLIT},split,4\nN01,2012-03-01,split,2\n"),
    )
    .unwrap();
    let held_against = data::actions(&world.ws, "XNSE", Some(&list)).unwrap();
    let said: Vec<String> = held_against.disagreements.iter().map(data::disagreement).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("declared 4, prices show 5") && said[1].contains("do not show it"));
}

#[test]
fn the_run_says_that_its_universe_was_known_and_no_canary_sounds() {
    let report = read("gate_report.json");
    let gate =
        |name: &str| report["gates"].as_array().unwrap().iter().find(|g| g["gate"] == name).unwrap().clone();
    let leaks = gate("leaks");
    let canaries = leaks["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["evidence"].as_str().is_some_and(|name| name.starts_with("canary.")));
    assert_eq!(canaries.filter(|check| check["verdict"] == "pass").count(), 8, "{leaks}");
    let data = gate("data");
    let known =
        data["checks"].as_array().unwrap().iter().find(|c| c["rule"].as_str().unwrap().contains("universe"));
    assert_eq!(known.unwrap()["verdict"], "pass", "{data}");
}

#[test]
fn a_list_is_kept_by_digest_and_a_changed_copy_is_refused() {
    let world = world();
    let root = world.pipeline.parent().unwrap();
    std::fs::write(root.join("members.csv"), "symbol,start,end,category\nN02,2009-01-01,,big\nN03,2009-01-01,,big\nN04,2009-01-01,2012-12-31,big\nN05,2009-01-01,,small\n").unwrap();
    let path = root.join("listed.toml");
    let with = |category: &str| {
        format!("membership = \"point_in_time\"\nlist = \"members.csv\"\ncategory = \"{category}\"")
    };
    std::fs::write(&path, pipeline(&with("big"))).unwrap();
    let report = data::universe(&world.ws, &path, Some(day("2013-06-03"))).unwrap();
    assert_eq!(report.symbols.len(), 3);
    let members: Vec<&str> = report.on.as_ref().unwrap().members.iter().map(|s| s.as_str()).collect();
    assert_eq!(members, ["N02", "N03"]);
    std::fs::write(&path, pipeline(&with("huge"))).unwrap();
    assert!(data::universe(&world.ws, &path, None).unwrap_err().to_string().contains("huge"));
    std::fs::write(&path, pipeline("membership = \"point_in_time\"")).unwrap();
    assert!(data::universe(&world.ws, &path, None).unwrap_err().to_string().contains("rank"));
}
