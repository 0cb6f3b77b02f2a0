//! Delimited text in blocks that end with a record, so that several are parsed at once.

use std::io::Read;
use std::path::Path;

use crate::delimited::{failed, separator_of};
use crate::input::{self, Capped};
use crate::{ReadError, ReadOptions};

/// Bytes read at a time: enough that a block's own cost does not count, few enough that many fit the cache and that a file of
/// a megabyte is unpacked while it is parsed.
const BLOCK: usize = 1 << 18;

/// Whole records, in the order of the file.
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// Line ends before it.
    pub(crate) lines_before: u64,
}

impl Block {
    /// One-based line of the record at `at`, which may start with the end of the line before it.
    pub(crate) fn line(&self, at: u64) -> u64 {
        let at = usize::try_from(at).unwrap_or(usize::MAX).min(self.bytes.len());
        let ends = self.bytes[at..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.lines_before + 1 + count_lines(&self.bytes[..at + ends])
    }
}

/// Splits the content of a file, plain or gzip.
pub(crate) struct Blocks<'a> {
    file: &'a Path,
    options: &'a ReadOptions,
    content: std::io::BufReader<Capped<Box<dyn Read + Send + 'a>>>,
    /// What follows the last record end.
    rest: Vec<u8>,
    lines: u64,
    separator: u8,
    size: usize,
}

impl<'a> Blocks<'a> {
    /// The first record, which names the columns, and the blocks that follow it.
    pub(crate) fn new(
        raw: impl Read + Send + 'a,
        file: &'a Path,
        options: &'a ReadOptions,
    ) -> Result<(Block, Self), ReadError> {
        Self::of_size(raw, file, options, BLOCK)
    }

    pub(crate) fn of_size(
        raw: impl Read + Send + 'a,
        file: &'a Path,
        options: &'a ReadOptions,
        size: usize,
    ) -> Result<(Block, Self), ReadError> {
        let unreadable = |source| failed(file, options, 0, source);
        let mut content = input::unpacked(raw, options.max_decompressed_bytes).map_err(unreadable)?;
        let separator = separator_of(&mut content, file, options)?;
        let mut blocks = Self { file, options, content, rest: Vec::new(), lines: 0, separator, size };
        let mut head = blocks.next()?.ok_or_else(|| ReadError::Empty { file: file.to_owned() })?;
        // The header takes the line ends before and after it along.
        let is_end = |b: &u8| matches!(b, b'\r' | b'\n');
        let start = head.bytes.iter().position(|b| !is_end(b)).unwrap_or(head.bytes.len());
        let length = ends(&head.bytes[start..], separator).next().unwrap_or(head.bytes.len() - start);
        let mut rest = head.bytes.split_off(start + length);
        rest.extend_from_slice(&blocks.rest);
        blocks.rest = rest;
        blocks.lines = count_lines(&head.bytes);
        Ok((head, blocks))
    }

    /// Between the fields of a record.
    pub(crate) const fn separator(&self) -> u8 {
        self.separator
    }

    /// The next whole records; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, ReadError> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut searched = 0;
        loop {
            let wanted = self.size.saturating_sub(bytes.len()).max(self.size / 4).max(1);
            let read = (&mut self.content)
                .take(wanted as u64)
                .read_to_end(&mut bytes)
                .map_err(|source| failed(self.file, self.options, self.lines + 1, source))?;
            let end = if read == 0 { Some(bytes.len()) } else { last_end(&bytes, searched, self.separator) };
            if let Some(end) = end.filter(|end| *end > 0) {
                self.rest = bytes.split_off(end);
                let lines_before = self.lines;
                self.lines += count_lines(&bytes);
                return Ok(Some(Block { bytes, lines_before }));
            }
            if read == 0 {
                return Ok(None);
            }
            if bytes.len() > self.options.max_record_bytes {
                let (file, limit) = (self.file.to_owned(), self.options.max_record_bytes);
                return Err(ReadError::LineTooLong { file, line: self.lines + 1, limit });
            }
            searched = bytes.len();
        }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|b| **b == b'\n').count() as u64
}

/// Where the last record of `bytes` that ends inside them ends; `None` where none does. Nothing before `searched` ends
/// one unless a quote opens there.
fn last_end(bytes: &[u8], searched: usize, separator: u8) -> Option<usize> {
    if bytes.contains(&b'"') {
        return ends(bytes, separator).last();
    }
    bytes[searched..].iter().rposition(|b| matches!(b, b'\r' | b'\n')).map(|at| searched + at + 1)
}

/// Ends of the records of `bytes`, by the rules of the CSV reader: a quote opens a field only as its first
/// byte, two quotes inside are one, and what follows a closing quote is plain again.
fn ends(bytes: &[u8], separator: u8) -> impl Iterator<Item = usize> + '_ {
    enum State {
        Start,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
    let mut state = State::Start;
    bytes.iter().enumerate().filter_map(move |(at, byte)| {
        let quoted = matches!(state, State::Quoted);
        state = match (&state, *byte) {
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) | (State::Start | State::QuoteInQuoted, b'"') => State::Quoted,
            (_, b'\r' | b'\n') => State::Start,
            (_, byte) if byte == separator => State::Start,
            _ => State::Plain,
        };
        (matches!(byte, b'\r' | b'\n') && !quoted).then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &[u8], size: usize) -> Vec<Vec<u8>> {
        let options = ReadOptions::default();
        let Ok((head, mut blocks)) = Blocks::of_size(text, Path::new("x.csv"), &options, size) else {
            return Vec::new();
        };
        let mut all = vec![head.bytes];
        while let Some(block) = blocks.next().unwrap() {
            all.push(block.bytes);
        }
        all
    }

    fn records(bytes: &[u8]) -> Vec<csv::ByteRecord> {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        reader.into_byte_records().map(Result::unwrap).collect()
    }

    #[test]
    fn a_line_end_inside_quotes_splits_nothing() {
        let text = b"a,b\n1,\"x\ny\"\n2,z\"\n3,w\n";
        let blocks = split(text, 1);
        assert_eq!(blocks[1..], [b"1,\"x\ny\"\n".to_vec(), b"2,z\"\n".to_vec(), b"3,w\n".to_vec()]);
    }

    proptest! {
        #[test]
        fn blocks_hold_the_records_of_the_whole(
            text in proptest::collection::vec(prop_oneof!["[a-c,\"]{0,6}", "\n", "\r\n", "\r\r\n", "\""], 0..60),
            size in 1_usize..40,
        ) {
            let text = text.concat().into_bytes();
            let blocks = split(&text, size);
            if !blocks.is_empty() && !text.contains(&b';') {
                prop_assert_eq!(blocks.concat(), text.clone());
                // The separator is guessed from the first line, which may hold no comma: then it is one all the same.
                let of_blocks: Vec<_> = blocks.iter().flat_map(|block| records(block)).collect();
                let fields = |list: Vec<csv::ByteRecord>| -> Vec<Vec<Vec<u8>>> {
                    list.iter().map(|r| r.iter().map(<[u8]>::to_vec).collect()).collect()
                };
                prop_assert_eq!(fields(of_blocks), fields(records(&text)));
            }
        }
    }
}
