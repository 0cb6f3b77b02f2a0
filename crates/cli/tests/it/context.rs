//! Observations as columns of a pipeline: what was known in time helps, what was put right later does not.

use std::path::Path;

use proofmark_app::ingest::Synthetic;
use proofmark_lake::{Delivery, Lake, Observation};
use proofmark_market::{BarRow, Calendar};
use proofmark_units::{Date, Instant, Symbol};
use serde_json::Value;

use crate::proofmark::run;

const COLUMNS: &str = r#"
[[observations]]
name = "hint"
series = "HINT.{symbol}"
max_age_days = 3
transform = { kind = "level" }

[[observations]]
name = "echo"
series = "ECHO.{symbol}"
max_age_days = 3
transform = { kind = "level" }

[[observations]]
name = "world"
series = "WORLD"
max_age_days = 70
transform = { kind = "change", sessions = 40 }
"#;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A number between -1 and 1 that looks like chance.
fn noise(a: usize, b: usize) -> f64 {
    let mixed =
        (a as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (b as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn store(lake: &mut Lake, series: &str, rows: &[Observation], arrived_at: Instant) {
    let delivery = Delivery { source: "planted.csv".to_owned(), arrived_at };
    lake.append_observations(&series.parse().unwrap(), rows, &delivery).unwrap();
}

/// What a decision at the close of each session would like to know, in daily moves, and those sessions.
fn coming(rows: &[BarRow]) -> Vec<(Date, f64)> {
    let ahead = |t: usize| Some((rows[t].date, 40.0 * (rows.get(t + 6)?.open / rows[t + 1].open - 1.0)));
    (0..rows.len()).filter_map(ahead).collect()
}

/// A market without an edge, hints of what comes, and echoes: noise that is put right in the middle of 2014.
fn world(folder: &Path) {
    assert_eq!(run(folder, &["init", "--quiet"]).exit, 0);
    let scenario = ["ingest", "synthetic", "--scenario", "null", "--names", "10", "--seed", "5"];
    let dates = ["--start-date", "2010-01-01", "--end-date", "2016-12-31"];
    assert_eq!(run(folder, &[scenario.as_slice(), &dates].concat()).exit, 0);
    let (start, end) = (day("2010-01-01"), day("2016-12-31"));
    let world = Synthetic { scenario: "null".into(), names: 10, seed: 5, start, end, strength: None }.world();
    let calendar = Calendar::named("XNSE").unwrap();
    let mut lake = Lake::open(folder.join("lake")).unwrap();
    let arrival = |text: &str| day(text).midnight_utc();
    for (s, own) in world.unwrap().bars.iter().enumerate() {
        let rows = |value: &dyn Fn(usize, f64) -> f64, keep: &dyn Fn(usize) -> bool| -> Vec<Observation> {
            let row = |(t, (date, ahead)): (usize, (Date, f64))| Observation {
                date,
                known_at: calendar.session_close(date),
                value: value(t, ahead),
            };
            coming(&own.rows).into_iter().enumerate().filter(|(t, _)| keep(*t)).map(row).collect()
        };
        let hint = rows(&|t, ahead| ahead + 15.0 * noise(s, t), &|t| s != 2 || t % 40 < 10);
        store(&mut lake, &format!("HINT.{}", own.symbol), &hint, arrival("2010-01-01"));
        let echo = rows(&|t, _| noise(s, t + 100_000), &|_| true);
        store(&mut lake, &format!("ECHO.{}", own.symbol), &echo, arrival("2010-01-01"));
        let mut right = rows(&|_, ahead| ahead, &|_| true);
        right.retain(|row| row.date < day("2014-06-01"));
        store(&mut lake, &format!("ECHO.{}", own.symbol), &right, arrival("2014-06-30"));
    }
    // A month's figure, known three weeks later.
    let months: Vec<Observation> = (0..84)
        .map(|m| {
            let date = day("2009-12-31").plus_months(m);
            Observation { date, known_at: date.plus_days(21).midnight_utc(), value: noise(m as usize, 7) }
        })
        .collect();
    store(&mut lake, "WORLD", &months, arrival("2010-01-01"));
}

/// The demo's pipeline in small, with `more` at its end and a student that takes missing inputs where there is any.
pub(crate) fn pipeline(folder: &Path, name: &str, more: &str) -> String {
    let text = std::fs::read_to_string(folder.join("pipelines/demo.toml")).unwrap();
    let mut small = String::new();
    for line in text.lines() {
        let line = match line.split(" = ").next().unwrap_or_default() {
            "name" => format!("name = \"{name}\""),
            "start" => "start = \"2010-01-01\"".to_owned(),
            "end" => "end = \"2015-12-31\"".to_owned(),
            "first_test" => "first_test = \"2012-07-01\"".to_owned(),
            "min_train_rows" => "min_train_rows = 500".to_owned(),
            "trees" => "trees = 20".to_owned(),
            "leaves" => "leaves = 8".to_owned(),
            "bootstrap_draws" => "bootstrap_draws = 1000".to_owned(),
            "auc_shifts" => "auc_shifts = 10".to_owned(),
            "paths" => "paths = 1".to_owned(),
            "[student.model]" if !more.is_empty() => format!("{line}\nmissing = \"indicate\""),
            _ => line.to_owned(),
        };
        small.push_str(&line);
        small.push('\n');
    }
    let file = format!("pipelines/{name}.toml");
    std::fs::write(folder.join(&file), format!("{small}\n{more}")).unwrap();
    file
}

pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .unwrap()
}

fn value(report: &Value, name: &str) -> f64 {
    let records = report["evidence"].as_array().unwrap();
    let record = records.iter().find(|r| r["name"] == name).unwrap_or_else(|| panic!("no `{name}`"));
    record["value"].as_f64().unwrap_or_else(|| panic!("{record}"))
}

#[test]
fn a_hint_known_in_time_is_found_and_one_put_right_later_is_not() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    world(folder);
    let file = pipeline(folder, "hinted", COLUMNS);
    let said = run(folder, &["run", &file, "--json", "--quiet"]);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let run_id = said.json()["run_id"].as_str().unwrap().to_owned();
    let audit = folder.join("release").join(format!("audit_{run_id}"));

    let tests = read(&audit.join("stat_tests.json"));
    let ic = |name: &str| value(&tests, name);
    assert!(ic("feature.hint.rank_ic") > 0.1, "{}", ic("feature.hint.rank_ic"));
    assert!(ic("feature.echo.rank_ic").abs() < 0.05, "{}", ic("feature.echo.rank_ic"));
    assert!(ic("score_skill.rank_ic") > 0.08, "the student uses it: {}", ic("score_skill.rank_ic"));

    // Every canary looked, at the columns too, and none sounds.
    let release = read(&audit.join("gate_report.json"));
    let leaks = release["gates"].as_array().unwrap().iter().find(|g| g["gate"] == "leaks").unwrap().clone();
    assert_eq!(leaks["verdict"], "pass", "{leaks}");

    // What is missing is counted, and said in the briefing.
    let report = read(&audit.join("data_report.json"));
    let columns = report["observations"]["columns"].as_array().unwrap();
    let names: Vec<&str> = columns.iter().map(|c| c["column"].as_str().unwrap()).collect();
    assert_eq!(names, ["hint", "echo", "world"]);
    let thin = &columns[0]["by_symbol"]["SIM003"];
    let counted = |key: &str| thin[key].as_u64().unwrap();
    assert_eq!(counted("expected"), counted("present") + counted("too_old") + counted("not_known"));
    assert!((0.2..0.4).contains(&thin["share"].as_f64().unwrap()) && counted("too_old") > 500, "{thin}");
    assert!(columns[2]["decisions"]["not_known"].as_u64().unwrap() > 40, "no change before two looks");
    let briefing = std::fs::read_to_string(audit.join("promotion_briefing.md")).unwrap();
    assert!(briefing.contains("`hint` is under 80 % coverage for 1 of 10 names: SIM003"), "{briefing}");

    // The columns are features of the model: a replay and later data see them too.
    let model = folder.join("data/models").join(&run_id).join("student_model.json");
    let model = std::fs::read_to_string(model).unwrap();
    assert!(["hint", "echo", "world"].iter().all(|c| model.contains(&format!("\"{c}\""))), "{model}");
    let replayed = run(folder, &["candidates", "verify", &run_id, "--replay", "--quiet"]);
    assert_eq!(replayed.exit, 0, "{}\n{}", replayed.stdout, replayed.stderr);
    let window = ["--start-date", "2016-01-15", "--end-date", "2016-12-01"];
    let later =
        run(folder, &[&["candidates", "validate", "--model", &run_id, "--json"], &window[..]].concat());
    assert!(later.exit <= 1, "{}\n{}", later.stdout, later.stderr);
    assert!(value(&later.json(), "student.rank_ic") > 0.08, "{}", later.stdout);
}

#[test]
fn a_column_without_its_series_or_a_student_that_refuses_it_is_wrong_input() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    assert_eq!(run(folder, &["init", "--quiet"]).exit, 0);
    let dates = ["--start-date", "2010-01-01", "--end-date", "2012-12-31"];
    let scenario = ["ingest", "synthetic", "--scenario", "null", "--names", "2", "--seed", "5"];
    assert_eq!(run(folder, &[scenario.as_slice(), &dates].concat()).exit, 0);
    let refused = |file: &str, words: &[&str]| {
        let said = run(folder, &["run", file, "--quiet"]);
        assert_eq!(said.exit, 2, "{}\n{}", said.stdout, said.stderr);
        for word in words {
            assert!(said.stderr.contains(word), "expected `{word}` in {}", said.stderr);
        }
    };
    let file = pipeline(folder, "alone", COLUMNS);
    refused(&file, &["HINT.{symbol}", "data sources"]);
    let mut lake = Lake::open(folder.join("lake")).unwrap();
    let at = day("2010-01-05").midnight_utc();
    let known: Symbol = "WORLDS".parse().unwrap();
    store(
        &mut lake,
        known.as_str(),
        &[Observation { date: day("2010-01-04"), known_at: at, value: 1.0 }],
        at,
    );
    let world = &COLUMNS[COLUMNS.rfind("[[observations]]").unwrap()..];
    refused(&pipeline(folder, "near", world), &["`WORLD`", "did you mean `WORLDS`"]);
    let text = std::fs::read_to_string(folder.join(&file)).unwrap().replace("missing = \"indicate\"\n", "");
    std::fs::write(folder.join("pipelines/strict.toml"), text).unwrap();
    refused("pipelines/strict.toml", &["missing", "indicate"]);
    // A rehearsal has no world around its market, and needs none.
    let said = run(folder, &["run", "pipelines/near.toml", "--dry-run", "--quiet"]);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
}
