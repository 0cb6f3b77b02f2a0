//! Chains from Parquet files.

use std::path::Path;

use proofmark_units::Date;

use super::layout::{self, Cells, Layout, ROLES};
use super::{ChainFile, ChainOptions};
use crate::collect::{Complaint, Place, Problems};
use crate::parquet_bars::Table;
use crate::parquet_columns::{Column, dates, numbers, texts};
use crate::text::DateText;
use crate::{ReadError, WrittenTime};

/// Reads a chain from a Parquet file; columns are guessed by name or named in the options. An expiry typed as a timestamp is
/// its UTC date. A null is a missing value.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used.
pub fn read_chain_parquet(path: impl AsRef<Path>, options: &ChainOptions) -> Result<ChainFile, ReadError> {
    let file = path.as_ref();
    let table = Table::open(file)?;
    let layout = Layout::find(file, &table.names, options)?;
    let wanted: Vec<usize> = layout.places.iter().flatten().copied().collect();
    let mut problems = Problems::new(file, options.reading.max_problems);
    let mut chain = ChainFile { date_of_file: layout.date_of_file, ..ChainFile::default() };
    table.for_each_batch(&wanted, &options.reading, |batch| {
        let mut columns: Vec<Option<Column>> = Vec::with_capacity(ROLES.len());
        for (role, place) in layout.places.iter().enumerate() {
            let column = place.map(|place| {
                if layout::is_text(role) {
                    batch.column(place, texts, "text")
                } else if layout::is_date(role) {
                    batch.column(place, dates, "a date or timestamp")
                } else {
                    batch.column(place, numbers, "a number")
                }
            });
            columns.push(column.transpose()?);
        }
        for at in 0..batch.batch.num_rows() {
            chain.rows_read += 1;
            let cells = ColumnCells { columns: &columns, at, format: options.reading.date_format.as_deref() };
            match layout::row(&cells, chain.rows_read, options) {
                Ok(row) => chain.rows.push(row),
                Err(complaint) => {
                    problems.push(Place { row: chain.rows_read, line: None }, None, None, complaint)?;
                }
            }
        }
        Ok(())
    })?;
    if chain.rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(ChainFile { problems: problems.list, columns: layout.columns, ..chain })
}

struct ColumnCells<'a> {
    columns: &'a [Option<Column>],
    at: usize,
    format: Option<&'a str>,
}

impl Cells for ColumnCells<'_> {
    fn number(&self, role: usize) -> Result<Option<f64>, Complaint> {
        match self.columns[role].as_ref().and_then(|column| column.number(self.at)) {
            Some(number) if !number.is_finite() => {
                Err(Complaint::new("bad_number", ROLES[role].0, &number.to_string()))
            }
            other => Ok(other),
        }
    }

    fn text(&self, role: usize) -> Result<Option<&str>, Complaint> {
        Ok(self.columns[role].as_ref().and_then(|column| column.text(self.at)))
    }

    fn date(&self, role: usize) -> Result<Option<(Date, Option<WrittenTime>)>, Complaint> {
        let Some(column) = &self.columns[role] else { return Ok(None) };
        match column.date(self.at, self.format) {
            DateText::Date(date, time) => Ok(Some((date, time))),
            DateText::Missing => Ok(None),
            DateText::Ambiguous | DateText::Bad => {
                Err(Complaint::new("bad_date", ROLES[role].0, column.text(self.at).unwrap_or_default()))
            }
        }
    }
}
