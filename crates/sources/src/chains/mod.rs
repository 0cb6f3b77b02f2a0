//! Option chains from files: one row a contract and moment, whatever the file calls its columns.

mod delimited;
mod layout;
mod parquet;
mod rates;
mod snapshot;

pub use delimited::read_chain_csv;
pub use parquet::read_chain_parquet;
pub use rates::{Futures, read_discount_curve, read_futures_csv};
pub use snapshot::read_chain_snapshot;

use std::collections::BTreeMap;

use proofmark_market::options::Right;
use proofmark_units::{Date, Instant, Zone};

use crate::{ReadOptions, RowProblem};

/// How a chain is to be read.
#[derive(Debug, Clone, Default)]
pub struct ChainOptions {
    /// Limits and the form of dates.
    pub reading: ReadOptions,
    /// Columns by role, where the guess would miss: `strike` to `K`.
    pub columns: BTreeMap<String, String>,
    /// The underlying of every row, for a file that does not name one.
    pub underlying: Option<String>,
    /// Zone of stamps that state no offset.
    pub zone: Option<Zone>,
}

/// One contract at one moment, as the file has it. What the file does not say is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionRow {
    /// One-based data row.
    pub row: u64,
    /// Name of the underlying.
    pub underlying: String,
    /// Last day of the contract.
    pub expiry: Date,
    /// Call or put.
    pub right: Right,
    /// Strike.
    pub strike: f64,
    /// When the row was true; `None` where the file is of one moment.
    pub at: Option<Instant>,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// Last or closing price.
    pub last: Option<f64>,
    /// Traded.
    pub volume: Option<f64>,
    /// Open interest.
    pub open_interest: Option<f64>,
    /// Forward or future of the same expiry.
    pub forward: Option<f64>,
    /// Discount factor to expiry.
    pub discount: Option<f64>,
    /// Years to expiry by the file's own count.
    pub years: Option<f64>,
    /// Implied volatility by the file's own reckoning.
    pub volatility: Option<f64>,
}

/// Everything one file of a chain gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChainFile {
    /// Readable rows in the order of the file.
    pub rows: Vec<OptionRow>,
    /// The others.
    pub problems: Vec<RowProblem>,
    /// Data rows seen.
    pub rows_read: u64,
    /// Role and column.
    pub columns: Vec<(&'static str, String)>,
    /// The date in the file's name.
    pub date_of_file: Option<Date>,
}
