//! Merging files: the same bits read before and after, at any instant, for snapshots, and after a kill at any step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofmark_lake::facts::FundingPayment;
use proofmark_lake::{CleanOptions, CompactError, Lake, LakeError, Observation, Snapshot, SnapshotRequest};
use proofmark_market::Interval;
use proofmark_units::Instant;

use crate::fixtures::{always, date, delivery, nse, series, symbol};

/// Three deliveries of two symbols with a restatement and a date that came twice; values and facts beside them.
pub(crate) fn fragmented(root: &Path) -> Lake {
    let mut lake = Lake::open(root).unwrap();
    let rows = series(&[10.0, 11.0, 12.0, 13.0]);
    lake.append_bars(&symbol("A"), &rows[..2], &delivery("one", "2024-01-01")).unwrap();
    lake.append_bars(&symbol("B"), &rows, &delivery("one", "2024-01-01")).unwrap();
    let mut twice = rows[2..].to_vec();
    twice.push(proofmark_market::BarRow { close: 12.5, volume: f64::NAN, ..rows[2] });
    lake.append_bars(&symbol("A"), &twice, &delivery("two", "2024-02-01")).unwrap();
    let restated = series(&[10.0, -0.0, 12.0]);
    lake.append_bars(&symbol("A"), &restated[1..2], &delivery("three", "2024-03-01")).unwrap();
    for (day, value) in [("2020-01-01", 1.5), ("2020-01-02", 2.5)] {
        let row = Observation { date: date(day), known_at: date(day).midnight_utc(), value };
        lake.append_observations(&symbol("Y"), &[row], &delivery(day, "2024-01-01")).unwrap();
        let paid = date(day).midnight_utc();
        let payment = FundingPayment {
            symbol: symbol("BTCUSDT"),
            event_time: paid,
            known_at: paid,
            rate: value / 1e4,
            interval_hours: None,
        };
        lake.append_facts(&[payment], &delivery(day, "2024-01-01")).unwrap();
    }
    minutes(&mut lake);
    lake
}

/// Two deliveries of one session's minutes, the second with a bar that changed.
fn minutes(lake: &mut Lake) {
    let mut bars = crate::intraday::session("2024-01-02", 4);
    let name = symbol("A");
    lake.append_intraday(
        Interval::Minute1,
        &[(name.clone(), bars[..3].to_vec())],
        &delivery("one", "2024-01-03"),
    )
    .unwrap();
    bars[1].close = 99.5;
    lake.append_intraday(Interval::Minute1, &[(name, bars)], &delivery("two", "2024-02-01")).unwrap();
}

/// Everything the lake says at several instants, to the bit.
pub(crate) fn said(root: &Path) -> Vec<String> {
    let lake = Lake::open(root).unwrap();
    let mut said = Vec::new();
    for as_of in ["2020-01-03", "2024-01-15", "2024-02-15", "2030-01-01"] {
        let as_of: Option<Instant> = Some(date(as_of).midnight_utc());
        for name in lake.symbols() {
            for row in lake.read_bars(&name, always(), as_of).unwrap() {
                let bits = [row.open, row.high, row.low, row.close, row.volume].map(f64::to_bits);
                said.push(format!("{name} {} {} {} {bits:?}", row.date, row.event_time, row.known_at));
            }
        }
        said.push(format!("{:?}", lake.read_intraday(Interval::Minute1, &symbol("A"), always(), as_of)));
        said.push(format!("{:?}", lake.read_observations(&symbol("Y"), always(), as_of).unwrap()));
        said.push(format!("{:?}", lake.read_facts::<FundingPayment>(&symbol("BTCUSDT"), always(), as_of)));
    }
    said
}

pub(crate) fn parts(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn visit(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, root, found);
            } else if path.extension().is_some_and(|e| e == "parquet") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(root, root, &mut found);
    found
}

fn asked() -> SnapshotRequest {
    SnapshotRequest {
        symbols: vec![symbol("A"), symbol("B")],
        span: always(),
        as_of: None,
        benchmark: None,
        observations: vec![symbol("Y")],
        observation_versions: Vec::new(),
        cleaning: CleanOptions::default(),
    }
}

#[test]
fn reads_are_the_same_to_the_bit_and_sources_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = fragmented(folder.path());
    let before = said(folder.path());
    let report = lake.compact().unwrap();
    assert_eq!((report.files_before, report.files_after, report.kept_for_snapshots), (10, 5, 0));
    assert_eq!(
        report.removed, 9,
        "three of A, two of its minutes, two of Y and two payments; B had one file"
    );
    assert!(said(folder.path()) == before);
    assert_eq!(lake.verify().unwrap(), []);
    let a = lake.files().iter().find(|file| file.symbol == symbol("A")).unwrap();
    assert_eq!((a.sources().collect::<Vec<_>>(), a.rows), (vec!["one", "two", "three"], 6));
    assert_eq!(parts(folder.path()).len(), 5);

    // Nothing is left to do, and later deliveries find what is held.
    let again = lake.compact().unwrap();
    assert_eq!((again.files_before, again.files_after, again.removed), (5, 5, 0));
    let known = lake.append_bars(&symbol("B"), &series(&[10.0, 11.0]), &delivery("x", "2025-01-01")).unwrap();
    assert_eq!((known.rows_added, known.rows_unchanged), (0, 2));
}

#[test]
fn a_snapshot_keeps_its_files_and_its_bits() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = fragmented(folder.path());
    let snapshot = Snapshot::take(&lake, &asked(), &nse()).unwrap();
    let bars = snapshot.load_bars(&lake, &nse()).unwrap();
    // After the snapshot: its reads must not see this, whether merged with its files or not.
    lake.append_bars(&symbol("B"), &series(&[10.0, 99.0]), &delivery("late", "2024-06-01")).unwrap();
    let report = lake.compact().unwrap();
    assert_eq!(report.kept_for_snapshots, 6, "three of A, one of B, two of Y");
    for lake in [lake.clone(), Lake::open(folder.path()).unwrap()] {
        assert_eq!(Snapshot::list(&lake).unwrap(), std::slice::from_ref(&snapshot));
        assert!(snapshot.load_bars(&lake, &nse()).unwrap() == bars);
        assert_eq!(snapshot.load_observations(&lake, &symbol("Y")).unwrap().len(), 2);
        assert_eq!(lake.verify().unwrap(), []);
    }
    // Without its record the files are nobody's.
    std::fs::remove_file(folder.path().join(format!("snapshots/{}.json", snapshot.id))).unwrap();
    lake.append_bars(&symbol("A"), &series(&[10.0, 7.0]), &delivery("later", "2024-07-01")).unwrap();
    let report = lake.compact().unwrap();
    assert_eq!((report.kept_for_snapshots, lake.verify().unwrap()), (0, Vec::new()));
    assert!(snapshot.load_bars(&lake, &nse()).is_err());
}

#[test]
fn a_kill_at_any_step_leaves_the_old_lake_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fragmented(root);
    let before = said(root);
    let (old_parts, manifest) = (parts(root), root.join("manifest.json"));
    let old_manifest = std::fs::read(&manifest).unwrap();
    Lake::open(root).unwrap().compact().unwrap();
    let (new_parts, new_manifest) = (parts(root), std::fs::read(&manifest).unwrap());
    let all: Vec<(&PathBuf, &Vec<u8>)> = old_parts.iter().chain(&new_parts).collect();
    // The steps write the new parts one by one, replace the manifest, and remove the old parts one by one: in between,
    // the old manifest stands beside any of the new parts, and the new one beside any of the old.
    let new_only: Vec<_> = new_parts.iter().filter(|(path, _)| !old_parts.contains_key(*path)).collect();
    let old_only: Vec<_> = old_parts.iter().filter(|(path, _)| !new_parts.contains_key(*path)).collect();
    let states = (0..=new_only.len())
        .map(|n| (&old_manifest, &old_parts, &new_only[..n]))
        .chain((0..=old_only.len()).map(|n| (&new_manifest, &new_parts, &old_only[n..])));
    for (text, listed, extra) in states {
        for (path, _) in &all {
            let _ = std::fs::remove_file(root.join(path));
        }
        for (path, bytes) in listed.iter().chain(extra.iter().copied()) {
            std::fs::write(root.join(path), bytes).unwrap();
        }
        std::fs::write(root.join("bars/interval=1d/symbol=A/.tmp-x1"), "half a file").unwrap();
        std::fs::write(&manifest, text).unwrap();
        let mut lake = Lake::open(root).unwrap();
        assert_eq!(lake.verify().unwrap(), []);
        assert!(said(root) == before);
        lake.compact().unwrap();
        assert!(said(root) == before);
        assert_eq!(parts(root), new_parts);
        assert!(!root.join("bars/interval=1d/symbol=A/.tmp-x1").exists());
    }
}

#[test]
fn damage_is_not_laundered_and_unreadable_snapshots_stop_a_merge() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = fragmented(folder.path());
    let path = folder.path().join(lake.files()[0].path());
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(&path, bad).unwrap();
    let files = lake.files().to_vec();
    let error = lake.compact().unwrap_err();
    assert!(matches!(error, CompactError::Lake(LakeError::Changed { .. })), "{error}");
    std::fs::write(&path, good).unwrap();

    let snapshot = Snapshot::take(&lake, &asked(), &nse()).unwrap();
    std::fs::write(folder.path().join(format!("snapshots/{}.json", snapshot.id)), "{").unwrap();
    let error = lake.compact().unwrap_err();
    assert!(matches!(error, CompactError::Snapshot(_)) && !error.hint().is_empty(), "{error}");
    assert_eq!(Lake::open(folder.path()).unwrap().files(), files);
}

#[test]
fn what_another_writer_added_meanwhile_is_not_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut stale = Lake::open(folder.path()).unwrap();
    let mut other = Lake::open(folder.path()).unwrap();
    other.append_bars(&symbol("A"), &series(&[10.0, 11.0]), &delivery("one", "2024-01-01")).unwrap();
    let report = stale.compact().unwrap();
    assert_eq!((report.files_before, report.files_after, report.removed), (1, 1, 0));
    assert_eq!(stale.read_bars(&symbol("A"), always(), None).unwrap().len(), 2);
    assert_eq!(other.verify().unwrap(), []);
}
