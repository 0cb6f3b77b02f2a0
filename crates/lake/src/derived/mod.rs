//! Tables derived from market data: sampled order books, option chains with volatilities and Greeks, regimes. Plain Parquet
//! (zstd) that any reader understands; both times and the source on every row.

mod books;
mod chains;
mod states;

pub use books::encode_books;
pub use chains::{ContractRow, encode_chain};
pub use states::{StateRow, encode_states, states_csv};

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use proofmark_units::Instant;

/// Columns of one table, in order.
#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn push(&mut self, name: impl Into<String>, array: impl Array + 'static) {
        self.add(name, false, array);
    }

    /// Whether a column may hold nulls does not depend on whether it does: tables of one kind have one schema.
    fn add(&mut self, name: impl Into<String>, nullable: bool, array: impl Array + 'static) {
        self.fields.push(Field::new(name, array.data_type().clone(), nullable));
        self.arrays.push(Arc::new(array));
    }

    /// Microseconds, rounded up: a row must not look known earlier than it was.
    fn known_at(&mut self, values: impl Iterator<Item = Instant>) {
        let micros = values.map(|at| at.up_to_micros().micros());
        self.push("known_at", TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"));
    }

    /// Microseconds, rounded down.
    fn event_time(&mut self, values: impl Iterator<Item = Instant>) {
        let micros = values.map(Instant::micros);
        self.push("event_time", TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"));
    }

    fn numbers(&mut self, name: impl Into<String>, values: impl Iterator<Item = Option<f64>>) {
        self.add(name, true, values.collect::<Float64Array>());
    }

    fn texts<'a>(&mut self, name: impl Into<String>, values: impl Iterator<Item = &'a str>) {
        self.push(name, StringArray::from_iter_values(values));
    }

    fn finish(self) -> Result<Vec<u8>, ParquetError> {
        let schema = Arc::new(Schema::new(self.fields));
        // The writer's version is left out: the same rows must give the same bytes after an upgrade.
        let properties = WriterProperties::builder()
            .set_created_by("proofmark".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, Arc::clone(&schema), Some(properties))?;
        writer.write(&RecordBatch::try_new(schema, self.arrays)?)?;
        writer.close()?;
        Ok(bytes)
    }
}
