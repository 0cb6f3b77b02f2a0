//! Appending, versions of a date, reads as of an instant, damage.

use proofmark_lake::{Lake, LakeError, LakeProblem, Observation};

use crate::fixtures::{always, date, delivery, series, symbol};

#[test]
fn the_same_rows_again_add_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path().join("lake")).unwrap();
    let rows = series(&[100.0, 101.0, 102.0]);
    let first = lake.append_bars(&symbol("A"), &rows, &delivery("one.csv", "2024-01-01")).unwrap();
    assert_eq!((first.rows_added, first.rows_unchanged), (3, 0));
    let mut shuffled = rows.clone();
    shuffled.reverse();
    shuffled.push(rows[0]);
    let again = lake.append_bars(&symbol("A"), &shuffled, &delivery("two.csv", "2024-02-01")).unwrap();
    assert_eq!((again.rows_added, again.rows_unchanged, again.file), (0, 4, None));
    let reopened = Lake::open(lake.root()).unwrap();
    assert_eq!(reopened.files().len(), 1);
    assert_eq!(reopened.read_bars(&symbol("A"), always(), None).unwrap(), rows);
    assert_eq!(reopened.span(&symbol("A")).unwrap().end, rows[2].date);
    let path = reopened.root().join(reopened.files()[0].path());
    assert!(path.to_string_lossy().contains("bars/interval=1d/symbol=A/part-"), "{}", path.display());
}

#[test]
fn a_restated_date_keeps_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let old = series(&[100.0, 101.0, 102.0]);
    lake.append_bars(&symbol("A"), &old, &delivery("one", "2024-01-01")).unwrap();
    let new = series(&[100.0, 99.0, 102.0, 103.0]);
    let report = lake.append_bars(&symbol("A"), &new, &delivery("two", "2024-06-01")).unwrap();
    assert_eq!((report.rows_added, report.rows_unchanged), (2, 2));
    assert_eq!(report.restated, [new[1].date]);

    let closes = |as_of: Option<&str>| -> Vec<f64> {
        let as_of = as_of.map(|text| date(text).midnight_utc());
        lake.read_bars(&symbol("A"), always(), as_of).unwrap().iter().map(|row| row.close).collect()
    };
    assert_eq!(closes(None), [100.0, 99.0, 102.0, 103.0]);
    assert_eq!(closes(Some("2024-06-01")), [100.0, 99.0, 102.0, 103.0]);
    assert_eq!(
        closes(Some("2024-05-31")),
        [100.0, 101.0, 102.0, 103.0],
        "the new date is known from its session"
    );
    assert_eq!(closes(Some("2019-01-01")), Vec::<f64>::new());

    // A restatement that claims an early arrival is still later than what it replaces.
    let third = series(&[100.0, 98.0]);
    lake.append_bars(&symbol("A"), &third, &delivery("three", "2000-01-01")).unwrap();
    assert_eq!(lake.read_bars(&symbol("A"), always(), None).unwrap()[1].close, 98.0);
}

#[test]
fn many_symbols_and_observations_live_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let rows = series(&[10.0, 11.0]);
    let batches = [(symbol("M&M"), rows.clone()), (symbol("A"), rows.clone()), (symbol("EMPTY"), Vec::new())];
    let reports = lake.append_many(&[(delivery("x", "2024-01-01"), &batches)]).unwrap();
    assert_eq!(reports.iter().map(|r| r.rows_added).collect::<Vec<_>>(), [2, 2, 0]);
    let name = symbol("NIFTY50_DIV_YIELD");
    let known_at = rows[0].known_at;
    let values = [Observation { date: rows[0].date, known_at, value: 0.0124 }];
    lake.append_observations(&name, &values, &delivery("y", "2024-01-01")).unwrap();
    assert_eq!(lake.symbols(), [symbol("A"), symbol("M&M")]);
    assert_eq!(lake.series(), std::slice::from_ref(&name));
    assert_eq!(lake.read_observations(&name, always(), None).unwrap(), values);
    let error = lake.read_bars(&symbol("ZZZ"), always(), None).unwrap_err();
    assert_eq!(error.to_string(), "the lake has no symbol `ZZZ`; it has A, M&M");
}

#[test]
fn damage_is_found_and_newer_formats_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    lake.append_bars(&symbol("A"), &series(&[1.0, 1.1]), &delivery("x", "2024-01-01")).unwrap();
    assert_eq!(lake.verify().unwrap(), []);
    let path = lake.files()[0].path();
    let mut bytes = std::fs::read(lake.root().join(&path)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(lake.root().join(&path), bytes).unwrap();
    assert_eq!(lake.verify().unwrap(), [LakeProblem::Changed { path: path.clone() }]);
    std::fs::remove_file(lake.root().join(&path)).unwrap();
    assert_eq!(lake.verify().unwrap(), [LakeProblem::Missing { path }]);

    let manifest = folder.path().join("manifest.json");
    std::fs::write(&manifest, r#"{"format": 6, "tables": {}}"#).unwrap();
    assert!(matches!(Lake::open(folder.path()), Err(LakeError::Newer { found: 6, .. })));
    std::fs::write(&manifest, "{").unwrap();
    assert!(matches!(Lake::open(folder.path()), Err(LakeError::Manifest { .. })));
}

#[test]
fn a_bar_known_before_its_session_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let mut rows = series(&[1.0, 1.1]);
    rows[1].known_at = rows[0].event_time;
    let error = lake.append_bars(&symbol("A"), &rows, &delivery("x", "2024-01-01")).unwrap_err();
    assert!(matches!(error, LakeError::KnownBeforeEvent { .. }), "{error}");
    assert!(lake.symbols().is_empty());
}

#[test]
fn a_file_without_an_entry_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    lake.append_bars(&symbol("A"), &series(&[1.0, 1.1]), &delivery("x", "2024-01-01")).unwrap();
    // As after a kill between the part file and the manifest.
    std::fs::remove_file(folder.path().join("manifest.json")).unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    assert!(lake.symbols().is_empty());
    let report = lake.append_bars(&symbol("A"), &series(&[1.0, 1.1]), &delivery("x", "2024-01-01")).unwrap();
    assert_eq!(report.rows_added, 2);
    assert_eq!(lake.verify().unwrap(), []);
}

#[test]
fn deliveries_that_arrive_together_read_as_if_they_had_come_one_by_one() {
    let rows = series(&[10.0, 11.0, 12.0, 13.0]);
    let restated = series(&[10.0, 11.5, 12.0, 13.0]);
    let first = [(symbol("A"), rows[..2].to_vec()), (symbol("B"), rows.clone())];
    let second = [(symbol("A"), restated[1..3].to_vec()), (symbol("C"), rows[..1].to_vec())];
    let third = [(symbol("A"), rows[3..].to_vec()), (symbol("B"), restated[..2].to_vec())];
    let deliveries = [
        (delivery("one", "2024-01-01"), &first[..]),
        (delivery("two", "2024-02-01"), &second[..]),
        (delivery("three", "2024-03-01"), &third[..]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut together = Lake::open(folder.path().join("together")).unwrap();
    let mut apart = Lake::open(folder.path().join("apart")).unwrap();
    let reports = together.append_many(&deliveries).unwrap();
    let mut added = 0;
    for delivery in &deliveries {
        added += apart
            .append_many(std::slice::from_ref(delivery))
            .unwrap()
            .iter()
            .map(|r| r.rows_added)
            .sum::<u64>();
    }
    assert_eq!(reports.iter().map(|report| report.rows_added).sum::<u64>(), added);
    let a = &reports[0];
    assert_eq!((a.rows_given, a.rows_added, a.rows_restated, a.restated.len()), (5, 5, 1, 1));
    assert_eq!((together.files().len(), apart.files().len()), (3, 6), "one file a symbol");
    let a = &together.files()[0];
    assert_eq!((a.rows, a.sources().collect::<Vec<_>>()), (5, vec!["one", "two", "three"]));
    for as_of in ["2019-01-01", "2024-01-15", "2024-02-15", "2024-03-15"] {
        for name in ["A", "B", "C"] {
            let read = |lake: &Lake| {
                lake.read_bars(&symbol(name), always(), Some(date(as_of).midnight_utc())).unwrap()
            };
            assert_eq!(read(&together), read(&apart), "{name} at {as_of}");
        }
    }
    // Merging the files that came one by one gives the very bytes of those that came together.
    apart.compact().unwrap();
    let digests =
        |lake: &Lake| lake.files().iter().map(|file| file.digest).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(digests(&together), digests(&apart));
}

#[test]
fn a_hostile_arrow_schema_beside_the_columns_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let rows = series(&[10.0, 11.0]);
    lake.append_bars(&symbol("A"), &rows, &delivery("x", "2024-01-01")).unwrap();
    let path = folder.path().join(lake.files()[0].path());
    let mut bytes = std::fs::read(&path).unwrap();
    // The entry `ARROW:schema` holds a base64 text; another text of its length decodes to a schema that is none.
    let at = bytes.windows(12).position(|window| window == b"ARROW:schema").unwrap();
    let start = at + 12 + bytes[at + 12..].iter().position(u8::is_ascii_alphanumeric).unwrap();
    let length =
        bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
    assert!(length > 100, "the schema as text");
    for seed in 0..40_u32 {
        for (n, byte) in bytes[start + 8..start + length - 4].iter_mut().enumerate() {
            let mixed = (n as u32).wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 7;
            *byte =
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(mixed % 64) as usize];
        }
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(lake.read_bars(&symbol("A"), always(), None).unwrap(), rows);
    }
}
