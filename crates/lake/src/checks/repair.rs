//! Repairs as explicit transforms: proposed by a check, applied only when asked for, recorded row by row.

use proofmark_units::{Instant, Symbol};
use serde::Serialize;

use super::{CheckContext, Series, View, zone};

/// Moves rows that carry another zone's clock (`time_zone_mix`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShiftRepair {
    /// The instrument.
    pub symbol: Symbol,
    /// Seconds added to the stamps.
    pub shift_seconds: i64,
    /// Rows moved, one-based as delivered, ascending.
    pub rows: Vec<usize>,
}

/// A repaired series and the rows that had to go.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// Bars in ascending order.
    pub series: Series,
    /// Stamps, after the move, that were there already: the bar that was not moved stays.
    pub superseded: Vec<Instant>,
}

impl ShiftRepair {
    /// What would be moved; `None` if nothing points to another zone. Changes nothing.
    pub fn propose(series: &Series, context: &CheckContext<'_>) -> Option<Self> {
        let view = View::of(series, context);
        let (by, rows) = zone::shift(&view, context.zone.is_some())?;
        let mut rows: Vec<usize> = rows.into_iter().map(|row| view.delivered_row(row) + 1).collect();
        rows.sort_unstable();
        Some(Self { symbol: series.symbol.clone(), shift_seconds: by / 1_000_000_000, rows })
    }

    /// Moves the rows.
    pub fn apply(&self, series: &Series) -> Repaired {
        let moved = |row: usize| self.rows.binary_search(&(row + 1)).is_ok();
        let mut bars: Vec<(bool, super::StampedBar)> = (0..series.len())
            .map(|row| {
                let mut bar = series.bar(row);
                if moved(row) {
                    bar.at = bar.at.plus_seconds(self.shift_seconds);
                }
                (moved(row), bar)
            })
            .collect();
        // Unmoved bars first among equal stamps: they were right all along.
        bars.sort_by_key(|(moved, bar)| (bar.at, *moved));
        let mut superseded = Vec::new();
        let mut kept: Vec<super::StampedBar> = Vec::with_capacity(bars.len());
        for (moved, bar) in bars {
            if moved && kept.last().is_some_and(|last| last.at == bar.at) {
                superseded.push(bar.at);
            } else {
                kept.push(bar);
            }
        }
        Repaired { series: Series::new(series.symbol.clone(), series.label(), kept), superseded }
    }
}
