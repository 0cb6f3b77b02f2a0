//! What stands between raw rows and the bars a book sees.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_execution::book::{Book, ExitReason, Fill, FillReason};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

/// The quality rules, given by the caller: this crate knows none.
pub trait Feed: Sync {
    /// Cleans one symbol's raw rows. With `structural_only` the rules without which bars cannot exist act, the others
    /// only report: a live feed that nobody looks after.
    fn receive(&self, symbol: &Symbol, rows: &[BarRow], structural_only: bool) -> Received;
}

/// What the rules left of one symbol.
#[derive(Debug, Clone)]
pub struct Received {
    /// The bars.
    pub bars: Bars,
    /// Rows each rule names, by rule, with whether it took them away.
    pub findings: BTreeMap<String, (u64, bool)>,
    /// Rows taken away by all rules together.
    pub dropped: u64,
}

/// Rows that a rule names because of the fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// Rows it names beyond those it names in the unfaulted rows.
    pub rows: u64,
    /// Whether it takes them away, or only says so.
    pub drops: bool,
}

/// The feed's side of a fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedFigures {
    /// Bars that are wrong or gone.
    pub faulty_bars: usize,
    /// Rules that name more rows than without the fault, over all names.
    pub rules: Vec<RuleCount>,
    /// Whether any rule noticed.
    pub noticed: bool,
    /// Rows taken away beyond those taken from the unfaulted rows.
    pub rows_dropped: u64,
    /// Fills on faulty bars, under the pipeline's rules.
    pub fills_on_faulty_bars: usize,
    /// The candidate's return if only impossible rows were dropped, a fraction; `None` when no book could be run.
    pub unclean_total_return: Option<f64>,
    /// Fills on faulty bars then.
    pub unclean_fills_on_faulty_bars: usize,
}

/// Sums the findings of several symbols and takes off those of their unfaulted rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rules: BTreeMap<String, (i64, bool)>,
    dropped: i64,
}

impl Tally {
    pub(super) fn add(&mut self, received: &Received) {
        self.count(received, 1);
    }

    pub(super) fn take_off(&mut self, received: &Received) {
        self.count(received, -1);
    }

    fn count(&mut self, received: &Received, sign: i64) {
        for (rule, (rows, drops)) in &received.findings {
            let entry = self.rules.entry(rule.clone()).or_default();
            entry.0 += sign * i64::try_from(*rows).unwrap_or(i64::MAX);
            entry.1 |= drops;
        }
        self.dropped += sign * i64::try_from(received.dropped).unwrap_or(i64::MAX);
    }

    pub(super) fn rules(&self) -> Vec<RuleCount> {
        let more = self.rules.iter().filter_map(|(rule, (rows, drops))| {
            let rows = u64::try_from(*rows).ok().filter(|rows| *rows > 0)?;
            Some(RuleCount { rule: rule.clone(), rows, drops: *drops })
        });
        more.collect()
    }

    pub(super) fn dropped(&self) -> u64 {
        u64::try_from(self.dropped).unwrap_or(0)
    }
}

/// Fills of `book` on the bars in `faulty`. A name written off because it had no bar for too long was sold on none.
pub(super) fn fills_on(book: &Book, bars: &[Bars], faulty: &BTreeSet<(Date, usize)>) -> usize {
    let on = |fill: &&Fill| {
        let column = bars.iter().position(|b| *b.symbol() == fill.symbol);
        let traded = fill.reason != FillReason::Exit(ExitReason::Delisted);
        traded && column.is_some_and(|s| faulty.contains(&(fill.date, s)))
    };
    book.fills.iter().filter(on).count()
}
