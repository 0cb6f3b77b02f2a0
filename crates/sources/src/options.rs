//! How a file is to be read, where its own words do not say.

use proofmark_units::{Date, Symbol};

/// Names of the file's columns; a role left `None` is guessed from the header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// The instrument. Several columns joined with `+` name it together (`SYMBOL+EXP_DATE`), as for derivatives.
    pub symbol: Option<String>,
    /// The session date.
    pub date: Option<String>,
    /// Opening price.
    pub open: Option<String>,
    /// Highest price.
    pub high: Option<String>,
    /// Lowest price.
    pub low: Option<String>,
    /// Closing price.
    pub close: Option<String>,
    /// Units traded.
    pub volume: Option<String>,
    /// Money traded.
    pub turnover: Option<String>,
}

/// Settings and limits of one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Columns that the header guess would miss or mistake.
    pub columns: ColumnMap,
    /// The instrument of every row, whatever the file says: for files that carry the ticker of the day.
    pub symbol_override: Option<Symbol>,
    /// How dates are written, as for `strptime` (`%d-%m-%Y`). `None` takes ISO 8601 and `21-Aug-2026`.
    pub date_format: Option<String>,
    /// The date of every row, for a file without a date column; `None` takes the one date in the file's name.
    pub file_date: Option<Date>,
    /// Deliver rows without a price, and files of closes alone, with NaN instead of listing them as problems: for
    /// looking at a file's quality, where a missing price is a finding.
    pub keep_missing: bool,
    /// Keep only rows of these series (`EQ`), where the file has a `series` column; empty keeps all.
    pub series: Vec<String>,
    /// Field separator of a text file; `None` looks at the header.
    pub delimiter: Option<u8>,
    /// Longest record of a text file, bytes.
    pub max_record_bytes: usize,
    /// Largest content after unpacking, bytes.
    pub max_decompressed_bytes: u64,
    /// Most unreadable rows that are listed; one more is an error.
    pub max_problems: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            columns: ColumnMap::default(),
            symbol_override: None,
            date_format: None,
            file_date: None,
            keep_missing: false,
            series: Vec::new(),
            delimiter: None,
            max_record_bytes: 64 << 10,
            max_decompressed_bytes: 2 << 30,
            max_problems: 100_000,
        }
    }
}
