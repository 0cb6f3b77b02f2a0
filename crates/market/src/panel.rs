//! Many instruments on one clock.

use proofmark_units::{Date, Symbol};

use crate::{Bars, Standing, Universe};

/// Daily bars of several symbols on one ascending list of dates, time-major: cell `t * symbols + s`.
///
/// A cell without a bar holds NaN in every price column and 0 in `volume`; `has_bar` is the mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Columns, in the order given.
    pub symbols: Vec<Symbol>,
    /// Union of the symbols' session dates, strictly ascending.
    pub dates: Vec<Date>,
    /// Opening prices.
    pub open: Vec<f64>,
    /// Highest prices.
    pub high: Vec<f64>,
    /// Lowest prices.
    pub low: Vec<f64>,
    /// Closing prices.
    pub close: Vec<f64>,
    /// Units traded (0 where unknown or no bar).
    pub volume: Vec<f64>,
    /// What decisions may do with each name; [`Standing::Member`] everywhere unless [`Panel::of`] was told of a universe.
    pub standing: Vec<Standing>,
    /// The group of each name as [`Universe::group`] numbers it; `None` everywhere unless [`Panel::of`] was told of groups.
    pub group: Vec<Option<u32>>,
}

impl Panel {
    /// Aligns `bars` as [`from_bars`](Self::from_bars) does, with each name's standing and group in `universe`.
    pub fn of(bars: &[Bars], universe: &Universe) -> Self {
        let mut panel = Self::from_bars(bars);
        for (s, symbol) in panel.symbols.iter().enumerate() {
            for (t, standing) in universe.standing(symbol, &panel.dates).into_iter().enumerate() {
                panel.standing[t * panel.symbols.len() + s] = standing;
            }
            for (t, group) in universe.group(symbol, &panel.dates).into_iter().enumerate() {
                panel.group[t * panel.symbols.len() + s] = group;
            }
        }
        panel
    }

    /// Aligns `bars` on the union of their dates. Nothing is filled forward.
    pub fn from_bars(bars: &[Bars]) -> Self {
        let mut dates: Vec<Date> = bars.iter().flat_map(|b| b.dates().iter().copied()).collect();
        dates.sort_unstable();
        dates.dedup();
        let n = bars.len();
        let cells = dates.len() * n;
        let mut panel = Self {
            symbols: bars.iter().map(|b| b.symbol().clone()).collect(),
            dates,
            open: vec![f64::NAN; cells],
            high: vec![f64::NAN; cells],
            low: vec![f64::NAN; cells],
            close: vec![f64::NAN; cells],
            volume: vec![0.0; cells],
            standing: vec![Standing::Member; cells],
            group: vec![None; cells],
        };
        for (s, b) in bars.iter().enumerate() {
            let mut t = 0;
            for (row, date) in b.dates().iter().enumerate() {
                while panel.dates[t] < *date {
                    t += 1;
                }
                let cell = t * n + s;
                panel.open[cell] = b.open()[row];
                panel.high[cell] = b.high()[row];
                panel.low[cell] = b.low()[row];
                panel.close[cell] = b.close()[row];
                panel.volume[cell] = if b.volume()[row].is_finite() { b.volume()[row] } else { 0.0 };
            }
        }
        panel
    }

    /// Number of symbols: the stride of a row.
    pub const fn width(&self) -> usize {
        self.symbols.len()
    }

    /// Number of dates.
    pub const fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is no date.
    pub const fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Index of cell (`t`, `s`) in every column.
    pub const fn cell(&self, t: usize, s: usize) -> usize {
        t * self.symbols.len() + s
    }

    /// Whether symbol `s` has a bar on date `t`.
    pub fn has_bar(&self, t: usize, s: usize) -> bool {
        self.close[self.cell(t, s)].is_finite()
    }

    /// Whether symbol `s` has a bar on date `t` and may be held after it.
    pub fn is_open(&self, t: usize, s: usize) -> bool {
        self.has_bar(t, s) && self.standing[self.cell(t, s)] == Standing::Member
    }

    /// Whether a decision after date `t` may change what is held of symbol `s`.
    pub fn is_decided(&self, t: usize, s: usize) -> bool {
        self.has_bar(t, s) && self.standing[self.cell(t, s)] != Standing::Paused
    }

    /// Index of the first date at or after `date` (`len()` if none).
    pub fn at_or_after(&self, date: Date) -> usize {
        self.dates.partition_point(|d| *d < date)
    }

    /// Spreads one symbol's column (aligned with its bars) onto a panel grid column; other cells stay untouched.
    ///
    /// # Panics
    /// If `bars` holds a date the panel lacks or `column` differs in length from `bars`.
    pub fn scatter(&self, s: usize, bars: &Bars, column: &[f64], grid: &mut [f64]) {
        assert_eq!(bars.len(), column.len(), "column and bars differ in length");
        let mut t = 0;
        for (row, date) in bars.dates().iter().enumerate() {
            while self.dates[t] < *date {
                t += 1;
            }
            assert_eq!(self.dates[t], *date, "bar date missing from the panel");
            grid[self.cell(t, s)] = column[row];
        }
    }
}
