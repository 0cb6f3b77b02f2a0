//! Records of any file: chosen columns as text, numbers and times, from CSV or Parquet.

use std::path::{Path, PathBuf};

use csv::ByteRecord;
use proofmark_units::Date;

use crate::collect::{Complaint, Place, Problems};
use crate::columns::{Header, shown};
use crate::delimited::{self, header_names};
use crate::parquet_bars::{Table, Unread, read_date};
use crate::parquet_columns::{Column, dates, numbers, texts};
use crate::text::{DateText, NumberText, parse_date, parse_number};
use crate::{ReadError, ReadOptions, RowProblem, WrittenTime, input};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A date, with or without a time of day.
    Time,
}

/// A column that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What it is for, in messages.
    pub role: &'static str,
    /// The file's own name for it, if it was given.
    pub named: Option<&'a str>,
    /// Names taken otherwise, in lower case without punctuation; the first one present wins.
    pub aliases: &'a [&'a str],
    /// What it holds.
    pub kind: FieldKind,
    /// Whether a file without it can be used.
    pub required: bool,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// Text, trimmed.
    Text(String),
    /// A finite number.
    Number(f64),
    /// A date, and the time of day where one is written.
    Time(Date, Option<WrittenTime>),
    /// Empty, or the file has no such column.
    Missing,
}

impl Field {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// A record: its fields in the order they were wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// One-based data row.
    pub row: u64,
    /// One-based line of a text file.
    pub line: Option<u64>,
    /// One a wanted column.
    pub fields: Vec<Field>,
}

/// Everything one file gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// Readable records in the order of the file.
    pub records: Vec<Record>,
    /// Records that could not be read.
    pub problems: Vec<RowProblem>,
    /// Data rows seen.
    pub rows_read: u64,
    /// The file's column behind each wanted one.
    pub columns: Vec<Option<String>>,
    file: PathBuf,
}

impl Records {
    /// A record that the caller cannot use, as a listed problem.
    pub fn problem(
        &self,
        record: &Record,
        rule: &'static str,
        date: Option<Date>,
        detail: String,
    ) -> RowProblem {
        let (file, row, line) = (self.file.clone(), record.row, record.line);
        RowProblem { rule, file, row, line, symbol: None, date, detail }
    }
}

/// Reads the `wanted` columns of a CSV file (plain or gzip) or a Parquet file, told by content.
///
/// Times are delivered as written: [`crate::instant_of`] places them once a zone is named.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used; records with an unreadable field are in
/// [`Records::problems`].
pub fn read_records(
    path: impl AsRef<Path>,
    wanted: &[Wanted<'_>],
    options: &ReadOptions,
) -> Result<Records, ReadError> {
    let file = path.as_ref();
    let mut magic = [0_u8; 4];
    let parquet = std::io::Read::read_exact(&mut input::open(file)?, &mut magic).is_ok() && &magic == b"PAR1";
    let records = if parquet { of_parquet(file, wanted, options) } else { of_csv(file, wanted, options) }?;
    if records.rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(records)
}

/// Index and name of the column behind each wanted one.
type Found = (Vec<Option<usize>>, Vec<Option<String>>);

fn indices(file: &Path, names: &[String], wanted: &[Wanted<'_>]) -> Result<Found, ReadError> {
    let header = Header { file, names };
    let found: Vec<Option<usize>> = wanted
        .iter()
        .map(|w| match w.required {
            true => header.required(w.role, w.named, w.aliases).map(Some),
            false => header.optional(w.role, w.named, w.aliases),
        })
        .collect::<Result<_, _>>()?;
    let used = found.iter().map(|index| index.map(|index| names[index].trim().to_owned())).collect();
    Ok((found, used))
}

fn of_csv(file: &Path, wanted: &[Wanted<'_>], options: &ReadOptions) -> Result<Records, ReadError> {
    let mut table = delimited::Records::open(file, options)?;
    let Some(header) = table.next()? else {
        return Err(ReadError::Empty { file: file.to_owned() });
    };
    let names = header_names(header);
    let (found, columns) = indices(file, &names, wanted)?;
    let mut problems = Problems::new(file, options.max_problems);
    let (mut records, mut rows_read) = (Vec::new(), 0_u64);
    while let Some(record) = table.next()? {
        rows_read += 1;
        let place = Place { row: rows_read, line: record.position().map(csv::Position::line) };
        let mut fields = Vec::with_capacity(wanted.len());
        let mut complaint = None;
        for (want, index) in wanted.iter().zip(&found) {
            let Some(index) = *index else {
                fields.push(Field::Missing);
                continue;
            };
            match csv_field(record, index, names[index].trim(), want.kind, options) {
                Ok(field) => fields.push(field),
                Err(Unread::Row(found)) => complaint = complaint.or(Some(found)),
                Err(Unread::Ambiguous(text)) => {
                    return Err(ReadError::AmbiguousDate { file: file.to_owned(), row: rows_read, text });
                }
            }
        }
        match complaint {
            Some(complaint) => problems.push(place, None, None, complaint)?,
            None => records.push(Record { row: rows_read, line: place.line, fields }),
        }
    }
    Ok(Records { records, problems: problems.list, rows_read, columns, file: file.to_owned() })
}

fn csv_field(
    record: &ByteRecord,
    index: usize,
    name: &str,
    kind: FieldKind,
    options: &ReadOptions,
) -> Result<Field, Unread> {
    let bad = |rule, text: &str| Unread::Row(Complaint::new(rule, name, text));
    let bytes = record.get(index).ok_or_else(|| bad("short_row", ""))?;
    let text = std::str::from_utf8(bytes).map_err(|_| bad("bad_text", ""))?.trim();
    match kind {
        FieldKind::Text if text.is_empty() => Ok(Field::Missing),
        FieldKind::Text => Ok(Field::Text(text.to_owned())),
        FieldKind::Number => match parse_number(text) {
            NumberText::Number(value) if value.is_finite() => Ok(Field::Number(value)),
            NumberText::Missing => Ok(Field::Missing),
            _ => Err(bad("bad_number", text)),
        },
        FieldKind::Time => match parse_date(text, options.date_format.as_deref()) {
            DateText::Date(date, time) => Ok(Field::Time(date, time)),
            DateText::Missing => Ok(Field::Missing),
            DateText::Ambiguous => Err(Unread::Ambiguous(shown(text))),
            DateText::Bad => Err(bad("bad_date", text)),
        },
    }
}

fn of_parquet(file: &Path, wanted: &[Wanted<'_>], options: &ReadOptions) -> Result<Records, ReadError> {
    let table = Table::open(file)?;
    let (found, columns) = indices(file, &table.names, wanted)?;
    let needed: Vec<usize> = found.iter().flatten().copied().collect();
    let mut problems = Problems::new(file, options.max_problems);
    let (mut records, mut rows_read) = (Vec::new(), 0_u64);
    table.for_each_batch(&needed, options, |batch| {
        let mut read = Vec::with_capacity(wanted.len());
        for (want, index) in wanted.iter().zip(&found) {
            let column = index.map(|index| match want.kind {
                FieldKind::Text => batch.column(index, texts, "text"),
                FieldKind::Number => batch.column(index, numbers, "a number"),
                FieldKind::Time => batch.column(index, dates, "a date or timestamp"),
            });
            read.push(column.transpose()?);
        }
        for row in 0..batch.batch.num_rows() {
            rows_read += 1;
            let place = Place { row: rows_read, line: None };
            let mut fields = Vec::with_capacity(wanted.len());
            let mut complaint = None;
            for ((want, index), column) in wanted.iter().zip(&found).zip(&read) {
                let (Some(index), Some(column)) = (*index, column) else {
                    fields.push(Field::Missing);
                    continue;
                };
                match parquet_field(column, row, want.kind, options, batch.name(index)) {
                    Ok(field) => fields.push(field),
                    Err(Unread::Row(found)) => complaint = complaint.or(Some(found)),
                    Err(Unread::Ambiguous(text)) => {
                        return Err(ReadError::AmbiguousDate { file: file.to_owned(), row: rows_read, text });
                    }
                }
            }
            match complaint {
                Some(complaint) => problems.push(place, None, None, complaint)?,
                None => records.push(Record { row: rows_read, line: None, fields }),
            }
        }
        Ok(())
    })?;
    Ok(Records { records, problems: problems.list, rows_read, columns, file: file.to_owned() })
}

fn parquet_field(
    column: &Column,
    row: usize,
    kind: FieldKind,
    options: &ReadOptions,
    name: &str,
) -> Result<Field, Unread> {
    match kind {
        FieldKind::Text => {
            let text = column.text(row).unwrap_or_default().trim();
            Ok(if text.is_empty() { Field::Missing } else { Field::Text(text.to_owned()) })
        }
        FieldKind::Number => match column.number(row) {
            Some(value) if value.is_finite() => Ok(Field::Number(value)),
            Some(value) => Err(Unread::Row(Complaint::new("bad_number", name, &value.to_string()))),
            None => Ok(Field::Missing),
        },
        FieldKind::Time => match read_date(column, row, options, name) {
            Ok((date, time)) => Ok(Field::Time(date, time)),
            Err(Unread::Row(complaint)) if complaint.rule == "missing_value" => Ok(Field::Missing),
            Err(unread) => Err(unread),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted() -> [Wanted<'static>; 3] {
        let want = |role, aliases, kind, required| Wanted { role, named: None, aliases, kind, required };
        [
            want("text", &["headline", "text"], FieldKind::Text, true),
            want("time", &["date"], FieldKind::Time, true),
            want("value", &["value"], FieldKind::Number, false),
        ]
    }

    fn read(bytes: &[u8]) -> Result<Records, ReadError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read_records(file.path(), &wanted(), &ReadOptions::default())
    }

    #[test]
    fn text_files_give_fields_and_list_what_cannot_be_read() {
        let text = "date,headline,value\n2024-01-02T09:15:00Z,\"Gold, up\",1.5\n2024-01-03,,\nsoon,x,1\n2024-01-04,y,z\n";
        let found = read(text.as_bytes()).unwrap();
        assert_eq!((found.rows_read, found.records.len(), found.problems.len()), (4, 2, 2));
        assert_eq!(found.records[0].fields[0].text(), Some("Gold, up"));
        assert_eq!(found.records[0].fields[2].number(), Some(1.5));
        assert!(matches!(found.records[0].fields[1], Field::Time(_, Some(_))));
        assert_eq!(found.records[1].fields[0], Field::Missing);
        assert_eq!(found.columns[1].as_deref(), Some("date"));
        let lacking = read(b"date,value\n2024-01-01,1\n").unwrap_err();
        assert!(lacking.to_string().contains("`text`"), "{lacking}");
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200), head in 0_usize..3) {
            let head: &[u8] = [b"date,headline,value\n".as_slice(), b"PAR1", &[0x1f, 0x8b, 8, 0]][head];
            let _ = read(&[head, &tail].concat());
        }
    }
}
