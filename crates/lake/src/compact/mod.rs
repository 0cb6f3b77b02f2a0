//! Merging the small files of a name, so that years of daily deliveries read as one file.
//!
//! Rows are copied as they are, in their order and with their source, so that every read gives the same bits before and
//! after. Names of few rows come to lie in one file that they share, names of many in files of their own. Files that a
//! snapshot names stay, listed as retired; the others go, after the manifest was replaced. Killed at any point, the lake is
//! the old one or the new one; the next merge clears what was left lying about.

mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use proofmark_units::Digest;
use rayon::prelude::*;
use serde::Serialize;

use self::plan::plan;
use crate::durable::{self, WriteError};
use crate::encode::parquet_bytes;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::shared::{self, Checked, Member};
use crate::snapshot::{Snapshot, SnapshotError};

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
    /// Merges the files of each table into as few as hold a million rows each: those of each name with many rows, and those
    /// of all names with few.
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
        let plan = plan(&before);
        let checked = self.check_shared(&before)?;
        let entries =
            |places: &[usize]| -> Vec<&FileEntry> { places.iter().map(|at| &before[*at]).collect() };
        let mut merged_at: BTreeMap<usize, FileEntry> = BTreeMap::new();
        for run in &plan.own {
            merged_at.insert(run[0], self.merge(&entries(run), &checked)?);
        }
        let mut shared = Vec::new();
        for pack in &plan.shared {
            let names: Vec<Vec<&FileEntry>> = pack.iter().map(|places| entries(places)).collect();
            shared.extend(self.merge_shared(&names, &checked)?);
        }
        let gone: BTreeSet<usize> =
            plan.own.into_iter().chain(plan.shared.into_iter().flatten()).flatten().collect();
        let written = merged_at.values().chain(shared::files(&shared));
        let paths: Vec<PathBuf> = written.map(|file| self.root().join(file.path())).collect();
        durable::flush(self.root(), &paths).map_err(LakeError::from)?;
        manifest.files = Vec::with_capacity(before.len());
        for (at, file) in before.iter().enumerate() {
            manifest.files.extend(merged_at.remove(&at));
            if gone.contains(&at) {
                manifest.retired.push(file.clone());
            } else {
                manifest.files.push(file.clone());
            }
        }
        // A name that shares a file has nothing elsewhere: its rows follow no others.
        manifest.files.extend(shared);
        manifest.retired.retain(|file| needed.contains(&file.digest));
        let count = |entries: &[FileEntry]| shared::files(entries).count();
        let length = |entries: &[FileEntry]| shared::files(entries).map(|file| file.bytes).sum();
        let mut report = CompactReport {
            files_before: count(&before),
            files_after: count(&manifest.files),
            bytes_before: length(&before),
            bytes_after: length(&manifest.files),
            kept_for_snapshots: count(&manifest.retired),
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
    fn merge(&self, files: &[&FileEntry], checked: &Checked) -> Result<FileEntry, LakeError> {
        let batches = self.rows_of(files, checked)?;
        let bytes = parquet_bytes(&batches)
            .map_err(|source| LakeError::Parquet { path: self.root().to_owned(), source })?;
        let Member { rows, first, last, sources, .. } = member(files);
        let mut sources = sources.into_iter();
        let merged = FileEntry {
            digest: Digest::of(&bytes),
            bytes: bytes.len() as u64,
            rows,
            first,
            last,
            source: sources.next().unwrap_or_default(),
            also_from: sources.collect(),
            first_row: None,
            ..files[0].clone()
        };
        durable::put(&self.root().join(merged.path()), &bytes)?;
        Ok(merged)
    }

    /// One shared file with the rows of all of `names`, whose parts are in the order of arrival; not flushed.
    fn merge_shared(
        &self,
        names: &[Vec<&FileEntry>],
        checked: &Checked,
    ) -> Result<Vec<FileEntry>, LakeError> {
        let batches = names.par_iter().map(|files| self.rows_of(files, checked));
        let batches: Vec<RecordBatch> = batches.collect::<Result<Vec<_>, LakeError>>()?.concat();
        let Some(first) = batches.first() else { return Ok(Vec::new()) };
        let rows = concat_batches(&first.schema(), &batches)
            .map_err(|source| LakeError::Parquet { path: self.root().to_owned(), source: source.into() })?;
        let members = names.iter().map(|files| member(files)).collect();
        shared::write(self.root(), names[0][0].table, &rows, members)
    }

    fn rows_of(&self, files: &[&FileEntry], checked: &Checked) -> Result<Vec<RecordBatch>, LakeError> {
        let mut batches = Vec::new();
        for file in files {
            let failed = |source| LakeError::Parquet { path: self.root().join(file.path()), source };
            let rows = self.open_checked(file, checked)?.read(None).map_err(failed)?;
            let schema = Arc::new(rows.schema());
            for batch in rows {
                let columns = batch.map_err(failed)?.columns().to_vec();
                batches
                    .push(RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| failed(e.into()))?);
            }
        }
        Ok(batches)
    }
}

/// What the rows of all of `files` are together, which are of one name.
fn member(files: &[&FileEntry]) -> Member {
    let mut sources: Vec<String> = Vec::new();
    for source in files.iter().flat_map(|file| file.sources()) {
        if !sources.iter().any(|known| known == source) {
            sources.push(source.to_owned());
        }
    }
    let dates = files.iter().map(|file| (file.first, file.last));
    let (first, last) = dates
        .reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
        .unwrap_or((files[0].first, files[0].last));
    let rows = files.iter().map(|file| file.rows).sum();
    Member { name: files[0].symbol.clone(), rows, first, last, sources }
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
