//! Forgetting what was to be kept for so many days only.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{BooleanArray, PrimitiveArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use parquet::errors::ParquetError;
use proofmark_units::{Date, Digest, Instant, Symbol};

use crate::compact::{CompactError, sweep};
use crate::durable;
use crate::facts::{Dated, shape_of};
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::snapshot::Snapshot;
use crate::table::{parquet_bytes, reader, wrong};

impl Lake {
    /// Removes the rows of `name` that were known before the day `before` (UTC), and says how many there were. Only tables
    /// of what was seen once are meant: [`Table::BookSnapshots`] and [`Table::OptionChains`].
    ///
    /// A file that a snapshot names stays on disk, whole, and the snapshot reads it as before; other reads no longer do.
    ///
    /// # Errors
    /// [`CompactError`]: another table, a damaged file, a snapshot's record that cannot be read, or writing failed. The lake
    /// reads as before then.
    pub fn forget(&mut self, table: Table, name: &Symbol, before: Date) -> Result<u64, CompactError> {
        let kept_for_good = shape_of(table).is_none_or(|shape| shape.dated != Dated::ByEvent)
            || !matches!(table, Table::BookSnapshots | Table::OptionChains);
        if kept_for_good {
            return Err(LakeError::KeptForGood { table }.into());
        }
        let (_lock, mut manifest) = self.lock()?;
        // What was known before a day also happened before it.
        let old = |file: &FileEntry| file.table == table && file.symbol == *name && file.first < before;
        if !manifest.files.iter().any(old) {
            self.adopt(manifest);
            return Ok(0);
        }
        let mut needed: BTreeSet<Digest> = BTreeSet::new();
        for snapshot in Snapshot::list(self)? {
            needed.extend(snapshot.files);
        }
        let mut forgotten = 0;
        let mut files = Vec::with_capacity(manifest.files.len());
        for file in std::mem::take(&mut manifest.files) {
            if !old(&file) {
                files.push(file);
                continue;
            }
            let rest = self.since(&file, before)?;
            forgotten += file.rows - rest.as_ref().map_or(0, |rest| rest.rows);
            files.extend(rest);
            if needed.contains(&file.digest) {
                manifest.retired.push(file);
            }
        }
        manifest.files = files;
        self.replace_manifest(manifest)?;
        let listed: BTreeSet<PathBuf> = self.listed().map(|file| self.root().join(file.path())).collect();
        sweep(self.root(), &listed)?;
        Ok(forgotten)
    }

    /// A file with the rows of `file` known from the day `before` on; `None` when there is none.
    fn since(&self, file: &FileEntry, before: Date) -> Result<Option<FileEntry>, LakeError> {
        let path = self.root().join(file.path());
        let read = |source| LakeError::Read { path: path.clone(), source };
        // A changed file must not get a new digest that vouches for it.
        if Digest::of_reader(File::open(&path).map_err(read)?).map_err(read)? != file.digest {
            return Err(LakeError::Changed { path });
        }
        let limit = before.midnight_utc().micros();
        let batches = late(File::open(&path).map_err(read)?, limit);
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

fn late(file: File, limit: i64) -> Result<Vec<RecordBatch>, ParquetError> {
    let batches = reader(file)?.with_batch_size(1 << 14).build()?;
    let mut kept = Vec::new();
    for batch in batches {
        let batch = batch?;
        let known = times(&batch, "known_at")?;
        let keep = BooleanArray::from_iter(known.iter().map(|at| at.map(|at| at >= limit)));
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
