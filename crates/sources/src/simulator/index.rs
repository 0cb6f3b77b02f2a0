//! The benchmark: equal weights, rebalanced at every close.

use proofmark_market::BarRow;
use proofmark_units::{Date, Instant};

pub(super) struct Index {
    level: f64,
    pub(super) rows: Vec<BarRow>,
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { level: 10_000.0, rows: Vec::new() }
    }

    /// Takes one session's open, high, low and close of every listed symbol, each over its previous close.
    ///
    /// Constituents do not peak together: high and low reach half as far as the mean of theirs.
    pub(super) fn push(&mut self, date: Date, close_time: Instant, moves: &[[f64; 4]]) {
        let mean = |k: usize| {
            let sum: f64 = moves.iter().map(|m| m[k]).sum();
            if moves.is_empty() { 1.0 } else { sum / moves.len() as f64 }
        };
        let (open, close) = (mean(0), mean(3));
        let (outer, inner) = (open.max(close), open.min(close));
        let high = outer + 0.5 * (mean(1) - outer).max(0.0);
        let low = inner - 0.5 * (inner - mean(2)).max(0.0);
        self.rows.push(BarRow {
            date,
            event_time: close_time,
            known_at: close_time.plus_seconds(1_800),
            open: self.level * open,
            high: self.level * high,
            low: self.level * low,
            close: self.level * close,
            volume: f64::NAN,
        });
        self.level *= close;
    }
}
