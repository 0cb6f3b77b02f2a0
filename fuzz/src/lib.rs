//! What is done with hostile bytes: one function for each fuzz target, which must neither panic nor use unbounded memory.
//!
//! Readers take files, so the bytes are written to one. Where several readers share a target, the first byte chooses.

mod evidence;
mod features;
mod files;
mod lakes;
mod texts;
mod vendors;
mod workspaces;

pub use evidence::{evidence, ledger};
pub use features::{expressions, regimes};
pub use files::{books, chains, csv_bars, lists, observations, parquet_bars, records, sqlite};
pub use lakes::{lake_files, lake_manifest, seed_manifest, snapshot};
pub use texts::{costs, headlines, http_source, models, pipeline, policy, stamps};
pub use vendors::{feed, vendors};
pub use workspaces::{membership, settings};

use std::path::{Path, PathBuf};

/// A folder of this process, made once.
fn folder() -> &'static Path {
    static FOLDER: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    FOLDER.get_or_init(|| {
        allow_caught_panics();
        let folder = std::env::temp_dir().join(format!("proofmark-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        folder
    })
}

/// Panics of the Parquet decoder are caught by `lake::decoder`, so they are no finding by themselves; one that is not caught ends the
/// process all the same.
fn allow_caught_panics() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let third_party =
            |path: &str| ["/parquet-", "/arrow-", "/thrift-"].iter().any(|name| path.contains(name));
        if !info.location().is_some_and(|place| third_party(place.file())) {
            hook(info);
        }
    }));
}

/// A file with these bytes.
fn file(name: &str, data: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, data).expect("the folder for temporary files can be written");
    path
}

/// The first byte, and the rest.
fn choice(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (*first, rest))
}

/// A target: its name and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by name; each has a program below `targets/`.
pub const TARGETS: &[Target] = &[
    ("books", books),
    ("chains", chains),
    ("costs", costs),
    ("csv_bars", csv_bars),
    ("evidence", evidence),
    ("expressions", expressions),
    ("feed", feed),
    ("headlines", headlines),
    ("http_source", http_source),
    ("lake_files", lake_files),
    ("lake_manifest", lake_manifest),
    ("ledger", ledger),
    ("lists", lists),
    ("membership", membership),
    ("models", models),
    ("observations", observations),
    ("parquet_bars", parquet_bars),
    ("pipeline", pipeline),
    ("policy", policy),
    ("records", records),
    ("regimes", regimes),
    ("seed_manifest", seed_manifest),
    ("settings", settings),
    ("snapshot", snapshot),
    ("sqlite", sqlite),
    ("stamps", stamps),
    ("vendors", vendors),
];
