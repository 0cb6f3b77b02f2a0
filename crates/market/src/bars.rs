//! Bars of one instrument as columns.

use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

/// One daily bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BarRow {
    /// The exchange session the bar describes.
    pub date: Date,
    /// End of the session: when the last trade could have happened.
    pub event_time: Instant,
    /// First instant a subscriber could have read the bar; never before `event_time`.
    pub known_at: Instant,
    /// First traded price of the session, in the instrument's currency.
    pub open: f64,
    /// Highest traded price.
    pub high: f64,
    /// Lowest traded price.
    pub low: f64,
    /// Last traded price.
    pub close: f64,
    /// Units traded; NaN where the source gives none.
    pub volume: f64,
}

/// Daily bars of one symbol: columns of equal length, strictly ascending by session date.
///
/// Prices are finite and positive, `low <= open, close <= high`, `event_time <= known_at`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    symbol: Symbol,
    /// Session dates, strictly ascending.
    date: Vec<Date>,
    event_time: Vec<Instant>,
    known_at: Vec<Instant>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// A row broke what [`Bars`] promises.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BarsError {
    /// Dates must ascend strictly.
    #[error("bar {row} of `{symbol}` is dated {date}, not after the one before")]
    NotAscending {
        /// The symbol.
        symbol: Symbol,
        /// Zero-based row.
        row: usize,
        /// Its date.
        date: Date,
    },
    /// A price was NaN, infinite, zero or negative, or outside `[low, high]`.
    #[error("bar {row} of `{symbol}` on {date} has no valid open, high, low and close")]
    BadPrice {
        /// The symbol.
        symbol: Symbol,
        /// Zero-based row.
        row: usize,
        /// Its date.
        date: Date,
    },
    /// `known_at` lies before `event_time`.
    #[error("bar {row} of `{symbol}` on {date} is known before it happened")]
    KnownBeforeEvent {
        /// The symbol.
        symbol: Symbol,
        /// Zero-based row.
        row: usize,
        /// Its date.
        date: Date,
    },
}

impl Bars {
    /// Columns from rows, checked once here.
    ///
    /// # Errors
    /// [`BarsError`] for the first row that breaks the promises of this type.
    pub fn from_rows(symbol: Symbol, rows: &[BarRow]) -> Result<Self, BarsError> {
        for (row, bar) in rows.iter().enumerate() {
            let date = bar.date;
            if row > 0 && rows[row - 1].date >= date {
                return Err(BarsError::NotAscending { symbol, row, date });
            }
            if !bar.has_valid_prices() {
                return Err(BarsError::BadPrice { symbol, row, date });
            }
            if bar.known_at < bar.event_time {
                return Err(BarsError::KnownBeforeEvent { symbol, row, date });
            }
        }
        Ok(Self {
            symbol,
            date: rows.iter().map(|bar| bar.date).collect(),
            event_time: rows.iter().map(|bar| bar.event_time).collect(),
            known_at: rows.iter().map(|bar| bar.known_at).collect(),
            open: rows.iter().map(|bar| bar.open).collect(),
            high: rows.iter().map(|bar| bar.high).collect(),
            low: rows.iter().map(|bar| bar.low).collect(),
            close: rows.iter().map(|bar| bar.close).collect(),
            volume: rows.iter().map(|bar| bar.volume).collect(),
        })
    }

    /// The instrument.
    pub const fn symbol(&self) -> &Symbol {
        &self.symbol
    }
    /// Number of bars.
    pub const fn len(&self) -> usize {
        self.date.len()
    }
    /// Whether there is no bar.
    pub const fn is_empty(&self) -> bool {
        self.date.is_empty()
    }
    /// Session dates, strictly ascending.
    pub fn dates(&self) -> &[Date] {
        &self.date
    }
    /// When each bar ended.
    pub fn event_times(&self) -> &[Instant] {
        &self.event_time
    }
    /// When each bar could first be read.
    pub fn known_ats(&self) -> &[Instant] {
        &self.known_at
    }
    /// Opening prices.
    pub fn open(&self) -> &[f64] {
        &self.open
    }
    /// Highest prices.
    pub fn high(&self) -> &[f64] {
        &self.high
    }
    /// Lowest prices.
    pub fn low(&self) -> &[f64] {
        &self.low
    }
    /// Closing prices.
    pub fn close(&self) -> &[f64] {
        &self.close
    }
    /// Units traded; NaN where the source gives none.
    pub fn volume(&self) -> &[f64] {
        &self.volume
    }

    /// Bar `row` as a value.
    ///
    /// # Panics
    /// If `row` is out of range.
    pub fn row(&self, row: usize) -> BarRow {
        BarRow {
            date: self.date[row],
            event_time: self.event_time[row],
            known_at: self.known_at[row],
            open: self.open[row],
            high: self.high[row],
            low: self.low[row],
            close: self.close[row],
            volume: self.volume[row],
        }
    }

    /// The rows in `range`, as bars of their own: how a prefix or a window is cut.
    ///
    /// # Panics
    /// If the range is out of bounds.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            symbol: self.symbol.clone(),
            date: self.date[range.clone()].to_vec(),
            event_time: self.event_time[range.clone()].to_vec(),
            known_at: self.known_at[range.clone()].to_vec(),
            open: self.open[range.clone()].to_vec(),
            high: self.high[range.clone()].to_vec(),
            low: self.low[range.clone()].to_vec(),
            close: self.close[range.clone()].to_vec(),
            volume: self.volume[range].to_vec(),
        }
    }
}

impl BarRow {
    /// Whether open, high, low and close are finite, positive and ordered (`low <= open, close <= high`).
    pub fn has_valid_prices(&self) -> bool {
        let positive = [self.open, self.high, self.low, self.close].iter().all(|p| p.is_finite() && *p > 0.0);
        positive
            && self.low <= self.open
            && self.low <= self.close
            && self.open <= self.high
            && self.close <= self.high
    }
}
