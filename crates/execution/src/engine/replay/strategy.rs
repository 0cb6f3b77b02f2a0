//! What a strategy sees of a replayed book.

use proofmark_market::book::Side;

use super::ladder::Ladder;
use super::ticks::Ticks;
use super::venue::Venue;
use crate::engine::{Desk, EngineFill, OrderId, Slice, Strategy};

/// When a strategy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// After everything of each instant at which something became known.
    EachInstant,
    /// Every so many nanoseconds from the first event on, > 0.
    Every(i64),
}

/// Decides on what a book shows.
pub trait BookStrategy {
    /// Reads the book and acts. `slice` holds the best quote, if the book has one; what is sent travels before it meets the book.
    fn on_book(&mut self, book: &BookView<'_>, slice: &Slice<'_>, desk: &mut Desk<'_>);

    /// Learns of a fill since it was last asked, before it is asked again.
    fn on_fill(&mut self, _fill: &EngineFill) {}
}

/// A strategy of quotes trades in a book as it trades in quotes.
#[derive(Debug)]
pub struct OnQuotes<S>(
    /// The strategy.
    pub S,
);

impl<S: Strategy> BookStrategy for OnQuotes<S> {
    fn on_book(&mut self, _: &BookView<'_>, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        self.0.on_slice(slice, desk);
    }

    fn on_fill(&mut self, fill: &EngineFill) {
        self.0.on_fill(fill);
    }
}

/// A replayed book as it stands. Own orders are not in its levels.
#[derive(Debug, Clone, Copy)]
pub struct BookView<'a> {
    pub(super) venue: &'a Venue,
    pub(super) ticks: Ticks,
}

impl<'a> BookView<'a> {
    /// The levels; `None` while the book is not known.
    pub fn ladder(&self) -> Option<&'a Ladder> {
        self.venue.known.then_some(&self.venue.ladder)
    }

    /// Price and size of the best level of a side; `None` where there is none, or the book is not known.
    pub fn best(&self, side: Side) -> Option<(f64, f64)> {
        let ladder = self.ladder()?;
        let tick = ladder.best(side)?;
        Some((self.ticks.price(tick), ladder.size_at(side, tick)))
    }

    /// The price of a tick.
    pub fn price(&self, tick: i64) -> f64 {
        self.ticks.price(tick)
    }

    /// Units that are taken to wait ahead of an own order at its price; `None` where it does not rest.
    pub fn queue_ahead(&self, id: OrderId) -> Option<f64> {
        self.venue.resting(id).map(|order| order.queue.ahead())
    }
}

/// Shows a step of the engine to a strategy, with the book beside it.
pub(super) struct Shown<'a, S: ?Sized> {
    pub(super) strategy: &'a mut S,
    pub(super) book: BookView<'a>,
    /// Whether it may still act.
    pub(super) asks: bool,
}

impl<S: BookStrategy + ?Sized> Strategy for Shown<'_, S> {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        if self.asks {
            self.strategy.on_book(&self.book, slice, desk);
        }
    }

    fn on_fill(&mut self, fill: &EngineFill) {
        self.strategy.on_fill(fill);
    }
}
