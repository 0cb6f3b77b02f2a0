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
            let (first, last) = (span.first - offset(s), span.last - offset(s));
            let whole = (1.0 + grid.forward_return[*cell]).ln();
            let entry = panel.open[panel.cell(first, s)].ln();
            shares[s].between(first, last, entry, whole, (counts[span.first], counts[span.last])).abs()
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    let count = weights.len() as f64;
    weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum * count } else { 1.0 });
    weights
}

/// One symbol's log closes and its returns over concurrency.
struct Shares {
    /// Log of the last close at or before each session; NaN before the first.
    log_close: Vec<f64>,
    /// Prefix sums of each session's close-to-close log return over its concurrency.
    sums: Vec<f64>,
}

impl Shares {
    fn of(panel: &Panel, s: usize, offset: usize, counts: &[f64]) -> Self {
        let mut log_close = Vec::with_capacity(panel.len());
        let mut last = f64::NAN;
        let mut share = |row: usize| {
            let before = last;
            if panel.has_bar(row, s) {
                last = panel.close[panel.cell(row, s)].ln();
            }
            log_close.push(last);
            let count = counts.get(offset + row).copied().unwrap_or(0.0);
            let change = last - before;
            if count > 0.0 && change.is_finite() { change / count } else { 0.0 }
        };
        let sums = prefix_sums((0..panel.len()).map(&mut share));
        Self { log_close, sums }
    }

    /// The attributed return of a label from the entry in session `first` to the exit in session `last`.
    fn between(&self, first: usize, last: usize, entry: f64, whole: f64, counts: (f64, f64)) -> f64 {
        if first == last {
            return whole / counts.0;
        }
        let at_first = self.log_close[first] - entry;
        let between = self.sums[last] - self.sums[first + 1];
        let at_last = whole - (self.log_close[last - 1] - entry);
        at_first / counts.0 + between + at_last / counts.1
    }
}
