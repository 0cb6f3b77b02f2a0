//! LOBSTER: a file of order messages and a file of the book after each of them.

use std::path::{Path, PathBuf};

use csv::ByteRecord;
use proofmark_market::book::{Fixed, Level, Message, MessageKind, Side, Stamp, Trading, VisibleRow};
use proofmark_units::{Date, Zone};

use super::BookFile;
use crate::collect::{Complaint, Place, Problems};
use crate::columns::date_in_name;
use crate::delimited::Records;
use crate::{ReadError, ReadOptions};

/// A price in these files is dollars times 10,000.
const UNITS_OF_PRICE: i64 = 10_000;
const UNITS_OF_SHARE: i64 = 100_000_000;
/// What stands where there is no level.
const NO_PRICE: i64 = 9_999_999_999;

/// The book file of a message file, by LOBSTER's naming.
pub fn book_files_of(messages: &Path) -> Option<PathBuf> {
    let name = messages.file_name()?.to_str()?;
    name.contains("_message_").then(|| messages.with_file_name(name.replacen("_message_", "_orderbook_", 1)))
}

/// Reads a pair of LOBSTER files, with or without header lines, plain or gzip. `date` is that in the file's name unless
/// given; times are seconds after midnight on the clocks of `zone` (New York for the samples). There is no time of receipt:
/// a message counts as known when it happened.
///
/// `each` gets a message, the book after it, and the number of levels of the file, and says whether to go on. A row of which
/// a part cannot be read is listed and left out.
///
/// # Errors
/// [`ReadError`] when a file as a whole cannot be used, or one of the two ends before the other.
pub fn read_lobster(
    messages: impl AsRef<Path>,
    books: impl AsRef<Path>,
    (date, zone): (Option<Date>, &Zone),
    options: &ReadOptions,
    mut each: impl FnMut(&Message, &VisibleRow, usize) -> bool,
) -> Result<BookFile, ReadError> {
    let (file, books) = (messages.as_ref(), books.as_ref());
    let date = date.or_else(|| date_in_name(file)).ok_or_else(|| ReadError::MissingColumn {
        file: file.to_owned(),
        role: "date",
        wanted: "a date in the file's name, such as `AMZN_2012-06-21_..`, or one that is given".into(),
        found: vec!["time since midnight".into()],
    })?;
    let options = ReadOptions { delimiter: Some(b','), ..options.clone() };
    let mut left = Records::open(file, &options)?;
    let mut right = Records::open(books, &options)?;
    let mut problems = Problems::new(file, options.max_problems);
    let symbol = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('_').next());
    let mut read = BookFile { symbol: symbol.map(str::to_owned), ..BookFile::default() };
    let (mut header, mut depth) = (true, 0);
    loop {
        let (message, book) = match (left.next()?, right.next()?) {
            (Some(message), Some(book)) => (message, book),
            (None, None) => break,
            (message, _) => {
                let (short, long) = if message.is_some() { (books, file) } else { (file, books) };
                return Err(ReadError::WrongFormat {
                    file: short.to_owned(),
                    expected: "the other half of its pair",
                    found: format!("it ends after {} rows and `{}` goes on", read.rows_read, long.display()),
                });
            }
        };
        let is_header = |record: &ByteRecord| number(record, 0).is_none() && seconds(record, 0).is_none();
        if std::mem::take(&mut header) && is_header(message) && is_header(book) {
            continue;
        }
        read.rows_read += 1;
        depth = depth.max(book.len() / 4);
        let place = Place { row: read.rows_read, line: message.position().map(csv::Position::line) };
        match row(message, read.rows_read, (date, zone)).and_then(|message| Ok((message, visible(book)?))) {
            Ok((message, book)) => {
                if !each(&message, &book, depth) {
                    break;
                }
            }
            Err(complaint) => problems.push(place, read.symbol.as_deref(), Some(date), complaint)?,
        }
    }
    if read.rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(BookFile { problems: problems.list, ..read })
}

fn row(record: &ByteRecord, row: u64, (date, zone): (Date, &Zone)) -> Result<Message, Complaint> {
    let whole =
        |index: usize, name: &str| number(record, index).ok_or_else(|| complaint(record, index, name));
    let nanos = seconds(record, 0).ok_or_else(|| complaint(record, 0, "time"))?;
    let at = zone.instant(date, nanos).ok_or_else(|| complaint(record, 0, "time"))?;
    let (kind, order, size) = (whole(1, "type")?, whole(2, "order id")?, whole(3, "size")?);
    let (price, direction) = (whole(4, "price")?, whole(5, "direction")?);
    let kind = match (kind, price) {
        (1, _) => MessageKind::Submission,
        (2, _) => MessageKind::PartialCancel,
        (3, _) => MessageKind::Deletion,
        (4, _) => MessageKind::Execution,
        (5, _) => MessageKind::HiddenExecution,
        (6, _) => MessageKind::CrossTrade,
        (7, -1) => MessageKind::Halt(Trading::Halted),
        (7, 0) => MessageKind::Halt(Trading::Quoting),
        (7, 1) => MessageKind::Halt(Trading::Open),
        _ => return Err(complaint(record, 1, "type")),
    };
    let side = match direction {
        1 => Side::Bid,
        -1 => Side::Ask,
        _ => return Err(complaint(record, 5, "direction")),
    };
    if size < 0 {
        return Err(complaint(record, 3, "size"));
    }
    let level = level(price, size).ok_or_else(|| complaint(record, 4, "price"))?;
    let stamp = Stamp { event_time: at, known_at: at };
    Ok(Message { stamp, row, kind, order, side, level })
}

fn visible(record: &ByteRecord) -> Result<VisibleRow, Complaint> {
    let mut levels = Vec::with_capacity(record.len() / 2);
    if record.is_empty() || !record.len().is_multiple_of(4) {
        return Err(Complaint::new("short_row", "of the book", ""));
    }
    for pair in 0..record.len() / 2 {
        let whole =
            |index: usize| number(record, index).ok_or_else(|| complaint(record, index, "of the book"));
        let (price, size) = (whole(2 * pair)?, whole(2 * pair + 1)?);
        if price.abs() == NO_PRICE {
            continue;
        }
        let side = if pair % 2 == 0 { Side::Ask } else { Side::Bid };
        let level = level(price, size).filter(|level| !level.size.is_negative());
        levels.push((side, level.ok_or_else(|| complaint(record, 2 * pair, "of the book"))?));
    }
    Ok(VisibleRow { levels })
}

fn level(price: i64, size: i64) -> Option<Level> {
    let price = Fixed::from_units(price.checked_mul(UNITS_OF_PRICE)?);
    Some(Level { price, size: Fixed::from_units(size.checked_mul(UNITS_OF_SHARE)?) })
}

fn text(record: &ByteRecord, index: usize) -> Option<&str> {
    std::str::from_utf8(record.get(index)?).ok().map(str::trim)
}

fn number(record: &ByteRecord, index: usize) -> Option<i64> {
    text(record, index)?.parse().ok()
}

/// Nanoseconds of `34200.004241176`, exactly.
fn seconds(record: &ByteRecord, index: usize) -> Option<i64> {
    let (whole, fraction) = text(record, index)?.split_once('.').unwrap_or((text(record, index)?, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 9 {
        return None;
    }
    let whole: i64 = whole.parse().ok().filter(|seconds| *seconds < 86_400)?;
    Some(whole * 1_000_000_000 + format!("{fraction:0<9}").parse::<i64>().ok()?)
}

fn complaint(record: &ByteRecord, index: usize, name: &str) -> Complaint {
    match text(record, index) {
        Some(text) => Complaint::new("bad_number", name, text),
        None => Complaint::new("short_row", name, ""),
    }
}
