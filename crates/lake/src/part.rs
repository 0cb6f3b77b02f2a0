//! Rows of a file: all of them, or those of one name where several names share it.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, RecordBatchReader};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use proofmark_units::{Digest, Symbol};

use crate::decoder::guarded;
use crate::manifest::{FileEntry, Table};
use crate::table::wrong;

/// Rows that are decoded at a time.
const BATCH: usize = 1 << 14;

/// A table, a file's digest and its length.
type FooterKey = (Table, Digest, u64);

/// Footers of shared files, each read once: a file of a thousand names would otherwise be opened a thousand times for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Footers(Arc<Mutex<BTreeMap<FooterKey, ArrowReaderMetadata>>>);

impl Footers {
    fn of(
        &self,
        (table, digest): (Table, Digest),
        file: &File,
        options: ArrowReaderOptions,
    ) -> Result<ArrowReaderMetadata, ParquetError> {
        // A file of another length is not the one that was read.
        let key = (table, digest, file.metadata()?.len());
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(footer) = held().get(&key) {
            return Ok(footer.clone());
        }
        let footer = guarded(|| ArrowReaderMetadata::load(file, options))?;
        held().insert(key, footer.clone());
        Ok(footer)
    }
}

/// An open file, of which all rows or those of one name are meant.
pub(crate) struct Part {
    file: File,
    slice: Option<Slice>,
}

/// Where the rows of a name lie in a file that several names share.
struct Slice {
    /// The column that says whose a row is.
    column: &'static str,
    name: Symbol,
    first_row: u64,
    rows: u64,
    file: (Table, Digest),
    footers: Footers,
}

impl From<File> for Part {
    fn from(file: File) -> Self {
        Self { file, slice: None }
    }
}

impl Part {
    /// The rows that `entry` lists, of its file.
    pub(crate) fn of(file: File, entry: &FileEntry, footers: &Footers) -> Self {
        let slice = entry.first_row.map(|first_row| Slice {
            column: entry.table.part(),
            name: entry.symbol.clone(),
            first_row,
            rows: entry.rows,
            file: (entry.table, entry.digest),
            footers: footers.clone(),
        });
        Self { file, slice }
    }

    /// The named columns of the rows (`None`: all but the one of names), a batch at a time.
    ///
    /// The columns' types are taken from Parquet alone: the Arrow schema that writers add beside them says nothing more of
    /// our columns, and a hostile one panics in its decoder.
    pub(crate) fn read(self, columns: Option<&[&str]>) -> Result<PartReader, ParquetError> {
        let Self { file, slice } = self;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let footer = match &slice {
            // The offset index says where pages begin, so that those of other names are neither read nor unpacked.
            Some(slice) => {
                let options = options.with_offset_index_policy(PageIndexPolicy::Optional);
                slice.footers.of(slice.file, &file, options)?
            }
            None => guarded(|| ArrowReaderMetadata::load(&file, options))?,
        };
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer);
        if let Some(columns) = columns {
            let schema = Arc::clone(builder.schema());
            let wanted = columns.iter().copied().chain(slice.as_ref().map(|slice| slice.column));
            let places = wanted.map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), places);
            builder = builder.with_projection(mask);
        }
        if let Some(slice) = &slice {
            let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
            let end = slice.first_row.checked_add(slice.rows).filter(|end| *end <= total);
            let after = total - end.ok_or_else(|| wrong("as many rows as the manifest lists"))?;
            let count = |rows: u64| usize::try_from(rows).map_err(|_| wrong("rows that fit into memory"));
            builder = builder.with_row_selection(RowSelection::from(vec![
                RowSelector::skip(count(slice.first_row)?),
                RowSelector::select(count(slice.rows)?),
                RowSelector::skip(count(after)?),
            ]));
        }
        let inner = guarded(|| builder.with_batch_size(BATCH).build())?;
        let names = slice.as_ref().map(|slice| inner.schema().index_of(slice.column)).transpose()?;
        let kept: Vec<usize> =
            (0..inner.schema().fields().len()).filter(|column| Some(*column) != names).collect();
        let schema = Arc::new(inner.schema().project(&kept)?);
        Ok(PartReader { inner, slice: slice.zip(names), kept, schema, rows: 0 })
    }
}

/// Batches of a [`Part`], each row of which is the name's that was asked for.
pub(crate) struct PartReader {
    inner: ParquetRecordBatchReader,
    slice: Option<(Slice, usize)>,
    kept: Vec<usize>,
    schema: SchemaRef,
    rows: u64,
}

impl PartReader {
    /// The columns of the batches, without what a writer's own metadata adds.
    pub(crate) fn schema(&self) -> Schema {
        Schema::new(self.schema.fields().clone())
    }

    fn checked(&mut self, batch: RecordBatch) -> Result<RecordBatch, ParquetError> {
        let Some((slice, column)) = &self.slice else { return Ok(batch) };
        self.rows += batch.num_rows() as u64;
        let names = batch.column(*column);
        let texts = names.as_string_opt::<i32>().filter(|_| names.null_count() == 0);
        let of_it =
            |texts: &arrow_array::StringArray| texts.iter().flatten().all(|text| text == slice.name.as_str());
        if !texts.is_some_and(of_it) {
            return Err(wrong("rows of the name that the manifest lists there"));
        }
        Ok(batch.project(&self.kept)?)
    }
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        match guarded(|| self.inner.next().transpose().map_err(Into::into)).transpose() {
            Some(batch) => Some(batch.and_then(|batch| self.checked(batch))),
            None => match self.slice.take() {
                Some((slice, _)) if slice.rows != self.rows => {
                    Some(Err(wrong("as many rows as the manifest lists")))
                }
                _ => None,
            },
        }
    }
}
