//! Rows to columns and back.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Date32Array, Float64Array, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::errors::ParquetError;
use proofmark_market::BarRow;
use proofmark_units::{Date, DateSpan, Instant};

use crate::Observation;
use crate::part::Part;

const BAR_COLUMNS: [&str; 8] =
    ["event_time", "known_at", "session", "open", "high", "low", "close", "volume"];
const OBSERVATION_COLUMNS: [&str; 3] = ["date", "known_at", "value"];
pub(crate) const SOURCE_COLUMN: &str = "ingested_from";

pub(crate) fn encode_bars(rows: &[BarRow], sources: Sources<'_>) -> Result<RecordBatch, ParquetError> {
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
    encode(bar_schema(), columns.into(), sources)
}

pub(crate) fn decode_bars(part: Part) -> Result<Vec<BarRow>, ParquetError> {
    let mut rows = Vec::new();
    decode(part, &BAR_COLUMNS, |columns| {
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

pub(crate) fn encode_observations(
    rows: &[Observation],
    sources: Sources<'_>,
) -> Result<RecordBatch, ParquetError> {
    let columns = vec![
        days(rows.iter().map(|row| row.date)),
        times(rows.iter().map(|row| row.known_at)),
        numbers(rows, |row| row.value),
    ];
    encode(observation_schema(), columns, sources)
}

pub(crate) fn decode_observations(part: Part) -> Result<Vec<Observation>, ParquetError> {
    let mut rows = Vec::new();
    decode(part, &OBSERVATION_COLUMNS, |columns| {
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
    sources: Sources<'_>,
) -> Result<RecordBatch, ParquetError> {
    columns.push(repeated(sources.iter().copied()));
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// Where rows came from: sources in the order of the rows, each with how many of them.
pub(crate) type Sources<'a> = &'a [(&'a str, usize)];

/// A column of texts, each so many times.
pub(crate) fn repeated<'a>(texts: impl Iterator<Item = (&'a str, usize)> + Clone) -> ArrayRef {
    let (rows, bytes) =
        texts.clone().fold((0, 0), |(rows, bytes), (text, times)| (rows + times, bytes + text.len() * times));
    let mut column = StringBuilder::with_capacity(rows, bytes);
    for (text, times) in texts {
        (0..times).for_each(|_| column.append_value(text));
    }
    Arc::new(column.finish())
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

/// Hands the named columns of each batch to `each`, in the order of `names`.
pub(crate) fn decode(
    part: Part,
    names: &[&str],
    mut each: impl FnMut(&[ArrayRef]) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    for batch in part.read(Some(names))? {
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
