//! Rows to Parquet bytes and back.

use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use proofmark_market::BarRow;
use proofmark_units::{Date, DateSpan, Instant};

use crate::Observation;

const BAR_COLUMNS: [&str; 8] =
    ["event_time", "known_at", "session", "open", "high", "low", "close", "volume"];
const OBSERVATION_COLUMNS: [&str; 3] = ["date", "known_at", "value"];
pub(crate) const SOURCE_COLUMN: &str = "ingested_from";

pub(crate) fn encode_bars(rows: &[BarRow], source: &str) -> Result<RecordBatch, ParquetError> {
    let columns = [
        times(rows.iter().map(|row| row.event_time)),
        times(rows.iter().map(|row| row.known_at)),
        days(rows.iter().map(|row| row.date)),
        numbers(rows, |row| row.open),
        numbers(rows, |row| row.high),
        numbers(rows, |row| row.low),
        numbers(rows, |row| row.close),
        numbers(rows, |row| row.volume),
    ];
    encode(bar_schema(), columns.into(), source, rows.len())
}

pub(crate) fn decode_bars(file: File) -> Result<Vec<BarRow>, ParquetError> {
    let mut rows = Vec::new();
    decode(file, &BAR_COLUMNS, |columns| {
        refuse_nulls(columns)?;
        let [event_time, known_at, date, open, high, low, close, volume] = columns else {
            return Err(wrong("a table of bars"));
        };
        let (event_time, known_at) = (read_times(event_time)?, read_times(known_at)?);
        let date = read_days(date)?;
        let (open, high, low) = (read_numbers(open)?, read_numbers(high)?, read_numbers(low)?);
        let (close, volume) = (read_numbers(close)?, read_numbers(volume)?);
        rows.extend((0..date.len()).map(|i| BarRow {
            date: Date::from_days(date[i]),
            event_time: Instant::from_micros(event_time[i]),
            known_at: Instant::from_micros(known_at[i]),
            open: open[i],
            high: high[i],
            low: low[i],
            close: close[i],
            volume: volume[i],
        }));
        Ok(())
    })?;
    Ok(rows)
}

pub(crate) fn encode_observations(rows: &[Observation], source: &str) -> Result<RecordBatch, ParquetError> {
    let columns = vec![
        days(rows.iter().map(|row| row.date)),
        times(rows.iter().map(|row| row.known_at)),
        numbers(rows, |row| row.value),
    ];
    encode(observation_schema(), columns, source, rows.len())
}

pub(crate) fn decode_observations(file: File) -> Result<Vec<Observation>, ParquetError> {
    let mut rows = Vec::new();
    decode(file, &OBSERVATION_COLUMNS, |columns| {
        refuse_nulls(columns)?;
        let [date, known_at, value] = columns else { return Err(wrong("a table of observations")) };
        let (date, known_at, value) = (read_days(date)?, read_times(known_at)?, read_numbers(value)?);
        rows.extend((0..date.len()).map(|i| Observation {
            date: Date::from_days(date[i]),
            known_at: Instant::from_micros(known_at[i]),
            value: value[i],
        }));
        Ok(())
    })?;
    Ok(rows)
}

pub(crate) fn times(values: impl Iterator<Item = Instant>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(Instant::micros)).with_timezone("UTC"))
}

pub(crate) fn numbers<R>(rows: &[R], pick: fn(&R) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(rows.iter().map(pick)))
}

pub(crate) fn days(values: impl Iterator<Item = Date>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(values.map(Date::days)))
}

pub(crate) fn encode(
    schema: Schema,
    mut columns: Vec<ArrayRef>,
    source: &str,
    rows: usize,
) -> Result<RecordBatch, ParquetError> {
    columns.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(source, rows))));
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// The columns of every file of bars.
pub(crate) fn bar_schema() -> Schema {
    let kinds = [time_type(), time_type(), DataType::Date32].into_iter();
    schema(&BAR_COLUMNS, kinds.chain(std::iter::repeat_n(DataType::Float64, 5)))
}

/// The columns of every file of dated values.
pub(crate) fn observation_schema() -> Schema {
    schema(&OBSERVATION_COLUMNS, [DataType::Date32, time_type(), DataType::Float64].into_iter())
}

pub(crate) fn schema(names: &[&str], kinds: impl Iterator<Item = DataType>) -> Schema {
    let mut fields: Vec<Field> =
        names.iter().zip(kinds).map(|(name, kind)| Field::new(*name, kind, false)).collect();
    fields.push(Field::new(SOURCE_COLUMN, DataType::Utf8, false));
    Schema::new(fields)
}

/// The type of a column of instants.
pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A file of fewer rows is stored as it is: setting up compression, dictionaries and statistics for each column takes five
/// times as long as writing them, and the file gets longer. A day of a whole market is thousands of such files.
const FEW_ROWS: usize = 32;

/// One Parquet file of batches of one schema; nothing without a batch.
pub(crate) fn parquet_bytes(batches: &[RecordBatch]) -> Result<Vec<u8>, ParquetError> {
    let mut bytes = Vec::new();
    let Some(first) = batches.first() else { return Ok(bytes) };
    // The writer's version is left out: the same rows must give the same bytes after an upgrade.
    let mut properties = WriterProperties::builder().set_created_by("proofmark".to_owned());
    properties = if batches.iter().map(RecordBatch::num_rows).sum::<usize>() < FEW_ROWS {
        properties
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
    } else {
        properties.set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
    };
    for field in first.schema_ref().fields() {
        // Times ascend by a few steps that repeat: their differences take a fraction of a dictionary's bytes and time.
        if matches!(field.data_type(), DataType::Timestamp(..) | DataType::Date32) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    let mut writer = ArrowWriter::try_new(&mut bytes, first.schema(), Some(properties.build()))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

/// A reader that takes the columns' types from Parquet alone: the Arrow schema that writers add beside them says nothing more of
/// our columns, and a hostile one panics in its decoder.
pub(crate) fn reader(file: File) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
}

/// Hands the named columns of each batch to `each`, in the order of `names`.
pub(crate) fn decode(
    file: File,
    names: &[&str],
    mut each: impl FnMut(&[ArrayRef]) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    let builder = reader(file)?;
    let schema = Arc::clone(builder.schema());
    let order: Vec<usize> = names.iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>()?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), order.iter().copied());
    for batch in builder.with_projection(mask).with_batch_size(1 << 14).build()? {
        let batch = batch?;
        let columns: Vec<ArrayRef> =
            names.iter().filter_map(|name| batch.column_by_name(name)).map(Arc::clone).collect();
        each(&columns)?;
    }
    Ok(())
}

pub(crate) fn refuse_nulls(columns: &[ArrayRef]) -> Result<(), ParquetError> {
    if columns.iter().any(|column| column.null_count() > 0) {
        return Err(wrong("a column without nulls"));
    }
    Ok(())
}

pub(crate) fn wrong(expected: &str) -> ParquetError {
    ParquetError::General(format!("expected {expected}"))
}

pub(crate) fn read_times(column: &ArrayRef) -> Result<&[i64], ParquetError> {
    // What nanoseconds can hold; anything beyond is damage.
    const RANGE: std::ops::RangeInclusive<i64> = -(i64::MAX / 2_000)..=i64::MAX / 2_000;
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = &column.as_primitive::<TimestampMicrosecondType>().values()[..];
            if values.iter().all(|micros| RANGE.contains(micros)) {
                Ok(values)
            } else {
                Err(wrong("instants near today"))
            }
        }
        _ => Err(wrong("timestamps in microseconds")),
    }
}

pub(crate) fn read_days(column: &ArrayRef) -> Result<&[i32], ParquetError> {
    let range = DateSpan::EVERY;
    let days = column.as_primitive_opt::<Date32Type>().map(|days| &days.values()[..]);
    days.filter(|days| days.iter().all(|day| range.contains(Date::from_days(*day))))
        .ok_or_else(|| wrong("dates from 1900 to 2200"))
}

pub(crate) fn read_numbers(column: &ArrayRef) -> Result<&[f64], ParquetError> {
    column
        .as_primitive_opt::<Float64Type>()
        .map(|numbers| &numbers.values()[..])
        .ok_or_else(|| wrong("numbers"))
}
