//! Bars shorter than a session: versions, as-of reads, spans, formats and refusals.

use proofmark_lake::{Lake, LakeError, Table};
use proofmark_market::{Interval, IntradayBar};
use proofmark_units::DateSpan;

use crate::fixtures::{always, date, delivery, symbol};

/// The first minutes of an NSE session.
pub(crate) fn session(day: &str, count: i64) -> Vec<IntradayBar> {
    let session = date(day);
    let bar = |minute: i64| {
        let start = session.midnight_utc().plus_seconds((225 + minute) * 60);
        let event_time = start.plus_seconds(60);
        let open = 100.0 + minute as f64;
        IntradayBar {
            session,
            start,
            event_time,
            known_at: event_time,
            open,
            high: open + 1.0,
            low: open - 1.0,
            close: open + 0.5,
            volume: 10.0,
            turnover: 1_000.0,
        }
    };
    (0..count).map(bar).collect()
}

#[test]
fn a_restated_minute_keeps_both_versions_and_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let (name, minute) = (symbol("A"), Interval::Minute1);
    let first: Vec<IntradayBar> = [session("2024-01-02", 5), session("2024-01-03", 5)].concat();
    let added = lake
        .append_intraday(minute, &[(name.clone(), first.clone())], &delivery("one", "2024-01-04"))
        .unwrap();
    assert_eq!((added[0].rows_added, added[0].rows_restated), (10, 0));

    let mut second = first.clone();
    second[6].close = 1.0;
    let again =
        lake.append_intraday(minute, &[(name.clone(), second)], &delivery("two", "2024-02-01")).unwrap();
    assert_eq!((again[0].rows_added, again[0].rows_unchanged, again[0].rows_restated), (1, 9, 1));
    assert_eq!(again[0].restated, [date("2024-01-03")]);

    let lake = Lake::open(folder.path()).unwrap();
    let read = |span, as_of: Option<&str>| {
        lake.read_intraday(minute, &name, span, as_of.map(|text| date(text).midnight_utc())).unwrap()
    };
    assert_eq!(read(always(), Some("2024-01-31")), first);
    let now = read(always(), None);
    assert_eq!((now.len(), now[6].close, now[6].known_at), (10, 1.0, date("2024-02-01").midnight_utc()));
    assert_eq!(read(always(), Some("2024-01-03")), first[..5], "of the second day nothing was known");
    let one_day = DateSpan::new(date("2024-01-03"), date("2024-01-03")).unwrap();
    assert_eq!(read(one_day, None).len(), 5);
    assert_eq!((lake.intervals(), lake.symbols()), (vec![minute], vec![]), "daily bars are another table");
    assert_eq!(
        lake.span_of(Table::bars(minute), &name),
        DateSpan::new(date("2024-01-02"), date("2024-01-03"))
    );
    assert_eq!(lake.verify().unwrap(), []);
}

#[test]
fn order_of_delivery_does_not_matter_and_bars_of_one_start_are_both_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let mut bars = session("2024-01-02", 3);
    bars.push(IntradayBar { close: 7.0, ..bars[1] });
    bars.reverse();
    lake.append_intraday(Interval::Minute1, &[(symbol("A"), bars.clone())], &delivery("x", "2024-01-03"))
        .unwrap();
    let read = lake.read_intraday(Interval::Minute1, &symbol("A"), always(), None).unwrap();
    assert_eq!(read.len(), 4, "two bars of one start are for the checks to judge");
    assert!(read.is_sorted_by_key(|bar| bar.start));
    let same = lake
        .append_intraday(Interval::Minute1, &[(symbol("A"), bars)], &delivery("y", "2024-01-03"))
        .unwrap();
    assert_eq!((same[0].rows_added, same[0].rows_unchanged), (0, 4));
}

#[test]
fn a_lake_of_minutes_states_its_format_and_refuses_what_it_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let bars = session("2024-01-02", 2);
    let daily =
        lake.append_intraday(Interval::Day1, &[(symbol("A"), bars.clone())], &delivery("x", "2024-01-03"));
    assert!(matches!(daily, Err(LakeError::NotIntraday { .. })));
    let early = IntradayBar { known_at: bars[0].start, ..bars[0] };
    let early =
        lake.append_intraday(Interval::Minute1, &[(symbol("A"), vec![early])], &delivery("x", "2024-01-03"));
    assert!(matches!(early, Err(LakeError::KnownBeforeEvent { .. })));
    assert_eq!(lake.files(), []);

    let five = Interval::Minute5;
    lake.append_intraday(five, &[(symbol("A"), bars)], &delivery("x", "2024-01-03")).unwrap();
    let manifest = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
    assert!(manifest.contains("\"format\": 3") && manifest.contains("\"table\": \"bars_5m\""), "{manifest}");
    assert_eq!(lake.files()[0].table, Table::Intraday(five));
    assert!(lake.files()[0].path().starts_with("bars/interval=5m/symbol=A"));
    let unknown = lake.read_intraday(Interval::Minute1, &symbol("A"), always(), None);
    assert!(matches!(unknown, Err(LakeError::Unknown { .. })));
    let newer = manifest.replace("bars_5m", "bars_7m");
    std::fs::write(folder.path().join("manifest.json"), newer).unwrap();
    assert!(matches!(Lake::open(folder.path()), Err(LakeError::Manifest { .. })));
}
