//! The list of the lake's files: what is not in it does not exist.

use std::path::{Path, PathBuf};

use proofmark_units::{Date, Digest, Symbol};
use serde::{Deserialize, Serialize};

/// The format this program writes and the newest it reads.
pub(crate) const FORMAT: u32 = 1;

/// Which table a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Daily bars by symbol.
    Bars,
    /// Dated values by series.
    Observations,
}

/// One immutable Parquet file of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// The table.
    pub table: Table,
    /// The symbol, or the name of the series.
    pub symbol: Symbol,
    /// SHA-256 of the file's bytes; part of its name.
    pub digest: Digest,
    /// Length, bytes.
    pub bytes: u64,
    /// Rows inside.
    pub rows: u64,
    /// Earliest date inside.
    pub first: Date,
    /// Latest date inside.
    pub last: Date,
    /// Where the rows came from, as the caller named it.
    pub source: String,
}

impl FileEntry {
    /// The file below the lake's root. Follows from the entry, so that no manifest can point elsewhere.
    pub fn path(&self) -> PathBuf {
        let folder = match self.table {
            Table::Bars => Path::new("bars").join("interval=1d").join(format!("symbol={}", self.symbol)),
            Table::Observations => Path::new("observations").join(format!("series={}", self.symbol)),
        };
        folder.join(format!("part-{}.parquet", self.digest.short()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// In the order of arrival.
    pub(crate) files: Vec<FileEntry>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { format: FORMAT, files: Vec::new() }
    }
}

impl Manifest {
    pub(crate) fn of(&self, table: Table) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(move |file| file.table == table)
    }
}
