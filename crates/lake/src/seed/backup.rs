//! Writing a seed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proofmark_units::{Digest, Symbol};
use rayon::prelude::*;

use super::SeedError;
use super::content::{held, inspect};
use super::manifest::{MANIFEST, SeedFile, SeedManifest};
use crate::compact::{entries, sweep};
use crate::durable;
use crate::encode::parquet_bytes;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{Table, path_of};
use crate::shared::Checked;

impl Lake {
    /// Writes every row of every table to the folder `to`, or brings an earlier seed there up to date; files that did not
    /// change are kept. `made_by` names the program, `written` is called once for each file. The rows of one name are in
    /// memory at a time, for each thread.
    ///
    /// The bytes depend on the rows alone, not on how they arrived or were merged, nor on a clock.
    ///
    /// # Errors
    /// [`SeedError`]; an earlier seed in the folder is whole then.
    pub fn back_up(
        &self,
        to: &Path,
        made_by: &str,
        written: &(dyn Fn() + Sync),
    ) -> Result<SeedManifest, SeedError> {
        // No merge may remove a file meanwhile.
        let (_lock, manifest) = self.lock()?;
        let mut lake = self.clone();
        lake.adopt(manifest);
        let names: BTreeSet<(Table, Symbol)> =
            lake.files().iter().map(|file| (file.table, file.symbol.clone())).collect();
        if names.is_empty() {
            return Err(SeedError::Empty);
        }
        refuse_other_things(to)?;
        let names: Vec<(Table, Symbol)> = names.into_iter().collect();
        let checked = lake.check_shared(lake.files())?;
        let one = |(table, name): &(Table, Symbol)| {
            let file = write_one(&lake, &checked, to, *table, name);
            written();
            file
        };
        durable::create_folder(to)?;
        let files = names.par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
        let paths: Vec<PathBuf> = files.iter().map(|file| to.join(&file.path)).collect();
        durable::flush(to, &paths)?;
        let seed = SeedManifest::of(made_by, files).ok_or(SeedError::Empty)?;
        let path = to.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&seed)
            .map_err(|source| SeedError::Manifest { path: path.clone(), source })?;
        text.push(b'\n');
        durable::write_atomically(&path, &text)?;
        // Only now is the earlier seed no longer in force.
        let listed: BTreeSet<PathBuf> = seed.files.iter().map(|file| to.join(&file.path)).collect();
        sweep(to, &listed)?;
        Ok(seed)
    }
}

fn write_one(
    lake: &Lake,
    checked: &Checked,
    to: &Path,
    table: Table,
    name: &Symbol,
) -> Result<SeedFile, SeedError> {
    let parquet = |source| LakeError::Parquet { path: lake.root().to_owned(), source };
    let sorted = held(lake, checked, table, name)?.sorted().map_err(parquet)?;
    let bytes = parquet_bytes(&[sorted]).map_err(parquet)?;
    let digest = Digest::of(&bytes);
    let below = path_of(table, name, &digest);
    let path = to.join(&below);
    let same = fs::File::open(&path).and_then(Digest::of_reader).is_ok_and(|there| there == digest);
    if !same {
        durable::put(&path, &bytes)?;
    }
    // What could not be restored must not be called a backup.
    let extent = inspect(table, name, &path).map_err(parquet)?;
    Ok(SeedFile {
        path: below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        table,
        name: name.clone(),
        rows: extent.rows,
        first: extent.first,
        last: extent.last,
        known_to: extent.known_to,
        bytes: bytes.len() as u64,
        digest,
    })
}

/// A folder with anything in it that no seed has is somebody's, and files would be removed from it.
fn refuse_other_things(to: &Path) -> Result<(), SeedError> {
    let failed = |source| SeedError::Read { path: to.to_owned(), source };
    let here = match fs::read_dir(to) {
        Ok(here) => here,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(source)),
    };
    let mut found = Vec::new();
    for entry in here {
        found.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    found.sort();
    let ours = |name: &str| {
        let mut folders = Table::all().filter_map(|table| table.folder().0.split('/').next());
        name == MANIFEST || name.starts_with(".tmp-") || folders.any(|folder| folder == name)
    };
    // What lies in a table's folder would be swept by its name.
    for folder in Table::all().map(|table| to.join(table.folder().0)) {
        for part in entries(folder)?.into_iter().map(entries).collect::<Result<Vec<_>, _>>()?.concat() {
            let name = part.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let digest = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".parquet"));
            let is_part =
                digest.is_some_and(|text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit()));
            if !is_part && !name.starts_with(".tmp-") {
                return Err(SeedError::Occupied { path: to.to_owned(), found: name });
            }
        }
    }
    match found.into_iter().find(|name| !ours(name)) {
        Some(found) => Err(SeedError::Occupied { path: to.to_owned(), found }),
        None => Ok(()),
    }
}
