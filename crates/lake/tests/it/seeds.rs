//! Seeds: the same bits read after a restore, at any instant; joining in any order and after a kill; hostile seeds.

use std::path::{Path, PathBuf};

use proofmark_lake::seed::{RestoreReport, Seed, SeedError};
use proofmark_lake::{FileEntry, Lake, LakeError, Observation, Table};
use proofmark_market::Interval;
use proofmark_units::Digest;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::compaction::{fragmented, parts, said};
use crate::fixtures::{always, date, delivery, series, symbol};

fn back_up(lake: &Path, to: &Path) {
    Lake::open(lake).unwrap().back_up(to, "a test", &|| ()).unwrap();
}

fn restore(lake: &Path, seed: &Path) -> RestoreReport {
    let seed = Seed::open(seed, &|| ()).unwrap();
    let mut lake = Lake::open(lake).unwrap();
    let expected = lake.restore(&seed, true, &|| ()).unwrap();
    let report = lake.restore(&seed, false, &|| ()).unwrap();
    assert_eq!(report, expected, "a dry run says what a restore does");
    assert_eq!(lake.verify().unwrap(), []);
    report
}

/// Every file of a seed with its bytes.
fn bytes(seed: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = parts(seed).into_iter().collect();
    all.push((PathBuf::from("seed.json"), std::fs::read(seed.join("seed.json")).unwrap()));
    all
}

struct Folders(tempfile::TempDir);

impl Folders {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[test]
fn an_empty_lake_becomes_the_same_lake_at_every_instant() {
    let folders = Folders::new();
    let [lake, seed, other, again] = ["lake", "seed", "other", "again"].map(|name| folders.at(name));
    fragmented(&lake);
    back_up(&lake, &seed);
    let report = restore(&other, &seed);
    assert_eq!((report.rows, report.added, report.held), (19, 19, 0));
    assert!(said(&other) == said(&lake));
    let from = |root: &Path| -> Vec<String> {
        let lake = Lake::open(root).unwrap();
        let ours = |file: &&FileEntry| file.table == Table::Bars && file.symbol == symbol("A");
        let files = lake.files().iter().filter(ours);
        files.flat_map(|file| file.sources().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let mut sources = from(&other);
    sources.sort_unstable();
    assert_eq!(sources, ["one", "three", "two"]);
    assert_eq!(from(&lake), ["one", "two", "three"]);

    // Twice is once, and the seed of the new lake is the seed.
    let manifest = std::fs::read(other.join("manifest.json")).unwrap();
    assert_eq!(restore(&other, &seed).added, 0);
    assert_eq!(std::fs::read(other.join("manifest.json")).unwrap(), manifest);
    back_up(&other, &again);
    assert!(bytes(&again) == bytes(&seed));
}

#[test]
fn the_bytes_of_a_seed_do_not_depend_on_deliveries_or_merges() {
    let folders = Folders::new();
    let [lake, seed, merged] = ["lake", "seed", "merged"].map(|name| folders.at(name));
    fragmented(&lake);
    back_up(&lake, &seed);
    let first = bytes(&seed);
    Lake::open(&lake).unwrap().compact().unwrap();
    back_up(&lake, &merged);
    assert!(bytes(&merged) == first);
    back_up(&lake, &seed);
    assert!(bytes(&seed) == first);
    // A later backup to the same folder leaves no file of the earlier one.
    let mut lake = Lake::open(&lake).unwrap();
    lake.append_bars(&symbol("A"), &series(&[10.0, 5.0]), &delivery("late", "2025-01-01")).unwrap();
    back_up(lake.root(), &seed);
    assert_eq!(parts(&seed).len(), parts(&merged).len());
    assert_ne!(bytes(&seed), first);
    Seed::open(&seed, &|| ()).unwrap();
}

#[test]
fn newer_rows_and_other_names_stay_as_they_are() {
    let folders = Folders::new();
    let [lake, seed] = ["lake", "seed"].map(|name| folders.at(name));
    let mut held = fragmented(&lake);
    back_up(&lake, &seed);
    let newer = series(&[10.0, 42.0, 12.0]);
    held.append_bars(&symbol("A"), &newer[1..2], &delivery("newer", "2026-01-01")).unwrap();
    held.append_bars(&symbol("C"), &newer, &delivery("newer", "2026-01-01")).unwrap();
    let before = said(&lake);
    assert_eq!(restore(&lake, &seed).added, 0);
    assert!(said(&lake) == before);

    // Another lake with newer rows alone takes the older ones below them.
    let other = folders.at("other");
    let mut late = Lake::open(&other).unwrap();
    late.append_bars(&symbol("A"), &newer[1..2], &delivery("newer", "2026-01-01")).unwrap();
    let then = |root: &Path, day: &str| {
        let as_of = Some(date(day).midnight_utc());
        // As text: an unknown volume is NaN, which equals nothing.
        format!("{:?}", Lake::open(root).unwrap().read_bars(&symbol("A"), always(), as_of).unwrap())
    };
    restore(&other, &seed);
    assert_eq!(then(&other, "2024-03-15"), then(&lake, "2024-03-15"));
}

#[test]
fn a_kill_at_any_step_of_a_restore_leaves_the_old_lake_or_the_new_one() {
    let folders = Folders::new();
    let [full, seed, lake] = ["full", "seed", "lake"].map(|name| folders.at(name));
    fragmented(&full);
    back_up(&full, &seed);
    let start = |root: &Path| {
        let _ = std::fs::remove_dir_all(root);
        let mut lake = Lake::open(root).unwrap();
        lake.append_bars(&symbol("A"), &series(&[10.0, 77.0])[1..], &delivery("own", "2026-01-01")).unwrap();
        for series in ["Y", "BTCUSDT"] {
            // Names that the comparison reads.
            let value = Observation {
                date: date("2019-01-01"),
                known_at: date("2019-01-02").midnight_utc(),
                value: 1.0,
            };
            lake.append_observations(&symbol(series), &[value], &delivery("own", "2026-01-01")).unwrap();
        }
    };
    start(&lake);
    let old_parts = parts(&lake);
    let (old, manifest) = (said(&lake), lake.join("manifest.json"));
    let old_manifest = std::fs::read(&manifest).unwrap();
    restore(&lake, &seed);
    let (new, new_parts) = (said(&lake), parts(&lake));
    let new_manifest = std::fs::read(&manifest).unwrap();
    let added: Vec<_> = new_parts.iter().filter(|(path, _)| !old_parts.contains_key(*path)).collect();
    assert!(added.len() > 2);
    // The parts come one by one, on any thread, and the manifest last.
    for n in 0..=added.len() {
        start(&lake);
        std::fs::write(&manifest, &old_manifest).unwrap();
        for (path, bytes) in &added[..n] {
            std::fs::create_dir_all(lake.join(path).parent().unwrap()).unwrap();
            std::fs::write(lake.join(path), bytes).unwrap();
        }
        assert!(said(&lake) == old);
        restore(&lake, &seed);
        assert!(said(&lake) == new);
        assert_eq!(std::fs::read(&manifest).unwrap(), new_manifest);
    }
}

#[test]
fn a_kill_at_any_step_of_a_backup_leaves_the_earlier_seed_or_the_new_one() {
    let folders = Folders::new();
    let [lake, seed] = ["lake", "seed"].map(|name| folders.at(name));
    let mut held = fragmented(&lake);
    back_up(&lake, &seed);
    let (old_parts, old_manifest) = (parts(&seed), std::fs::read(seed.join("seed.json")).unwrap());
    held.append_bars(&symbol("A"), &series(&[10.0, 5.0]), &delivery("late", "2025-01-01")).unwrap();
    back_up(&lake, &seed);
    let (new_parts, new_manifest) = (parts(&seed), std::fs::read(seed.join("seed.json")).unwrap());
    let union: Vec<_> = old_parts.iter().chain(&new_parts).collect();
    for (manifest, listed) in [(&old_manifest, &old_parts), (&new_manifest, &new_parts)] {
        for (path, bytes) in &union {
            std::fs::write(seed.join(path), bytes).unwrap();
        }
        std::fs::write(seed.join("seed.json"), manifest).unwrap();
        std::fs::write(seed.join("bars/interval=1d/symbol=A/.tmp-half"), "half").unwrap();
        let opened = Seed::open(&seed, &|| ()).unwrap();
        assert_eq!(opened.manifest().files.len(), listed.len());
        back_up(&lake, &seed);
        assert_eq!(parts(&seed), new_parts);
        assert_eq!(std::fs::read(seed.join("seed.json")).unwrap(), new_manifest);
        assert!(!seed.join("bars/interval=1d/symbol=A/.tmp-half").exists());
    }
    // Before the first manifest there is no seed, and the folder can be used again.
    std::fs::remove_file(seed.join("seed.json")).unwrap();
    assert!(matches!(Seed::open(&seed, &|| ()), Err(SeedError::NotASeed { .. })));
    back_up(&lake, &seed);
    assert_eq!(std::fs::read(seed.join("seed.json")).unwrap(), new_manifest);
}

/// Changes the manifest's JSON.
fn edit(seed: &Path, change: impl Fn(&mut Value)) {
    let path = seed.join("seed.json");
    let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
}

/// Puts other bytes in place of the first file and mends digest, path and length, as a forger would.
fn forge(seed: &Path, bytes: &[u8]) {
    let digest = Digest::of(bytes);
    edit(seed, |value| {
        let file = &mut value["files"][0];
        let old_bytes = file["bytes"].as_u64().unwrap();
        let folder = Path::new(file["path"].as_str().unwrap()).parent().unwrap().to_owned();
        let path = folder.join(format!("part-{}.parquet", digest.short()));
        std::fs::write(seed.join(&path), bytes).unwrap();
        file["path"] = json!(path.to_str().unwrap());
        file["digest"] = json!(digest);
        file["bytes"] = json!(bytes.len());
        value["bytes"] = json!(value["bytes"].as_u64().unwrap() - old_bytes + bytes.len() as u64);
    });
}

#[test]
fn hostile_seeds_are_refused_and_change_nothing() {
    type Attack = fn(&Path);
    type Expected = fn(&SeedError) -> bool;
    type Case = (&'static str, Attack, Expected);
    let first = |seed: &Path| {
        let value: Value = serde_json::from_slice(&std::fs::read(seed.join("seed.json")).unwrap()).unwrap();
        seed.join(value["files"][0]["path"].as_str().unwrap())
    };
    let attacks: [Case; 13] = [
        (
            "cut",
            |seed| {
                let path = parts(seed).into_keys().next().unwrap();
                let bytes = std::fs::read(seed.join(&path)).unwrap();
                std::fs::write(seed.join(&path), &bytes[..bytes.len() / 2]).unwrap();
            },
            |e| matches!(e, SeedError::Changed { .. }),
        ),
        (
            "one bit",
            |seed| {
                let path = parts(seed).into_keys().last().unwrap();
                let mut bytes = std::fs::read(seed.join(&path)).unwrap();
                bytes[9] ^= 1;
                std::fs::write(seed.join(&path), bytes).unwrap();
            },
            |e| matches!(e, SeedError::Changed { .. }),
        ),
        (
            "missing",
            |seed| std::fs::remove_file(seed.join(parts(seed).into_keys().next().unwrap())).unwrap(),
            |e| matches!(e, SeedError::Missing { .. }),
        ),
        (
            "traversal",
            |seed| edit(seed, |v| v["files"][0]["path"] = json!("../../etc/passwd")),
            |e| matches!(e, SeedError::Elsewhere { .. }),
        ),
        (
            "absolute",
            |seed| edit(seed, |v| v["files"][0]["path"] = json!("/etc/passwd")),
            |e| matches!(e, SeedError::Elsewhere { .. }),
        ),
        (
            "name that is a path",
            |seed| edit(seed, |v| v["files"][0]["name"] = json!("../x")),
            |e| matches!(e, SeedError::Manifest { .. }),
        ),
        (
            "newer",
            |seed| {
                edit(seed, |v| {
                    v["format"] = json!(2);
                    v["more"] = json!(1);
                })
            },
            |e| matches!(e, SeedError::Newer { found: 2, .. }),
        ),
        (
            "unknown field",
            |seed| edit(seed, |v| v["more"] = json!(1)),
            |e| matches!(e, SeedError::Manifest { .. }),
        ),
        (
            "half a manifest",
            |seed| {
                let text = std::fs::read(seed.join("seed.json")).unwrap();
                std::fs::write(seed.join("seed.json"), &text[..text.len() / 2]).unwrap();
            },
            |e| matches!(e, SeedError::Manifest { .. }),
        ),
        (
            "twice",
            |seed| {
                edit(seed, |v| {
                    let file = v["files"][0].clone();
                    v["files"].as_array_mut().unwrap().insert(0, file);
                })
            },
            |e| matches!(e, SeedError::Contradiction { .. }),
        ),
        (
            "other totals",
            |seed| edit(seed, |v| v["rows"] = json!(1)),
            |e| matches!(e, SeedError::Contradiction { .. }),
        ),
        (
            "no Parquet",
            |seed| forge(seed, b"PAR1 is not enough PAR1"),
            |e| matches!(e, SeedError::Content { .. }),
        ),
        (
            "another table's rows",
            |seed| {
                let other =
                    parts(seed).into_iter().find(|(path, _)| path.starts_with("observations")).unwrap();
                forge(seed, &other.1);
            },
            |e| matches!(e, SeedError::Content { .. }),
        ),
    ];
    for (what, attack, expected) in attacks {
        let folders = Folders::new();
        let [lake, seed, target] = ["lake", "seed", "target"].map(|name| folders.at(name));
        fragmented(&lake);
        back_up(&lake, &seed);
        assert!(first(&seed).exists());
        attack(&seed);
        let error = Seed::open(&seed, &|| ()).unwrap_err();
        assert!(expected(&error) && !error.hint().is_empty(), "{what}: {error:?}");
        assert!(!target.exists());
    }
}

#[test]
fn rows_that_no_delivery_could_bring_are_refused() {
    let folders = Folders::new();
    let [lake, seed] = ["lake", "seed"].map(|name| folders.at(name));
    fragmented(&lake);
    back_up(&lake, &seed);
    // Bars known before their session: the same columns, the two times exchanged.
    let path = parts(&seed).into_keys().find(|path| path.starts_with("bars")).unwrap();
    let file = std::fs::File::open(seed.join(&path)).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = std::sync::Arc::clone(reader.schema());
    let mut out = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut out, std::sync::Arc::clone(&schema), None).unwrap();
    for batch in reader.build().unwrap() {
        let mut columns = batch.unwrap().columns().to_vec();
        columns.swap(0, 1);
        writer
            .write(&arrow_array::RecordBatch::try_new(std::sync::Arc::clone(&schema), columns).unwrap())
            .unwrap();
    }
    writer.close().unwrap();
    forge(&seed, &out);
    let error = Seed::open(&seed, &|| ()).unwrap_err();
    assert!(
        matches!(&error, SeedError::Content { source, .. } if source.to_string().contains("known before")),
        "{error:?}"
    );
}

#[test]
fn a_folder_with_something_else_and_an_empty_lake_are_refused() {
    let folders = Folders::new();
    let [lake, seed, empty] = ["lake", "seed", "empty"].map(|name| folders.at(name));
    fragmented(&lake);
    let refused =
        |lake: &Path, to: &Path| Lake::open(lake).unwrap().back_up(to, "a test", &|| ()).unwrap_err();
    assert!(matches!(refused(&empty, &seed), SeedError::Empty));
    std::fs::create_dir_all(&seed).unwrap();
    std::fs::write(seed.join("thesis.tex"), "years of work").unwrap();
    assert!(matches!(refused(&lake, &seed), SeedError::Occupied { found, .. } if found == "thesis.tex"));
    // A lake is no folder for a seed: its parts would be swept away.
    assert!(matches!(refused(&lake, &lake), SeedError::Occupied { .. }));
    assert_eq!(Lake::open(&lake).unwrap().verify().unwrap(), []);
}

#[test]
fn tables_are_counted_by_version() {
    let folders = Folders::new();
    let lake = fragmented(&folders.at("lake"));
    let tables = lake.tables().unwrap();
    let bars = &tables[0];
    assert_eq!((bars.names, bars.rows, bars.current, bars.replaced), (2, 10, 9, 1));
    let of = |table: Table| tables.iter().find(|info| info.table == table).unwrap();
    let minutes = of(Table::Intraday(Interval::Minute1));
    assert_eq!((minutes.rows, minutes.current, minutes.replaced), (5, 4, 1));
    let values = of(Table::Observations);
    assert_eq!((values.rows, values.current, values.first), (2, 2, Some(date("2020-01-01"))));
    assert_eq!(tables.iter().filter(|table| table.rows == 0).count(), tables.len() - 4);
    assert!(tables.iter().filter(|table| table.rows == 0).all(|table| table.first.is_none()));
}

#[test]
fn rows_that_differ_only_in_the_name_of_their_file_are_one() {
    let folders = Folders::new();
    let [one, two, seed] = ["one", "two", "seed"].map(|name| folders.at(name));
    let rows = series(&[10.0, 11.0, 12.0]);
    for (root, source) in [(&one, "nifty.csv"), (&two, "nifty_full.csv")] {
        let given = if source == "nifty.csv" { &rows[..2] } else { &rows[..] };
        Lake::open(root).unwrap().append_bars(&symbol("A"), given, &delivery(source, "2024-01-01")).unwrap();
    }
    back_up(&two, &seed);
    let report = restore(&one, &seed);
    assert_eq!((report.rows, report.added, report.held), (3, 1, 2));
    let lake = Lake::open(&one).unwrap();
    assert_eq!(lake.read_bars(&symbol("A"), always(), None).unwrap(), rows, "no bar stands twice");
    assert_eq!(restore(&one, &seed).added, 0);
}

#[test]
fn a_backup_vouches_for_no_changed_file() {
    let folders = Folders::new();
    let [lake, seed] = ["lake", "seed"].map(|name| folders.at(name));
    let held = fragmented(&lake);
    back_up(&lake, &seed);
    let before = bytes(&seed);
    let path = lake.join(held.files()[0].path());
    let mut damaged = std::fs::read(&path).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&path, damaged).unwrap();
    let refused = Lake::open(&lake).unwrap().back_up(&seed, "a test", &|| ()).unwrap_err();
    assert!(matches!(refused, SeedError::Lake(LakeError::Changed { .. })), "{refused:?}");
    assert!(bytes(&seed) == before, "the earlier seed is whole");
}

/// Deliveries of one series: dates, values and the day each arrived.
fn history() -> impl Strategy<Value = Vec<(Vec<(u8, i8)>, u8)>> {
    let rows = proptest::collection::vec((0..6_u8, -2..2_i8), 1..5);
    proptest::collection::vec((rows, 0..30_u8), 0..5)
}

fn lake_of(root: &Path, history: &[(Vec<(u8, i8)>, u8)]) {
    let mut lake = Lake::open(root).unwrap();
    for (rows, arrived) in history {
        let rows: Vec<Observation> = rows
            .iter()
            .map(|(day, value)| {
                let date = date("2020-01-01").plus_days(i32::from(*day));
                Observation { date, known_at: date.midnight_utc(), value: f64::from(*value) }
            })
            .collect();
        let arrived = format!("2020-02-{:02}", arrived % 28 + 1);
        lake.append_observations(&symbol("Y"), &rows, &delivery("y.csv", &arrived)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn joining_is_the_same_in_any_order_and_loses_nothing(a in history(), b in history()) {
        prop_assume!(!a.is_empty() && !b.is_empty());
        let folders = Folders::new();
        let [one, two, seed_one, seed_two] = ["one", "two", "s1", "s2"].map(|name| folders.at(name));
        lake_of(&one, &a);
        lake_of(&two, &b);
        back_up(&one, &seed_one);
        back_up(&two, &seed_two);
        let versions = |root: &Path| {
            let all = Lake::open(root).unwrap().read_observation_versions(&symbol("Y")).unwrap();
            let mut all: Vec<_> = all.iter().map(|v| (v.date, v.known_at, v.value.to_bits())).collect();
            all.sort_unstable();
            all
        };
        let (mine, theirs) = (versions(&one), versions(&two));
        restore(&one, &seed_two);
        restore(&two, &seed_one);
        prop_assert!(versions(&one) == versions(&two));
        prop_assert!(mine.iter().chain(&theirs).all(|version| versions(&one).contains(version)));
        back_up(&one, &seed_one);
        back_up(&two, &seed_two);
        prop_assert!(bytes(&seed_one) == bytes(&seed_two));
        for days in 0..60 {
            let as_of = Some(date("2020-01-01").plus_days(days).midnight_utc());
            let read = |root: &Path| {
                Lake::open(root).unwrap().read_observations(&symbol("Y"), always(), as_of).unwrap()
            };
            prop_assert!(read(&one) == read(&two));
        }
    }
}

/// A page that names a dictionary that is not there: the decoder panics on it, and the reader of the seed gets an error.
#[test]
fn a_file_that_the_decoder_gives_up_on_is_an_error_of_the_seed() {
    let bytes = include_bytes!("../damaged/no_dictionary.parquet");
    let folders = Folders::new();
    let root = folders.at("seed");
    let table = Table::all().nth(13).unwrap();
    let entry = FileEntry {
        table,
        symbol: symbol("A"),
        digest: Digest::of(bytes),
        bytes: bytes.len() as u64,
        rows: 1,
        first: date("2020-01-01"),
        last: date("2020-01-01"),
        source: "x".to_owned(),
        also_from: Vec::new(),
        first_row: None,
    };
    let path = entry.path();
    std::fs::create_dir_all(root.join(path.parent().unwrap())).unwrap();
    std::fs::write(root.join(&path), bytes).unwrap();
    let (day, at) = ("2020-01-01", "2020-01-01T00:00:00Z");
    let seed = json!({
        "format": 1, "made_by": "x", "rows": 1, "bytes": bytes.len(), "first": day, "last": day, "known_to": at,
        "files": [{
            "path": path, "table": table, "name": "A", "rows": 1, "first": day, "last": day, "known_to": at,
            "bytes": bytes.len(), "digest": entry.digest,
        }],
    });
    std::fs::write(root.join("seed.json"), seed.to_string()).unwrap();
    let error = format!("{:?}", Seed::open(&root, &|| ()).unwrap_err());
    assert!(error.contains("the decoder gave up"), "{error}");
}
