//! Chains from delimited text, such as the derivatives file of an exchange's day.

use std::path::Path;

use csv::ByteRecord;
use proofmark_units::Date;

use super::layout::{self, Cells, Layout, ROLES};
use super::{ChainFile, ChainOptions};
use crate::collect::{Complaint, Place, Problems};
use crate::columns::shown;
use crate::delimited::{Records, header_names};
use crate::text::{DateText, NumberText, parse_date, parse_number};
use crate::{ReadError, WrittenTime};

/// Reads a chain from CSV, plain or gzip, with a header line; fields may be padded, a short line that starts with `*` is a
/// footer. Columns are guessed by name (`STR_PRICE`, `OPT_TYPE`, `EXP_DATE`, ..) or named in the options.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used; dates that can be read in two ways need a `date_format`.
pub fn read_chain_csv(path: impl AsRef<Path>, options: &ChainOptions) -> Result<ChainFile, ReadError> {
    let file = path.as_ref();
    let mut records = Records::open(file, &options.reading)?;
    let Some(header) = records.next()? else {
        return Err(ReadError::Empty { file: file.to_owned() });
    };
    let names = header_names(header);
    let layout = Layout::find(file, &names, options)?;
    let mut problems = Problems::new(file, options.reading.max_problems);
    let mut chain = ChainFile { date_of_file: layout.date_of_file, ..ChainFile::default() };
    while let Some(record) = records.next()? {
        chain.rows_read += 1;
        let place = Place { row: chain.rows_read, line: record.position().map(csv::Position::line) };
        if record.len() < names.len() && record.get(0).is_some_and(|text| text.starts_with(b"*")) {
            let text = String::from_utf8_lossy(record.get(0).unwrap_or_default()).into_owned();
            problems.push(place, None, None, Complaint::new("footer", "", &text))?;
            continue;
        }
        let cells = TextCells { record, layout: &layout, format: options.reading.date_format.as_deref() };
        if let Some(text) = cells.ambiguous_date() {
            return Err(ReadError::AmbiguousDate { file: file.to_owned(), row: chain.rows_read, text });
        }
        match layout::row(&cells, chain.rows_read, options) {
            Ok(row) => chain.rows.push(row),
            Err(complaint) => problems.push(place, None, None, complaint)?,
        }
    }
    if chain.rows_read == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(ChainFile { problems: problems.list, columns: layout.columns, ..chain })
}

struct TextCells<'a> {
    record: &'a ByteRecord,
    layout: &'a Layout,
    format: Option<&'a str>,
}

impl TextCells<'_> {
    fn cell(&self, role: usize) -> Result<Option<&str>, Complaint> {
        let Some(place) = self.layout.places[role] else { return Ok(None) };
        let bytes = self.record.get(place).ok_or_else(|| Complaint::new("short_row", ROLES[role].0, ""))?;
        let text = std::str::from_utf8(bytes).map_err(|_| Complaint::new("bad_text", ROLES[role].0, ""))?;
        Ok(Some(text.trim()))
    }

    fn ambiguous_date(&self) -> Option<String> {
        let dates = (0..ROLES.len()).filter(|role| layout::is_date(*role));
        let mut texts = dates.filter_map(|role| self.cell(role).ok().flatten());
        texts.find(|text| matches!(parse_date(text, self.format), DateText::Ambiguous)).map(shown)
    }
}

impl Cells for TextCells<'_> {
    fn number(&self, role: usize) -> Result<Option<f64>, Complaint> {
        let Some(text) = self.cell(role)? else { return Ok(None) };
        match parse_number(text) {
            NumberText::Number(number) => Ok(Some(number)),
            NumberText::Missing => Ok(None),
            NumberText::Bad => Err(Complaint::new("bad_number", ROLES[role].0, text)),
        }
    }

    fn text(&self, role: usize) -> Result<Option<&str>, Complaint> {
        self.cell(role)
    }

    fn date(&self, role: usize) -> Result<Option<(Date, Option<WrittenTime>)>, Complaint> {
        let Some(text) = self.cell(role)? else { return Ok(None) };
        match parse_date(text, self.format) {
            DateText::Date(date, time) => Ok(Some((date, time))),
            DateText::Missing => Ok(None),
            DateText::Ambiguous | DateText::Bad => Err(Complaint::new("bad_date", ROLES[role].0, text)),
        }
    }
}
