//! What a scenario may look at.

use proofmark_execution::book::Book;
use proofmark_execution::costs::{CostSchedule, Side};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Seed};
use rand_chacha::rand_core::Rng;

use super::scenario::{CannotApply, When};

/// The unstressed world of a window.
#[derive(Debug, Clone, Copy)]
pub struct StressWorld<'a> {
    /// Raw bars of every name, one entry a column.
    pub bars: &'a [Bars],
    /// The benchmark's bars.
    pub benchmark: Option<&'a Bars>,
    /// Sessions that may change, ascending; none later exists.
    pub sessions: &'a [Date],
    /// The unstressed candidate over those sessions.
    pub book: &'a Book,
    /// What trading costs.
    pub costs: &'a CostSchedule,
    /// The scenario's own node of the seed tree.
    pub seed: Seed,
}

impl StressWorld<'_> {
    /// Position in `sessions` of the session on which the scenario strikes: at least 1, so that a close comes before it,
    /// and at least `leave` sessions before the end.
    ///
    /// # Errors
    /// [`CannotApply`] when the window is too short or the book is never exposed.
    pub fn strike(&self, when: When, leave: usize) -> Result<usize, CannotApply> {
        let lacks = |why: String| CannotApply { why };
        let last = self.sessions.len().checked_sub(leave.max(1)).filter(|last| *last >= 1);
        let last = last.ok_or_else(|| {
            lacks(format!("the window has {} sessions, {} are needed", self.sessions.len(), leave.max(1) + 1))
        })?;
        match when {
            When::Seeded => {
                let draw = self.seed.child("session").rng().next_u64();
                Ok(1 + (draw % last as u64) as usize)
            }
            When::MostExposed => {
                let exposure = self.book.exposure.get(..last).unwrap_or_default();
                let mut best: Option<(usize, f64)> = None;
                for (t, e) in exposure.iter().enumerate() {
                    if *e > best.map_or(0.0, |(_, most)| most) {
                        best = Some((t, *e));
                    }
                }
                best.map(|(t, _)| t + 1)
                    .ok_or_else(|| lacks("the unstressed book holds nothing in the window".to_owned()))
            }
        }
    }

    /// Column of the largest holding, by value, at the close before `sessions[at]`.
    ///
    /// # Errors
    /// [`CannotApply`] when nothing is held then.
    pub fn largest_holding(&self, at: usize) -> Result<usize, CannotApply> {
        let before = self.sessions[at];
        let mut held = vec![0_i64; self.bars.len()];
        for fill in self.book.fills.iter().filter(|f| f.date < before) {
            if let Some(s) = self.bars.iter().position(|b| *b.symbol() == fill.symbol) {
                held[s] += if fill.side == Side::Buy { fill.quantity } else { -fill.quantity };
            }
        }
        let mut largest: Option<(usize, f64)> = None;
        for (s, quantity) in held.iter().enumerate().filter(|(_, q)| **q > 0) {
            let row = self.bars[s].dates().partition_point(|d| *d < before);
            let Some(close) = row.checked_sub(1).map(|row| self.bars[s].close()[row]) else { continue };
            let value = *quantity as f64 * close;
            if value > largest.map_or(0.0, |(_, most)| most) {
                largest = Some((s, value));
            }
        }
        let why = || CannotApply { why: format!("the unstressed book holds nothing before {before}") };
        largest.map(|(s, _)| s).ok_or_else(why)
    }

    /// Every second column, from the first or the second one on as the seed says: half the feed.
    pub fn half_the_names(&self) -> Vec<usize> {
        let first = usize::from(self.bars.len() > 1 && self.seed.child("half").rng().next_u64() & 1 == 1);
        (first..self.bars.len()).step_by(2).collect()
    }

    /// The rows of column `s`.
    pub fn rows(&self, s: usize) -> Vec<BarRow> {
        rows_of(&self.bars[s])
    }

    /// First and last date that may change.
    pub fn contains(&self, date: Date) -> bool {
        self.sessions.first().is_some_and(|first| date >= *first)
            && self.sessions.last().is_some_and(|last| date <= *last)
    }
}

/// Every bar as a row.
pub(super) fn rows_of(bars: &Bars) -> Vec<BarRow> {
    (0..bars.len()).map(|row| bars.row(row)).collect()
}
