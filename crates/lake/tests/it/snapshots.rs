//! Snapshots: identity, immutability, refusal.

use proofmark_lake::{CleanOptions, Lake, Observation, Snapshot, SnapshotError, SnapshotRequest};
use proofmark_market::Calendar;

use crate::fixtures::{always, date, delivery, nse, series, symbol};

fn request(symbols: &[&str]) -> SnapshotRequest {
    SnapshotRequest {
        symbols: symbols.iter().map(|s| symbol(s)).collect(),
        span: always(),
        as_of: None,
        benchmark: None,
        observations: Vec::new(),
        observation_versions: Vec::new(),
        cleaning: CleanOptions::default(),
    }
}

fn two_symbols(root: &std::path::Path) -> Lake {
    let mut lake = Lake::open(root).unwrap();
    lake.append_bars(&symbol("A"), &series(&[10.0, 11.0, 12.0]), &delivery("x", "2024-01-01")).unwrap();
    lake.append_bars(&symbol("B"), &series(&[20.0, 0.0, 22.0]), &delivery("x", "2024-01-01")).unwrap();
    lake
}

#[test]
fn the_id_is_the_content_and_nothing_else() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Snapshot::take(&two_symbols(one.path()), &request(&["A", "B"]), &nse()).unwrap();

    // The same facts in other deliveries, elsewhere, asked for in another order.
    let mut lake = Lake::open(two.path().join("deep/er")).unwrap();
    let b = series(&[20.0, 0.0, 22.0]);
    lake.append_bars(&symbol("B"), &b[..1], &delivery("p", "2021-01-01")).unwrap();
    lake.append_bars(&symbol("A"), &series(&[10.0, 11.0, 12.0]), &delivery("q", "2022-01-01")).unwrap();
    lake.append_bars(&symbol("B"), &b, &delivery("r", "2023-01-01")).unwrap();
    let second = Snapshot::take(&lake, &request(&["B", "A", "B"]), &nse()).unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!((first.rows_read, first.rows_dropped), (6, 1));
    assert_eq!(first.findings[0].id, "positive_finite_price");
    assert_eq!(first.coverage[&symbol("B")].observed, 2);

    let mut other = request(&["A", "B"]);
    other.cleaning.set_aside_before_breaks = false;
    assert_ne!(Snapshot::take(&lake, &other, &nse()).unwrap().id, first.id);
    assert_ne!(Snapshot::take(&lake, &request(&["A"]), &nse()).unwrap().id, first.id);
}

#[test]
fn later_deliveries_do_not_touch_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = two_symbols(folder.path());
    let mut asked = request(&["A", "B"]);
    asked.benchmark = Some(symbol("A"));
    asked.observations = vec![symbol("Y")];
    let values =
        [Observation { date: date("2020-01-01"), known_at: date("2020-01-02").midnight_utc(), value: 1.5 }];
    lake.append_observations(&symbol("Y"), &values, &delivery("y", "2024-01-01")).unwrap();
    let snapshot = Snapshot::take(&lake, &asked, &nse()).unwrap();
    let before = snapshot.load_bars(&lake, &nse()).unwrap();

    lake.append_bars(&symbol("A"), &series(&[10.0, 9.0, 12.0, 13.0]), &delivery("x", "2024-06-01")).unwrap();
    let reopened = Snapshot::open(&lake, snapshot.id).unwrap();
    assert_eq!(reopened, snapshot);
    assert_eq!(reopened.load_bars(&lake, &nse()).unwrap(), before);
    assert_eq!(reopened.load_benchmark(&lake, &nse()).unwrap().unwrap(), before[0]);
    assert_eq!(reopened.load_observations(&lake, &symbol("Y")).unwrap(), values);
    assert!(matches!(reopened.load_observations(&lake, &symbol("Z")), Err(SnapshotError::NotPart { .. })));
    let newer = Snapshot::take(&lake, &asked, &nse()).unwrap();
    assert_ne!(newer.id, snapshot.id);
    asked.as_of = Some(date("2024-05-31").midnight_utc());
    asked.span.end = date("2020-01-03");
    let then = Snapshot::take(&lake, &asked, &nse()).unwrap().load_bars(&lake, &nse()).unwrap();
    assert_eq!(then[0].close(), [10.0, 11.0, 12.0], "read as it was known before the restatement");
}

#[test]
fn changed_data_and_changed_records_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = two_symbols(folder.path());
    let snapshot = Snapshot::take(&lake, &request(&["A"]), &nse()).unwrap();
    let error = snapshot.load_bars(&lake, &Calendar::named("24/7").unwrap()).unwrap_err();
    assert!(matches!(error, SnapshotError::OtherCalendar { .. }), "{error}");

    // Another symbol's file under A's name: decodes well, gives other bars.
    let part = |name: &str| {
        let file = lake.files().iter().find(|file| file.symbol == symbol(name)).unwrap();
        lake.root().join(file.path())
    };
    let good = std::fs::read(part("A")).unwrap();
    std::fs::copy(part("B"), part("A")).unwrap();
    assert!(matches!(snapshot.load_bars(&lake, &nse()), Err(SnapshotError::Mismatch { .. })));
    std::fs::write(part("A"), good).unwrap();
    snapshot.load_bars(&lake, &nse()).unwrap();

    let record = folder.path().join(format!("snapshots/{}.json", snapshot.id));
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replacen("\"rows\": 3", "\"rows\": 4", 1)).unwrap();
    assert!(matches!(Snapshot::open(&lake, snapshot.id), Err(SnapshotError::Changed { .. })));
    std::fs::write(&record, text.replacen("\"format\": 1", "\"format\": 9", 1)).unwrap();
    assert!(matches!(Snapshot::open(&lake, snapshot.id), Err(SnapshotError::Newer { found: 9, .. })));
}

#[test]
fn nothing_to_hold_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let lake = two_symbols(folder.path());
    let mut asked = request(&["A"]);
    asked.span.end = date("1995-01-01");
    assert!(matches!(Snapshot::take(&lake, &asked, &nse()), Err(SnapshotError::Empty { .. })));
    assert!(matches!(Snapshot::take(&lake, &request(&["NOPE"]), &nse()), Err(SnapshotError::Lake(_))));
}

#[test]
fn versions_are_part_of_a_snapshot_up_to_what_its_last_close_could_know() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = two_symbols(folder.path());
    let value = |day: &str, known: &str, value: f64| Observation {
        date: date(day),
        known_at: date(known).midnight_utc(),
        value,
    };
    let (early, own) = (value("2019-11-30", "2019-12-20", 1.0), value("2020-01-01", "2020-01-02", 1.5));
    lake.append_observations(&symbol("Y"), &[early, own], &delivery("y", "2020-01-01")).unwrap();
    let mut asked = request(&["A", "B"]);
    asked.span.start = date("2020-01-01");
    let plain = Snapshot::take(&lake, &asked, &nse()).unwrap();
    asked.observation_versions = vec![symbol("Y")];
    asked.span.end = date("2020-01-31");
    let first = Snapshot::take(&lake, &asked, &nse()).unwrap();
    assert_ne!(plain.id, first.id);
    // A date before the span is looked at inside it.
    assert_eq!(first.load_observation_versions(&lake, &symbol("Y")).unwrap(), [early, own]);
    assert!(plain.load_observation_versions(&lake, &symbol("Y")).unwrap().is_empty());

    // Later dates, and what was put right after the last close, are no part of it.
    lake.append_observations(
        &symbol("Y"),
        &[value("2020-02-01", "2020-02-02", 2.0)],
        &delivery("y", "2020-02-03"),
    )
    .unwrap();
    lake.append_observations(
        &symbol("Y"),
        &[value("2020-01-01", "2020-01-02", 9.0)],
        &delivery("y", "2020-03-01"),
    )
    .unwrap();
    assert_eq!(Snapshot::take(&lake, &asked, &nse()).unwrap().id, first.id);
    assert_eq!(first.load_observation_versions(&lake, &symbol("Y")).unwrap(), [early, own]);

    // What was put right before it is another snapshot; the first keeps its rows.
    lake.append_observations(
        &symbol("Y"),
        &[value("2019-11-30", "2019-12-20", 7.0)],
        &delivery("y", "2020-01-10"),
    )
    .unwrap();
    let second = Snapshot::take(&lake, &asked, &nse()).unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!(second.load_observation_versions(&lake, &symbol("Y")).unwrap().len(), 3);
    assert_eq!(first.load_observation_versions(&lake, &symbol("Y")).unwrap(), [early, own]);
    let record = std::fs::read_to_string(folder.path().join(format!("snapshots/{}.json", first.id))).unwrap();
    assert!(record.contains("\"format\": 2"), "an older program must not read it as one without versions");
}
