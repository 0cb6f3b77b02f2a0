//! Forgetting what was to be kept for so many days only.

use std::fs;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{BooleanArray, PrimitiveArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use parquet::errors::ParquetError;
use proofmark_units::{Date, Digest, Instant, Symbol};

use crate::durable::{self, WriteError};
use crate::encode::parquet_bytes;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::part::Part;
use crate::shared::Checked;
use crate::table::wrong;

impl Lake {
    /// Removes the rows of `name` that `venue` showed and that were known before the day `before` (UTC), and says how many
    /// there were. Only tables of what was seen once are meant, which no snapshot of bars names:
    /// [`Table::BookSnapshots`] and [`Table::OptionChains`].
    ///
    /// # Errors
    /// [`LakeError`]: another table, a damaged file, or writing failed. The lake reads as before then.
    pub fn forget(
        &mut self,
        table: Table,
        name: &Symbol,
        venue: &str,
        before: Date,
    ) -> Result<u64, LakeError> {
        if !matches!(table, Table::BookSnapshots | Table::OptionChains) {
            return Err(LakeError::KeptForGood { table });
        }
        let (_lock, mut manifest) = self.lock()?;
        // What was known before a day also happened before it.
        let old = |file: &FileEntry| file.table == table && file.symbol == *name && file.first < before;
        let (mut forgotten, mut replaced) = (0, Vec::new());
        let mut files = Vec::with_capacity(manifest.files.len());
        for file in std::mem::take(&mut manifest.files) {
            if !old(&file) {
                files.push(file);
                continue;
            }
            let rest = self.since(&file, venue, before)?;
            let kept = rest.as_ref().map_or(0, |rest| rest.rows);
            if kept < file.rows {
                forgotten += file.rows - kept;
                replaced.push(self.root().join(file.path()));
            }
            files.extend(rest);
        }
        manifest.files = files;
        if replaced.is_empty() {
            self.adopt(manifest);
            return Ok(0);
        }
        self.replace_manifest(manifest)?;
        for path in replaced {
            fs::remove_file(&path).map_err(|source| WriteError { path, doing: "remove", source })?;
        }
        Ok(forgotten)
    }

    /// A file with the rows of `file` that another venue showed, or that were known from the day `before` on; `None` when
    /// there is none.
    fn since(&self, file: &FileEntry, venue: &str, before: Date) -> Result<Option<FileEntry>, LakeError> {
        let path = self.root().join(file.path());
        let batches =
            late(self.open_checked(file, &Checked::default())?, venue, before.midnight_utc().micros());
        let batches = batches.map_err(|source| LakeError::Parquet { path: path.clone(), source })?;
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if rows == file.rows {
            return Ok(Some(file.clone()));
        }
        let events = batches.iter().filter_map(|batch| times(batch, "event_time").ok());
        let events = || events.clone().flat_map(|events| events.iter().flatten());
        let (Some(first), Some(last)) = (events().min(), events().max()) else { return Ok(None) };
        let bytes = parquet_bytes(&batches).map_err(|source| LakeError::Parquet { path, source })?;
        let mut rest = file.clone();
        rest.digest = Digest::of(&bytes);
        rest.bytes = bytes.len() as u64;
        rest.rows = rows;
        rest.first = Instant::from_micros(first).utc_date();
        rest.last = Instant::from_micros(last).utc_date();
        durable::write_atomically(&self.root().join(rest.path()), &bytes)?;
        Ok(Some(rest))
    }
}

fn late(part: Part, venue: &str, limit: i64) -> Result<Vec<RecordBatch>, ParquetError> {
    let batches = part.read(None)?;
    let mut kept = Vec::new();
    for batch in batches {
        let batch = batch?;
        let known = times(&batch, "known_at")?;
        let venues = batch.column_by_name("venue").and_then(|column| column.as_string_opt::<i32>());
        let venues = venues.ok_or_else(|| wrong("a column of venues"))?;
        let keep = known.iter().zip(venues).map(|(at, of)| Some(at? >= limit || of? != venue));
        let keep = BooleanArray::from_iter(keep);
        let rest = filter_record_batch(&batch, &keep)?;
        if rest.num_rows() > 0 {
            kept.push(rest);
        }
    }
    Ok(kept)
}

fn times<'a>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<TimestampMicrosecondType>, ParquetError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt());
    column.ok_or_else(|| wrong("two columns of instants"))
}
