//! How much of a view was observed, how much was filled, and how much is missing because it is too old.

use std::collections::BTreeMap;

use proofmark_units::Symbol;
use serde::Serialize;

use super::{AlignedView, Mark, RETURN_COLUMNS};

/// Cells of listed sessions by where they come from; shares are fractions of `expected`, `None` without a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Sessions from the first bar to the declared end, or to that of the view.
    pub expected: u64,
    /// From bars.
    pub observed: u64,
    /// Levels of earlier sessions.
    pub carried: u64,
    /// Zeros for sessions without a trade.
    pub no_trade: u64,
    /// Empty since the last level is older than the limit.
    pub stale: u64,
    /// `observed`.
    pub raw_coverage: Option<f64>,
    /// `carried` and `no_trade`.
    pub filled_share: Option<f64>,
    /// `stale`.
    pub stale_share: Option<f64>,
}

impl Counts {
    fn count(&mut self, mark: Mark) {
        self.expected += 1;
        match mark {
            Mark::Missing => {}
            Mark::Observed => self.observed += 1,
            Mark::Carried => self.carried += 1,
            Mark::NoTrade => self.no_trade += 1,
            Mark::Stale => self.stale += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.observed += other.observed;
        self.carried += other.carried;
        self.no_trade += other.no_trade;
        self.stale += other.stale;
    }

    fn with_shares(mut self) -> Self {
        let share = |n: u64| (self.expected > 0).then(|| n as f64 / self.expected as f64);
        let shares = [self.observed, self.carried + self.no_trade, self.stale].map(share);
        [self.raw_coverage, self.filled_share, self.stale_share] = shares;
        self
    }
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldCoverage {
    /// Its name.
    pub field: String,
    /// Over all names.
    pub overall: Counts,
    /// By name.
    pub by_symbol: BTreeMap<Symbol, Counts>,
}

/// The fields of a view, and all of them together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ViewCoverage {
    /// Over all fields and names.
    pub overall: Counts,
    /// By field, in the order of the view; returns and gaps are not counted, since they are no fields of the bars.
    pub fields: Vec<FieldCoverage>,
}

impl ViewCoverage {
    /// Counts the cells of `view`.
    pub fn of(view: &AlignedView) -> Self {
        let mut overall = Counts::default();
        let mut fields = Vec::new();
        for (c, field) in view.columns.iter().enumerate() {
            if RETURN_COLUMNS.contains(&field.as_str()) {
                continue;
            }
            let (mut all, mut by_symbol) = (Counts::default(), BTreeMap::new());
            for (s, symbol) in view.symbols.iter().enumerate() {
                let mut own = Counts::default();
                view.listed[s].clone().for_each(|t| own.count(view.marks[view.cell(t, s, c)]));
                all.add(&own);
                by_symbol.insert(symbol.clone(), own.with_shares());
            }
            overall.add(&all);
            fields.push(FieldCoverage { field: field.clone(), overall: all.with_shares(), by_symbol });
        }
        Self { overall: overall.with_shares(), fields }
    }
}
