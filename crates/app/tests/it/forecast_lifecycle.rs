//! A forecast pipeline on a simulated edge, from the back-test over the sealed months to production.

use std::path::Path;

use proofmark_app::candidates::{self, Actor};
use proofmark_app::forecast::Stage;
use proofmark_app::keys;
use proofmark_app::progress::Silent;
use proofmark_app::workspace::Workspace;
use proofmark_lake::{Delivery, Lake};
use proofmark_market::{BarRow, Calendar};
use proofmark_units::{Date, DateSpan, Seed, Symbol};
use rand::RngExt as _;

use crate::forecast::{PIPELINE, digests, run};

/// First sealed day: six months before the last bar, and one day on.
const SEALED: &str = "2022-12-31";

/// The weekly pipeline at a quarter of equity at most, which is what the default policy lets a name weigh, with a seal.
fn pipeline() -> String {
    let (head, rest) = PIPELINE.split_once("[strategy.rule.tiers]").unwrap();
    let (_, rest) = rest.split_once("[strategy.rule.target]").unwrap();
    let (rest, _) = rest.split_once("[stress]").unwrap();
    let tiers = "[strategy.rule.tiers]\nhigh = { divergence_below = 0.001, magnitude_above = 0.010, long = 1.0, short = 1.0 }\nmedium = { divergence_below = 0.005, magnitude_above = 0.005, long = 1.0, short = 1.0 }\nlow = { long = 1.0, short = 1.0 }\n\n[strategy.rule.target]";
    format!("{head}{tiers}{rest}")
        .replace("set = \"usdcop21\"", "expressions = { ahead = \"$volume / Mean($volume, 60)\" }")
        .replace("symbol = \"SIM001\"", "symbol = \"EDGE\"\nholdout_months = 6")
        .replace("start = \"2018-01-01\"", "start = \"2017-01-02\"")
        .replace("first_test = \"2020-01-01\"", "first_test = \"2019-01-01\"")
        .replace("horizons = [1, 5]\nweeks = 2", "horizons = [5]\nweeks = 1")
        .replace("min_leverage = 0.5\nmax_leverage = 2.0", "min_leverage = 0.1\nmax_leverage = 0.25")
}

/// Each week drifts one way or the other, and the volume of a session tells the drift of the five sessions after it. `sealed` is the
/// drift of a session in the sealed months.
fn edge(folder: &Path, sealed: f64) -> Workspace {
    Workspace::init(folder).unwrap();
    let ws = Workspace::open(folder).unwrap();
    let calendar = Calendar::named("XNSE").unwrap();
    let span = DateSpan { start: "2017-01-02".parse().unwrap(), end: "2023-07-07".parse().unwrap() };
    let sessions = calendar.sessions_in(span).unwrap();
    let from: Date = SEALED.parse().unwrap();
    let mut rng = Seed::root(11).rng();
    let mut ways: Vec<f64> = Vec::new();
    for (k, date) in sessions.iter().enumerate() {
        let same = k > 0 && sessions[k - 1].iso_week() == date.iso_week();
        let dealt = if rng.random_range(-1.0..1.0) > 0.0 { 1.0 } else { -1.0 };
        ways.push(if same { ways[k - 1] } else { dealt });
    }
    let mut price = 1_000.0_f64;
    let mut rows = Vec::new();
    for (k, date) in sessions.iter().enumerate().take_while(|(k, _)| k + 5 < sessions.len()) {
        let noise: f64 = (0..3).map(|_| rng.random_range(-1.0..1.0)).sum();
        let drift = if *date < from { 0.0022 } else { sealed };
        let open = price;
        price *= 1.0 + drift * ways[k] + 0.01 * noise;
        let ahead = ways[k + 1..=k + 5].iter().sum::<f64>() / 5.0;
        let close = calendar.session_close(*date);
        rows.push(BarRow {
            date: *date,
            event_time: close,
            known_at: close,
            open,
            high: open.max(price) * 1.001,
            low: open.min(price) * 0.999,
            close: price,
            volume: 1e6 * (2.0 + ahead),
        });
    }
    assert_eq!(rows.last().unwrap().date, "2023-06-30".parse().unwrap());
    let delivery =
        Delivery { source: "a walk".to_owned(), arrived_at: "2023-08-01T00:00:00Z".parse().unwrap() };
    let symbol: Symbol = "EDGE".parse().unwrap();
    Lake::open(ws.lake()).unwrap().append_bars(&symbol, &rows, &delivery).unwrap();
    std::fs::write(folder.join("weekly.toml"), pipeline()).unwrap();
    ws
}

fn person() -> Actor {
    Actor::new("A Person", "every gate passed").unwrap()
}

#[test]
fn an_edge_goes_from_the_backtest_over_the_hold_out_to_production() {
    let folder = tempfile::tempdir().unwrap();
    let ws = edge(folder.path(), 0.0022);
    let tested = run(&ws, Stage::Backtest, 2).unwrap().backtest.unwrap();
    let id = tested.run.run_id.as_str();
    let verdicts = &tested.run.candidate.verdicts;
    assert_eq!(tested.run.candidate.status, "ready-for-review", "{verdicts:#?}");
    // Nothing that was sealed is in the returns; the seal is told.
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(ws.audit(id).join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("data_report.json")["sealed"]["start"], SEALED);
    let dates = read("curves.json")["dates"].as_array().unwrap().clone();
    assert!(dates.iter().all(|date| date.as_str().unwrap() < SEALED) && dates.len() > 900);
    // Nothing is approved or produced before the hold-out.
    assert!(candidates::approve(&ws, id, &person()).is_err());
    assert!(run(&ws, Stage::Production, 1).unwrap_err().to_string().contains("no approved candidate"));

    let opened = candidates::holdout(&ws, id, &person()).unwrap();
    assert!(opened.granted, "{}", opened.message);
    let holdout = read("holdout.json");
    assert_eq!((&holdout["span"]["start"], &holdout["span"]["end"]), (&SEALED.into(), &"2023-06-30".into()));
    let again = candidates::holdout(&ws, id, &person()).unwrap_err();
    assert!(again.to_string().contains("opened"), "{again}");
    keys::new(&ws).unwrap();
    assert_eq!(candidates::approve(&ws, id, &person()).unwrap().status, "approved");
    let verified = candidates::verify(&ws, Some(id), true, &Silent).unwrap();
    assert!(verified.sound && verified.marked && verified.replayed, "{:?}", verified.findings);

    let produced = run(&ws, Stage::Production, 1).unwrap().production.unwrap();
    assert_eq!(produced.candidate, id);
    assert_eq!(produced.known_to, Some("2023-06-30".parse().unwrap()));
    assert_eq!(produced.signal.unwrap()["signal_date"], "2023-07-03");
    let path = ws.root().join("production/weekly/summary.json");
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(
        (&summary["strategy_id"], &summary["year"]),
        (&"weekly_test".into(), &serde_json::Value::Null)
    );
    // Another file, and a changed byte of the approved one, produce nothing.
    std::fs::write(ws.root().join("weekly.toml"), pipeline().replace("cap = 0.05", "cap = 0.06")).unwrap();
    assert!(run(&ws, Stage::Production, 1).unwrap_err().to_string().contains("no approved candidate"));
    std::fs::write(ws.root().join("weekly.toml"), pipeline()).unwrap();
    std::fs::write(ws.audit(id).join("years.json"), b"{}").unwrap();
    assert!(run(&ws, Stage::Production, 1).unwrap_err().to_string().contains("not as recorded"));
}

#[test]
fn what_is_sealed_changes_no_byte_and_vetoes_when_it_turns() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [ws, other] = [edge(folders[0].path(), 0.0022), edge(folders[1].path(), -0.006)];
    let ran = [&ws, &other].map(|ws| run(ws, Stage::Backtest, 2).unwrap().backtest.unwrap().run);
    let (mut first, mut second) = (digests(&ws, &ran[0].run_id), digests(&other, &ran[1].run_id));
    let seal = first.keys().find(|path| path.ends_with("/seal.json")).unwrap().clone();
    assert_ne!(first.remove(&seal).unwrap(), second.remove(&seal).unwrap());
    assert!(first.len() > 30, "{}", first.len());
    assert_eq!(first, second);
    // The same candidate, but its edge turned round in the sealed months.
    let opened = candidates::holdout(&other, &ran[1].run_id, &person()).unwrap();
    assert!(!opened.granted, "{}", opened.message);
    assert!(candidates::approve(&other, &ran[1].run_id, &person()).is_err());

    // A seal that leaves nothing to test is refused before there is a run.
    let runs = proofmark_app::runs::list(&other).unwrap().len();
    let longer = pipeline().replace("holdout_months = 6", "holdout_months = 60");
    std::fs::write(other.root().join("weekly.toml"), longer).unwrap();
    let refused = run(&other, Stage::Backtest, 1).unwrap_err();
    assert!(refused.to_string().contains("the sealed span from 2018-07-01"), "{refused}");
    assert_eq!(proofmark_app::runs::list(&other).unwrap().len(), runs);

    // A replay sees the visible part alone, and names what differs.
    let (id, scratch) = (ran[0].run_id.as_str(), &Silent);
    let sound = candidates::verify(&ws, Some(id), true, scratch).unwrap();
    assert!(sound.sound && sound.replayed && sound.checked > 60, "{:?}", sound.findings);
    for name in ["stat_tests.json", "decisions.json"] {
        let path = ws.audit(id).join(name);
        let bytes = std::fs::read(&path).unwrap();
        let mut bent = bytes.clone();
        let digit = bent.iter().rposition(u8::is_ascii_digit).unwrap();
        bent[digit] = if bent[digit] == b'0' { b'1' } else { b'0' };
        std::fs::write(&path, &bent).unwrap();
        let found = candidates::verify(&ws, Some(id), true, scratch).unwrap();
        assert!(
            !found.sound && found.findings.iter().any(|line| line.contains(name)),
            "{:?}",
            found.findings
        );
        std::fs::write(&path, &bytes).unwrap();
    }
    // Without a seal the same edge is as good, and there is nothing to open.
    std::fs::write(ws.root().join("weekly.toml"), pipeline().replace("holdout_months = 6", "")).unwrap();
    let open = run(&ws, Stage::Backtest, 2).unwrap().backtest.unwrap().run;
    assert_eq!(open.candidate.status, "ready-for-review");
    let refused = candidates::holdout(&ws, &open.run_id, &person()).unwrap_err();
    assert!(refused.to_string().contains("sealed nothing"), "{refused}");
    assert_eq!(candidates::show(&ws, Some(&open.run_id)).unwrap().history.len(), 1, "no look was spent");
    // A lake that lost the run's files.
    let lake = Lake::open(ws.lake()).unwrap();
    let file = ws.lake().join(lake.files()[0].path());
    std::fs::remove_file(&file).unwrap();
    let gone = candidates::verify(&ws, Some(id), true, scratch).unwrap_err();
    assert!(gone.exit_code() == 2, "{gone}");
    assert!(candidates::holdout(&ws, id, &person()).is_err());
    assert_eq!(candidates::show(&ws, Some(id)).unwrap().history.len(), 1, "no look was spent");
}
