//! Rows of an answer as plain values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, Schema, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use serde::Serialize;
use serde_json::Value;

/// What a query gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Answer {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows: whole numbers, floats and truth values as such, everything else as text; what is missing, and NaN, is null.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more rows than were asked for.
    pub more: bool,
}

impl Answer {
    pub(crate) fn of(schema: &Schema) -> Self {
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        Self { columns, ..Self::default() }
    }

    /// Adds rows up to `limit`; `false` once there are more.
    pub(crate) fn add(&mut self, batch: &RecordBatch, limit: usize) -> Result<bool> {
        let wanted = batch.num_rows().min(limit - self.rows.len());
        let options = FormatOptions::default().with_null("");
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((column, ArrayFormatter::try_new(column, &options)?)))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..wanted {
            self.rows.push(columns.iter().map(|(column, text)| value(column, row, text)).collect());
        }
        self.more = wanted < batch.num_rows();
        Ok(!self.more)
    }
}

fn value(column: &ArrayRef, row: usize, text: &ArrayFormatter<'_>) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        _ => text.value(row).to_string().into(),
    }
}
