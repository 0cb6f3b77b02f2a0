//! The best levels of a book from order messages, where only messages that touch those levels are there.
//!
//! A file of N levels reports nothing about orders below the N-th. When a level empties, the next one comes into sight, and
//! only the file's own book says what waits there. So every row is compared in the levels that the messages determine, and
//! what came into sight is taken from the file and counted.

use std::collections::HashMap;

use proofmark_units::Instant;
use serde::Serialize;

use super::{Book, BookLog, BookRule, BookView, Fixed, Level, Sampler, Side, Stamp, TooManyRows};

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A new limit order.
    Submission,
    /// A part of an order is taken back.
    PartialCancel,
    /// All that is left of an order is taken back.
    Deletion,
    /// A visible order is filled, in part or whole.
    Execution,
    /// An order that the book does not show is filled; the book stays.
    HiddenExecution,
    /// An auction trade; the book stays.
    CrossTrade,
    /// Trading stops, quoting resumes, or trading resumes; the book stays.
    Halt(Trading),
}

/// Whether an instrument trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trading {
    /// As usual.
    Open,
    /// Orders may be placed, none is filled.
    Quoting,
    /// Stopped.
    Halted,
}

/// One message about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Its two times.
    pub stamp: Stamp,
    /// One-based row.
    pub row: u64,
    /// What it says.
    pub kind: MessageKind,
    /// Number of the order; 0 for hidden ones.
    pub order: i64,
    /// Side of the resting order.
    pub side: Side,
    /// How much and where.
    pub level: Level,
}

/// The file's own book after a message: best levels first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisibleRow {
    /// Side and level.
    pub levels: Vec<(Side, Level)>,
}

/// What became of the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VisibleCounts {
    /// Messages in all.
    pub messages: u64,
    /// Submissions, partial cancels, deletions, executions, hidden executions, cross trades, halts.
    pub by_kind: [u64; 7],
    /// Rows compared with the file's own book: all but the first, which starts the rebuild.
    pub rows_compared: u64,
    /// Of these, equal in every level that the messages determine.
    pub rows_equal: u64,
    /// Rows in which every level was determined by messages.
    pub rows_complete: u64,
    /// Levels that came into sight and were taken from the file.
    pub levels_revealed: u64,
    /// Messages about orders from before the first message.
    pub orders_from_before: u64,
}

/// Rebuilds the best levels and holds them against the file's own.
#[derive(Debug)]
pub struct VisibleBook {
    depth: usize,
    book: Book,
    orders: HashMap<i64, Fixed>,
    trading: Trading,
    started: bool,
    last: Option<(Stamp, u64)>,
    counts: VisibleCounts,
    log: BookLog,
}

impl VisibleBook {
    /// A book of `depth` levels a side.
    pub fn new(depth: usize) -> Self {
        Self {
            depth,
            book: Book::default(),
            orders: HashMap::new(),
            trading: Trading::Open,
            started: false,
            last: None,
            counts: VisibleCounts::default(),
            log: BookLog::default(),
        }
    }

    /// The book as it stands; `None` before the first row.
    pub fn view(&self) -> Option<BookView<'_>> {
        let (stamp, row) = self.last.filter(|_| self.started)?;
        let sequence = i64::try_from(row).unwrap_or(i64::MAX);
        Some(BookView { book: &self.book, event_time: stamp.event_time, sequence })
    }

    /// Whether the instrument trades now.
    pub const fn trading(&self) -> Trading {
        self.trading
    }

    /// What became of the messages so far.
    pub const fn counts(&self) -> VisibleCounts {
        self.counts
    }

    /// What was wrong so far.
    pub const fn log(&self) -> &BookLog {
        &self.log
    }

    /// The time at which the last message was known.
    pub fn clock(&self) -> Option<Instant> {
        self.last.map(|(stamp, _)| stamp.known_at)
    }

    /// Takes a message: first the rows of the grid before it, then what it changes. It counts as known no earlier than
    /// the one ahead of it.
    ///
    /// # Errors
    /// [`TooManyRows`].
    pub fn take(
        &mut self,
        message: &Message,
        after: &VisibleRow,
        sampler: &mut Sampler,
    ) -> Result<(), TooManyRows> {
        let mut message = *message;
        let known_at = message.stamp.known_at;
        if let Some(clock) = self.clock().filter(|clock| known_at < *clock) {
            let detail = || format!("known at {known_at} after {clock}");
            self.log.add(BookRule::TimeBackwards, message.row, known_at, detail);
            message.stamp.known_at = clock;
        }
        sampler.before(message.stamp.known_at, self.view())?;
        self.apply(&message, after);
        Ok(())
    }

    /// Applies a message and compares the book with the file's own after it.
    pub fn apply(&mut self, message: &Message, after: &VisibleRow) {
        let kind = match message.kind {
            MessageKind::Submission => 0,
            MessageKind::PartialCancel => 1,
            MessageKind::Deletion => 2,
            MessageKind::Execution => 3,
            MessageKind::HiddenExecution => 4,
            MessageKind::CrossTrade => 5,
            MessageKind::Halt(_) => 6,
        };
        self.counts.messages += 1;
        self.counts.by_kind[kind] += 1;
        self.last = Some((message.stamp, message.row));
        let mut file = Book::default();
        for (side, level) in &after.levels {
            file.set(*side, level.price, level.size);
        }
        let first = !std::mem::replace(&mut self.started, true);
        if first {
            self.track(message);
            self.book = file;
        } else {
            self.change(message);
            self.compare(message, file);
        }
        if self.book.is_crossed() {
            let best = (self.book.best(Side::Bid), self.book.best(Side::Ask));
            self.log.add(BookRule::Crossed, message.row, message.stamp.known_at, || format!("{best:?}"));
        }
    }

    fn change(&mut self, message: &Message) {
        self.track(message);
        let Message { side, level: Level { price, size }, .. } = *message;
        let there = self.book.size_at(side, price);
        let left = match message.kind {
            MessageKind::Submission => there.unwrap_or_default().plus(size),
            MessageKind::PartialCancel | MessageKind::Deletion | MessageKind::Execution => {
                there.and_then(|there| there.minus(size)).filter(|left| !left.is_negative())
            }
            _ => return,
        };
        match left {
            Some(left) => self.book.set(side, price, left),
            None => self.log.add(BookRule::OrderOverdrawn, message.row, message.stamp.known_at, || {
                let there = there.unwrap_or_default();
                format!("{size} of {there} at {side:?} {price}")
            }),
        }
        self.book.truncate(self.depth);
    }

    /// Holds each order's own remainder against what is taken from it.
    fn track(&mut self, message: &Message) {
        let size = message.level.size;
        match message.kind {
            MessageKind::Submission => {
                if self.orders.insert(message.order, size).is_some() {
                    let detail = || format!("order {}", message.order);
                    self.log.add(BookRule::OrderRepeated, message.row, message.stamp.known_at, detail);
                }
            }
            MessageKind::PartialCancel | MessageKind::Deletion | MessageKind::Execution => {
                let Some(left) = self.orders.get(&message.order).copied() else {
                    self.counts.orders_from_before += 1;
                    return;
                };
                let rest = left.minus(size).unwrap_or_default();
                if rest.is_negative() {
                    let detail = || format!("{size} of order {}, of which {left} is left", message.order);
                    self.log.add(BookRule::OrderOverdrawn, message.row, message.stamp.known_at, detail);
                }
                if message.kind == MessageKind::Deletion || !rest.is_positive() {
                    self.orders.remove(&message.order);
                } else {
                    self.orders.insert(message.order, rest);
                }
            }
            MessageKind::Halt(trading) => self.trading = trading,
            MessageKind::HiddenExecution | MessageKind::CrossTrade => {}
        }
    }

    fn compare(&mut self, message: &Message, file: Book) {
        self.counts.rows_compared += 1;
        let mut revealed = 0;
        let mut equal = true;
        for side in [Side::Bid, Side::Ask] {
            let mut theirs = file.from_best(side);
            for own in self.book.from_best(side) {
                let same = theirs.next() == Some(own);
                if !same && equal {
                    equal = false;
                    let detail = format!("{side:?} {own:?} is not so in the file's book");
                    self.log.add(BookRule::BookDiffers, message.row, message.stamp.known_at, || detail);
                }
            }
            revealed += theirs.count() as u64;
        }
        self.counts.rows_equal += u64::from(equal);
        self.counts.rows_complete += u64::from(equal && revealed == 0);
        self.counts.levels_revealed += revealed;
        self.book = file;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(price: i64, size: i64) -> Level {
        Level { price: Fixed::from_units(price), size: Fixed::from_units(size) }
    }

    fn message(row: u64, kind: MessageKind, order: i64, side: Side, price: i64, size: i64) -> Message {
        let time = Instant::from_nanos(i64::try_from(row).unwrap());
        let stamp = Stamp { event_time: time, known_at: time };
        Message { stamp, row, kind, order, side, level: level(price, size) }
    }

    fn row(bids: &[(i64, i64)], asks: &[(i64, i64)]) -> VisibleRow {
        let side = |side, levels: &[(i64, i64)]| {
            levels.iter().map(|(price, size)| (side, level(*price, *size))).collect::<Vec<_>>()
        };
        VisibleRow { levels: [side(Side::Bid, bids), side(Side::Ask, asks)].concat() }
    }

    /// Two levels a side: a better bid pushes one out of sight, an execution brings it back.
    #[test]
    fn levels_leave_sight_and_come_back() {
        use MessageKind::*;
        let mut book = VisibleBook::new(2);
        let asks = [(101, 5), (102, 5)];
        book.apply(&message(1, HiddenExecution, 0, Side::Bid, 100, 1), &row(&[(99, 5), (98, 5)], &asks));
        book.apply(&message(2, Submission, 7, Side::Bid, 100, 4), &row(&[(100, 4), (99, 5)], &asks));
        book.apply(&message(3, Execution, 7, Side::Bid, 100, 1), &row(&[(100, 3), (99, 5)], &asks));
        book.apply(&message(4, PartialCancel, 7, Side::Bid, 100, 1), &row(&[(100, 2), (99, 5)], &asks));
        // 98 was out of sight meanwhile and may have changed.
        book.apply(&message(5, Deletion, 7, Side::Bid, 100, 2), &row(&[(99, 5), (98, 9)], &asks));
        book.apply(&message(6, Halt(Trading::Halted), 0, Side::Ask, -1, 0), &row(&[(99, 5), (98, 9)], &asks));
        let counts = book.counts();
        assert_eq!((counts.rows_compared, counts.rows_equal, counts.rows_complete), (5, 5, 4));
        assert_eq!((counts.levels_revealed, book.trading()), (1, Trading::Halted));
        assert_eq!(counts.by_kind, [1, 1, 1, 1, 1, 0, 1]);
        assert!(book.log().counts.is_empty(), "{:?}", book.log());
    }

    #[test]
    fn contradictions_are_listed() {
        use MessageKind::*;
        let mut book = VisibleBook::new(1);
        let start = row(&[(99, 5)], &[(101, 5)]);
        book.apply(&message(1, Submission, 1, Side::Bid, 99, 5), &start);
        book.apply(&message(2, Execution, 1, Side::Bid, 99, 6), &start); // more than there is
        book.apply(&message(3, Submission, 1, Side::Bid, 90, 1), &start); // order 1 is gone: a new life
        book.apply(&message(4, Submission, 1, Side::Bid, 90, 1), &start); // still live
        book.apply(&message(5, Deletion, 9, Side::Ask, 101, 2), &start); // the file forgot to take 2 away
        book.apply(&message(6, Submission, 2, Side::Bid, 101, 1), &row(&[(101, 1)], &[(101, 5)]));
        let count = |rule| book.log().count(rule);
        assert_eq!(count(BookRule::OrderOverdrawn), 2, "by the level and by the order");
        assert_eq!((count(BookRule::OrderRepeated), count(BookRule::BookDiffers)), (1, 1));
        assert_eq!((count(BookRule::Crossed), book.counts().orders_from_before), (1, 1));
        let early = message(0, HiddenExecution, 0, Side::Bid, 1, 1);
        book.take(&early, &row(&[(101, 1)], &[(101, 5)]), &mut Sampler::new(1, 1)).unwrap();
        assert_eq!(book.clock(), Some(Instant::from_nanos(6)));
        assert_eq!(book.log().count(BookRule::TimeBackwards), 1);
    }
}
