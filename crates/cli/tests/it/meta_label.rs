//! A meta-label in a market where the side pays in one regime only, and the volume says which.

use std::fmt::Write as _;
use std::path::Path;

use proofmark_market::Calendar;
use proofmark_units::{Date, DateSpan};
use serde_json::Value;

use crate::proofmark::{made, run};

const NAMES: usize = 10;
/// Bars of the primary rule.
const MOMENTUM: usize = 10;
/// Returns before a label's volatility is known.
const VOL_SPAN: usize = 20;
const MAX_HOLD: usize = 5;
/// Sessions for which a name stays in a regime.
const REGIME: usize = 80;

/// Numbers in [-1, 1) that look random: the high bits of a linear congruential generator (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn sessions() -> Vec<Date> {
    let span = DateSpan { start: "2009-01-01".parse().unwrap(), end: "2012-12-31".parse().unwrap() };
    Calendar::named("XNSE").unwrap().sessions_in(span).unwrap().to_vec()
}

/// Closes and volumes of a name: the last ten days' direction goes on where volume is high and turns where it is low.
fn market(name: usize, sessions: usize) -> Vec<(f64, f64)> {
    let mut numbers = Numbers(name as u64 + 1);
    let mut rows: Vec<(f64, f64)> = Vec::with_capacity(sessions);
    for t in 0..sessions {
        let goes_on = (t / REGIME + name).is_multiple_of(2);
        let before = |bars: usize| t.checked_sub(bars).map(|at| rows[at].0);
        let way = before(1).zip(before(MOMENTUM)).map_or(0.0, |(a, b)| (a / b - 1.0).signum());
        let step = if goes_on { 0.004 } else { -0.008 } * way + 0.012 * numbers.next();
        let volume = if goes_on { 2e6 } else { 5e5 } * (1.0 + 0.2 * numbers.next());
        // A price far from its start is drawn back, so that none runs away.
        let close = before(1).map_or(100.0, |last| last * (step - 0.01 * (last / 100.0).ln()).exp());
        rows.push((close, volume.round()));
    }
    rows
}

fn write(folder: &Path, sessions: &[Date]) {
    let mut text = String::from("symbol,date,open,high,low,close,volume\n");
    for name in 0..NAMES {
        let rows = market(name, sessions.len());
        for (t, (date, (close, volume))) in sessions.iter().zip(&rows).enumerate() {
            let open = rows[t.saturating_sub(1)].0;
            let (high, low) = (open.max(*close), open.min(*close));
            writeln!(text, "N{name},{date},{open:.4},{high:.4},{low:.4},{close:.4},{volume}").unwrap();
        }
    }
    std::fs::write(folder.join("bars.csv"), text).unwrap();
}

fn pipeline(folder: &Path) {
    let mut text = std::fs::read_to_string(folder.join("pipelines/demo.toml")).unwrap();
    let label = text.split_once("[label]").unwrap().1.split_once("[split]").unwrap().0.to_owned();
    let meta = format!(
        "\nkind = \"meta\"\nside = \"$close / Ref($close, {MOMENTUM}) - 1\"\nvol_span = {VOL_SPAN}\nstop = 3.0\ntarget = 3.0\nmax_hold = {MAX_HOLD}\nround_trip_cost = 0.001\n\n"
    );
    for (from, to) in [
        (label.as_str(), meta.as_str()),
        ("name = \"demo\"", "name = \"meta\""),
        ("membership = \"whole_market\"", "membership = \"carried_back\"\nchosen_at = \"2012-12-31\""),
        ("end = \"2023-12-31\"", "end = \"2012-12-31\""),
        ("benchmark = \"SIMINDEX\"\n", ""),
        ("holdout_months = 12", "holdout_months = 3"),
        ("first_test = \"2013-01-01\"", "first_test = \"2011-01-01\""),
        ("set = \"teacher15\"", "expressions = { volume = \"Log($volume)\" }"),
        ("min_train_rows = 5000", "min_train_rows = 300"),
        ("trees = 60", "trees = 20"),
        ("min_leaf_rows = 200", "min_leaf_rows = 50"),
        ("bootstrap_draws = 10_000", "bootstrap_draws = 1_000"),
        ("auc_shifts = 200", "auc_shifts = 20"),
        ("paths = 20 ", "paths = 1 "),
        ("path_sessions = 504", "path_sessions = 120"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    std::fs::write(folder.join("pipelines/meta.toml"), text).unwrap();
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_student_learns_when_the_side_pays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(run(path, &["init", "--quiet"]).exit, 0);
    let sessions = sessions();
    write(path, &sessions);
    assert_eq!(run(path, &["ingest", "csv", "bars.csv", "--quiet"]).exit, 0);
    pipeline(path);

    // One label for each decision with a side, none for the others.
    let sealed = sessions.last().unwrap().plus_months(-3).plus_days(1);
    let visible = sessions.partition_point(|date| *date < sealed);
    let written = |price: f64| (price * 1e4).round() / 1e4;
    let decisions: usize = (0..NAMES)
        .map(|name| {
            let rows = market(name, sessions.len());
            let close = |t: usize| written(rows[t].0);
            (VOL_SPAN..visible - 1 - MAX_HOLD).filter(|t| close(*t) / close(t - MOMENTUM) - 1.0 > 0.0).count()
        })
        .sum();
    let labels = made(&run(path, &["labels", "pipelines/meta.toml", "--json", "--quiet"]));
    assert_eq!(labels["labels"], decisions, "{labels}");

    let said = run(path, &["run", "pipelines/meta.toml", "--json", "--quiet"]);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let run_id = said.json()["run_id"].as_str().unwrap().to_owned();
    let audit = path.join("release").join(format!("audit_{run_id}"));
    let summary = read(&audit.join("validation_summary.json"));
    assert_eq!(summary["feature_set"]["names"], serde_json::json!(["volume", "side"]));
    let value = |name: &str| {
        let found = summary["evidence"].as_array().unwrap().iter().find(|record| record["name"] == name);
        found.unwrap_or_else(|| panic!("{name}"))["value"].as_f64().unwrap()
    };
    assert!(value("student.samples") < decisions as f64, "only what has a side is scored");
    assert!(value("student.auc") > 0.6, "{}", value("student.auc"));

    // The canary of labels can look at barriers that move with the volatility.
    let gates = read(&audit.join("gate_report.json"));
    let leaks = gates["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "leaks").unwrap();
    let shift =
        leaks["checks"].as_array().unwrap().iter().find(|check| check["evidence"] == "canary.label_shift");
    assert_eq!(shift.unwrap()["verdict"], "pass", "{leaks}");
    let schema = read(&path.join("data/models").join(&run_id).join("feature_schema.json"));
    assert!(schema["columns"][1]["expression"].as_str().unwrap().contains("Ref($close, 10)"), "{schema}");
}
