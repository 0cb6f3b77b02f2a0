//! Bars and dated values from Parquet files.

use std::fs::File;
use std::path::Path;

use arrow_array::{ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use proofmark_lake::decoder;

use crate::collect::{Complaint, Place, Problems, Rows, file_symbol};
use crate::columns::{Header, Layout, shown};
use crate::input::{ByRows, Meter};
use crate::parquet_columns::{Column, dates, numbers, texts};
use crate::text::DateText;
use crate::{ObservationOutcome, RawRow, ReadError, ReadOptions, ReadOutcome, WrittenTime, input};

/// Reads bars from a Parquet file with columns such as `symbol, ts, open, high, low, close, volume`.
///
/// A timestamp gives its UTC date, a daily bar's label, and its time of day. Strings may be plain, large or dictionary-encoded, numbers
/// of any numeric type. A null or NaN price is a problem of that row; a null volume is an unknown volume.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used; rows that cannot be read are in
/// [`ReadOutcome::problems`].
pub fn read_bars_parquet(path: impl AsRef<Path>, options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
    read_bars_parquet_metered(path, options, &|_| {})
}

/// As [`read_bars_parquet`], and tells `meter` of the bytes of the file while its rows are read: each row stands for its
/// share of them.
///
/// # Errors
/// As [`read_bars_parquet`].
pub fn read_bars_parquet_metered(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    meter: Meter<'_>,
) -> Result<ReadOutcome, ReadError> {
    let file = path.as_ref();
    let table = Table::open(file)?;
    let mut meter = ByRows::new(file, table.rows(), meter);
    let layout = Layout::find(file, &table.names, options)?;
    let (symbol_column, fixed_symbol) = match layout.symbol[..] {
        [] => (None, Some(file_symbol(file, options.symbol_override.as_ref())?)),
        [index] => (Some(index), None),
        // Joined names are for padded text files; a Parquet file has one column.
        _ => return Err(ReadError::NoSymbol { file: file.to_owned() }),
    };
    let mut wanted: Vec<usize> = layout.prices.into_iter().flatten().collect();
    wanted.extend(layout.date.ok());
    wanted.extend([layout.volume, layout.turnover, symbol_column, layout.series].into_iter().flatten());

    let mut rows = Rows::default();
    let mut problems = Problems::new(file, options.max_problems);
    let (mut rows_read, mut rows_of_other_series) = (0_u64, 0_u64);
    table.for_each_batch(&wanted, options, |batch| {
        let column = |index, read: fn(&ArrayRef) -> Option<Column>, kind| batch.column(index, read, kind);
        let date = layout.date.ok().map(|index| column(index, dates, "a date or timestamp")).transpose()?;
        let mut prices = Vec::with_capacity(4);
        for index in layout.prices {
            let price = index.map(|index| Ok((batch.name(index), column(index, numbers, "a number")?)));
            prices.push(price.transpose()?);
        }
        let quantity =
            |index: Option<usize>| index.map(|index| column(index, numbers, "a number")).transpose();
        let (volume, turnover) = (quantity(layout.volume)?, quantity(layout.turnover)?);
        let symbol = symbol_column.map(|index| column(index, texts, "text")).transpose()?;
        let series = layout.series.map(|index| column(index, texts, "text")).transpose()?;
        for row in 0..batch.batch.num_rows() {
            rows_read += 1;
            let place = Place { row: rows_read, line: None };
            if let Some(series) = &series {
                let text = series.text(row).unwrap_or_default().trim();
                if !options.series.iter().any(|want| want.eq_ignore_ascii_case(text)) {
                    rows_of_other_series += 1;
                    continue;
                }
            }
            let name = match (&fixed_symbol, &symbol) {
                (Some(symbol), _) => Some(symbol.as_str()),
                (None, Some(column)) => column.text(row),
                (None, None) => None,
            };
            let read = match (&date, layout.date) {
                (Some(column), Ok(index)) => read_date(column, row, options, batch.name(index)),
                (_, fixed) => Ok((fixed.err().unwrap_or(proofmark_units::Date::from_days(0)), None)),
            };
            let (when, time) = match read {
                Ok(found) => found,
                Err(Unread::Row(complaint)) => {
                    problems.push(place, name, None, complaint)?;
                    continue;
                }
                Err(Unread::Ambiguous(text)) => {
                    return Err(ReadError::AmbiguousDate { file: file.to_owned(), row: rows_read, text });
                }
            };
            let mut values = [f64::NAN; 4];
            let mut missing = None;
            for (value, price) in values.iter_mut().zip(&prices) {
                let Some((name, column)) = price else { continue };
                match column.number(row) {
                    Some(number) => *value = number,
                    None if options.keep_missing => {}
                    None => missing = missing.or(Some(*name)),
                }
            }
            let outcome = match (missing, name) {
                (Some(column), _) => Err(Complaint::new("missing_value", column, "")),
                (None, None) => Err(Complaint::new("missing_value", "symbol", "")),
                (None, Some(symbol)) => {
                    let quantity = |column: &Option<Column>| {
                        column.as_ref().and_then(|column| column.number(row)).unwrap_or(f64::NAN)
                    };
                    let (volume, turnover) = (quantity(&volume), quantity(&turnover));
                    let [open, high, low, close] = values;
                    rows.push(symbol, RawRow { date: when, open, high, low, close, volume, turnover, time })
                }
            };
            if let Err(complaint) = outcome {
                problems.push(place, name, Some(when), complaint)?;
            }
        }
        meter.read(batch.batch.num_rows() as u64);
        Ok(())
    })?;
    if rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(ReadOutcome {
        bars: rows.finish(),
        problems: problems.list,
        rows_read,
        rows_of_other_series,
        columns: layout.used,
        date_of_file: layout.date.err(),
    })
}

/// Reads dated values, such as a dividend yield, from two columns of a Parquet file.
///
/// Values are delivered in the file's own unit and order; nulls and NaN are problems of their rows.
///
/// # Errors
/// As [`read_bars_parquet`].
pub fn read_observations_parquet(
    path: impl AsRef<Path>,
    date_column: &str,
    value_column: &str,
    options: &ReadOptions,
) -> Result<ObservationOutcome, ReadError> {
    let file = path.as_ref();
    let table = Table::open(file)?;
    let header = Header { file, names: &table.names };
    let date_index = header.required("date", Some(date_column), &[])?;
    let value_index = header.required("value", Some(value_column), &[])?;
    let mut problems = Problems::new(file, options.max_problems);
    let mut values = Vec::new();
    let mut rows_read = 0_u64;
    table.for_each_batch(&[date_index, value_index], options, |batch| {
        let date = batch.column(date_index, dates, "a date or timestamp")?;
        let value = batch.column(value_index, numbers, "a number")?;
        for row in 0..batch.batch.num_rows() {
            rows_read += 1;
            let place = Place { row: rows_read, line: None };
            match read_date(&date, row, options, batch.name(date_index)) {
                Ok((when, _)) => match value.number(row) {
                    Some(number) => values.push((when, number)),
                    None => {
                        let complaint = Complaint::new("missing_value", batch.name(value_index), "");
                        problems.push(place, None, Some(when), complaint)?;
                    }
                },
                Err(Unread::Row(complaint)) => problems.push(place, None, None, complaint)?,
                Err(Unread::Ambiguous(text)) => {
                    return Err(ReadError::AmbiguousDate { file: file.to_owned(), row: rows_read, text });
                }
            }
        }
        Ok(())
    })?;
    if rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(ObservationOutcome { values, problems: problems.list, rows_read })
}

pub(crate) enum Unread {
    Row(Complaint),
    Ambiguous(String),
}

pub(crate) fn read_date(
    column: &Column,
    row: usize,
    options: &ReadOptions,
    name: &str,
) -> Result<(proofmark_units::Date, Option<WrittenTime>), Unread> {
    let text = || column.text(row).unwrap_or("a day outside 1900 to 2200");
    match column.date(row, options.date_format.as_deref()) {
        DateText::Date(date, time) => Ok((date, time)),
        DateText::Missing => Err(Unread::Row(Complaint::new("missing_value", name, ""))),
        DateText::Bad => Err(Unread::Row(Complaint::new("bad_date", name, text()))),
        DateText::Ambiguous => Err(Unread::Ambiguous(shown(text()))),
    }
}

/// An opened Parquet file.
pub(crate) struct Table<'a> {
    file: &'a Path,
    pub(crate) names: Vec<String>,
    builder: ParquetRecordBatchReaderBuilder<File>,
}

impl<'a> Table<'a> {
    pub(crate) fn open(file: &'a Path) -> Result<Self, ReadError> {
        let mut handle = input::open(file)?;
        let mut magic = [0_u8; 4];
        let starts = std::io::Read::read_exact(&mut handle, &mut magic).is_ok();
        if !starts || (&magic != b"PAR1" && &magic != b"PARE") {
            let length = handle.metadata().map_or(0, |data| data.len());
            if length == 0 {
                return Err(ReadError::Empty { file: file.to_owned() });
            }
            let found = match magic {
                [0x1f, 0x8b, ..] => "it is a gzip file",
                _ => "it does not start with `PAR1`",
            };
            return Err(ReadError::WrongFormat {
                file: file.to_owned(),
                expected: "Parquet",
                found: found.into(),
            });
        }
        let builder = guarded(file, || ParquetRecordBatchReaderBuilder::try_new(handle))?;
        let names = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { file, names, builder })
    }

    /// Rows that the file's footer states.
    fn rows(&self) -> u64 {
        u64::try_from(self.builder.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    pub(crate) fn for_each_batch(
        self,
        wanted: &[usize],
        options: &ReadOptions,
        mut each: impl FnMut(&Batch<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let Self { file, names, builder } = self;
        let unpacked: u64 = builder
            .metadata()
            .row_groups()
            .iter()
            .map(|group| u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add);
        if unpacked > options.max_decompressed_bytes {
            return Err(ReadError::TooLarge { file: file.to_owned(), limit: options.max_decompressed_bytes });
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let mut reader: ParquetRecordBatchReader =
            guarded(file, || builder.with_projection(mask).with_batch_size(1 << 14).build())?;
        let mut kept = wanted.to_vec();
        kept.sort_unstable();
        kept.dedup();
        while let Some(batch) = guarded(file, || reader.next().transpose().map_err(Into::into))? {
            each(&Batch { file, names: &names, kept: &kept, batch })?;
        }
        Ok(())
    }
}

/// Runs a step of the Parquet decoder on `file`.
fn guarded<T>(
    file: &Path,
    step: impl FnOnce() -> Result<T, parquet::errors::ParquetError>,
) -> Result<T, ReadError> {
    decoder::guarded(step).map_err(|source| ReadError::Malformed { file: file.to_owned(), source })
}

/// One batch, its columns addressed by their place in the file.
pub(crate) struct Batch<'a> {
    file: &'a Path,
    names: &'a [String],
    kept: &'a [usize],
    pub(crate) batch: RecordBatch,
}

impl<'a> Batch<'a> {
    pub(crate) fn name(&self, index: usize) -> &'a str {
        &self.names[index]
    }

    pub(crate) fn column(
        &self,
        index: usize,
        read: fn(&ArrayRef) -> Option<Column>,
        wanted: &'static str,
    ) -> Result<Column, ReadError> {
        let array = self.kept.binary_search(&index).ok().and_then(|at| self.batch.columns().get(at));
        let column = array.and_then(read);
        column.ok_or_else(|| ReadError::ColumnType {
            file: self.file.to_owned(),
            column: self.name(index).to_owned(),
            found: array.map_or_else(|| "unknown".into(), |array| array.data_type().to_string()),
            wanted,
        })
    }
}
