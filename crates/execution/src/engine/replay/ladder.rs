//! The price levels of one instrument by whole ticks, for speed.

use proofmark_market::book::Side;

use super::levels::Levels;

/// An order book by ticks: sizes in `f64`, in arrays around the best levels and in sorted maps far from them, so that a change
/// near the market and the best level after it cost the same whatever the number of levels.
///
/// It holds what it is told: two sides that cross stay crossed, as in [`proofmark_market::book::Book`], to which it is equal
/// level by level. Sizes are set, never added up, so they keep the bits they came with.
#[derive(Debug, Clone)]
pub struct Ladder {
    bids: Levels,
    asks: Levels,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { bids: Levels::new(), asks: Levels::new() }
    }
}

/// The smaller the better.
const fn key(side: Side, tick: i64) -> i64 {
    match side {
        Side::Bid => -tick,
        Side::Ask => tick,
    }
}

impl Ladder {
    /// Puts `size` at a tick; what is not above 0 removes the level. Returns what was there, 0 for nothing.
    #[inline]
    pub fn set(&mut self, side: Side, tick: i64, size: f64) -> f64 {
        match side {
            Side::Bid => self.bids.set(-tick, size),
            Side::Ask => self.asks.set(tick, size),
        }
    }

    /// What waits at a tick; 0 for nothing.
    pub fn size_at(&self, side: Side, tick: i64) -> f64 {
        self.side(side).size_at(key(side, tick))
    }

    /// Tick of the best level: highest bid or lowest ask.
    pub fn best(&self, side: Side) -> Option<i64> {
        self.side(side).best().map(|best| key(side, best))
    }

    /// Ticks and sizes of a side, best first.
    pub fn from_best(&self, side: Side) -> impl Iterator<Item = (i64, f64)> {
        self.side(side).ascending().map(move |(at, size)| (key(side, at), size))
    }

    /// Number of levels of a side.
    pub fn len(&self, side: Side) -> usize {
        self.side(side).len()
    }

    /// Whether neither side has a level.
    pub fn is_empty(&self) -> bool {
        self.best(Side::Bid).is_none() && self.best(Side::Ask).is_none()
    }

    /// Removes every level.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    const fn side(&self, side: Side) -> &Levels {
        match side {
            Side::Bid => &self.bids,
            Side::Ask => &self.asks,
        }
    }
}
