//! What a file adapter delivers: rows as written, and the rows it could not read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use proofmark_market::BarRow;
use proofmark_units::{Date, Instant, Symbol};
use serde::Serialize;

use crate::WrittenTime;

/// One bar as the file has it; prices may be wild, that is for the quality rules to find. A price is NaN only where
/// [`crate::ReadOptions::keep_missing`] asked for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRow {
    /// The date as written (the session of a daily bar), or the UTC date of a Parquet timestamp.
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
    /// Money traded, in the unit of the file; NaN where the file gives none.
    pub turnover: f64,
    /// Time of day as written; `None` where only a date is.
    pub time: Option<WrittenTime>,
}

impl RawRow {
    /// This row with the two times that a file cannot know.
    pub const fn at(&self, event_time: Instant, known_at: Instant) -> BarRow {
        let Self { date, open, high, low, close, volume, .. } = *self;
        BarRow { date, event_time, known_at, open, high, low, close, volume }
    }
}

/// A row that could not be read, and why. The rest of the file is unaffected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// `bad_number`, `bad_date`, `missing_value`, `bad_symbol`, `bad_text`, `short_row` or
    /// `footer`.
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
    /// The date; `None` when it came from the options or the file's name.
    pub date: Option<String>,
    /// Opening price; `None` in a file of closes alone.
    pub open: Option<String>,
    /// Highest price; `None` in a file of closes alone.
    pub high: Option<String>,
    /// Lowest price; `None` in a file of closes alone.
    pub low: Option<String>,
    /// Closing price.
    pub close: String,
    /// Units traded; `None` when the file has no such column.
    pub volume: Option<String>,
    /// Money traded; `None` when the file has no such column.
    pub turnover: Option<String>,
}

impl fmt::Display for ColumnsUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = [
            ("symbol", &self.symbol),
            ("date", &self.date),
            ("open", &self.open),
            ("high", &self.high),
            ("low", &self.low),
            ("close", &Some(self.close.clone())),
            ("volume", &self.volume),
            ("turnover", &self.turnover),
        ];
        let used = roles.iter().filter_map(|(role, name)| Some(format!("{role}={}", name.as_ref()?)));
        f.write_str(&used.collect::<Vec<_>>().join(" "))
    }
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
    /// The date of every row, when the file has no date column.
    pub date_of_file: Option<Date>,
}

impl ReadOutcome {
    /// Number of readable rows.
    pub fn rows(&self) -> usize {
        self.bars.values().map(Vec::len).sum()
    }

    /// Whether a symbol has two bars at different times of one date: then dates alone do not place them.
    pub fn is_intraday(&self) -> bool {
        let clock = |row: &RawRow| row.time.map_or(0, |time| time.nanos);
        self.bars.values().any(|rows| {
            rows.windows(2).any(|pair| pair[0].date == pair[1].date && clock(&pair[0]) != clock(&pair[1]))
        })
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
