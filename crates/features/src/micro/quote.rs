//! The best bid and ask over time.

use proofmark_market::book::{BookRow, BookRows, BookView, Level, Side};
use proofmark_units::Instant;

/// Best bid and ask from `known_at` on, until the next quote. A side that is not there is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The exchange's time of the last change; never after `known_at`.
    pub event_time: Instant,
    /// When it could first be read.
    pub known_at: Instant,
    /// Best bid.
    pub bid: Option<Level>,
    /// Best ask.
    pub ask: Option<Level>,
}

impl Quote {
    /// The best levels of a rebuilt book as it was known at `known_at`; both sides are missing while the book is not known.
    pub fn of(view: Option<BookView<'_>>, known_at: Instant) -> Self {
        let best = |side| view.and_then(|view| view.book.best(side));
        let event_time = view.map_or(known_at, |view| view.event_time.min(known_at));
        Self { event_time, known_at, bid: best(Side::Bid), ask: best(Side::Ask) }
    }

    fn of_row(row: &BookRow<'_>) -> Self {
        let best = |levels: &[Option<Level>]| levels.first().copied().flatten();
        Self { event_time: row.event_time, known_at: row.known_at, bid: best(row.bids), ask: best(row.asks) }
    }

    /// Both sides, where they are there and not crossed.
    pub fn touch(&self) -> Option<Touch> {
        let (bid, ask) = (self.bid?, self.ask?);
        let sound = bid.price < ask.price && bid.size.is_positive() && ask.size.is_positive();
        sound.then_some(Touch { bid, ask })
    }
}

/// Quotes from sampled books. A row stands for one step of the grid: where the next row is later than that, the book
/// between is not known, and neither is it after the last one.
///
/// - `every_nanos`: step of the grid, as the rows were sampled.
pub fn quotes_of_rows(rows: &BookRows, every_nanos: i64) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::with_capacity(rows.len() + 1);
    let unknown = |at: Instant| Quote { event_time: at, known_at: at, bid: None, ask: None };
    for row in rows.iter() {
        if let Some(end) = quotes.last().map(|last| after(last.known_at, every_nanos))
            && end < row.known_at
        {
            quotes.push(unknown(end));
        }
        quotes.push(Quote::of_row(&row));
    }
    if let Some(last) = quotes.last() {
        quotes.push(unknown(after(last.known_at, every_nanos)));
    }
    quotes
}

fn after(at: Instant, nanos: i64) -> Instant {
    Instant::from_nanos(at.nanos().saturating_add(nanos))
}

/// A best bid below a best ask, both with a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// Best bid.
    pub bid: Level,
    /// Best ask.
    pub ask: Level,
}

impl Touch {
    /// Half way between bid and ask, in the price's unit.
    pub fn mid(&self) -> f64 {
        match self.bid.price.plus(self.ask.price) {
            // The sum is exact as an integer, and half of it as a float.
            Some(sum) => sum.to_f64() / 2.0,
            None => self.bid.price.to_f64() / 2.0 + self.ask.price.to_f64() / 2.0,
        }
    }

    /// Ask less bid, in the price's unit.
    pub fn spread(&self) -> f64 {
        // Both prices are above the smallest integer and the ask is above the bid, so this fails for hostile ones only.
        match self.ask.price.minus(self.bid.price) {
            Some(spread) => spread.to_f64(),
            None => self.ask.price.to_f64() - self.bid.price.to_f64(),
        }
    }

    /// Spread over mid; `None` where the mid is not above zero.
    pub fn relative_spread(&self) -> Option<f64> {
        let mid = self.mid();
        (mid > 0.0).then(|| self.spread() / mid)
    }

    /// `(bid size - ask size) / (bid size + ask size)`, -1 to 1: above 0 the buyers wait for more.
    pub fn imbalance(&self) -> f64 {
        let (bid, ask) = (self.bid.size.to_f64(), self.ask.size.to_f64());
        (bid - ask) / (bid + ask)
    }

    /// The mid weighted by the size on the *other* side: `(ask * bid size + bid * ask size) / (bid size + ask size)`, nearer
    /// to the side with less behind it.
    ///
    /// Stoikov (2018), "The micro-price", Quantitative Finance 18(12), 1959-1966, calls it the weighted mid; his
    /// micro-price corrects it by a Markov chain fitted to the instrument, which this is not.
    pub fn weighted_mid(&self) -> f64 {
        self.mid() + 0.5 * self.spread() * self.imbalance()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proofmark_market::book::{Book, Fixed};

    use super::*;

    pub(crate) fn level(price: f64, size: f64) -> Level {
        Level { price: Fixed::from_f64(price).unwrap(), size: Fixed::from_f64(size).unwrap() }
    }

    /// Known at `nanos`: bid price, bid size, ask price, ask size.
    pub(crate) fn quote(nanos: i64, bid: f64, bid_size: f64, ask: f64, ask_size: f64) -> Quote {
        let at = Instant::from_nanos(nanos);
        Quote {
            event_time: at,
            known_at: at,
            bid: Some(level(bid, bid_size)),
            ask: Some(level(ask, ask_size)),
        }
    }

    #[test]
    fn touch_by_hand() {
        let touch = quote(0, 99.0, 30.0, 101.0, 10.0).touch().unwrap();
        assert_eq!((touch.mid(), touch.spread(), touch.relative_spread()), (100.0, 2.0, Some(0.02)));
        // (30 - 10) / 40; (101 * 30 + 99 * 10) / 40 = 100.5.
        assert_eq!((touch.imbalance(), touch.weighted_mid()), (0.5, 100.5));
    }

    #[test]
    fn one_side_a_crossed_book_and_no_size_have_no_touch() {
        let sound = quote(0, 99.0, 1.0, 101.0, 1.0);
        assert_eq!(Quote { ask: None, ..sound }.touch(), None);
        assert_eq!(quote(0, 101.0, 1.0, 101.0, 1.0).touch(), None);
        assert_eq!(quote(0, 99.0, 0.0, 101.0, 1.0).touch(), None);
        assert_eq!(Quote::of(None, Instant::from_nanos(5)).touch(), None);
    }

    #[test]
    fn a_hole_between_rows_is_unknown_and_not_the_row_before() {
        let mut book = Book::default();
        book.set(Side::Bid, level(99.0, 1.0).price, level(99.0, 1.0).size);
        book.set(Side::Ask, level(101.0, 1.0).price, level(101.0, 1.0).size);
        let mut rows = BookRows::of_depth(1);
        for at in [10, 20, 50] {
            let at = Instant::from_nanos(at);
            rows.push(at, BookView { book: &book, event_time: at, sequence: 1 });
        }
        let quotes = quotes_of_rows(&rows, 10);
        let seen: Vec<_> = quotes.iter().map(|q| (q.known_at.nanos(), q.touch().is_some())).collect();
        assert_eq!(seen, [(10, true), (20, true), (30, false), (50, true), (60, false)]);
    }
}
