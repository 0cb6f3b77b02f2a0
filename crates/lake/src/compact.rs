//! Merging the small files of a name, so that years of daily deliveries read as one file.
//!
//! Rows are copied as they are, in their order and with their source, so that every read gives the same bits before and
//! after. Files that a snapshot names stay, listed as retired; the others go, after the manifest was replaced. Killed at
//! any point, the lake is the old one or the new one; the next merge clears what was left lying about.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use parquet::errors::ParquetError;
use proofmark_units::{Digest, Symbol};
use serde::Serialize;

use crate::durable::{self, WriteError};
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::snapshot::{Snapshot, SnapshotError};
use crate::table::{parquet_bytes, reader};

/// Rows at which a merged file is large enough; bounds the memory of a merge and of a read.
const ROWS_MAX: u64 = 1 << 20;

/// What a merge did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Files that reads looked at before.
    pub files_before: usize,
    /// Files that reads look at now.
    pub files_after: usize,
    /// Their length before, bytes.
    pub bytes_before: u64,
    /// Their length now, bytes.
    pub bytes_after: u64,
    /// Merged files that stay, since a snapshot names them.
    pub kept_for_snapshots: usize,
    /// Files removed: merged ones that nobody names, and what an interrupted command left.
    pub removed: usize,
}

/// The lake could not be compacted; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The lake failed.
    #[error("cannot merge the lake's files")]
    Lake(#[from] LakeError),
    /// Which files a snapshot needs cannot be told.
    #[error("cannot tell which files a snapshot needs")]
    Snapshot(#[from] SnapshotError),
}

impl CompactError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Snapshot(error) => error.hint(),
        }
    }
}

impl Lake {
    /// Merges the files of each name of each table into as few as hold a million rows each.
    ///
    /// # Errors
    /// [`CompactError`]: a file is damaged, a snapshot's record cannot be read, or writing failed. The lake reads as
    /// before then.
    pub fn compact(&mut self) -> Result<CompactReport, CompactError> {
        let (_lock, mut manifest) = self.lock()?;
        let mut needed: BTreeSet<Digest> = BTreeSet::new();
        for snapshot in Snapshot::list(self)? {
            needed.extend(snapshot.files);
        }
        let (before, retired_before) = (manifest.files.clone(), manifest.retired.len());
        let mut merged_at: BTreeMap<usize, FileEntry> = BTreeMap::new();
        let mut gone: BTreeSet<usize> = BTreeSet::new();
        for run in runs(&before) {
            let files: Vec<&FileEntry> = run.iter().map(|at| &before[*at]).collect();
            merged_at.insert(run[0], self.merge(&files)?);
            gone.extend(run);
        }
        let paths: Vec<PathBuf> = merged_at.values().map(|file| self.root().join(file.path())).collect();
        durable::flush(self.root(), &paths).map_err(LakeError::from)?;
        manifest.files = Vec::with_capacity(before.len());
        for (at, file) in before.iter().enumerate() {
            if let Some(merged) = merged_at.remove(&at) {
                manifest.files.push(merged);
            }
            if gone.contains(&at) {
                manifest.retired.push(file.clone());
            } else {
                manifest.files.push(file.clone());
            }
        }
        manifest.retired.retain(|file| needed.contains(&file.digest));
        let length = |files: &[FileEntry]| files.iter().map(|file| file.bytes).sum();
        let mut report = CompactReport {
            files_before: before.len(),
            files_after: manifest.files.len(),
            bytes_before: length(&before),
            bytes_after: length(&manifest.files),
            kept_for_snapshots: manifest.retired.len(),
            removed: 0,
        };
        if gone.is_empty() && manifest.retired.len() == retired_before {
            self.adopt(manifest);
        } else {
            self.replace_manifest(manifest)?;
        }
        let listed = self.listed().map(|file| self.root().join(file.path())).collect();
        report.removed = sweep(self.root(), &listed)?;
        Ok(report)
    }

    /// One file with the rows of all of `files`, which are of one name, in their order; not flushed.
    fn merge(&self, files: &[&FileEntry]) -> Result<FileEntry, LakeError> {
        let mut batches = Vec::new();
        for file in files {
            let batch = decode_all(self.open_checked(file)?);
            let failed = |source| LakeError::Parquet { path: self.root().join(file.path()), source };
            batches.extend(batch.map_err(failed)?);
        }
        let bytes = parquet_bytes(&batches)
            .map_err(|source| LakeError::Parquet { path: self.root().to_owned(), source })?;
        let mut merged = files[0].clone();
        merged.digest = Digest::of(&bytes);
        merged.bytes = bytes.len() as u64;
        for file in &files[1..] {
            merged.rows += file.rows;
            merged.first = merged.first.min(file.first);
            merged.last = merged.last.max(file.last);
            for source in file.sources() {
                if !merged.sources().any(|known| known == source) {
                    merged.also_from.push(source.to_owned());
                }
            }
        }
        durable::put(&self.root().join(merged.path()), &bytes)?;
        Ok(merged)
    }
}

/// Removes the files of the tables' folders below `root` that are not in `listed`. Nobody else writes there meanwhile: the
/// caller holds the lock.
pub(crate) fn sweep(root: &Path, listed: &BTreeSet<PathBuf>) -> Result<usize, LakeError> {
    let mut removed = 0;
    for table in Table::all() {
        for folder in entries(root.join(table.folder().0))? {
            for file in entries(folder)? {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let ours = name.starts_with(".tmp-") || name.starts_with("part-");
                if ours && !listed.contains(&file) {
                    fs::remove_file(&file).map_err(|source| WriteError {
                        path: file.clone(),
                        doing: "remove",
                        source,
                    })?;
                    removed += 1;
                }
            }
        }
    }
    Ok(removed)
}

/// Places of files to merge: neighbours of one name, two or more, of a million rows together at most.
fn runs(files: &[FileEntry]) -> Vec<Vec<usize>> {
    let mut open: BTreeMap<(Table, &Symbol), (u64, Vec<usize>)> = BTreeMap::new();
    let mut runs = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let (rows, run) = open.entry((file.table, &file.symbol)).or_default();
        if *rows + file.rows > ROWS_MAX {
            runs.push(std::mem::take(run));
            *rows = 0;
        }
        *rows += file.rows;
        run.push(at);
    }
    runs.extend(open.into_values().map(|(_, run)| run));
    runs.retain(|run| run.len() > 1);
    runs
}

fn decode_all(file: File) -> Result<Vec<RecordBatch>, ParquetError> {
    let batches = reader(file)?.with_batch_size(1 << 14).build()?;
    batches.map(|batch| Ok(batch?)).collect()
}

/// What lies in a folder, ascending; nothing where there is none.
pub(crate) fn entries(folder: PathBuf) -> Result<Vec<PathBuf>, LakeError> {
    let failed = |source| LakeError::Read { path: folder.clone(), source };
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(&folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}
