//! Plain columnar bars with stamps: what a check looks at.

use proofmark_market::{BarRow, IntradayBar};
use proofmark_units::{Instant, Symbol};

/// What a bar's stamp means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Midnight UTC of the exchange's session date: a label, not an instant.
    Session,
    /// The instant at which an intraday bar opens.
    Open,
}

/// One bar of a [`Series`]; any field but the stamp may be NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StampedBar {
    /// The stamp, by [`Label`].
    pub at: Instant,
    /// Opening price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Closing price.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
    /// Money traded.
    pub turnover: f64,
}

/// Bars of one symbol as delivered: in any order, with any defect. Columns have equal lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The instrument.
    pub symbol: Symbol,
    pub(super) label: Label,
    pub(super) at: Vec<Instant>,
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) volume: Vec<f64>,
    pub(super) turnover: Vec<f64>,
}

impl Series {
    /// Columns from bars, in their order.
    pub fn new(symbol: Symbol, label: Label, bars: impl IntoIterator<Item = StampedBar>) -> Self {
        let bars = bars.into_iter();
        let column = || Vec::with_capacity(bars.size_hint().0);
        let mut series = Self {
            symbol,
            label,
            at: Vec::with_capacity(bars.size_hint().0),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
            turnover: column(),
        };
        for bar in bars {
            series.push(&bar);
        }
        series
    }

    /// Daily bars of the lake, labelled by session.
    pub fn of_daily(symbol: Symbol, rows: &[BarRow]) -> Self {
        let bar = |row: &BarRow| StampedBar {
            at: row.date.midnight_utc(),
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            turnover: f64::NAN,
        };
        Self::new(symbol, Label::Session, rows.iter().map(bar))
    }

    /// Intraday bars of the lake.
    pub fn of_intraday(symbol: Symbol, rows: &[IntradayBar]) -> Self {
        let bar = |row: &IntradayBar| StampedBar {
            at: row.start,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            turnover: row.turnover,
        };
        Self::new(symbol, Label::Open, rows.iter().map(bar))
    }

    fn push(&mut self, bar: &StampedBar) {
        self.at.push(bar.at);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
        self.turnover.push(bar.turnover);
    }

    /// Number of bars.
    pub const fn len(&self) -> usize {
        self.at.len()
    }
    /// Whether there is no bar.
    pub const fn is_empty(&self) -> bool {
        self.at.is_empty()
    }
    /// The newest stamp; `None` without a bar.
    pub fn newest(&self) -> Option<Instant> {
        self.at.iter().max().copied()
    }
    /// What the stamps mean.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Bar `row` as delivered.
    ///
    /// # Panics
    /// If `row` is out of range.
    pub fn bar(&self, row: usize) -> StampedBar {
        StampedBar {
            at: self.at[row],
            open: self.open[row],
            high: self.high[row],
            low: self.low[row],
            close: self.close[row],
            volume: self.volume[row],
            turnover: self.turnover[row],
        }
    }
}
