//! Rows of one table in the one order that does not depend on how they arrived.
//!
//! A row is all of its columns, times included, bit by bit; where it came from orders equal rows and makes none another one,
//! since two workspaces name one file in two ways. Rows form a set in which a row may stand several times; what two lakes hold
//! together is the larger count of each, so that joining is commutative and repeats change nothing.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use parquet::errors::ParquetError;

use crate::table::{SOURCE_COLUMN, wrong};

/// Rows of one table and name.
pub(super) struct Rows {
    batch: RecordBatch,
    /// Each row's bytes, whose order is that of its columns from left to right, how many of them are before the source, and
    /// its place in the batch; ascending.
    order: Vec<(Vec<u8>, usize, u32)>,
}

impl Rows {
    pub(super) fn new(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self, ParquetError> {
        // Fields as they should be: what a file's own metadata adds is dropped.
        let same: Vec<RecordBatch> = batches
            .iter()
            .map(|batch| RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()))
            .collect::<Result<_, _>>()?;
        let batch = concat_batches(schema, &same)?;
        let count = u32::try_from(batch.num_rows())
            .map_err(|_| wrong("fewer than 4,294,967,296 rows of one name"))?;
        let mut bytes = vec![Vec::new(); batch.num_rows()];
        let (sources, facts): (Vec<_>, Vec<_>) =
            schema.fields().iter().zip(batch.columns()).partition(|(field, _)| field.name() == SOURCE_COLUMN);
        for (_, column) in facts {
            append(column, &mut bytes)?;
        }
        let lengths: Vec<usize> = bytes.iter().map(Vec::len).collect();
        for (_, column) in sources {
            append(column, &mut bytes)?;
        }
        let rows = bytes.into_iter().zip(lengths).zip(0..count);
        let mut order: Vec<(Vec<u8>, usize, u32)> =
            rows.map(|((bytes, facts), at)| (bytes, facts, at)).collect();
        order.sort_unstable();
        Ok(Self { batch, order })
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// All rows, ascending.
    pub(super) fn sorted(&self) -> Result<RecordBatch, ParquetError> {
        self.pick(self.order.iter().map(|(_, _, at)| *at))
    }

    /// Rows that `held` lacks, ascending.
    pub(super) fn beyond(&self, held: &Self) -> Result<RecordBatch, ParquetError> {
        let mut rest = held.order.iter().map(|(bytes, facts, _)| &bytes[..*facts]).peekable();
        self.pick(self.order.iter().filter_map(|(bytes, facts, at)| {
            let ours = &bytes[..*facts];
            while rest.next_if(|held| *held < ours).is_some() {}
            // One held row answers for one row of ours.
            rest.next_if_eq(&ours).is_none().then_some(*at)
        }))
    }

    fn pick(&self, places: impl Iterator<Item = u32>) -> Result<RecordBatch, ParquetError> {
        Ok(take_record_batch(&self.batch, &UInt32Array::from_iter_values(places))?)
    }
}

/// Appends a column's cells to the bytes of their rows. A missing value sorts first.
fn append(column: &dyn Array, rows: &mut [Vec<u8>]) -> Result<(), ParquetError> {
    let mut each = |cell: &dyn Fn(usize, &mut Vec<u8>)| {
        for (i, row) in rows.iter_mut().enumerate() {
            if column.is_null(i) {
                row.push(0);
            } else {
                row.push(1);
                cell(i, row);
            }
        }
    };
    match column.data_type() {
        DataType::Timestamp(..) => {
            let values = column.as_primitive::<TimestampMicrosecondType>();
            each(&|i, row| row.extend(ordered(values.value(i))));
        }
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>();
            each(&|i, row| row.extend(ordered(values.value(i))));
        }
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>();
            each(&|i, row| row.extend(ordered(i64::from(values.value(i)))));
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            // The order of `f64::total_cmp`, in which every bit counts.
            each(&|i, row| {
                let bits = values.value(i).to_bits() as i64;
                row.extend(ordered(bits ^ (((bits >> 63) as u64) >> 1) as i64));
            });
        }
        DataType::Utf8 => {
            let values = column.as_string::<i32>();
            // A zero byte is written as two bytes, so that the end of a text sorts before anything that follows it.
            each(&|i, row| {
                for byte in values.value(i).bytes() {
                    row.push(byte);
                    if byte == 0 {
                        row.push(u8::MAX);
                    }
                }
                row.extend([0, 0]);
            });
        }
        _ => return Err(wrong("instants, dates, numbers or text")),
    }
    Ok(())
}

/// Bytes that sort as the numbers do.
const fn ordered(value: i64) -> [u8; 8] {
    (value ^ i64::MIN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float64Array, StringArray};
    use arrow_schema::{Field, Schema};

    use super::*;

    fn rows(values: &[(Option<f64>, &str)]) -> Rows {
        let schema = Arc::new(Schema::new(vec![
            Field::new("value", DataType::Float64, true),
            Field::new("text", DataType::Utf8, false),
        ]));
        let numbers = Float64Array::from_iter(values.iter().map(|(value, _)| *value));
        let texts = StringArray::from_iter_values(values.iter().map(|(_, text)| text));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers), Arc::new(texts)]);
        Rows::new(&schema, &[batch.unwrap()]).unwrap()
    }

    fn read(batch: &RecordBatch) -> Vec<(Option<u64>, String)> {
        let numbers = batch.column(0).as_primitive::<Float64Type>();
        let texts = batch.column(1).as_string::<i32>();
        let number = |i: usize| numbers.is_valid(i).then(|| numbers.value(i).to_bits());
        (0..batch.num_rows()).map(|i| (number(i), texts.value(i).to_owned())).collect()
    }

    #[test]
    fn every_bit_counts_and_the_order_is_that_of_values() {
        let given = [
            (Some(1.0), "b"),
            (Some(f64::NAN), ""),
            (Some(0.0), "a\0"),
            (Some(0.0), "a"),
            (Some(0.0), "aa"),
            (None, "z"),
            (Some(-0.0), "x"),
            (Some(-2.5), ""),
            (Some(f64::NEG_INFINITY), ""),
        ];
        let sorted = read(&rows(&given).sorted().unwrap());
        let want: Vec<_> = [5, 8, 7, 6, 3, 2, 4, 0, 1]
            .map(|i: usize| (given[i].0.map(f64::to_bits), given[i].1.to_owned()))
            .to_vec();
        assert_eq!(sorted, want);
    }

    #[test]
    fn what_is_lacking_counts_repeats() {
        let ours = rows(&[(Some(1.0), "a"), (Some(1.0), "a"), (Some(2.0), "b"), (None, "c")]);
        let held = rows(&[(Some(1.0), "a"), (Some(9.0), "z"), (None, "c")]);
        let lacking = read(&ours.beyond(&held).unwrap());
        assert_eq!(
            lacking,
            [(Some(1_f64.to_bits()), "a".to_owned()), (Some(2_f64.to_bits()), "b".to_owned())]
        );
        assert_eq!(ours.beyond(&ours).unwrap().num_rows(), 0);
        assert_eq!(ours.beyond(&rows(&[])).unwrap().num_rows(), ours.len());
    }
}
