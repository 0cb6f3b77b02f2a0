//! Files that several names share: a day of a whole market is thousands of names with a row each, and a folder and a file
//! for each of them costs more than all their rows.
//!
//! The rows lie name by name, ascending, with a column that says whose they are; the manifest says where each name's begin.
//! Such a file is in force as a whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::errors::ParquetError;
use proofmark_units::{Date, Digest, Symbol};
use rayon::prelude::*;

use crate::durable;
use crate::encode::shared_bytes;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::part::Part;
use crate::table::repeated;

/// A name with so many rows has files of its own: reading it whole is what they are for.
pub(crate) const OWN_ROWS: u64 = 1 << 10;

/// Fewer names than this are not worth a shared file: each has its folder, which is plainer to read.
pub(crate) const NAMES_MIN: usize = 16;

/// Rows at which a shared file is large enough, likewise a merged one; bounds the memory of a merge and of a read.
pub(crate) const ROWS_MAX: u64 = 1 << 20;

/// One name's part of a shared file.
pub(crate) struct Member {
    pub(crate) name: Symbol,
    pub(crate) rows: u64,
    pub(crate) first: Date,
    pub(crate) last: Date,
    /// Where the rows came from, in the order of arrival, each once.
    pub(crate) sources: Vec<String>,
}

/// Writes one file of `table` with `rows`, those of each member after those of the one before; not flushed. One entry a
/// member.
pub(crate) fn write(
    root: &Path,
    table: Table,
    rows: &RecordBatch,
    members: Vec<Member>,
) -> Result<Vec<FileEntry>, LakeError> {
    let parquet = |source| LakeError::Parquet { path: root.to_owned(), source };
    let bytes = with_names(table, rows, &members)
        .and_then(|rows| shared_bytes(&rows, table.part()))
        .map_err(parquet)?;
    let digest = Digest::of(&bytes);
    let mut first_row = 0;
    let mut entries = Vec::with_capacity(members.len());
    for Member { name, rows, first, last, sources } in members {
        let mut sources = sources.into_iter();
        entries.push(FileEntry {
            table,
            symbol: name,
            digest,
            bytes: bytes.len() as u64,
            rows,
            first,
            last,
            source: sources.next().unwrap_or_default(),
            also_from: sources.collect(),
            first_row: Some(first_row),
        });
        first_row += rows;
    }
    if let Some(entry) = entries.first() {
        durable::put(&root.join(entry.path()), &bytes)?;
    }
    Ok(entries)
}

/// The rows with the column of their names before the others.
fn with_names(table: Table, rows: &RecordBatch, members: &[Member]) -> Result<RecordBatch, ParquetError> {
    let names = repeated(
        members
            .iter()
            .map(|member| (member.name.as_str(), usize::try_from(member.rows).unwrap_or(usize::MAX))),
    );
    let field = Arc::new(Field::new(table.part(), DataType::Utf8, false));
    let fields: Vec<_> = std::iter::once(field).chain(rows.schema().fields().iter().cloned()).collect();
    let columns = std::iter::once(names).chain(rows.columns().iter().cloned()).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Cuts a list, in its order, into packs of [`ROWS_MAX`] rows at most.
pub(crate) fn packs<T>(list: Vec<T>, rows: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut packs: Vec<Vec<T>> = Vec::new();
    let mut held = 0;
    for one in list {
        let more = rows(&one);
        match packs.last_mut() {
            Some(pack) if held + more <= ROWS_MAX => pack.push(one),
            _ => {
                packs.push(vec![one]);
                held = 0;
            }
        }
        held += more;
    }
    packs
}

/// The files of `entries`, each once.
pub(crate) fn files<'a>(
    entries: impl IntoIterator<Item = &'a FileEntry>,
) -> impl Iterator<Item = &'a FileEntry> {
    let mut seen = BTreeSet::new();
    entries
        .into_iter()
        .filter(move |entry| entry.first_row.is_none() || seen.insert((entry.table, entry.digest)))
}

/// Shared files whose bytes were found to be those they were stored with, so that it is not looked at again for each name.
#[derive(Default)]
pub(crate) struct Checked(BTreeSet<(Table, Digest)>);

impl Lake {
    /// Looks at every shared file of `entries`.
    pub(crate) fn check_shared(&self, entries: &[FileEntry]) -> Result<Checked, LakeError> {
        let shared: Vec<&FileEntry> = files(entries).filter(|entry| entry.first_row.is_some()).collect();
        let outcomes: Vec<Result<(), LakeError>> = shared.par_iter().map(|entry| self.check(entry)).collect();
        outcomes.into_iter().collect::<Result<(), LakeError>>()?;
        Ok(Checked(shared.into_iter().map(|entry| (entry.table, entry.digest)).collect()))
    }

    /// A listed part of which the file's bytes are still those it was stored with: changed rows must not get a new digest
    /// that vouches for them.
    pub(crate) fn open_checked(&self, entry: &FileEntry, checked: &Checked) -> Result<Part, LakeError> {
        if entry.first_row.is_none() || !checked.0.contains(&(entry.table, entry.digest)) {
            self.check(entry)?;
        }
        self.open_part(entry)
    }

    /// A listed part.
    pub(crate) fn open_part(&self, entry: &FileEntry) -> Result<Part, LakeError> {
        let path = self.root().join(entry.path());
        match File::open(&path) {
            Ok(file) => Ok(Part::of(file, entry, self.footers())),
            Err(source) => Err(LakeError::Read { path, source }),
        }
    }

    fn check(&self, entry: &FileEntry) -> Result<(), LakeError> {
        let path = self.root().join(entry.path());
        match File::open(&path).and_then(Digest::of_reader) {
            Ok(digest) if digest == entry.digest => Ok(()),
            Ok(_) => Err(LakeError::Changed { path }),
            Err(source) => Err(LakeError::Read { path, source }),
        }
    }
}
