//! A book at a cadence: one row for each instant of a grid.

use proofmark_units::Instant;

use super::{Book, Fixed, Level, Side};

/// Levels of all rows that are kept in memory at most, both sides together.
const MAX_LEVELS: usize = 20_000_000;

/// A known book.
#[derive(Debug, Clone, Copy)]
pub struct BookView<'a> {
    /// The levels.
    pub book: &'a Book,
    /// The exchange's time of the last change.
    pub event_time: Instant,
    /// Number of the last change.
    pub sequence: i64,
}

/// The grid is too fine for the span of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one row every {} s from {from} to {to} is more than {limit} rows", *every_nanos as f64 / 1e9)]
pub struct TooManyRows {
    /// Step of the grid.
    pub every_nanos: i64,
    /// First row.
    pub from: Instant,
    /// The message that would need more.
    pub to: Instant,
    /// Most rows there may be.
    pub limit: usize,
}

/// Books on the grid, in columns; one row for each instant at which the book was known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookRows {
    depth: usize,
    known_at: Vec<Instant>,
    event_time: Vec<Instant>,
    sequence: Vec<i64>,
    /// `depth` levels a row and side, best first; `None` where there are fewer.
    bids: Vec<Option<Level>>,
    asks: Vec<Option<Level>>,
}

/// One row of [`BookRows`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BookRow<'a> {
    /// The instant of the grid: everything known by then is in the row, nothing later.
    pub known_at: Instant,
    /// The exchange's time of the last change; never after `known_at`.
    pub event_time: Instant,
    /// Number of the last change.
    pub sequence: i64,
    /// Best bids.
    pub bids: &'a [Option<Level>],
    /// Best asks.
    pub asks: &'a [Option<Level>],
}

impl BookRow<'_> {
    /// Best bid and ask, where both are there and not crossed.
    fn touch(&self) -> Option<(Level, Level)> {
        let (bid, ask) = (self.bids.first().copied().flatten()?, self.asks.first().copied().flatten()?);
        (bid.price < ask.price).then_some((bid, ask))
    }

    /// Half way between best bid and best ask; `None` with an empty side or a crossed book.
    pub fn mid(&self) -> Option<f64> {
        // The sum is exact as an integer, and half of it as a float.
        let (bid, ask) = self.touch()?;
        bid.price.plus(ask.price).map(|sum| sum.to_f64() / 2.0)
    }

    /// Best ask less best bid, in the price's unit; `None` as for the mid.
    pub fn spread(&self) -> Option<Fixed> {
        let (bid, ask) = self.touch()?;
        ask.price.minus(bid.price)
    }

    /// Size of all levels of a side that are in the row; `None` if it overflows.
    pub fn depth(&self, side: Side) -> Option<Fixed> {
        let levels = if side == Side::Bid { self.bids } else { self.asks };
        levels.iter().flatten().try_fold(Fixed::ZERO, |sum, level| sum.plus(level.size))
    }

    /// Whether the best bid is at or above the best ask.
    pub fn is_crossed(&self) -> bool {
        let best = |levels: &[Option<Level>]| levels.first().copied().flatten();
        matches!((best(self.bids), best(self.asks)), (Some(bid), Some(ask)) if bid.price >= ask.price)
    }
}

impl BookRows {
    /// Levels of each side in a row.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.known_at.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.known_at.is_empty()
    }

    /// The row at `index`.
    ///
    /// # Panics
    /// `index` is not below [`Self::len`].
    pub fn row(&self, index: usize) -> BookRow<'_> {
        let levels = index * self.depth..(index + 1) * self.depth;
        BookRow {
            known_at: self.known_at[index],
            event_time: self.event_time[index],
            sequence: self.sequence[index],
            bids: &self.bids[levels.clone()],
            asks: &self.asks[levels],
        }
    }

    /// All rows in order of time.
    pub fn iter(&self) -> impl Iterator<Item = BookRow<'_>> {
        (0..self.len()).map(|index| self.row(index))
    }

    /// Adds the book as it was known at `known_at`.
    pub fn push(&mut self, known_at: Instant, view: BookView<'_>) {
        self.known_at.push(known_at);
        self.event_time.push(view.event_time);
        self.sequence.push(view.sequence);
        for (side, levels) in [(Side::Bid, &mut self.bids), (Side::Ask, &mut self.asks)] {
            let best = view.book.from_best(side).map(Some).chain(std::iter::repeat(None));
            levels.extend(best.take(self.depth));
        }
    }

    /// Rows of `depth` levels a side.
    pub fn of_depth(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }
}

/// Takes a row at every multiple of the step since 1970-01-01T00:00Z.
#[derive(Debug)]
pub struct Sampler {
    every_nanos: i64,
    next: Option<Instant>,
    rows: BookRows,
    /// Instants of the grid at which the book was not known.
    missing: u64,
}

impl Sampler {
    /// One row every `every_nanos` (above zero) with `depth` levels a side.
    ///
    /// # Panics
    /// `every_nanos` is not above zero.
    pub fn new(every_nanos: i64, depth: usize) -> Self {
        assert!(every_nanos > 0, "a cadence is above zero");
        Self { every_nanos, next: None, rows: BookRows::of_depth(depth), missing: 0 }
    }

    /// Before a message known at `known_at` is applied: takes the rows that lie before it, from the book as it is.
    ///
    /// # Errors
    /// [`TooManyRows`].
    pub fn before(&mut self, known_at: Instant, view: Option<BookView<'_>>) -> Result<(), TooManyRows> {
        let Some(mut next) = self.next else {
            // The first instant of the grid at or after the first message.
            let first = known_at.nanos().div_euclid(self.every_nanos)
                + i64::from(known_at.nanos().rem_euclid(self.every_nanos) > 0);
            self.next = Some(Instant::from_nanos(first.saturating_mul(self.every_nanos)));
            return Ok(());
        };
        let limit = MAX_LEVELS / (2 * self.rows.depth.max(1));
        let steps = (known_at.nanos().saturating_sub(next.nanos()) / self.every_nanos).unsigned_abs();
        if known_at > next && steps.saturating_add(self.rows.len() as u64) > limit as u64 {
            return Err(TooManyRows { every_nanos: self.every_nanos, from: next, to: known_at, limit });
        }
        while next < known_at {
            self.take(next, view);
            next = Instant::from_nanos(next.nanos().saturating_add(self.every_nanos));
        }
        self.next = Some(next);
        Ok(())
    }

    /// After the last message, known at `known_at`: the row of that instant, if it is on the grid.
    pub fn finish(mut self, known_at: Option<Instant>, view: Option<BookView<'_>>) -> (BookRows, u64) {
        if let (Some(next), Some(known_at)) = (self.next, known_at)
            && next == known_at
        {
            self.take(next, view);
        }
        (self.rows, self.missing)
    }

    fn take(&mut self, at: Instant, view: Option<BookView<'_>>) {
        match view {
            Some(view) => self.rows.push(at, view),
            None => self.missing += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn a_row_holds_what_was_known_by_its_instant_and_nothing_later() {
        let mut book = Book::default();
        let mut sampler = Sampler::new(10, 2);
        let mut sequence = 0;
        // Messages at 5, 10, 11 and 40; each sets the best bid to its own time.
        for time in [5, 10, 11, 40] {
            let view = BookView { book: &book, event_time: at(sequence), sequence };
            sampler.before(at(time), (sequence > 0).then_some(view)).unwrap();
            book = Book::default();
            book.set(Side::Bid, Fixed::from_units(time), Fixed::from_units(1));
            sequence = time;
        }
        let view = BookView { book: &book, event_time: at(40), sequence };
        let (rows, missing) = sampler.finish(Some(at(40)), Some(view));
        let got: Vec<(i64, i64)> = rows.iter().map(|row| (row.known_at.nanos(), row.sequence)).collect();
        // 10 holds the message at 10; 20 and 30 that at 11.
        assert_eq!((got, missing), (vec![(10, 10), (20, 11), (30, 11), (40, 40)], 0));
        assert!(rows.iter().all(|row| row.event_time <= row.known_at));
        assert_eq!(rows.row(0).asks, [None, None]);
    }

    #[test]
    fn an_unknown_book_is_counted_as_missing() {
        let mut sampler = Sampler::new(10, 1);
        sampler.before(at(0), None).unwrap();
        sampler.before(at(31), None).unwrap();
        let (rows, missing) = sampler.finish(Some(at(31)), None);
        assert_eq!((rows.len(), missing), (0, 4));
    }

    #[test]
    fn mid_spread_and_depth_by_hand() {
        let n = |text: &str| text.parse::<Fixed>().unwrap();
        let mut book = Book::default();
        book.set(Side::Bid, n("61685.99"), n("0.5"));
        book.set(Side::Bid, n("61685.98"), n("0.25"));
        book.set(Side::Ask, n("61686"), n("2"));
        let mut rows = BookRows::of_depth(2);
        rows.push(at(1), BookView { book: &book, event_time: at(1), sequence: 1 });
        book.set(Side::Bid, n("61690"), n("1"));
        rows.push(at(2), BookView { book: &book, event_time: at(2), sequence: 2 });
        let row = rows.row(0);
        assert_eq!((row.mid(), row.spread()), (Some(61_685.995), Some(n("0.01"))));
        assert_eq!((row.depth(Side::Bid), row.depth(Side::Ask)), (Some(n("0.75")), Some(n("2"))));
        let crossed = rows.row(1);
        assert!(crossed.is_crossed() && crossed.mid().is_none() && crossed.spread().is_none());
    }

    #[test]
    fn a_stamp_far_away_is_refused_instead_of_filling_memory() {
        let mut sampler = Sampler::new(1_000_000, 10);
        sampler.before(at(0), None).unwrap();
        let error = sampler.before(at(i64::MAX), None).unwrap_err();
        assert_eq!(error.limit, 1_000_000);
    }
}
