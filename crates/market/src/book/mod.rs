//! Order books: price levels in exact decimals, rebuilt from diffs or from orders, sampled at a cadence.
//!
//! A book is either known or it is not. Whatever makes it uncertain (a gap in the sequence, an impossible size) is
//! listed, and the book is gone until the next snapshot: the time between is missing, never guessed.

mod depth;
mod fixed;
mod levels;
mod problems;
mod sample;
mod visible;

pub use depth::{BestQuote, DepthBook, DepthCounts, DepthMessage, DepthSnapshot, DepthUpdate, Fill};
pub use fixed::{Fixed, ParseFixedError};
pub use levels::{Book, Level, Side};
pub use problems::{BookLog, BookProblem, BookRule};
pub use sample::{BookRow, BookRows, BookView, Sampler, TooManyRows};
pub use visible::{Message, MessageKind, Trading, VisibleBook, VisibleCounts, VisibleRow};

use proofmark_units::Instant;

/// The two times of a message: when it happened, and the first instant at which it could be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The exchange's time.
    pub event_time: Instant,
    /// When it arrived; never before `event_time`.
    pub known_at: Instant,
}

impl Stamp {
    /// `event_time` by the exchange's clock and arrival by the receiver's. Where the two disagree so much that a message
    /// would arrive before it was sent, it counts as known at the later of the two: too late is safe, too early is not.
    pub fn new(event_time: Instant, received: Instant) -> Self {
        Self { event_time, known_at: received.max(event_time) }
    }
}
