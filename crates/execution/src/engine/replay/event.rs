//! What happens to a book, by whole ticks.

use proofmark_market::book::Side;
use proofmark_units::Instant;

/// A change of a book or a trade, and when it became known here.
///
/// Everything known at one instant is one change: orders and strategies see the book before or after all of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BookEvent {
    /// When it could be read here; never before the event ahead of it.
    pub time: Instant,
    /// What it says.
    pub change: BookChange,
}

/// What a [`BookEvent`] says. Prices are whole multiples of the instrument's tick, above 0; sizes are units of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BookChange {
    /// So much waits at a price now; 0 removes the level.
    Level {
        /// Which side.
        side: Side,
        /// Price in ticks.
        tick: i64,
        /// Units, >= 0.
        size: f64,
    },
    /// A trade was printed. The book changes by levels alone.
    Trade {
        /// Side of the order that took liquidity: `Bid` where the buyer did.
        taker: Side,
        /// Price in ticks.
        tick: i64,
        /// Units, > 0.
        size: f64,
    },
    /// The book is not known any more: all its levels are gone, and those that follow are parts of a new one.
    Lost,
    /// The levels since the book was lost, or since the start, are all of it.
    Known,
}
