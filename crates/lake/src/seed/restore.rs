//! Reading a seed, and joining it to a lake.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use parquet::errors::ParquetError;
use proofmark_units::{Digest, Symbol};
use rayon::prelude::*;
use serde::Serialize;

use super::SeedError;
use super::content::{self, held, inspect, sources};
use super::manifest::{SeedFile, SeedManifest};
use crate::durable;
use crate::encode::parquet_bytes;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::shared::Checked;

/// A seed of which every byte and every row was checked.
#[derive(Debug, Clone)]
pub struct Seed {
    root: PathBuf,
    manifest: SeedManifest,
}

/// What restoring one name adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The table.
    pub table: Table,
    /// The symbol, series, index or topic.
    pub name: Symbol,
    /// Rows of the seed.
    pub rows: u64,
    /// Of these, rows that the lake lacked.
    pub added: u64,
}

/// What restoring a seed did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// Rows of the seed.
    pub rows: u64,
    /// Rows that the lake lacked.
    pub added: u64,
    /// Rows that the lake had already, to the bit.
    pub held: u64,
    /// Each name, ascending by table and name.
    pub names: Vec<Restored>,
}

impl Seed {
    /// Opens the seed in the folder `root` and checks its manifest, every digest and every row. `checked` is called once
    /// for each file.
    ///
    /// # Errors
    /// [`SeedError`] for the first file, ascending, that is not what the manifest says.
    pub fn open(root: &Path, checked: &(dyn Fn() + Sync)) -> Result<Self, SeedError> {
        let manifest = SeedManifest::read(root)?;
        let check = |file: &SeedFile| {
            let outcome = check(root, file);
            checked();
            outcome
        };
        // All of them, and then the first failure: which one is told must not depend on threads.
        let outcomes: Vec<_> = manifest.files.par_iter().map(check).collect();
        outcomes.into_iter().collect::<Result<(), SeedError>>()?;
        Ok(Self { root: root.to_owned(), manifest })
    }

    /// What it holds.
    pub const fn manifest(&self) -> &SeedManifest {
        &self.manifest
    }
}

fn open(root: &Path, file: &SeedFile) -> Result<File, SeedError> {
    let path = root.join(&file.path);
    File::open(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => SeedError::Missing { path: file.path.clone() },
        _ => SeedError::Read { path, source },
    })
}

fn check(root: &Path, file: &SeedFile) -> Result<(), SeedError> {
    let digest = Digest::of_reader(open(root, file)?)
        .map_err(|source| SeedError::Read { path: root.join(&file.path), source })?;
    if digest != file.digest {
        return Err(SeedError::Changed { path: file.path.clone() });
    }
    let misfit = |source| SeedError::Content { path: file.path.clone(), source };
    let path = root.join(&file.path);
    let found = inspect(file.table, &file.name, &path).map_err(misfit)?;
    let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if (found.rows, found.first, found.last, found.known_to, length)
        != (file.rows, file.first, file.last, file.known_to, file.bytes)
    {
        let what = "its rows, dates or length are others than the manifest says";
        return Err(misfit(ParquetError::General(what.to_owned())));
    }
    Ok(())
}

impl Lake {
    /// Adds the rows of `seed` that this lake lacks, with their times and sources, and changes no other. `joined` is called
    /// once for each file of the seed; with `dry_run` nothing is written.
    ///
    /// # Errors
    /// [`SeedError`]; the lake reads as before then.
    pub fn restore(
        &mut self,
        seed: &Seed,
        dry_run: bool,
        joined: &(dyn Fn() + Sync),
    ) -> Result<RestoreReport, SeedError> {
        let locked = if dry_run { None } else { Some(self.lock()?) };
        if let Some((_, manifest)) = &locked {
            self.adopt(manifest.clone());
        }
        let lake = &*self;
        let checked = lake.check_shared(lake.files())?;
        let one = |file: &SeedFile| {
            let outcome = lake.join(seed, file, &checked, dry_run);
            joined();
            outcome
        };
        let outcomes =
            seed.manifest.files.par_iter().map(one).collect::<Result<Vec<(u64, Option<FileEntry>)>, _>>()?;
        let mut report = RestoreReport { rows: seed.manifest.rows, added: 0, held: 0, names: Vec::new() };
        let mut entries = Vec::new();
        for (file, (added, entry)) in seed.manifest.files.iter().zip(outcomes) {
            report.added += added;
            report.names.push(Restored {
                table: file.table,
                name: file.name.clone(),
                rows: file.rows,
                added,
            });
            entries.extend(entry);
        }
        report.held = report.rows - report.added;
        if let Some((_lock, mut manifest)) = locked
            && !entries.is_empty()
        {
            let paths: Vec<PathBuf> = entries.iter().map(|entry| self.root().join(entry.path())).collect();
            durable::flush(self.root(), &paths)?;
            manifest.files.extend(entries);
            self.replace_manifest(manifest)?;
        }
        Ok(report)
    }

    /// Writes the rows of one file that the lake lacks; they count once the manifest lists them.
    fn join(
        &self,
        seed: &Seed,
        file: &SeedFile,
        checked: &Checked,
        dry_run: bool,
    ) -> Result<(u64, Option<FileEntry>), SeedError> {
        let misfit = |source| SeedError::Content { path: file.path.clone(), source };
        let given = content::rows(file.table, open(&seed.root, file)?).map_err(misfit)?;
        if given.len() as u64 != file.rows {
            return Err(SeedError::Changed { path: file.path.clone() });
        }
        let lacking = given.beyond(&held(self, checked, file.table, &file.name)?).map_err(misfit)?;
        let added = lacking.num_rows() as u64;
        if added == 0 || dry_run {
            return Ok((added, None));
        }
        Ok((added, Some(self.store(file, &lacking)?)))
    }

    fn store(&self, file: &SeedFile, rows: &RecordBatch) -> Result<FileEntry, SeedError> {
        let parquet = |source| LakeError::Parquet { path: self.root().to_owned(), source };
        let bytes = parquet_bytes(std::slice::from_ref(rows)).map_err(parquet)?;
        let mut sources = sources(rows).into_iter();
        let mut entry = FileEntry {
            table: file.table,
            symbol: file.name.clone(),
            digest: Digest::of(&bytes),
            bytes: bytes.len() as u64,
            rows: rows.num_rows() as u64,
            first: file.first,
            last: file.last,
            source: sources.next().unwrap_or_default(),
            also_from: sources.collect(),
            first_row: None,
        };
        let path = self.root().join(entry.path());
        durable::put(&path, &bytes)?;
        let extent = inspect(file.table, &file.name, &path).map_err(parquet)?;
        (entry.first, entry.last) = (extent.first, extent.last);
        Ok(entry)
    }
}
