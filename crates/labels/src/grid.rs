//! Labels of a whole panel.

use proofmark_market::Panel;
use proofmark_units::Date;

use crate::rule::{Outcome, Rule};
use crate::series::Series;
use crate::{ExitReason, LabelSpec};

/// Labels on the grid of a panel, time-major: cell `t * symbols + s` is the decision at the close of date `t`.
///
/// A cell without a label holds NaN and `None` in every column but the unit: no bar that day, no member, no next bar,
/// volatility unknown, too few names, or a future that is not over yet.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelGrid {
    /// 1 or 0; what makes a 1 is said by each [`LabelSpec`].
    pub class: Vec<f64>,
    /// Simple return from entry to exit, before costs; never made relative.
    pub forward_return: Vec<f64>,
    /// Return over its unit, less the date's mean if relative.
    pub scaled_return: Vec<f64>,
    /// What one unit of scaled return is, a fraction above 0 known at the decision: `sigma * sqrt(horizon)` for a
    /// horizon, the stop's distance for barriers (so that returns are multiples of the risk taken), 1 for trends and
    /// ranks. Also where the future is not over yet; NaN without a bar or while the volatility is unknown or 0.
    pub unit: Vec<f64>,
    /// What the class is cut from where it is not the scaled return: the t of a scanned trend, the percentile of a
    /// ranked return; NaN for other kinds.
    pub statistic: Vec<f64>,
    /// Date of the first price the label reads.
    pub start: Vec<Option<Date>>,
    /// Date of the price that ended the label: the barrier touched, the horizon of the strongest trend. Weights count
    /// overlaps up to here; never purge by it, since it depends on the outcome.
    pub exit: Vec<Option<Date>>,
    /// *Latest* date whose price the label may have read: for barriers that of the maximum hold, for trends that of the
    /// longest horizon, though the label may have ended earlier, so that purging does not depend on the outcome.
    pub end: Vec<Option<Date>>,
    /// Why a barrier label ended; `None` for other kinds, and where the symbol stopped trading before any barrier.
    pub exit_reason: Vec<Option<ExitReason>>,
}

/// The labels of every symbol and date of `panel`.
///
/// Entry is the open of the symbol's own next bar and horizons count its own bars, so a halt stretches the span. A
/// label whose latest exit lies beyond the panel is missing even if a barrier was reached (else early exits would be
/// over-represented at the end), unless the symbol [stopped trading](crate::DELISTED_AFTER_SESSIONS): then it is closed
/// at its last close. A relative or ranked label reads the whole cross-section, so its span covers the spans of all
/// symbols with a label on that date. A `spec` that fails [`LabelSpec::check`] gives no labels.
pub fn label_grid(panel: &Panel, spec: &LabelSpec) -> LabelGrid {
    let rule = spec.rule();
    if rule.check().is_err() {
        return LabelGrid::missing(panel.len() * panel.width());
    }
    let mut grid = LabelGrid::fill(panel, rule.as_ref(), &|series, k, _, unit| rule.outcome(series, k, unit));
    rule.classify(&mut grid, panel.width());
    grid
}

impl LabelGrid {
    /// No label in any of so many cells.
    fn missing(cells: usize) -> Self {
        Self {
            class: vec![f64::NAN; cells],
            forward_return: vec![f64::NAN; cells],
            scaled_return: vec![f64::NAN; cells],
            unit: vec![f64::NAN; cells],
            statistic: vec![f64::NAN; cells],
            start: vec![None; cells],
            exit: vec![None; cells],
            end: vec![None; cells],
            exit_reason: vec![None; cells],
        }
    }

    /// Every column but the class; `outcome` is asked with a symbol's bars, the own bar, its cell and its unit.
    pub(crate) fn fill(
        panel: &Panel,
        rule: &dyn Rule,
        outcome: &dyn Fn(&Series, usize, usize, f64) -> Option<Outcome>,
    ) -> Self {
        let mut grid = Self::missing(panel.len() * panel.width());
        for s in 0..panel.width() {
            let series = Series::of(panel, s);
            let date = |bar: usize| Some(panel.dates[series.rows[bar]]);
            for ((k, row), unit) in series.rows.iter().enumerate().zip(rule.units(&series)) {
                let cell = panel.cell(*row, s);
                grid.unit[cell] = unit;
                if unit.is_nan() || !panel.is_open(*row, s) {
                    continue;
                }
                let Some(outcome) = outcome(&series, k, cell, unit) else { continue };
                grid.forward_return[cell] = outcome.forward_return;
                grid.scaled_return[cell] = outcome.forward_return / unit;
                grid.statistic[cell] = outcome.statistic;
                grid.start[cell] = date(outcome.entry);
                grid.exit[cell] = date(outcome.exit);
                grid.end[cell] = date(outcome.last);
                grid.exit_reason[cell] = outcome.reason;
            }
        }
        grid
    }

    /// Class 1 where the scaled return is above `threshold`.
    pub(crate) fn classify_scaled(&mut self, threshold: f64) {
        classify(&mut self.class, &self.scaled_return, threshold);
    }

    /// Class 1 where the statistic is above `threshold`.
    pub(crate) fn classify_statistic(&mut self, threshold: f64) {
        classify(&mut self.class, &self.statistic, threshold);
    }

    /// Takes a label away; the unit stays.
    pub(crate) fn forget(&mut self, cell: usize) {
        for column in
            [&mut self.class, &mut self.forward_return, &mut self.scaled_return, &mut self.statistic]
        {
            column[cell] = f64::NAN;
        }
        (self.start[cell], self.exit[cell], self.end[cell]) = (None, None, None);
        self.exit_reason[cell] = None;
    }

    /// Takes each date's mean off the scaled returns and widens the date's spans to what that mean reads.
    pub(crate) fn make_relative(&mut self, width: usize) {
        if width == 0 {
            return;
        }
        for from in (0..self.class.len()).step_by(width) {
            let scaled = &mut self.scaled_return[from..from + width];
            let known: Vec<f64> = scaled.iter().copied().filter(|v| !v.is_nan()).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            scaled.iter_mut().for_each(|scaled| *scaled -= mean);
            self.widen_spans(from, width);
        }
    }

    /// Gives the labels of a date, whose cells begin at `from`, one span that covers all of theirs; each keeps its exit.
    pub(crate) fn widen_spans(&mut self, from: usize, width: usize) {
        let date = from..from + width;
        let first = self.start[date.clone()].iter().flatten().min().copied();
        let last = self.end[date.clone()].iter().flatten().max().copied();
        for cell in date.filter(|cell| self.start[*cell].is_some()).collect::<Vec<_>>() {
            (self.start[cell], self.end[cell]) = (first, last);
        }
    }
}

fn classify(class: &mut [f64], values: &[f64], threshold: f64) {
    for (class, value) in class.iter_mut().zip(values).filter(|(_, value)| !value.is_nan()) {
        *class = f64::from(u8::from(*value > threshold));
    }
}
