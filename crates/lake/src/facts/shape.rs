//! What a table of facts looks like, and its rows as Parquet.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::errors::ParquetError;
use proofmark_units::{Date, Instant};

use super::record::{Record, Value};
use crate::manifest::Table;
use crate::part::Part;
use crate::table::{
    SOURCE_COLUMN, Sources, decode, read_days, read_times, repeated, time_type, times, wrong,
};
use crate::versions::Version;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A finite 64-bit float.
    Number,
    /// A whole number.
    Whole,
    /// A date.
    Date,
}

/// One column of a shape, beside the two times.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the file.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a value may be missing.
    pub optional: bool,
    /// Whether it is part of what a row is about: rows that agree in all such columns are versions of one fact.
    pub key: bool,
}

impl Column {
    /// A column that says what the row is about.
    pub const fn key(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: false, key: true }
    }

    /// A column that every row has.
    pub const fn of(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: false, key: false }
    }

    /// A column that may be missing.
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: true, key: false }
    }
}

/// Which date a fact is filed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// The UTC date of `event_time`, which then is part of what the row is about.
    ByEvent,
    /// The key column at this place.
    ByColumn(usize),
}

/// A table of facts.
#[derive(Debug)]
pub struct Shape {
    /// The table.
    pub table: Table,
    /// Its name in messages.
    pub name: &'static str,
    /// Which date a row is filed under.
    pub dated: Dated,
    /// The columns beside `event_time` and `known_at`.
    pub columns: &'static [Column],
}

impl Shape {
    /// The columns that say what a row is about.
    pub(crate) fn key(&self) -> Vec<&'static str> {
        let event = (self.dated == Dated::ByEvent).then_some("event_time");
        let columns = self.columns.iter().filter(|column| column.key).map(|column| column.name);
        event.into_iter().chain(columns).collect()
    }

    /// The date a record is filed under.
    pub(crate) fn date(&self, record: &Record) -> Date {
        match self.dated {
            Dated::ByEvent => record.event_time.utc_date(),
            Dated::ByColumn(place) => match record.values.get(place) {
                Some(Value::Date(date)) => *date,
                _ => record.event_time.utc_date(),
            },
        }
    }

    /// Why the record cannot be stored, if so.
    pub(crate) fn complaint(&self, record: &Record) -> Option<String> {
        if self.columns.len() != record.values.len() {
            return Some(format!("{} values for {} columns", record.values.len(), self.columns.len()));
        }
        let year = self.date(record).year();
        if !(1900..2200).contains(&year) {
            return Some("its date lies outside 1900 to 2199".to_owned());
        }
        self.columns.iter().zip(&record.values).find_map(|(column, value)| {
            let fits = match (column.kind, value) {
                (_, Value::Missing) => column.optional,
                (Kind::Text, Value::Text(_))
                | (Kind::Whole, Value::Whole(_))
                | (Kind::Date, Value::Date(_)) => true,
                (Kind::Number, Value::Number(number)) => number.is_finite(),
                _ => false,
            };
            let held = match value {
                Value::Number(number) if !number.is_finite() => "NaN or infinity",
                other => other.kind(),
            };
            (!fits).then(|| format!("column `{}` cannot hold {held}", column.name))
        })
    }

    pub(crate) fn row(&'static self, record: Record) -> Row {
        Row { shape: self, record }
    }

    pub(crate) fn encode(&self, rows: &[Row], sources: Sources<'_>) -> Result<RecordBatch, ParquetError> {
        let mut columns = vec![
            times(rows.iter().map(|row| row.record.event_time)),
            times(rows.iter().map(|row| row.record.known_at)),
        ];
        columns.extend(
            self.columns
                .iter()
                .enumerate()
                .map(|(place, column)| array(column.kind, rows.iter().map(|row| &row.record.values[place]))),
        );
        columns.push(repeated(sources.iter().copied()));
        Ok(RecordBatch::try_new(Arc::new(self.schema()), columns)?)
    }

    /// The columns of every file of this table.
    pub(crate) fn schema(&self) -> Schema {
        let mut fields = ["event_time", "known_at"].map(|name| Field::new(name, time_type(), false)).to_vec();
        fields.extend(self.columns.iter().map(|column| {
            let kind = match column.kind {
                Kind::Text => DataType::Utf8,
                Kind::Number => DataType::Float64,
                Kind::Whole => DataType::Int64,
                Kind::Date => DataType::Date32,
            };
            Field::new(column.name, kind, column.optional)
        }));
        fields.push(Field::new(SOURCE_COLUMN, DataType::Utf8, false));
        Schema::new(fields)
    }

    /// The records of a file, in their order.
    pub(crate) fn records(&'static self, part: Part) -> Result<Vec<Record>, ParquetError> {
        Ok(self.decode(part)?.into_iter().map(|row| row.record).collect())
    }

    pub(crate) fn decode(&'static self, part: Part) -> Result<Vec<Row>, ParquetError> {
        let mut rows = Vec::new();
        self.for_each_row(part, |row| {
            rows.push(row);
            Ok::<(), ParquetError>(())
        })?;
        Ok(rows)
    }

    /// Hands on each row of a file, in their order; few of them are in memory at a time.
    pub(crate) fn for_each_row<E: Into<ParquetError>>(
        &'static self,
        part: Part,
        mut each: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), ParquetError> {
        let names: Vec<&str> =
            ["event_time", "known_at"].into_iter().chain(self.columns.iter().map(|c| c.name)).collect();
        decode(part, &names, |columns| {
            let [event_time, known_at, rest @ ..] = columns else { return Err(wrong("a table of facts")) };
            let required = self.columns.iter().zip(rest).filter(|(column, _)| !column.optional);
            if [event_time, known_at].into_iter().chain(required.map(|(_, a)| a)).any(|a| a.null_count() > 0)
            {
                return Err(wrong("a column without nulls"));
            }
            let (event_times, known_ats) = (read_times(event_time)?, read_times(known_at)?);
            let mut values: Vec<Vec<Value>> = vec![Vec::with_capacity(rest.len()); event_times.len()];
            for (column, array) in self.columns.iter().zip(rest) {
                read(column.kind, array, &mut values)?;
            }
            for ((event_time, known_at), values) in event_times.iter().zip(known_ats).zip(values) {
                let (event_time, known_at) =
                    (Instant::from_micros(*event_time), Instant::from_micros(*known_at));
                each(self.row(Record { event_time, known_at, values })).map_err(Into::into)?;
            }
            Ok(())
        })
    }
}

fn array<'a>(kind: Kind, values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    match kind {
        Kind::Text => Arc::new(StringArray::from_iter(values.map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        Kind::Number => Arc::new(Float64Array::from_iter(values.map(|value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        }))),
        Kind::Whole => Arc::new(Int64Array::from_iter(values.map(|value| match value {
            Value::Whole(number) => Some(*number),
            _ => None,
        }))),
        Kind::Date => Arc::new(Date32Array::from_iter(values.map(|value| match value {
            Value::Date(date) => Some(date.days()),
            _ => None,
        }))),
    }
}

/// Appends the column's values to each row.
fn read(kind: Kind, array: &ArrayRef, rows: &mut [Vec<Value>]) -> Result<(), ParquetError> {
    let mut push = |value: &dyn Fn(usize) -> Value| {
        for (i, row) in rows.iter_mut().enumerate() {
            row.push(if array.is_null(i) { Value::Missing } else { value(i) });
        }
    };
    match kind {
        Kind::Text => {
            let texts = array.as_string_opt::<i32>().ok_or_else(|| wrong("text"))?;
            push(&|i| Value::from(texts.value(i)));
        }
        Kind::Number => {
            let numbers = array.as_primitive_opt::<Float64Type>().ok_or_else(|| wrong("numbers"))?;
            push(&|i| Value::Number(numbers.value(i)));
        }
        Kind::Whole => {
            let numbers = array.as_primitive_opt::<Int64Type>().ok_or_else(|| wrong("whole numbers"))?;
            push(&|i| Value::Whole(numbers.value(i)));
        }
        Kind::Date => {
            let days = read_days(array)?;
            push(&|i| Value::Date(Date::from_days(days[i])));
        }
    }
    Ok(())
}

/// A record that knows its shape.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    shape: &'static Shape,
    record: Record,
}

impl Row {
    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    fn values(&self, key: bool) -> Vec<Value> {
        let columns = self.shape.columns.iter().zip(&self.record.values);
        columns.filter(|(column, _)| column.key == key).map(|(_, value)| value.clone()).collect()
    }
}

impl Version for Row {
    type Key = (Date, Option<Instant>, Vec<Value>);
    type Fact = Vec<Value>;

    fn key(&self) -> Self::Key {
        let event = (self.shape.dated == Dated::ByEvent).then_some(self.record.event_time);
        (self.date(), event, self.values(true))
    }
    fn date(&self) -> Date {
        self.shape.date(&self.record)
    }
    fn known_at(&self) -> Instant {
        self.record.known_at
    }
    fn known_from(mut self, known_at: Instant) -> Self {
        self.record.known_at = known_at;
        self
    }
    fn fact(&self) -> Vec<Value> {
        self.values(false)
    }
}
