//! Counts of a replay.

use serde::Serialize;

/// What went through a replayed book, and what became of own orders.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReplayStats {
    /// Events.
    pub events: u64,
    /// Of these, trades.
    pub trades: u64,
    /// Times at which the book was lost, snapshots that replaced it included.
    pub lost: u64,
    /// Orders sent.
    pub orders: u64,
    /// Cancels sent.
    pub cancels: u64,
    /// Of these, arrived after their order was over.
    pub late_cancels: u64,
    /// Messages by bucket of the latencies.
    pub latencies: Vec<u64>,
    /// Units that came to rest in the book.
    pub rested_units: f64,
    /// Units filled while they rested.
    pub maker_units: f64,
    /// Units filled on arrival.
    pub taker_units: f64,
}

impl ReplayStats {
    /// The part of what rested that was filled; `None` where nothing rested.
    pub fn fill_rate(&self) -> Option<f64> {
        (self.rested_units > 0.0).then(|| self.maker_units / self.rested_units)
    }
}
