//! Record batches to the bytes of a Parquet file.

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::compute_leaves;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use crate::table::SOURCE_COLUMN;

/// A file of fewer rows is stored as it is: setting up compression, dictionaries and statistics for each column takes five
/// times as long as writing them, and the file gets longer.
const FEW_ROWS: usize = 32;

/// From so many rows on the columns are encoded side by side: below, handing them out costs more than it saves.
const SIDE_BY_SIDE: usize = 1 << 12;

/// Rows of a page of a file that several names share: what reading one name unpacks for nothing is less than this.
const SHARED_PAGE: usize = 1 << 10;

/// Rows of a row group of such a file.
const SHARED_GROUP: usize = 1 << 16;

/// One Parquet file of batches of one schema; nothing without a batch.
pub(crate) fn parquet_bytes(batches: &[RecordBatch]) -> Result<Vec<u8>, ParquetError> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let mut properties = properties(&first.schema());
    properties = if batches.iter().map(RecordBatch::num_rows).sum::<usize>() < FEW_ROWS {
        properties
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
    } else {
        properties.set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
    };
    encode(batches, properties.build())
}

/// As [`parquet_bytes`], of which readers take a few neighbouring rows at a time: without dictionaries, which are read whole
/// whatever is asked for. `names` is the column of sorted names.
pub(crate) fn shared_bytes(batch: &RecordBatch, names: &str) -> Result<Vec<u8>, ParquetError> {
    let properties = properties(&batch.schema())
        .set_dictionary_enabled(false)
        .set_column_encoding(ColumnPath::from(names), Encoding::DELTA_BYTE_ARRAY)
        .set_column_dictionary_enabled(ColumnPath::from(SOURCE_COLUMN), true)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(SHARED_GROUP))
        .set_data_page_row_count_limit(SHARED_PAGE)
        .set_write_batch_size(SHARED_PAGE);
    encode(std::slice::from_ref(batch), properties.build())
}

fn properties(schema: &SchemaRef) -> WriterPropertiesBuilder {
    // The writer's version is left out: the same rows must give the same bytes after an upgrade.
    let mut properties = WriterProperties::builder().set_created_by("proofmark".to_owned());
    for field in schema.fields() {
        // Times ascend by a few steps that repeat: their differences take a fraction of a dictionary's bytes and time.
        if matches!(field.data_type(), DataType::Timestamp(..) | DataType::Date32) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties
}

fn encode(batches: &[RecordBatch], properties: WriterProperties) -> Result<Vec<u8>, ParquetError> {
    let mut bytes = Vec::new();
    let Some(first) = batches.first() else { return Ok(bytes) };
    let group_rows = properties.max_row_group_row_count().unwrap_or(usize::MAX);
    let mut writer = ArrowWriter::try_new(&mut bytes, first.schema(), Some(properties))?;
    if batches.iter().map(RecordBatch::num_rows).sum::<usize>() < SIDE_BY_SIDE {
        for batch in batches {
            writer.write(batch)?;
        }
        writer.close()?;
        return Ok(bytes);
    }
    let schema = first.schema();
    let (mut file, columns) = writer.into_serialized_writer()?;
    for (at, group) in row_groups(batches, group_rows).iter().enumerate() {
        // No column is nested: each has one writer. A column's bytes depend on its values alone, and they are put together
        // in the order of the schema.
        let writers = columns.create_column_writers(at)?;
        let chunks = writers.into_par_iter().enumerate().map(|(place, mut writer)| {
            for batch in group {
                for leaf in compute_leaves(schema.field(place), batch.column(place))? {
                    writer.write(&leaf)?;
                }
            }
            writer.close()
        });
        let chunks = chunks.collect::<Result<Vec<_>, ParquetError>>()?;
        let mut out = file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut out)?;
        }
        out.close()?;
    }
    file.close()?;
    Ok(bytes)
}

/// The batches cut into groups of `rows` rows, the last one of fewer; no row is copied.
fn row_groups(batches: &[RecordBatch], rows: usize) -> Vec<Vec<RecordBatch>> {
    let mut groups: Vec<Vec<RecordBatch>> = vec![Vec::new()];
    let mut room = rows;
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            if room == 0 {
                groups.push(Vec::new());
                room = rows;
            }
            let taken = room.min(batch.num_rows() - from);
            if let Some(group) = groups.last_mut() {
                group.push(batch.slice(from, taken));
            }
            (from, room) = (from + taken, room - taken);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, StringArray};

    use super::*;
    use crate::table::{days, times};
    use proofmark_units::{Date, Instant};

    fn batch(from: usize, rows: usize) -> RecordBatch {
        let at = || from..from + rows;
        let columns: [(&str, ArrayRef); 4] = [
            ("known_at", times(at().map(|i| Instant::from_micros(i as i64 * 60_000_000)))),
            ("session", days(at().map(|i| Date::from_days(i as i32 / 375)))),
            ("close", Arc::new(Float64Array::from_iter_values(at().map(|i| (i % 977) as f64 * 0.05)))),
            ("from", Arc::new(StringArray::from_iter_values(at().map(|i| format!("file {}", i / 500))))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn one_after_another(batches: &[RecordBatch], properties: WriterProperties) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batches[0].schema(), Some(properties)).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn columns_side_by_side_give_the_bytes_of_one_after_another() {
        let batches = [batch(0, 3_000), batch(3_000, 1), batch(3_001, 6_000)];
        let properties = || properties(&batches[0].schema()).set_max_row_group_row_count(Some(2_500)).build();
        let bytes = encode(&batches, properties()).unwrap();
        assert_eq!(bytes, one_after_another(&batches, properties()));
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| encode(&batches, properties()).unwrap()), bytes);
        }
    }

    #[test]
    fn groups_hold_every_row_once() {
        let groups = row_groups(&[batch(0, 5), batch(5, 0), batch(5, 8)], 4);
        let rows: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(RecordBatch::num_rows).collect()).collect();
        assert_eq!(rows, [vec![4], vec![1, 3], vec![4], vec![1]]);
    }
}
