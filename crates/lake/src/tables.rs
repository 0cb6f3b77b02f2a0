//! What each table holds, counted.

use proofmark_units::{Date, Symbol};
use serde::Serialize;

use crate::facts::shape_of;
use crate::intraday;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::shared;
use crate::table;
use crate::versions::latest;

/// One table of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableInfo {
    /// The table.
    pub table: Table,
    /// Symbols, series, indices or topics with rows.
    pub names: usize,
    /// Files that reads look at.
    pub files: usize,
    /// Their length, bytes.
    pub bytes: u64,
    /// Rows, every version of every fact.
    pub rows: u64,
    /// Of these, rows as last known.
    pub current: u64,
    /// Of these, rows that a later version took the place of.
    pub replaced: u64,
    /// Earliest date; `None` in an empty table.
    pub first: Option<Date>,
    /// Latest date.
    pub last: Option<Date>,
}

impl Lake {
    /// Every table, the empty ones too, in the order of the documentation. Reads all rows, those of one name at a time.
    ///
    /// # Errors
    /// [`LakeError`] for a file that cannot be read.
    pub fn tables(&self) -> Result<Vec<TableInfo>, LakeError> {
        Table::all().map(|table| self.table_info(table)).collect()
    }

    fn table_info(&self, table: Table) -> Result<TableInfo, LakeError> {
        let names = self.names(table);
        let files: Vec<&FileEntry> = self.files().iter().filter(|file| file.table == table).collect();
        let rows = files.iter().map(|file| file.rows).sum();
        let mut current = 0;
        // Recorded events are never restated, and there may be millions.
        if table == Table::BookEvents {
            current = rows;
        }
        for name in names.iter().filter(|_| table != Table::BookEvents) {
            current += self.current(table, name)? as u64;
        }
        Ok(TableInfo {
            table,
            names: names.len(),
            files: shared::files(files.iter().copied()).count(),
            bytes: shared::files(files.iter().copied()).map(|file| file.bytes).sum(),
            rows,
            current,
            replaced: rows.saturating_sub(current),
            first: files.iter().map(|file| file.first).min(),
            last: files.iter().map(|file| file.last).max(),
        })
    }

    fn current(&self, table: Table, name: &Symbol) -> Result<usize, LakeError> {
        let files = self.entries(table, name)?;
        Ok(match (shape_of(table), table) {
            (Some(shape), _) => latest(self.decode_files(&files, &|part| shape.decode(part))?, None).len(),
            (None, Table::Bars) => latest(self.decode_files(&files, &table::decode_bars)?, None).len(),
            (None, Table::Intraday(_)) => {
                latest(self.decode_files(&files, &intraday::decode_bars)?, None).len()
            }
            (None, _) => latest(self.decode_files(&files, &table::decode_observations)?, None).len(),
        })
    }
}
