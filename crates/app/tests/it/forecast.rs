//! A forecast pipeline over a simulated name: whole files, the same bytes, and production that waits for an approval;
//! `forecast_lifecycle` goes on from there.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_app::candidates;
use proofmark_app::forecast::{ForecastRequest, ForecastSummary, Stage, start};
use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::progress::Silent;
use proofmark_app::workspace::Workspace;
use proofmark_lake::{Delivery, Lake};
use proofmark_lifecycle::{RunRecord, Verdict};
use proofmark_market::{BarRow, Calendar, Interval, IntradayBar};
use proofmark_units::{Date, DateSpan, Digest, Seed, Symbol};
use rand::RngExt as _;

pub(crate) const PIPELINE: &str = r#"
kind = "forecast"
name = "weekly"
description = "a test"
primary_metric = "active_return.appraisal_ratio"

[data]
symbol = "SIM001"
calendar = "XNSE"
start = "2018-01-01"
first_test = "2020-01-01"

[features]
set = "usdcop21"

[zoo]
horizons = [1, 5]
weeks = 2
min_rows = 100

[strategy]
id = "weekly_test"
name = "Weekly test"
models = ["ridge", "bayesian_ridge"]

[strategy.rule]
kind = "smart_simple"
divergence_of_none = 0.01
max_loss = 0.035

[strategy.rule.tiers]
high = { divergence_below = 0.001, magnitude_above = 0.010, long = 1.0, short = 1.5 }
medium = { divergence_below = 0.005, magnitude_above = 0.005, long = 0.5, short = 1.5 }
low = { long = 0.5, short = 1.5 }

[strategy.rule.regime]
returns = 60
trending_above = 0.52
skipped_below = 0.42
between = 0.4
unbiased = true

[strategy.rule.dynamic]
window = 8
min_trades = 3
points = [[0.30, 0.25], [0.40, 0.50], [0.60, 1.0]]
halve_above_drawdown = 0.06
floor = 0.25

[strategy.rule.target]
target = 0.15
floor = 0.05
min_leverage = 0.5
max_leverage = 2.0
window = 21
periods_per_year = 252.0

[strategy.rule.stops]
multiplier = 2.0
sessions = 5.0
sessions_per_year = 252.0
floor = 0.01
cap = 0.05
target_share = 0.5

[account]
capital = 10000000.0
deposit = 0.25

[costs]
schedule = "nse_futures"

[tests]
bootstrap_draws = 1000
random_books = 20

[stress]
market = "in"
required = ["covid_crash_2020", "global_financial_crisis"]

[gates]
policy = "usdcop_h5"
"#;

fn world(folder: &Path) -> Workspace {
    Workspace::init(folder).unwrap();
    let ws = Workspace::open(folder).unwrap();
    let day = |text: &str| text.parse::<Date>().unwrap();
    let request = Synthetic {
        scenario: "null".to_owned(),
        names: 4,
        seed: 5,
        start: day("2018-01-01"),
        end: day("2022-12-31"),
        strength: None,
    };
    ingest::synthetic(&ws, &request).unwrap();
    std::fs::write(folder.join("weekly.toml"), PIPELINE).unwrap();
    ws
}

pub(crate) fn run(
    ws: &Workspace,
    stage: Stage,
    workers: usize,
) -> proofmark_app::error::Result<ForecastSummary> {
    let request = ForecastRequest {
        pipeline: ws.root().join("weekly.toml"),
        stage,
        pictures: true,
        seed: Some(3),
        workers: Some(workers),
    };
    start(ws, &request, &[&Silent])
}

/// Digest of every file of a run but `run.json`, by its path below the run's folders.
pub(crate) fn digests(ws: &Workspace, run: &str) -> BTreeMap<String, Digest> {
    let record = std::fs::read(ws.root().join(format!("models/{run}/run.json")))
        .or_else(|_| std::fs::read(ws.models(run).join("run.json")))
        .unwrap();
    let record = RunRecord::from_json(&record).unwrap();
    let artifacts = record.artifacts();
    let files = artifacts.iter().filter(|artifact| !artifact.path.ends_with("manifest.yaml"));
    files.map(|artifact| (artifact.path.replace(run, "RUN"), artifact.sha256)).collect()
}

#[test]
fn a_column_without_values_is_named_before_anything_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let ws = world(folder.path());
    let text = PIPELINE.replace(
        "set = \"usdcop21\"",
        "expressions = { never = \"Log(0 - $volume)\", move = \"$close / $open\" }",
    );
    assert_ne!(text, PIPELINE);
    std::fs::write(folder.path().join("weekly.toml"), text).unwrap();
    let refused = run(&ws, Stage::Backtest, 1).unwrap_err();
    let said = refused.to_string();
    assert_eq!(refused.exit_code(), 2, "{said}");
    assert!(
        said.contains("`never` has no value anywhere: it reads volume") && !said.contains("`move`"),
        "{said}"
    );
    assert!(proofmark_app::trials::list(&ws).unwrap().is_empty(), "nothing was looked at");
}

#[test]
fn a_backtest_writes_the_files_of_the_lifecycle_and_production_waits_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let ws = world(folder.path());
    let refused = run(&ws, Stage::Production, 1).unwrap_err();
    assert_eq!(refused.exit_code(), 2);
    assert!(refused.to_string().contains("no approved candidate"), "{refused}");
    let tested = run(&ws, Stage::Backtest, 2).unwrap().backtest.unwrap();
    let id = &tested.run.run_id;
    let status = tested.run.candidate.status.as_str();
    assert!(["refused", "inconclusive"].contains(&status), "a null world: {status}");
    assert!(tested.run.synthetic);
    // Nine models, two horizons, two weeks and the past; every picture that has points.
    let folder_of = ws.audit(id).join("forecasting");
    let table = std::fs::read_to_string(folder_of.join("bi_dashboard_unified.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + 9 * 2 * (2 + 1));
    assert!(rows.iter().all(|row| row.len() == 29));
    assert_eq!(tested.pictures, 9 * 2 + 2 * (9 + 4));
    for row in &rows[1..] {
        let picture = std::fs::read(folder_of.join(row[25])).unwrap();
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 1_000);
    }
    // The files agree with each other and hold no number that JSON cannot.
    let read = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(ws.audit(id).join("production").join(name)).unwrap();
        assert!(!text.contains("NaN") && !text.contains("Infinity"));
        serde_json::from_str(&text).unwrap()
    };
    let (summary, trades) = (read("summary_2021.json"), read("trades/weekly_test_2021.json"));
    let approval = read("approval_state.json");
    assert_eq!(summary["strategy_id"], "weekly_test");
    assert_eq!(approval["strategy"], "weekly_test");
    assert_eq!(approval["status"], "PENDING_APPROVAL");
    assert_eq!(approval["gates"].as_array().unwrap().len(), 5);
    assert!(summary["strategies"]["buy_and_hold"]["final_equity"].is_f64());
    let list = trades["trades"].as_array().unwrap();
    assert_eq!(trades["summary"]["total_trades"], list.len());
    let exits = summary["strategies"]["weekly_test"]["exit_reasons"].as_object().unwrap();
    assert_eq!(exits.values().map(|n| n.as_u64().unwrap()).sum::<u64>(), list.len() as u64);
    assert!(!list.is_empty());
    for pair in list.windows(2) {
        assert!(pair[0]["timestamp"].as_str() < pair[1]["timestamp"].as_str());
    }
    for trade in list {
        let reason = trade["exit_reason"].as_str().unwrap();
        assert!(["hard_stop", "take_profit", "week_end"].contains(&reason), "{reason}");
        assert!(trade["leverage"].as_f64().unwrap() > 0.0);
        // A stop may cost 3.5 % of equity, and a gap or costs a little more.
        assert!(trade["hard_stop_pct"].as_f64().unwrap() * trade["leverage"].as_f64().unwrap() < 3.6);
    }
    stressed(&ws, id);
    // Another look with the same file, seed and data is the same trial and the same bytes, on any number of threads.
    let again = run(&ws, Stage::Backtest, 1).unwrap().backtest.unwrap();
    let (first, second) = (digests(&ws, id), digests(&ws, &again.run.run_id));
    assert!(first.len() > 50 && first == second);
    assert_eq!(proofmark_app::trials::list(&ws).unwrap().len(), 1);
    assert!(proofmark_app::candidates::verify(&ws, Some(id), false, &Silent).unwrap().sound);
    assert!(!ws.models(id).join("seal.json").exists(), "its file seals nothing");
    assert_eq!(proofmark_app::runs::show(&ws, Some(id)).unwrap().candidate.status, status);
    // Without an approval both is refused before anything is run.
    let runs = proofmark_app::runs::list(&ws).unwrap().len();
    assert_eq!(run(&ws, Stage::Both, 1).unwrap_err().exit_code(), 2);
    assert_eq!(proofmark_app::runs::list(&ws).unwrap().len(), runs);
}

/// Named periods are replayed by models trained before them, those outside the data are named, and a wider spread costs money.
fn stressed(ws: &Workspace, run: &str) {
    let bytes = std::fs::read(ws.audit(run).join("stress_summary.json")).unwrap();
    let stress: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let tested = stress["tested"].as_array().unwrap();
    let tested = |id: &str| tested.iter().find(|row| row["period"]["id"] == id);
    let covid = tested("covid_crash_2020").unwrap();
    let [replayed, start] = [&covid["replayed"]["start"], &covid["period"]["start"]];
    assert!(replayed.as_str() >= start.as_str() && covid["trained_until"].as_str() < replayed.as_str());
    assert!(covid["required"].as_bool().unwrap() && covid["candidate"]["days"].as_u64().unwrap() > 10);
    assert_eq!(covid["beside"].as_array().unwrap().len(), 3);
    // Before the first test, and yet with models of its own past.
    assert!(tested("nbfc_crisis_2018").is_some());
    let left_out = stress["not_tested"].as_array().unwrap();
    let why = |id: &str| left_out.iter().find(|row| row["id"] == id).unwrap()["why"].as_str().unwrap();
    assert_eq!(why("global_financial_crisis"), "it lies before the data");
    assert!(why("volatility_shock_2018").contains("no decision"));
    assert_eq!(why("shock.correlation_to_one"), "it is run on books of names only");
    let spread = &stress["scenarios"][0];
    assert_eq!(spread["id"], "shock.spread_5x");
    let gain = |book: &str| spread[book]["total_return"].as_f64().unwrap();
    assert!(gain("candidate") < gain("unstressed"));
    let evidence = stress["evidence"].as_array().unwrap();
    let value = |name: &str| evidence.iter().find(|row| row["name"] == name).unwrap()["value"].as_f64();
    assert_eq!(value("risk.required_stress_covered"), Some(0.5));
    assert_eq!(value("stress.covid_crash_2020.return"), covid["candidate"]["total_return"].as_f64());
    assert!(value("risk.worst_stress_return") <= value("stress.covid_crash_2020.return"));
}

#[test]
fn slips_in_the_file_are_refused_with_their_key() {
    use proofmark_app::forecast::ForecastPipeline;
    assert!(ForecastPipeline::parse(PIPELINE, "x").is_ok());
    for (from, to, words) in [
        ("\"bayesian_ridge\"", "\"lasso\"", "strategy.models"),
        ("models = [\"ridge\", \"bayesian_ridge\"]", "models = [\"ridge\"]", "strategy.models"),
        ("first_test = \"2020-01-01\"", "first_test = \"2017-01-01\"", "data.first_test"),
        ("id = \"weekly_test\"", "id = \"../x\"", "strategy.id"),
        ("horizons = [1, 5]", "horizons = [0]", "zoo.horizons"),
        ("deposit = 0.25", "deposit = 0.0", "account"),
        ("calendar = \"XNSE\"", "calendar = \"XNSE\"\nholdout_months = 0", "data.holdout_months"),
        ("random_books = 20", "random_books = 1", "tests"),
        ("weeks = 2", "week = 2", "week"),
    ] {
        let error = ForecastPipeline::parse(&PIPELINE.replace(from, to), "x").unwrap_err();
        assert!(error.to_string().contains(words) && error.exit_code() == 2, "{from}: {error}");
    }
    for text in [
        include_str!("../../../../pipelines/usdcop_h5.toml"),
        include_str!("../../../../pipelines/usdcop_h1.toml"),
    ] {
        ForecastPipeline::parse(text, "shipped").unwrap();
    }
}

/// Sessions of twelve five-minute bars of a driftless walk, and the bar of each session, known when the exchange closes.
fn currency(folder: &Path) -> Workspace {
    Workspace::init(folder).unwrap();
    let ws = Workspace::open(folder).unwrap();
    let calendar = Calendar::named("XBOG").unwrap();
    let span = DateSpan { start: "2021-01-04".parse().unwrap(), end: "2022-12-29".parse().unwrap() };
    let (mut rng, mut price) = (Seed::root(4).rng(), 4_000.0_f64);
    let (mut within, mut daily) = (Vec::new(), Vec::new());
    for session in calendar.sessions_in(span).unwrap() {
        let opens = session.midnight_utc().plus_seconds(13 * 3_600);
        // It opens elsewhere than it closed.
        price *= 1.0 + 0.001 * rng.random_range(-1.0..1.0);
        let bars: Vec<IntradayBar> = (0..12)
            .map(|k| {
                let open = price;
                price *= 1.0 + 0.002 * rng.random_range(-1.0..1.0);
                let event_time = opens.plus_seconds(300 * (k + 1));
                IntradayBar {
                    session: *session,
                    start: opens.plus_seconds(300 * k),
                    event_time,
                    known_at: event_time,
                    open,
                    high: open.max(price) * 1.0004,
                    low: open.min(price) * 0.9996,
                    close: price,
                    volume: 0.0,
                    turnover: f64::NAN,
                }
            })
            .collect();
        let close = calendar.session_close(*session);
        daily.push(BarRow {
            date: *session,
            event_time: close,
            known_at: close,
            open: bars[0].open,
            high: bars.iter().map(|bar| bar.high).fold(0.0, f64::max),
            low: bars.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min),
            close: price,
            volume: 0.0,
        });
        within.extend(bars);
    }
    let mut lake = Lake::open(ws.lake()).unwrap();
    let delivery =
        Delivery { source: "a walk".to_owned(), arrived_at: "2023-01-01T00:00:00Z".parse().unwrap() };
    let symbol: Symbol = "WALK".parse().unwrap();
    lake.append_bars(&symbol, &daily, &delivery).unwrap();
    lake.append_intraday(Interval::Minute5, &[(symbol, within)], &delivery).unwrap();
    ws
}

#[test]
fn a_daily_rule_is_in_with_the_first_bar_of_its_session_and_out_with_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let ws = currency(folder.path());
    let (head, rest) = PIPELINE.split_once("[strategy]").unwrap();
    let (_, account) = rest.split_once("[account]").unwrap();
    let rule = "[strategy]\nid = \"daily_test\"\nname = \"Daily test\"\nmodels = [\"ridge\"]\n\n[strategy.rule]\nkind = \"volatility_trail\"\nbest = 1\nways = \"all\"\nhard_stop = 0.015\ntrailing_activation = 0.002\ntrailing_distance = 0.003\n\n[strategy.rule.target]\ntarget = 0.15\nfloor = 0.05\nmin_leverage = 0.5\nmax_leverage = 2.0\nwindow = 21\nperiods_per_year = 252.0\n\n[account]";
    let text = format!("{head}{rule}{account}")
        .replace("symbol = \"SIM001\"", "symbol = \"WALK\"\ninterval = \"5m\"\nlast_order_utc = \"13:55\"")
        .replace("calendar = \"XNSE\"", "calendar = \"XBOG\"")
        .replace("start = \"2018-01-01\"", "start = \"2021-01-01\"")
        .replace("first_test = \"2020-01-01\"", "first_test = \"2022-01-01\"")
        .replace("horizons = [1, 5]\nweeks = 2", "horizons = [1]\nweeks = 1");
    std::fs::write(folder.path().join("weekly.toml"), text).unwrap();
    let tested = run(&ws, Stage::Backtest, 2).unwrap().backtest.unwrap();
    let path = ws.audit(&tested.run.run_id).join("production/trades/daily_test_2022.json");
    let trades: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let list = trades["trades"].as_array().unwrap();
    assert!(list.len() > 200, "{}", list.len());
    let mut ended = BTreeMap::<&str, usize>::new();
    for trade in list {
        let [entered, left] = ["timestamp", "exit_timestamp"].map(|key| trade[key].as_str().unwrap());
        assert_eq!(&entered[..10], &left[..10], "nothing is held over night");
        // Known at 13:05, the end of the first bar, and at 14:00, that of the last.
        assert_eq!(&entered[10..], "T13:05:00Z");
        let reason = trade["exit_reason"].as_str().unwrap();
        assert!(reason != "session_close" || &left[10..] == "T14:00:00Z", "{left}");
        *ended.entry(reason).or_default() += 1;
    }
    assert!(ended["session_close"] > 20 && ended["trailing_stop"] > 20, "{ended:?}");
    let canaries = tested.run.candidate.verdicts.iter().find(|v| v.gate == "leaks").unwrap();
    assert_eq!(canaries.verdict, Verdict::Pass, "{}", canaries.reason);
    // Nothing is held over night, so no gap can strike.
    let id = &tested.run.run_id;
    let stress = std::fs::read_to_string(ws.audit(id).join("stress_summary.json")).unwrap();
    assert!(stress.contains("the book holds nothing from one session to the next"));
    // No snapshot pins the bars within sessions; a replay on restated ones says so.
    let again = candidates::verify(&ws, Some(id), true, &Silent).unwrap();
    assert!(again.sound && again.replayed, "{:?}", again.findings);
    let symbol: Symbol = "WALK".parse().unwrap();
    let june = DateSpan { start: "2022-06-01".parse().unwrap(), end: "2022-06-30".parse().unwrap() };
    let mut lake = Lake::open(ws.lake()).unwrap();
    let mut restated = lake.read_intraday(Interval::Minute5, &symbol, june, None).unwrap();
    restated.truncate(1);
    restated[0].close = 0.5 * (restated[0].high + restated[0].low);
    let delivery =
        Delivery { source: "a walk".to_owned(), arrived_at: "2023-02-01T00:00:00Z".parse().unwrap() };
    lake.append_intraday(Interval::Minute5, &[(symbol, restated)], &delivery).unwrap();
    let changed = candidates::verify(&ws, Some(id), true, &Silent).unwrap_err();
    assert!(changed.to_string().contains("5m bars of `WALK` within its sessions are not those"), "{changed}");
}
