//! What a file adapter delivers: rows as written, and the rows it could not read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use proofmark_market::BarRow;
use proofmark_units::{Date, Instant, Symbol};
use serde::Serialize;

/// One daily bar as the file has it; prices may be wild, that is for the quality rules to find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRow {
    /// Session date: the date as written, or the UTC date of a Parquet timestamp.
    pub date: Date,
    /// Opening price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Closing price.
    pub close: f64,
    /// Units traded; NaN where the file gives none.
    pub volume: f64,
}

impl RawRow {
    /// This row with the two times that a file cannot know.
    pub const fn at(&self, event_time: Instant, known_at: Instant) -> BarRow {
        let Self { date, open, high, low, close, volume } = *self;
        BarRow { date, event_time, known_at, open, high, low, close, volume }
    }
}

/// A row that could not be read, and why. The rest of the file is unaffected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// `bad_number`, `bad_date`, `missing_value`, `bad_symbol`, `bad_text` or `short_row`.
    pub rule: &'static str,
    /// The file.
    pub file: PathBuf,
    /// One-based data row (the header does not count).
    pub row: u64,
    /// One-based line of a text file.
    pub line: Option<u64>,
    /// The symbol as written, where one could be read.
    pub symbol: Option<String>,
    /// The date, where one could be read.
    pub date: Option<Date>,
    /// The offending text and column.
    pub detail: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} row {}", self.file.display(), self.row)?;
        if let Some(symbol) = &self.symbol {
            write!(f, " ({symbol})")?;
        }
        write!(f, ": {} [{}]", self.detail, self.rule)
    }
}

/// The file's column behind each role; `None` where the role was filled otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnsUsed {
    /// The instrument; `None` when it came from the options or the file's name.
    pub symbol: Option<String>,
    /// The session date.
    pub date: String,
    /// Opening price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Closing price.
    pub close: String,
    /// Units traded; `None` when the file has no such column.
    pub volume: Option<String>,
}

/// Everything one file of bars gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOutcome {
    /// Rows by symbol, in the order of the file.
    pub bars: BTreeMap<Symbol, Vec<RawRow>>,
    /// Rows that could not be read, in the order of the file.
    pub problems: Vec<RowProblem>,
    /// Data rows seen, readable or not.
    pub rows_read: u64,
    /// Rows left out because the options ask for another series (NSE `EQ`, `BE`, ...).
    pub rows_of_other_series: u64,
    /// Which columns were used.
    pub columns: ColumnsUsed,
}

impl ReadOutcome {
    /// Number of readable rows.
    pub fn rows(&self) -> usize {
        self.bars.values().map(Vec::len).sum()
    }
}

/// Everything one file of dated values gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationOutcome {
    /// Dated values in the order of the file.
    pub values: Vec<(Date, f64)>,
    /// Rows that could not be read.
    pub problems: Vec<RowProblem>,
    /// Data rows seen.
    pub rows_read: u64,
}
