//! The lake's own files, as somebody else may have written them.

use std::fs;

use proofmark_lake::seed::Seed;
use proofmark_lake::{FileEntry, Lake, Snapshot, Table};
use proofmark_units::{Date, DateSpan, Digest};
use serde_json::json;

use super::{choice, folder};

/// The manifest of a lake.
pub fn lake_manifest(data: &[u8]) {
    let root = folder().join("lake");
    let _ = fs::create_dir_all(&root);
    fs::write(root.join("manifest.json"), data).expect("the folder for temporary files can be written");
    let Ok(lake) = Lake::open(&root) else { return };
    for symbol in lake.symbols() {
        let _ = lake.read_bars(&symbol, DateSpan::EVERY, None);
    }
    let _ = lake.verify();
    let _ = lake.tables();
}

/// The manifest of a seed.
pub fn seed_manifest(data: &[u8]) {
    let root = folder().join("seed");
    let _ = fs::create_dir_all(&root);
    fs::write(root.join("seed.json"), data).expect("the folder for temporary files can be written");
    let _ = Seed::open(&root, &|| ());
}

/// The record of a snapshot.
pub fn snapshot(data: &[u8]) {
    let lake = Lake::open(folder().join("snapshots")).expect("an empty lake opens");
    let records = lake.root().join("snapshots");
    fs::create_dir_all(&records).expect("the folder for temporary files can be written");
    fs::write(records.join(format!("{}.json", Digest::of(b""))), data)
        .expect("the folder for temporary files can be written");
    let _ = Snapshot::list(&lake);
}

/// Parquet files of every table, under a manifest that vouches for them.
pub fn lake_files(data: &[u8]) {
    let Some((first, bytes)) = choice(data) else { return };
    let Some(table) = Table::all().nth(usize::from(first) % Table::all().count()) else { return };
    let root = folder().join("forged");
    let digest = Digest::of(bytes);
    let (day, at) = ("2020-01-01", "2020-01-01T00:00:00Z");
    let date: Date = day.parse().expect("a date");
    let entry = FileEntry {
        table,
        symbol: "A".parse().expect("a symbol"),
        digest,
        bytes: bytes.len() as u64,
        rows: 1,
        first: date,
        last: date,
        source: "x".to_owned(),
        also_from: Vec::new(),
        first_row: None,
    };
    let path = entry.path();
    fs::create_dir_all(root.join(path.parent().unwrap_or(&path)))
        .expect("the folder for temporary files can be written");
    fs::write(root.join(&path), bytes).expect("the folder for temporary files can be written");
    let length = bytes.len();
    let seed = json!({
        "format": 1, "made_by": "x", "rows": 1, "bytes": length, "first": day, "last": day, "known_to": at,
        "files": [{
            "path": path, "table": table, "name": "A", "rows": 1, "first": day, "last": day, "known_to": at,
            "bytes": length, "digest": digest,
        }],
    });
    fs::write(root.join("seed.json"), seed.to_string())
        .expect("the folder for temporary files can be written");
    let _ = Seed::open(&root, &|| ());
    let _ = fs::remove_file(root.join(&path));
}
