//! The whole lake as a seed, and a workspace from one.

use std::path::{Path, PathBuf};

use proofmark_lake::seed::{RestoreReport, Seed, SeedError, SeedManifest};
use proofmark_lake::{Lake, Table};
use proofmark_units::{Date, Instant};
use serde::Serialize;

use super::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// A seed in totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeedInfo {
    /// The folder.
    pub seed: PathBuf,
    /// The program and version that wrote it.
    pub made_by: String,
    /// Rows, every version of every fact.
    pub rows: u64,
    /// Bytes of its Parquet files.
    pub bytes: u64,
    /// Earliest date.
    pub first: Date,
    /// Latest date.
    pub last: Date,
    /// When the last row became known.
    pub known_to: Instant,
    /// Each table with rows.
    pub tables: Vec<SeedTable>,
}

/// One table of a seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeedTable {
    /// The table.
    pub table: Table,
    /// Symbols, series, indices or topics.
    pub names: usize,
    /// Rows.
    pub rows: u64,
    /// Earliest date.
    pub first: Date,
    /// Latest date.
    pub last: Date,
}

/// What restoring did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeedRestored {
    /// What the seed holds.
    pub seed: SeedInfo,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether there was no workspace before.
    pub new_workspace: bool,
    /// Rows, by name.
    #[serde(flatten)]
    pub report: RestoreReport,
}

/// Writes every version of every row of the lake to the folder `to`, or brings an earlier seed there up to date.
///
/// # Errors
/// The lake is empty or cannot be read, or the folder holds something else or cannot be written.
pub fn back_up(ws: &Workspace, to: &Path, reporter: &dyn Reporter) -> Result<SeedInfo> {
    let lake = open_lake(ws)?;
    let work = Work::begin("seed backup", 1, 1, vec![reporter]);
    let names: std::collections::BTreeSet<_> =
        lake.files().iter().map(|file| (file.table, &file.symbol)).collect();
    work.expect(names.len() as u64);
    let made_by = concat!("proofmark ", env!("CARGO_PKG_VERSION"));
    let written = lake.back_up(to, made_by, &|| work.step());
    work.end(if written.is_ok() { "done" } else { "failed" });
    let manifest =
        written.map_err(|error| seed_error(&format!("failed to back up to `{}`", to.display()), error))?;
    Ok(info(to, &manifest))
}

/// Adds what the lake of the workspace in `root` lacks of a seed, after every byte of the seed was checked. Makes the
/// workspace if there is none. With `dry_run` nothing is written.
///
/// # Errors
/// The folder is no seed, the seed is damaged or newer, or the workspace cannot be read or written. The lake reads as before
/// then.
pub fn restore(root: &Path, from: &Path, dry_run: bool, reporter: &dyn Reporter) -> Result<SeedRestored> {
    let doing = format!("failed to restore `{}`", from.display());
    let new_workspace = !root.join("proofmark.toml").exists();
    // A wrong workspace is told before minutes are spent on the seed.
    let existing = if new_workspace { None } else { Some(Workspace::open(root)?) };
    let check = Work::begin("seed check", 1, 2, vec![reporter]);
    let seed = Seed::open(from, &|| check.step());
    check.end(if seed.is_ok() { "done" } else { "failed" });
    let seed = seed.map_err(|error| seed_error(&doing, error))?;
    let folder = match existing {
        Some(ws) => ws.lake(),
        None if dry_run => root.join("lake"),
        None => {
            Workspace::init(root)?;
            Workspace::open(root)?.lake()
        }
    };
    let mut lake = Lake::open(folder).map_err(|error| lake_error("failed to open the lake", error))?;
    let work = Work::begin("seed restore", 2, 2, vec![reporter]);
    work.expect(seed.manifest().files.len() as u64);
    let report = lake.restore(&seed, dry_run, &|| work.step());
    work.end(if report.is_ok() { "done" } else { "failed" });
    let report = report.map_err(|error| seed_error(&doing, error))?;
    Ok(SeedRestored { seed: info(from, seed.manifest()), dry_run, new_workspace, report })
}

fn info(folder: &Path, manifest: &SeedManifest) -> SeedInfo {
    let tables = manifest.files.chunk_by(|a, b| a.table == b.table).map(|files| SeedTable {
        table: files[0].table,
        names: files.len(),
        rows: files.iter().map(|file| file.rows).sum(),
        first: files.iter().map(|file| file.first).min().unwrap_or(manifest.first),
        last: files.iter().map(|file| file.last).max().unwrap_or(manifest.last),
    });
    SeedInfo {
        seed: folder.to_owned(),
        made_by: manifest.made_by.clone(),
        rows: manifest.rows,
        bytes: manifest.bytes,
        first: manifest.first,
        last: manifest.last,
        known_to: manifest.known_to,
        tables: tables.collect(),
    }
}

/// What a seed is made of comes from the caller; the lake and the disk are the environment's.
fn seed_error(doing: &str, error: SeedError) -> AppError {
    let environment = matches!(error, SeedError::Lake(_) | SeedError::Write(_) | SeedError::Read { .. });
    let kind = if environment { AppError::environment } else { AppError::input };
    kind(doing.to_owned()).hint(error.hint()).because(error)
}
