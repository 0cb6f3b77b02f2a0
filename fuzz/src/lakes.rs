//! The lake's own files, as somebody else may have written them.

use std::fs;

use proofmark_lake::Lake;
use proofmark_lake::seed::Seed;
use proofmark_units::{DateSpan, Digest};
use serde_json::json;

use crate::{choice, folder};

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

/// Parquet files of every table, under a manifest that vouches for them.
pub fn lake_files(data: &[u8]) {
    const TABLES: [(&str, &str); 10] = [
        ("bars", "bars/interval=1d/symbol=A"),
        ("observations", "observations/series=A"),
        ("corporate_actions", "corporate_actions/symbol=A"),
        ("listings", "listings/symbol=A"),
        ("index_membership", "index_membership/index=A"),
        ("funding", "funding/symbol=A"),
        ("news", "news/topic=A"),
        ("sentiment", "sentiment/topic=A"),
        ("book_snapshots", "book_snapshots/symbol=A"),
        ("option_chains", "option_chains/underlying=A"),
    ];
    let Some((first, bytes)) = choice(data) else { return };
    let (table, below) = TABLES[usize::from(first) % TABLES.len()];
    let root = folder().join("forged");
    let digest = Digest::of(bytes);
    let path = format!("{below}/part-{}.parquet", digest.short());
    fs::create_dir_all(root.join(below)).expect("the folder for temporary files can be written");
    fs::write(root.join(&path), bytes).expect("the folder for temporary files can be written");
    let (day, at) = ("2020-01-01", "2020-01-01T00:00:00Z");
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
