//! Two sorted sides of price levels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Fixed;

/// Which side of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Buyers.
    Bid,
    /// Sellers.
    Ask,
}

/// A price and the size that waits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Level {
    /// Price.
    pub price: Fixed,
    /// Size, in units of the instrument; above zero.
    pub size: Fixed,
}

/// The price levels of one instrument. A price with nothing waiting is no level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    bids: BTreeMap<Fixed, Fixed>,
    asks: BTreeMap<Fixed, Fixed>,
}

impl Book {
    /// Puts `size` at `price`; zero or less removes the level.
    pub fn set(&mut self, side: Side, price: Fixed, size: Fixed) {
        let levels = self.side_mut(side);
        if size.is_positive() {
            levels.insert(price, size);
        } else {
            levels.remove(&price);
        }
    }

    /// What waits at `price`.
    pub fn size_at(&self, side: Side, price: Fixed) -> Option<Fixed> {
        self.side(side).get(&price).copied()
    }

    /// The best level: highest bid or lowest ask.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.from_best(side).next()
    }

    /// The levels of a side, best first.
    pub fn from_best(&self, side: Side) -> impl Iterator<Item = Level> {
        let (bids, asks) = match side {
            Side::Bid => (Some(self.bids.iter().rev()), None),
            Side::Ask => (None, Some(self.asks.iter())),
        };
        let level = |(price, size): (&Fixed, &Fixed)| Level { price: *price, size: *size };
        bids.into_iter().flatten().chain(asks.into_iter().flatten()).map(level)
    }

    /// Number of levels of a side.
    pub fn len(&self, side: Side) -> usize {
        self.side(side).len()
    }

    /// Whether neither side has a level.
    pub fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// Whether somebody bids as much as or more than somebody asks, which a matching engine does not leave standing.
    pub fn is_crossed(&self) -> bool {
        matches!((self.best(Side::Bid), self.best(Side::Ask)), (Some(bid), Some(ask)) if bid.price >= ask.price)
    }

    /// Keeps the best `depth` levels of each side.
    pub fn truncate(&mut self, depth: usize) {
        while self.bids.len() > depth {
            self.bids.pop_first();
        }
        while self.asks.len() > depth {
            self.asks.pop_last();
        }
    }

    fn side(&self, side: Side) -> &BTreeMap<Fixed, Fixed> {
        match side {
            Side::Bid => &self.bids,
            Side::Ask => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Fixed, Fixed> {
        match side {
            Side::Bid => &mut self.bids,
            Side::Ask => &mut self.asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_sorted_from_their_best_level() {
        let n = |n: i64| Fixed::from_units(n);
        let mut book = Book::default();
        for price in [99, 97, 98] {
            book.set(Side::Bid, n(price), n(1));
            book.set(Side::Ask, n(200 - price), n(2));
        }
        let prices = |side| book.from_best(side).map(|l| l.price.units()).collect::<Vec<_>>();
        assert_eq!((prices(Side::Bid), prices(Side::Ask)), (vec![99, 98, 97], vec![101, 102, 103]));
        assert!(!book.is_crossed());
        book.set(Side::Bid, n(101), n(1));
        assert!(book.is_crossed(), "a locked book counts as crossed");
        book.set(Side::Bid, n(101), Fixed::ZERO);
        book.truncate(2);
        assert_eq!((book.len(Side::Bid), book.len(Side::Ask)), (2, 2));
        assert_eq!(book.size_at(Side::Bid, n(97)), None);
    }
}
