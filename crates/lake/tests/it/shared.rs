//! Files that several names share: the same reads, snapshots and seeds as with a file a name, after merges and kills, and
//! hostile ones are refused.

use std::ops::Range;
use std::path::Path;

use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use proofmark_lake::facts::{BookLevel, Listing};
use proofmark_lake::seed::{Seed, SeedError};
use proofmark_lake::{
    CleanOptions, CompactError, Delivery, Lake, LakeError, LakeProblem, Observation, Snapshot,
    SnapshotRequest, Table,
};
use proofmark_market::BarRow;
use proofmark_market::book::{Fixed, Level, Side};
use proofmark_units::{Date, Symbol};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::compaction::parts;
use crate::fixtures::{always, date, delivery, nse, series, symbol};

const NAMES: usize = 20;

type Batches = Vec<(Symbol, Vec<BarRow>)>;

fn name(n: usize) -> Symbol {
    symbol(&format!("N{n:02}"))
}

/// Bars of sessions `days` of 2020 for `names`; `shift` makes other prices of them.
fn market(names: Range<usize>, days: Range<usize>, shift: f64) -> Batches {
    let close = |n: usize, day: usize| 100.0 + n as f64 + 0.25 * day as f64 + shift;
    let rows = |n: usize| series(&(0..days.end).map(|day| close(n, day)).collect::<Vec<_>>());
    names.map(|n| (name(n), rows(n)[days.clone()].to_vec())).collect()
}

/// Three days of a market, one after another; the third restates the second for one name and leaves one out.
fn deliveries() -> Vec<(Delivery, Batches)> {
    let mut third = market(1..NAMES, 2..3, 0.0);
    third[0].1.extend(market(1..2, 1..2, 7.0).remove(0).1);
    vec![
        (delivery("mon.csv", "2024-01-01"), market(0..NAMES, 0..1, 0.0)),
        (delivery("tue.csv", "2024-02-01"), market(0..NAMES, 1..2, 0.0)),
        (delivery("wed.csv", "2024-03-01"), third),
    ]
}

/// The deliveries by day: each day is a file that all names share.
fn by_day(root: &Path) -> Lake {
    let mut lake = Lake::open(root).unwrap();
    for (delivery, batches) in &deliveries() {
        lake.append_many(&[(delivery.clone(), batches)]).unwrap();
    }
    lake
}

/// The same name by name: a file for each name and day.
fn apart(root: &Path) -> Lake {
    let mut lake = Lake::open(root).unwrap();
    for (delivery, batches) in &deliveries() {
        for (name, rows) in batches {
            lake.append_bars(name, rows, delivery).unwrap();
        }
    }
    lake
}

/// Every bar at several instants, to the bit.
fn said(lake: &Lake) -> Vec<String> {
    let mut said = Vec::new();
    for as_of in ["2019-01-01", "2020-01-02", "2024-02-15", "2030-01-01"] {
        for name in lake.symbols() {
            for row in lake.read_bars(&name, always(), Some(date(as_of).midnight_utc())).unwrap() {
                let bits = [row.open, row.high, row.low, row.close, row.volume].map(f64::to_bits);
                said.push(format!(
                    "{as_of} {name} {} {} {} {bits:?}",
                    row.date, row.event_time, row.known_at
                ));
            }
        }
    }
    said
}

fn reopened(lake: &Lake) -> Lake {
    Lake::open(lake.root()).unwrap()
}

fn manifest(root: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(root.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn many_small_names_share_a_file_and_read_as_if_they_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let [days, names] = ["days", "names"].map(|place| folder.path().join(place));
    let (days, names) = (by_day(&days), apart(&names));
    assert_eq!((days.files_on_disk(), names.files_on_disk()), (3, 3 * NAMES - 1));
    assert!(days.files()[0].path().starts_with("bars/interval=1d/shared"));
    assert_eq!(manifest(days.root())["files"].as_array().unwrap().len(), 3);
    assert_eq!((&manifest(days.root())["format"], &manifest(names.root())["format"]), (&json!(5), &json!(1)));
    for lake in [&days, &reopened(&days)] {
        assert!(said(lake) == said(&names));
        assert_eq!(lake.files(), days.files(), "the manifest says all of it");
        assert_eq!(lake.verify().unwrap(), []);
        let first: Vec<&str> = lake.files()[0].sources().collect();
        assert_eq!(
            (first, lake.span(&name(1)), lake.span(&name(0))),
            (vec!["mon.csv"], names.span(&name(1)), names.span(&name(0)))
        );
    }
    let tables = |lake: &Lake| {
        let bars = lake.tables().unwrap().remove(0);
        (bars.names, bars.rows, bars.current, bars.replaced)
    };
    assert_eq!(tables(&days), tables(&names));
    assert_eq!(days.tables().unwrap()[0].files, 3);
    // What is held is held, whichever way it came.
    let mut again = reopened(&days);
    for (delivery, batches) in &deliveries()[..1] {
        let reports = again.append_many(&[(delivery.clone(), batches)]).unwrap();
        assert!(reports.iter().all(|report| report.rows_added == 0 && report.file.is_none()));
    }
}

#[test]
fn each_name_keeps_its_own_sources() {
    let folder = tempfile::tempdir().unwrap();
    let all = deliveries();
    let given: Vec<_> = all.iter().map(|(delivery, batches)| (delivery.clone(), &batches[..])).collect();
    let mut lake = Lake::open(folder.path()).unwrap();
    let reports = lake.append_many(&given).unwrap();
    assert_eq!((lake.files_on_disk(), reports.len()), (1, NAMES));
    for lake in [&lake, &reopened(&lake)] {
        let of = |n: usize| lake.files()[n].sources().collect::<Vec<_>>();
        assert_eq!((of(0), of(2)), (vec!["mon.csv", "tue.csv"], vec!["mon.csv", "tue.csv", "wed.csv"]));
    }
    assert!(reports.iter().all(|report| report.file == Some(lake.files()[0].digest)));
}

#[test]
fn other_tables_share_files_but_not_those_that_forget() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let at = date("2024-01-02").midnight_utc();
    let listings: Vec<Listing> = (0..NAMES)
        .map(|n| Listing {
            symbol: name(n),
            known_at: at,
            first_session: date("2020-01-01"),
            last_session: None,
            delisting_return: None,
            exchange: None,
            isin: None,
        })
        .collect();
    lake.append_facts(&listings, &delivery("listed", "2024-01-03")).unwrap();
    assert_eq!(lake.files_on_disk(), 1);
    for listing in &listings {
        let read = lake.read_facts::<Listing>(&listing.symbol, always(), None).unwrap();
        assert_eq!(read, std::slice::from_ref(listing));
    }
    let level = |n: usize| BookLevel {
        symbol: name(n),
        event_time: at,
        known_at: at,
        venue: "V".to_owned(),
        side: Side::Bid,
        level: 1,
        at: Level { price: Fixed::from_units(1), size: Fixed::from_units(1) },
        update_id: None,
    };
    lake.append_facts(&(0..NAMES).map(level).collect::<Vec<_>>(), &delivery("seen", "2024-01-03")).unwrap();
    assert_eq!(lake.files_on_disk(), 1 + NAMES);
    assert_eq!(lake.forget(Table::BookSnapshots, &name(3), "V", date("2024-02-01")).unwrap(), 1);
    assert_eq!((lake.files_on_disk(), reopened(&lake).verify().unwrap()), (NAMES, Vec::new()));
}

#[test]
fn a_snapshot_is_the_same_wherever_the_rows_lie() {
    let folder = tempfile::tempdir().unwrap();
    let [days, names] = ["days", "names"].map(|place| folder.path().join(place));
    let (mut days, names) = (by_day(&days), apart(&names));
    let request = SnapshotRequest {
        symbols: vec![name(1), name(7)],
        span: always(),
        as_of: None,
        benchmark: Some(name(0)),
        observations: Vec::new(),
        observation_versions: Vec::new(),
        cleaning: CleanOptions::default(),
    };
    let shared = Snapshot::take(&days, &request, &nse()).unwrap();
    let own = Snapshot::take(&names, &request, &nse()).unwrap();
    assert_eq!((shared.id, &shared.content), (own.id, &own.content));
    assert_eq!((shared.files.len(), own.files.len()), (3, 8), "a shared file is named once");
    let bars = shared.load_bars(&days, &nse()).unwrap();
    assert!(bars == own.load_bars(&names, &nse()).unwrap());
    // A merge keeps the files of the snapshot, whole, and a later delivery does not touch it.
    days.append_bars(&name(1), &series(&[5.0]), &delivery("late", "2025-01-01")).unwrap();
    let report = days.compact().unwrap();
    assert_eq!((report.files_before, report.files_after, report.kept_for_snapshots), (4, 1, 3));
    for lake in [&days, &reopened(&days)] {
        assert!(shared.load_bars(lake, &nse()).unwrap() == bars);
        assert_eq!(lake.verify().unwrap(), []);
    }
}

#[test]
fn a_seed_has_the_same_bytes_wherever_the_rows_lie() {
    let folder = tempfile::tempdir().unwrap();
    let at = |place: &str| folder.path().join(place);
    let (days, names) = (by_day(&at("days")), apart(&at("names")));
    for (lake, to) in [(&days, "seed"), (&names, "other")] {
        lake.back_up(&at(to), "a test", &|| ()).unwrap();
    }
    assert!(parts(&at("seed")) == parts(&at("other")));
    let seed = Seed::open(&at("seed"), &|| ()).unwrap();
    let mut new = Lake::open(at("new")).unwrap();
    new.restore(&seed, false, &|| ()).unwrap();
    assert!(said(&new) == said(&days));
    let mut held = reopened(&days);
    assert_eq!(held.restore(&seed, false, &|| ()).unwrap().added, 0);
}

#[test]
fn merging_days_gives_the_bytes_of_what_came_together() {
    let folder = tempfile::tempdir().unwrap();
    let all = deliveries();
    let given: Vec<_> = all.iter().map(|(delivery, batches)| (delivery.clone(), &batches[..])).collect();
    let mut together = Lake::open(folder.path().join("together")).unwrap();
    together.append_many(&given).unwrap();
    for (place, lake) in [("days", by_day as fn(&Path) -> Lake), ("names", apart)] {
        let mut lake = lake(&folder.path().join(place));
        let before = said(&lake);
        let report = lake.compact().unwrap();
        assert_eq!((report.files_after, lake.files_on_disk()), (1, 1));
        assert!(said(&lake) == before && said(&reopened(&lake)) == before);
        assert_eq!(lake.files(), together.files());
        assert!(parts(lake.root()) == parts(together.root()));
        let again = lake.compact().unwrap();
        assert_eq!((again.files_before, again.files_after, again.removed), (1, 1, 0));
    }
}

#[test]
fn a_name_that_grew_leaves_the_shared_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = by_day(folder.path());
    let long = series(&vec![50.0; 1_500]);
    lake.append_bars(&name(4), &long[3..], &delivery("history", "2024-06-01")).unwrap();
    let before = said(&lake);
    lake.compact().unwrap();
    assert!(said(&reopened(&lake)) == before);
    let own: Vec<_> = lake.files().iter().filter(|file| file.first_row.is_none()).collect();
    assert_eq!((own.len(), &own[0].symbol, own[0].rows), (1, &name(4), 1_500));
    assert_eq!((lake.files_on_disk(), lake.verify().unwrap()), (2, Vec::new()));
    assert_eq!(lake.compact().unwrap().removed, 0);
}

#[test]
fn a_kill_at_any_step_leaves_the_old_lake_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let mut lake = by_day(&root);
    let before = said(&lake);
    let (old_parts, old_manifest) = (parts(&root), std::fs::read(root.join("manifest.json")).unwrap());
    lake.compact().unwrap();
    let (new_parts, new_manifest) = (parts(&root), std::fs::read(root.join("manifest.json")).unwrap());
    assert!(old_parts.keys().all(|path| !new_parts.contains_key(path)));
    // The new file is written, the manifest replaced, the old files go one by one.
    let old: Vec<_> = old_parts.iter().collect();
    let states = [(&old_manifest, 0..3, false), (&old_manifest, 0..3, true)]
        .into_iter()
        .chain((0..=3).map(|gone| (&new_manifest, gone..3, true)));
    for (n, (text, kept, new)) in states.enumerate() {
        let place = folder.path().join(format!("killed-{n}"));
        let shared = place.join("bars/interval=1d/shared");
        std::fs::create_dir_all(&shared).unwrap();
        for (path, bytes) in old[kept].iter().copied().chain(new_parts.iter().filter(|_| new)) {
            std::fs::write(place.join(path), bytes).unwrap();
        }
        std::fs::write(shared.join(".tmp-x1"), "half a file").unwrap();
        std::fs::write(place.join("manifest.json"), text).unwrap();
        let mut lake = Lake::open(&place).unwrap();
        assert_eq!(lake.verify().unwrap(), []);
        assert!(said(&lake) == before);
        lake.compact().unwrap();
        assert!(said(&lake) == before && parts(&place) == new_parts);
        assert!(!shared.join(".tmp-x1").exists());
    }
    // Killed before the manifest was replaced, an append left a file that nobody lists: again, it is the same file.
    let place = folder.path().join("append");
    let mut lake = Lake::open(&place).unwrap();
    let (first, batches) = deliveries().remove(0);
    lake.append_many(&[(first.clone(), &batches)]).unwrap();
    let written = parts(&place);
    std::fs::remove_file(place.join("manifest.json")).unwrap();
    let mut lake = Lake::open(&place).unwrap();
    assert_eq!(lake.symbols(), []);
    lake.append_many(&[(first, &batches)]).unwrap();
    assert!(parts(&place) == written && lake.verify().unwrap().is_empty());
}

#[test]
fn the_bytes_are_the_same_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let fill = |threads: usize| {
        let root = folder.path().join(threads.to_string());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut lake = Lake::open(&root).unwrap();
            let long = market(0..NAMES, 0..600, 0.0);
            lake.append_many(&[(delivery("long", "2024-01-01"), &long)]).unwrap();
            lake.append_many(&[(delivery("more", "2024-02-01"), &market(0..NAMES, 590..610, 0.5))]).unwrap();
            lake.compact().unwrap();
        });
        (parts(&root), std::fs::read(root.join("manifest.json")).unwrap())
    };
    assert!(fill(1) == fill(4));
}

#[test]
fn damage_is_found_and_not_laundered() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = by_day(&folder.path().join("lake"));
    let listed: Vec<_> = lake.files().to_vec();
    let path = lake.root().join(listed[0].path());
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(lake.verify().unwrap(), [LakeProblem::Changed { path: listed[0].path() }], "told once");
    let error = lake.compact().unwrap_err();
    assert!(matches!(error, CompactError::Lake(LakeError::Changed { .. })), "{error}");
    let error = lake.back_up(&folder.path().join("seed"), "a test", &|| ()).unwrap_err();
    assert!(matches!(error, SeedError::Lake(LakeError::Changed { .. })), "{error}");
    assert_eq!(reopened(&lake).files(), listed);

    // Another file of the right form in its place: the rows say whose they are.
    let mut other = Lake::open(folder.path().join("other")).unwrap();
    other.append_many(&[(delivery("x", "2024-01-01"), &market(1..NAMES, 0..1, 0.0))]).unwrap();
    std::fs::copy(other.root().join(other.files()[0].path()), &path).unwrap();
    let read = |n: usize| lake.read_bars(&name(n), always(), None);
    assert!(matches!(read(0), Err(LakeError::Parquet { .. })), "its rows are those of the next name");
    assert!(matches!(read(NAMES - 1), Err(LakeError::Parquet { .. })), "there are no such rows");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(lake.verify().unwrap(), [LakeProblem::Missing { path: listed[0].path() }]);
    assert!(matches!(read(3), Err(LakeError::Read { .. })));
}

#[test]
fn a_manifest_that_contradicts_itself_or_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    by_day(root).compact().unwrap();
    let good = manifest(root);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut text = good.clone();
        change(&mut text["files"][0]);
        std::fs::write(root.join("manifest.json"), text.to_string()).unwrap();
        Lake::open(root)
    };
    let changes: [&dyn Fn(&mut Value); 8] = [
        &|file| file["symbol"] = json!("N00"),
        &|file| file["names"] = json!([]),
        &|file| file["names"].as_array_mut().unwrap().swap(0, 1),
        &|file| file["names"][1]["name"] = json!("N00"),
        &|file| file["rows"] = json!(1),
        &|file| file["names"][0]["from"] = json!([9]),
        &|file| file["table"] = json!("option_chains"),
        &|file| file["names"][0]["rows"] = json!(u64::MAX),
    ];
    for (n, change) in changes.iter().enumerate() {
        assert!(matches!(with(*change), Err(LakeError::Manifest { .. })), "change {n}");
    }
    let mut twice = good.clone();
    let file = twice["files"][0].clone();
    twice["files"].as_array_mut().unwrap().push(file);
    std::fs::write(root.join("manifest.json"), twice.to_string()).unwrap();
    assert!(matches!(Lake::open(root), Err(LakeError::Manifest { .. })));
    // A row of the second name given to the first.
    let lake = with(&|file| {
        file["names"][0]["rows"] = json!(3);
        file["names"][1]["rows"] = json!(3);
    });
    let lake = lake.unwrap();
    assert!(matches!(lake.read_bars(&name(0), always(), None), Err(LakeError::Parquet { .. })));
    assert!(lake.read_bars(&name(2), always(), None).is_ok());
    std::fs::write(root.join("manifest.json"), good.to_string().replacen("\"format\":5", "\"format\":6", 1))
        .unwrap();
    assert!(matches!(Lake::open(root), Err(LakeError::Newer { found: 6, .. })));
}

#[test]
fn reading_one_name_leaves_the_pages_of_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let batches = market(0..NAMES, 0..1_000, 0.0);
    lake.append_many(&[(delivery("long", "2024-01-01"), &batches)]).unwrap();
    assert_eq!(lake.files_on_disk(), 1);
    let path = lake.root().join(lake.files()[0].path());
    let mut bytes = std::fs::read(&path).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&file)
        .unwrap();
    for column in &metadata.offset_index().unwrap()[0] {
        let pages = column.page_locations();
        assert!(pages.len() > 5, "20,000 rows lie in {} pages", pages.len());
        let last = usize::try_from(pages[pages.len() - 1].offset).unwrap();
        bytes[last..last + 12].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(lake.read_bars(&name(0), always(), None).unwrap(), batches[0].1);
    assert!(lake.read_bars(&name(NAMES - 1), always(), None).is_err());
}

/// Names from, how many, first session, how many, other prices, merge afterwards.
type Step = (usize, usize, usize, usize, u8, bool);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_deliveries_read_as_they_would_name_by_name(
        steps in prop::collection::vec((0_usize..8, 1_usize..28, 0_usize..6, 1_usize..4, 0_u8..2, any::<bool>()), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut lake = Lake::open(folder.path().join("lake")).unwrap();
        let mut reference = Lake::open(folder.path().join("reference")).unwrap();
        for (n, step) in steps.iter().enumerate() {
            let (from, count, day, days, shift, merge): Step = *step;
            let batches = market(from..from + count, day..day + days, f64::from(shift));
            let arrived = Date::from_days(date("2024-01-01").days() + n as i32);
            let delivery = Delivery { source: format!("day {n}"), arrived_at: arrived.midnight_utc() };
            lake.append_many(&[(delivery.clone(), &batches)]).unwrap();
            for (name, rows) in &batches {
                reference.append_bars(name, rows, &delivery).unwrap();
            }
            if merge {
                lake.compact().unwrap();
            }
            let lake = reopened(&lake);
            prop_assert_eq!(lake.verify().unwrap(), Vec::new());
            prop_assert_eq!(lake.symbols(), reference.symbols());
            for as_of in [None, Some(arrived.plus_days(-1).midnight_utc()), Some(date("2020-01-05").midnight_utc())] {
                for name in reference.symbols() {
                    let read = |lake: &Lake| lake.read_bars(&name, always(), as_of).unwrap();
                    prop_assert_eq!(read(&lake), read(&reference));
                }
            }
        }
    }
}

#[test]
fn observations_share_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    // One series at a time is how they come: the files are a name's own until they are merged.
    for n in 0..NAMES {
        let at = date("2024-01-02");
        let row = Observation { date: at, known_at: at.midnight_utc(), value: n as f64 };
        lake.append_observations(&name(n), &[row], &delivery("y", "2024-01-03")).unwrap();
    }
    assert_eq!(lake.compact().unwrap().files_after, 1);
    for n in 0..NAMES {
        assert_eq!(lake.read_observations(&name(n), always(), None).unwrap()[0].value, n as f64);
        assert_eq!(lake.read_observation_versions(&name(n)).unwrap().len(), 1);
    }
}
