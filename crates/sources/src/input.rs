//! Bytes of a file with limits: gzip is seen by content, and neither a bomb nor an endless record gets through.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use crate::ReadError;

/// Opens `file`, telling a missing file from an unreadable one.
pub(crate) fn open(file: &Path) -> Result<File, ReadError> {
    let unreadable = |source| ReadError::Unreadable { file: file.to_owned(), source };
    let handle = File::open(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ReadError::NotFound { file: file.to_owned() },
        _ => unreadable(source),
    })?;
    if handle.metadata().map_err(unreadable)?.is_dir() {
        let (expected, found) = ("a file", "it is a folder".into());
        return Err(ReadError::WrongFormat { file: file.to_owned(), expected, found });
    }
    Ok(handle)
}

/// Told how many more bytes of a file were read, from any thread.
pub type Meter<'a> = &'a (dyn Fn(u64) + Sync);

/// A reader that tells a meter what went through it.
pub(crate) struct Metered<'a, R> {
    pub(crate) inner: R,
    pub(crate) meter: Meter<'a>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        (self.meter)(n as u64);
        Ok(n)
    }
}

/// Tells a meter of a file whose rows are counted and whose bytes are not: each row stands for its share of them.
pub(crate) struct ByRows<'a> {
    meter: Meter<'a>,
    bytes: u64,
    rows: u64,
    done: u64,
    told: u64,
}

impl<'a> ByRows<'a> {
    pub(crate) fn new(file: &Path, rows: u64, meter: Meter<'a>) -> Self {
        let bytes = std::fs::metadata(file).map_or(0, |data| data.len());
        Self { meter, bytes, rows, done: 0, told: 0 }
    }

    /// `rows` more were read.
    pub(crate) fn read(&mut self, rows: u64) {
        self.done = self.done.saturating_add(rows).min(self.rows);
        let share = u128::from(self.bytes) * u128::from(self.done) / u128::from(self.rows.max(1));
        let now = u64::try_from(share).unwrap_or(self.bytes);
        (self.meter)(now - self.told);
        self.told = now;
    }
}

/// Which limit a reader ran into; travels inside an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Limit {
    #[error("record too long")]
    Record,
    #[error("content too large")]
    Total,
}

impl Limit {
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Plain or unpacked content, at most `max_total` bytes of it.
pub(crate) fn unpacked<'a>(
    raw: impl Read + Send + 'a,
    max_total: u64,
) -> io::Result<BufReader<Capped<Box<dyn Read + Send + 'a>>>> {
    let mut raw = BufReader::with_capacity(1 << 16, raw);
    let gzip = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read + Send + 'a> =
        if gzip { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
    Ok(BufReader::with_capacity(1 << 16, Capped { inner, left: max_total }))
}

/// A reader that fails after `left` bytes instead of going on.
pub(crate) struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Limit::Total)),
        }
        Ok(n)
    }
}

/// Counts what the CSV reader pulled since its last record. An unclosed quote would swallow the whole file.
pub(crate) struct RecordCapped<R> {
    pub(crate) inner: R,
    pub(crate) since_record: Rc<Cell<usize>>,
    pub(crate) limit: usize,
}

impl<R: Read> Read for RecordCapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > self.limit {
            return Err(io::Error::other(Limit::Record));
        }
        let n = self.inner.read(buffer)?;
        self.since_record.set(self.since_record.get().saturating_add(n));
        Ok(n)
    }
}
