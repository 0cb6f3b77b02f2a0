//! Bars from delimited text, plain or gzip.

use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use proofmark_units::{Date, Symbol};
use rayon::prelude::*;

use crate::blocks::{Block, Blocks};
use crate::collect::{Complaint, Place, Problems, Rows, file_symbol};
use crate::columns::Layout;
use crate::input::{Meter, Metered};
use crate::text::{DateText, NumberText, parse_date, parse_number, short_decimal};
use crate::{RawRow, ReadError, ReadOptions, ReadOutcome};
use crate::{delimited, input};

/// Reads bars from a CSV file, plain or gzip (told by content, not by name).
///
/// The first record names the columns; roles are guessed without regard to case and punctuation (`Open`,
/// `OPEN_PRICE`, `o`) or mapped by `options`. Fields may be padded; line ends may be `\n`, `\r\n` or `\r\r\n`.
/// Without a symbol column the symbol is the one given, or the file's name; without a date column the date is the one
/// given, or the one in the file's name. A short line that starts with `*` is a footer and listed as such. Prices and
/// times of day are delivered as written: [`crate::instant_of`] places them once a zone is named.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used; rows that cannot be read are in
/// [`ReadOutcome::problems`].
pub fn read_bars_csv(path: impl AsRef<Path>, options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
    read_bars_csv_metered(path, options, &|_| {})
}

/// As [`read_bars_csv`], and tells `meter` of the bytes of the file, as they lie on the disk, while they are read.
///
/// # Errors
/// As [`read_bars_csv`].
pub fn read_bars_csv_metered(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    meter: Meter<'_>,
) -> Result<ReadOutcome, ReadError> {
    let file = path.as_ref();
    read(Metered { inner: input::open(file)?, meter }, file, options)
}

fn read(raw: impl Read + Send, file: &Path, options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
    let (head, mut blocks) = Blocks::new(raw, file, options)?;
    let names = header_names(&head, blocks.separator(), file)?;
    let layout = Layout::find(file, &names, options)?;
    let fixed_symbol = match layout.symbol[..] {
        [] => Some(file_symbol(file, options.symbol_override.as_ref())?),
        _ => None,
    };
    let separator = blocks.separator();
    let table = Table { file, names: &names, layout: &layout, fixed_symbol, separator, options };

    let mut rows = Rows::default();
    let mut problems = Problems::new(file, options.max_problems);
    let (mut rows_read, mut rows_of_other_series) = (0_u64, 0_u64);
    let mut next = several(&mut blocks);
    loop {
        let (now, last) = next?;
        // The next blocks are read, and unpacked, while these are parsed.
        let (parsed, following) = rayon::join(
            || now.par_iter().map(|block| table.parse(block)).collect::<Vec<_>>(),
            || if last { Ok((Vec::new(), true)) } else { several(&mut blocks) },
        );
        for block in parsed {
            let block = block.map_err(|error| match error {
                ReadError::AmbiguousDate { file, row, text } => {
                    ReadError::AmbiguousDate { file, row: rows_read + row, text }
                }
                other => other,
            })?;
            rows.extend(block.rows);
            for found in block.problems {
                let place = Place { row: rows_read + found.row, line: Some(found.line) };
                problems.push(place, found.symbol.as_deref(), found.date, found.complaint)?;
            }
            rows_read += block.rows_read;
            rows_of_other_series += block.rows_of_other_series;
        }
        if last {
            break;
        }
        next = following;
    }
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

/// As many blocks as keep every worker busy, and whether they are the last.
fn several(blocks: &mut Blocks<'_>) -> Result<(Vec<Block>, bool), ReadError> {
    let mut list = Vec::new();
    for _ in 0..2 * rayon::current_num_threads() {
        match blocks.next()? {
            Some(block) => list.push(block),
            None => return Ok((list, true)),
        }
    }
    Ok((list, false))
}

fn header_names(head: &Block, separator: u8, file: &Path) -> Result<Vec<String>, ReadError> {
    let mut record = ByteRecord::new();
    match records(&head.bytes, separator).read_byte_record(&mut record) {
        Ok(true) => Ok(delimited::header_names(&record)),
        _ => Err(ReadError::Empty { file: file.to_owned() }),
    }
}

fn records(bytes: &[u8], separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes)
}

/// What every block of a file has in common.
struct Table<'a> {
    file: &'a Path,
    names: &'a [String],
    layout: &'a Layout,
    fixed_symbol: Option<Symbol>,
    separator: u8,
    options: &'a ReadOptions,
}

/// What one block gave; rows count from its start.
#[derive(Default)]
struct Parsed {
    rows: Rows,
    problems: Vec<Found>,
    rows_read: u64,
    rows_of_other_series: u64,
}

struct Found {
    row: u64,
    line: u64,
    symbol: Option<String>,
    date: Option<Date>,
    complaint: Complaint,
}

impl Table<'_> {
    fn parse(&self, block: &Block) -> Result<Parsed, ReadError> {
        let Self { file, names, layout, fixed_symbol, separator, options } = self;
        let mut parsed = Parsed::default();
        let mut reader = records(&block.bytes, *separator);
        let mut record = ByteRecord::new();
        loop {
            let before = record.position().map_or(0, csv::Position::byte);
            let at = reader.position().byte();
            if before.abs_diff(at) > options.max_record_bytes as u64 {
                let (file, limit) = (file.to_path_buf(), options.max_record_bytes);
                return Err(ReadError::LineTooLong { file, line: block.line(before), limit });
            }
            let more = reader.read_byte_record(&mut record).map_err(|error| {
                let found = format!("near line {}: {:?}", block.line(at), error.into_kind());
                ReadError::WrongFormat { file: file.to_path_buf(), expected: "CSV", found }
            })?;
            if !more {
                return Ok(parsed);
            }
            parsed.rows_read += 1;
            let row = parsed.rows_read;
            if let Some(index) = layout.series
                && !wanted_series(&record, index, &options.series)
            {
                parsed.rows_of_other_series += 1;
                continue;
            }
            let found = |symbol: Option<&str>, date, complaint| Found {
                row,
                line: block.line(at),
                symbol: symbol.map(str::to_owned),
                date,
                complaint,
            };
            let fields = Fields { record: &record, names };
            if record.len() < names.len() && record.get(0).is_some_and(|text| text.starts_with(b"*")) {
                let text = String::from_utf8_lossy(record.get(0).unwrap_or_default()).into_owned();
                parsed.problems.push(found(None, None, Complaint::new("footer", "", &text)));
                continue;
            }
            let joined;
            let symbol = match (fixed_symbol, &layout.symbol[..]) {
                (Some(symbol), _) => Ok(symbol.as_str()),
                (None, [index]) => fields.text(*index),
                (None, parts) => {
                    joined = fields.joined(parts, options.date_format.as_deref());
                    joined.as_deref().map_err(Clone::clone)
                }
            };
            let mut date = None;
            let read = fields.row(layout, options, &mut date);
            let (symbol_text, outcome) = match (symbol, read) {
                (Ok(symbol), Ok(row)) => (Some(symbol), parsed.rows.push(symbol, row)),
                (symbol, Err(Unread::Row(complaint))) => (symbol.ok(), Err(complaint)),
                (_, Err(Unread::Ambiguous(text))) => {
                    return Err(ReadError::AmbiguousDate { file: file.to_path_buf(), row, text });
                }
                (Err(complaint), Ok(_)) => (None, Err(complaint)),
            };
            if let Err(complaint) = outcome {
                parsed.problems.push(found(symbol_text, date, complaint));
                // No more is listed than the file may have: a block of rubbish must not outgrow it.
                if parsed.problems.len() > options.max_problems {
                    return Ok(parsed);
                }
            }
        }
    }
}

fn wanted_series(record: &ByteRecord, index: usize, wanted: &[String]) -> bool {
    let series = record.get(index).map(<[u8]>::trim_ascii).unwrap_or_default();
    wanted.iter().any(|want| want.as_bytes().eq_ignore_ascii_case(series))
}

enum Unread {
    Row(Complaint),
    Ambiguous(String),
}

struct Fields<'a> {
    record: &'a ByteRecord,
    names: &'a [String],
}

impl<'a> Fields<'a> {
    fn text(&self, index: usize) -> Result<&'a str, Complaint> {
        let name = self.names[index].trim();
        let bytes = self.record.get(index).ok_or_else(|| Complaint::new("short_row", name, ""))?;
        let text =
            std::str::from_utf8(bytes.trim_ascii()).map_err(|_| Complaint::new("bad_text", name, ""))?;
        // Blanks beyond ASCII are rare, and looking for them in every field takes its time.
        Ok(if text.is_ascii() { text } else { text.trim() })
    }

    /// The name of a derivative from its parts: dates as `20251125`, numbers without padding.
    fn joined(&self, parts: &[usize], date_format: Option<&str>) -> Result<String, Complaint> {
        let mut words = Vec::with_capacity(parts.len());
        for index in parts {
            let text = self.text(*index)?;
            words.push(match (parse_number(text), parse_date(text, date_format)) {
                (NumberText::Number(value), _) => value.to_string(),
                (_, DateText::Date(date, _)) => date.to_string().replace('-', ""),
                _ => text.chars().filter(|c| *c != '/' && *c != ' ').collect(),
            });
        }
        Ok(words.join("-"))
    }

    fn number(&self, index: usize) -> Result<Option<f64>, Complaint> {
        if let Some(value) = self.record.get(index).and_then(|bytes| short_decimal(bytes.trim_ascii())) {
            return Ok(Some(value));
        }
        let text = self.text(index)?;
        match parse_number(text) {
            NumberText::Number(value) => Ok(Some(value)),
            NumberText::Missing => Ok(None),
            NumberText::Bad => Err(Complaint::new("bad_number", self.names[index].trim(), text)),
        }
    }

    fn row(&self, layout: &Layout, options: &ReadOptions, seen: &mut Option<Date>) -> Result<RawRow, Unread> {
        let name = |index: usize| self.names[index].trim();
        let (date, time) = match layout.date {
            Err(date) => (date, None),
            Ok(index) => {
                let text = self.text(index).map_err(Unread::Row)?;
                match parse_date(text, options.date_format.as_deref()) {
                    DateText::Date(date, time) => (date, time),
                    DateText::Missing => {
                        return Err(Unread::Row(Complaint::new("missing_value", name(index), "")));
                    }
                    DateText::Ambiguous => return Err(Unread::Ambiguous(crate::columns::shown(text))),
                    DateText::Bad => return Err(Unread::Row(Complaint::new("bad_date", name(index), text))),
                }
            }
        };
        *seen = Some(date);
        let mut prices = [f64::NAN; 4];
        for (price, index) in prices.iter_mut().zip(layout.prices) {
            let Some(index) = index else { continue };
            *price = match self.number(index).map_err(Unread::Row)? {
                Some(value) => value,
                None if options.keep_missing => f64::NAN,
                None => return Err(Unread::Row(Complaint::new("missing_value", name(index), ""))),
            };
        }
        let quantity = |index: Option<usize>| match index {
            Some(index) => self.number(index).map(|value| value.unwrap_or(f64::NAN)).map_err(Unread::Row),
            None => Ok(f64::NAN),
        };
        let (volume, turnover) = (quantity(layout.volume)?, quantity(layout.turnover)?);
        let [open, high, low, close] = prices;
        Ok(RawRow { date, open, high, low, close, volume, turnover, time })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &[u8], options: &ReadOptions) -> Result<ReadOutcome, ReadError> {
        read(text, Path::new("INFY.csv.gz"), options)
    }

    #[test]
    fn one_symbol_file_takes_the_name_and_odd_line_ends() {
        let text =
            "Date,Open,High,Low,Close,Volume\r\r\n2020-01-01,1,2,0.5,1.5,10\r\r\n2020-01-02,1,2,1,2,\r\r\n";
        let outcome = parse(text.as_bytes(), &ReadOptions::default()).unwrap();
        let rows = &outcome.bars["INFY"];
        assert_eq!((rows.len(), outcome.rows_read, outcome.problems.len()), (2, 2, 0));
        assert_eq!(rows[0].close, 1.5);
        assert!(rows[1].volume.is_nan(), "a blank volume is unknown, not a problem");
    }

    #[test]
    fn bad_rows_are_listed_and_the_rest_is_read() {
        let text = "ticker;ts;o;h;l;c;v\nA;2020-01-01;1;1;1;1;1\nB B;2020-01-01;1;1;1;1;1\nA;soon;1;1;1;1;1\n\
                    A;2020-01-02;1;x;1;1;1\nA;2020-01-03;1;;1;1;1\nA;2020-01-04;1\n";
        let outcome = parse(text.as_bytes(), &ReadOptions::default()).unwrap();
        let found: Vec<(&str, u64)> = outcome.problems.iter().map(|p| (p.rule, p.row)).collect();
        let expected =
            [("bad_symbol", 2), ("bad_date", 3), ("bad_number", 4), ("missing_value", 5), ("short_row", 6)];
        assert_eq!(found, expected);
        assert_eq!(outcome.rows(), 1);
        assert_eq!(
            outcome.problems[2].to_string(),
            "INFY.csv.gz row 4 (A): column `h` holds `x` [bad_number]"
        );
        assert_eq!(outcome.problems[2].date.unwrap().to_string(), "2020-01-02");
    }

    #[test]
    fn dates_that_read_two_ways_are_refused_until_a_format_is_given() {
        let text = b"date,open,high,low,close\n02-01-2020,1,1,1,1\n";
        let error = parse(text, &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::AmbiguousDate { row: 1, .. }), "{error}");
        assert!(error.hint().contains("%d-%m-%Y"));
        let options = ReadOptions { date_format: Some("%d-%m-%Y".into()), ..ReadOptions::default() };
        assert_eq!(parse(text, &options).unwrap().bars["INFY"][0].date.to_string(), "2020-01-02");
    }

    #[test]
    fn missing_columns_are_named_with_what_there_is() {
        let error =
            parse(b"when,open,high,low,close\n2020-01-01,1,1,1,1\n", &ReadOptions::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`date`") && text.contains("when, open") && text.contains("INFY.csv.gz"),
            "{text}"
        );
        let mut options = ReadOptions::default();
        options.columns.date = Some("WHEN".into());
        options.columns.close = Some("open".into());
        let outcome = parse(b"when,open,high,low,close\n2020-01-01,7,1,1,1\n", &options).unwrap();
        assert_eq!(outcome.bars["INFY"][0].close, 7.0);
    }

    #[test]
    fn limits_hold() {
        let long = [b"date,open,high,low,close\n2020-01-01,\"".as_slice(), &[b'1'; 200_000]].concat();
        assert!(matches!(parse(&long, &ReadOptions::default()), Err(ReadError::LineTooLong { .. })));

        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        bomb.write_all(b"date,open,high,low,close\n").unwrap();
        for _ in 0..50_000 {
            bomb.write_all(b"2020-01-01,1,1,1,1\n").unwrap();
        }
        let options = ReadOptions { max_decompressed_bytes: 100_000, ..ReadOptions::default() };
        let bomb = bomb.finish().unwrap();
        assert!(matches!(parse(&bomb, &options), Err(ReadError::TooLarge { .. })));
        assert_eq!(parse(&bomb, &ReadOptions::default()).unwrap().rows_read, 50_000);
        assert!(matches!(parse(&bomb[..40], &options), Err(ReadError::Unreadable { .. })), "cut short");

        let bad = "date,open,high,low,close\n".to_owned() + &"x,1,1,1,1\n".repeat(5);
        let options = ReadOptions { max_problems: 4, ..ReadOptions::default() };
        assert!(matches!(parse(bad.as_bytes(), &options), Err(ReadError::TooManyProblems { .. })));
        assert!(matches!(parse(b"", &options), Err(ReadError::Empty { .. })));
        assert!(matches!(parse(b"date,open,high,low,close\n", &options), Err(ReadError::Empty { .. })));
        assert!(matches!(parse(b"PAR1xxxx", &options), Err(ReadError::WrongFormat { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn hostile_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..300), gz in any::<bool>()) {
            let head: &[u8] = if gz { &[0x1f, 0x8b, 8, 0] } else { b"date,open,high,low,close,volume,symbol\n" };
            let _ = parse(&[head, &tail].concat(), &ReadOptions::default());
            let _ = parse(&tail, &ReadOptions::default());
        }

        #[test]
        fn hostile_fields_never_panic(fields in proptest::collection::vec("[0-9a-zé\\-/:T\", \n\r.+]{0,14}", 0..60)) {
            let text = format!("date,open,high,low,close,volume,symbol\n{}", fields.join(","));
            let options = ReadOptions { date_format: Some("%d-%b-%Y".into()), ..ReadOptions::default() };
            let _ = parse(text.as_bytes(), &ReadOptions::default());
            let _ = parse(text.as_bytes(), &options);
        }
    }
}
