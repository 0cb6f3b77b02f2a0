//! Records of delimited text, plain or gzip, within limits.

use std::cell::Cell;
use std::io::{BufRead, Read};
use std::path::Path;
use std::rc::Rc;

use csv::ByteRecord;

use crate::input::{self, Limit, RecordCapped};
use crate::{ReadError, ReadOptions};

/// A stream of records; the first may or may not be a header.
pub(crate) struct Records<'a> {
    file: &'a Path,
    options: &'a ReadOptions,
    reader: csv::Reader<RecordCapped<Box<dyn BufRead + 'a>>>,
    since_record: Rc<Cell<usize>>,
    record: ByteRecord,
}

impl<'a> Records<'a> {
    pub(crate) fn open(file: &'a Path, options: &'a ReadOptions) -> Result<Self, ReadError> {
        Self::new(input::open(file)?, file, options)
    }

    pub(crate) fn new(
        raw: impl Read + Send + 'a,
        file: &'a Path,
        options: &'a ReadOptions,
    ) -> Result<Self, ReadError> {
        let unreadable = |source| failed(file, options, 0, source);
        let mut content = input::unpacked(raw, options.max_decompressed_bytes).map_err(unreadable)?;
        let delimiter = separator_of(&mut content, file, options)?;
        let since_record = Rc::new(Cell::new(0));
        let inner: Box<dyn BufRead + 'a> = Box::new(content);
        let capped =
            RecordCapped { inner, since_record: Rc::clone(&since_record), limit: options.max_record_bytes };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 13)
            .from_reader(capped);
        Ok(Self { file, options, reader, since_record, record: ByteRecord::new() })
    }

    pub(crate) fn next(&mut self) -> Result<Option<&ByteRecord>, ReadError> {
        self.since_record.set(0);
        let line = self.record.position().map_or(0, csv::Position::line);
        let more =
            self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
                csv::ErrorKind::Io(source) => failed(self.file, self.options, line, source),
                other => {
                    let found = format!("near line {line}: {other:?}");
                    ReadError::WrongFormat { file: self.file.to_owned(), expected: "CSV", found }
                }
            })?;
        Ok(more.then_some(&self.record))
    }
}

/// The field separator of text; refuses what is none.
pub(crate) fn separator_of(
    content: &mut impl BufRead,
    file: &Path,
    options: &ReadOptions,
) -> Result<u8, ReadError> {
    let head = content.fill_buf().map_err(|source| failed(file, options, 0, source))?;
    if head.is_empty() {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    if head.starts_with(b"PAR1") || head.iter().take(4096).any(|b| *b == 0) {
        let found = if head.starts_with(b"PAR1") { "it is a Parquet file" } else { "it holds binary data" };
        return Err(ReadError::WrongFormat { file: file.to_owned(), expected: "CSV", found: found.into() });
    }
    Ok(options.delimiter.unwrap_or_else(|| guess_delimiter(head)))
}

/// The names in a header, without a byte order mark.
pub(crate) fn header_names(record: &ByteRecord) -> Vec<String> {
    let name = |name: &[u8]| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned();
    record.iter().map(name).collect()
}

/// What stopped a read: one of the limits, or the system.
pub(crate) fn failed(file: &Path, options: &ReadOptions, line: u64, source: std::io::Error) -> ReadError {
    let file = file.to_owned();
    match Limit::of(&source) {
        Some(Limit::Record) => ReadError::LineTooLong { file, line, limit: options.max_record_bytes },
        Some(Limit::Total) => ReadError::TooLarge { file, limit: options.max_decompressed_bytes },
        None => ReadError::Unreadable { file, source },
    }
}

/// The separator that occurs most often in the first line; a comma when none does.
fn guess_delimiter(head: &[u8]) -> u8 {
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).find(|line| !line.is_empty()).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|b| **b == delimiter).count();
    let best = [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter));
    best.unwrap_or(b',')
}
