//! Weights by the return that a label does not share.

use proofmark_market::Panel;

use super::concurrency::{concurrency, prefix_sums};
use super::{Events, Pool};
use crate::LabelGrid;

/// Weight of each label by return attribution (López de Prado 2018, section 4.6): the absolute sum, over its span, of the
/// instrument's log return on each session divided by the concurrency there; scaled so that the weights sum to their
/// number, and 1 each if no label has a return.
///
/// The returns of a label add up to its own: the first runs from the entry at the open to that session's close, the last
/// ends at the exit price. `events` are those of `grid` and `panel`. Costs one step a label and one a cell.
pub fn attribution(panel: &Panel, grid: &LabelGrid, events: &Events) -> Vec<f64> {
    let counts: Vec<f64> = concurrency(&events.spans).into_iter().map(f64::from).collect();
    let sessions = panel.len();
    // Position of a session in the counts of a symbol.
    let offset = |s: usize| if events.pool == Pool::BySymbol { s * sessions } else { 0 };
    let shares: Vec<Shares> = (0..panel.width()).map(|s| Shares::of(panel, s, offset(s), &counts)).collect();
    let mut weights: Vec<f64> = events
        .cells
        .iter()
        .zip(&events.spans)
        .map(|(cell, span)| {
            let s = cell % panel.width();
            let whole = (1.0 + grid.forward_return[*cell]).ln();
            shares[s].between(span.first - offset(s), span.last - offset(s), whole).abs()
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    let count = weights.len() as f64;
    weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum * count } else { 1.0 });
    weights
}

/// One symbol's log prices and its returns over concurrency, by session.
struct Shares {
    /// Concurrency; 0 where no label is open.
    counts: Vec<f64>,
    /// The session itself, or the symbol's next one after it.
    next_bar: Vec<usize>,
    log_open: Vec<f64>,
    /// Log of the last close at or before each session; NaN before the first.
    log_close: Vec<f64>,
    /// Prefix sums of each session's close-to-close log return over its concurrency.
    sums: Vec<f64>,
}

impl Shares {
    fn of(panel: &Panel, s: usize, offset: usize, counts: &[f64]) -> Self {
        let rows = 0..panel.len();
        let counts: Vec<f64> =
            rows.clone().map(|row| counts.get(offset + row).copied().unwrap_or(0.0)).collect();
        let mut next_bar = vec![panel.len(); panel.len()];
        let mut next = panel.len();
        for row in rows.clone().rev() {
            next = if panel.has_bar(row, s) { row } else { next };
            next_bar[row] = next;
        }
        let mut last = f64::NAN;
        let close = |row: usize| {
            last = if panel.has_bar(row, s) { panel.close[panel.cell(row, s)].ln() } else { last };
            last
        };
        let log_close: Vec<f64> = rows.clone().map(close).collect();
        let share = |row: usize| {
            let change = if row > 0 { log_close[row] - log_close[row - 1] } else { 0.0 };
            if counts[row] > 0.0 && change.is_finite() { change / counts[row] } else { 0.0 }
        };
        let sums = prefix_sums(rows.clone().map(share));
        let log_open = rows.map(|row| panel.open[panel.cell(row, s)].ln()).collect();
        Self { counts, next_bar, log_open, log_close, sums }
    }

    /// The attributed part of `whole`, the log return of a label from the first open in or after session `first` to the
    /// exit in session `last`. The span of a relative label may begin before its symbol trades.
    fn between(&self, first: usize, last: usize, whole: f64) -> f64 {
        let entry = self.next_bar[first].min(last);
        if entry == last {
            return whole / self.counts[last];
        }
        let at_entry = self.log_close[entry] - self.log_open[entry];
        let between = self.sums[last] - self.sums[entry + 1];
        let at_last = whole - (self.log_close[last - 1] - self.log_open[entry]);
        at_entry / self.counts[entry] + between + at_last / self.counts[last]
    }
}
