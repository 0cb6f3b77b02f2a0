//! Weights for labels that overlap: López de Prado (2018), *Advances in Financial Machine Learning*, chapter 4.
//!
//! Labels whose spans share bars are not independent. [`concurrency`] counts them, [`average_uniqueness`] is the share of a
//! label that is its own, [`sequential_bootstrap`] draws labels that overlap less, [`attribution`] weighs by the return
//! that a label does not share and [`time_decay`] by age. A label's span runs from the first price it reads to the price
//! that ended it ([`LabelGrid::exit`]); nothing here may be used to purge.

mod attribution;
mod concurrency;
mod decay;
mod sequential;
mod spec;

use proofmark_market::Panel;
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

pub use attribution::attribution;
pub use concurrency::{average_uniqueness, concurrency};
pub use decay::{TimeDecayError, time_decay};
pub use sequential::{SequentialBootstrap, sequential_bootstrap};
pub use spec::{WeightBy, WeightSpec};

use crate::LabelGrid;

/// The positions a label covers, both ends included; positions are bars in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    first: usize,
    last: usize,
}

impl Span {
    /// The span from `first` to `last`; `None` if it ends before it starts.
    pub const fn new(first: usize, last: usize) -> Option<Self> {
        if first <= last { Some(Self { first, last }) } else { None }
    }

    /// First position.
    pub const fn first(self) -> usize {
        self.first
    }

    /// Last position.
    pub const fn last(self) -> usize {
        self.last
    }

    /// Number of positions, at least 1.
    const fn bars(self) -> f64 {
        (self.last - self.first + 1) as f64
    }
}

/// Which labels count as overlapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Labels of the same symbol: two symbols on one day are two observations.
    BySymbol,
    /// Labels of any symbol: a day is one observation, whoever was traded on it. The cautious choice where names move
    /// together.
    All,
}

/// The labels of a grid as spans, in the order of their cells: by date, then by symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Cell of each label in its grid.
    pub cells: Vec<usize>,
    /// Span of each label in sessions of the panel. Under [`Pool::BySymbol`] every symbol has its own stretch of
    /// positions, so that spans of two symbols never meet.
    pub spans: Vec<Span>,
    /// Date of each label's decision.
    pub decided: Vec<Date>,
    /// Which labels count as overlapping.
    pub pool: Pool,
}

impl Events {
    /// The labels of `grid`, which was made from `panel`. A session on which the symbol did not trade counts too.
    pub fn of(panel: &Panel, grid: &LabelGrid, pool: Pool) -> Self {
        Self::at(panel, grid, pool, 0..grid.start.len())
    }

    /// The labels at `cells`, which ascend, alone.
    pub fn at(panel: &Panel, grid: &LabelGrid, pool: Pool, cells: impl Iterator<Item = usize>) -> Self {
        let mut events = Self { cells: Vec::new(), spans: Vec::new(), decided: Vec::new(), pool };
        for cell in cells {
            let (Some(start), Some(exit)) = (grid.start[cell], grid.exit[cell]) else { continue };
            let offset = match pool {
                Pool::BySymbol => cell % panel.width() * panel.len(),
                Pool::All => 0,
            };
            let at = |date| offset + panel.at_or_after(date);
            let Some(span) = Span::new(at(start), at(exit)) else { continue };
            events.spans.push(span);
            events.cells.push(cell);
            events.decided.push(panel.dates[cell / panel.width()]);
        }
        events
    }

    /// One value a label, put back on a grid of `cells` cells; NaN where there is no label.
    pub fn on_grid(&self, values: &[f64], cells: usize) -> Vec<f64> {
        let mut grid = vec![f64::NAN; cells];
        self.cells.iter().zip(values).for_each(|(cell, value)| grid[*cell] = *value);
        grid
    }
}
