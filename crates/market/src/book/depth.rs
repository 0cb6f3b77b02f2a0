//! A book from a snapshot and the updates after it.
//!
//! The rules are those that venues publish for their own streams: updates that a snapshot already holds are dropped, the
//! first one used must reach back to the snapshot, and each later one must follow the one before.

use std::collections::VecDeque;

use proofmark_units::Instant;
use serde::Serialize;

use super::{Book, BookLog, BookRule, BookView, Fixed, Level, Sampler, Side, Stamp, TooManyRows};

/// Updates kept while there is no book; older ones could only serve a snapshot that is older still.
const MAX_WAITING: usize = 100_000;

/// All levels of a book at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthSnapshot {
    /// Its two times.
    pub stamp: Stamp,
    /// One-based row of the file.
    pub row: u64,
    /// Number of the last update it holds.
    pub last_id: i64,
    /// Side, price and size; each side from its best level.
    pub levels: Vec<(Side, Level)>,
    /// A part of it could not be read.
    pub damaged: bool,
}

/// New sizes of some levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthUpdate {
    /// Its two times.
    pub stamp: Stamp,
    /// One-based row of the file.
    pub row: u64,
    /// Number of its first change, where the venue says it.
    pub first_id: Option<i64>,
    /// Number of the update before it, where the venue says it.
    pub previous_id: Option<i64>,
    /// Number of its last change.
    pub last_id: i64,
    /// Side, price and new size; a size of zero removes the level.
    pub levels: Vec<(Side, Level)>,
    /// A part of it could not be read.
    pub damaged: bool,
}

/// The venue's own best bid and ask after the change `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BestQuote {
    /// Its two times.
    pub stamp: Stamp,
    /// One-based row of the file.
    pub row: u64,
    /// Number of the change.
    pub id: i64,
    /// Best bid.
    pub bid: Level,
    /// Best ask.
    pub ask: Level,
}

/// A trade as the venue prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Side of the order that took liquidity: `Bid` where the buyer did.
    pub taker: Side,
    /// Price and size, both above zero.
    pub level: Level,
}

/// One message of a stream of depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DepthMessage {
    /// All levels.
    Snapshot(DepthSnapshot),
    /// Some levels.
    Update(DepthUpdate),
    /// The venue's own best bid and ask.
    Quote(BestQuote),
    /// A trade; the book changes by updates alone.
    Trade {
        /// Its two times.
        stamp: Stamp,
        /// One-based row of the file.
        row: u64,
        /// Number of the trade, where the venue says it.
        id: Option<i64>,
        /// Side that took, price and size of each fill.
        prints: Vec<(Side, Level)>,
    },
}

impl DepthMessage {
    /// What a trade printed; `None` for other messages, and where the venue does not say it or says several things under one
    /// number, which contradict each other.
    pub fn fill(&self) -> Option<Fill> {
        let Self::Trade { prints, .. } = self else { return None };
        let [(taker, level)] = prints.as_slice() else { return None };
        let whole = level.price.is_positive() && level.size.is_positive();
        whole.then_some(Fill { taker: *taker, level: *level })
    }

    fn stamp_mut(&mut self) -> (&mut Stamp, u64) {
        match self {
            Self::Snapshot(DepthSnapshot { stamp, row, .. })
            | Self::Update(DepthUpdate { stamp, row, .. })
            | Self::Quote(BestQuote { stamp, row, .. })
            | Self::Trade { stamp, row, .. } => (stamp, *row),
        }
    }
}

/// What became of the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DepthCounts {
    /// Snapshots that became the book.
    pub snapshots: u64,
    /// Updates that changed it.
    pub applied: u64,
    /// Updates that a snapshot held already.
    pub in_snapshot: u64,
    /// Updates for which there was no book: before the first snapshot, or after it was lost.
    pub unused: u64,
    /// Quotes of the venue at the sequence number of the book, compared with it.
    pub quotes_compared: u64,
    /// Of these, equal.
    pub quotes_equal: u64,
    /// Trades, which change no book.
    pub trades: u64,
}

/// Rebuilds one instrument's book.
#[derive(Debug, Default)]
pub struct DepthBook {
    book: Book,
    /// Number of the last change in `book`; `None` while the book is not known.
    last_id: Option<i64>,
    /// Whether an update after the snapshot was applied: the first may reach back before the snapshot.
    joined: bool,
    event_time: Option<Instant>,
    waiting: VecDeque<DepthUpdate>,
    /// When the last message was received, by its stamp, and when it counts as known.
    received: Option<Instant>,
    clock: Option<Instant>,
    counts: DepthCounts,
    log: BookLog,
}

impl DepthBook {
    /// The book as it stands; `None` while it is not known.
    pub fn view(&self) -> Option<BookView<'_>> {
        let (sequence, event_time) = (self.last_id?, self.event_time?);
        Some(BookView { book: &self.book, event_time, sequence })
    }

    /// What became of the messages so far. Updates still waiting for a snapshot count as unused.
    pub fn counts(&self) -> DepthCounts {
        DepthCounts { unused: self.counts.unused + self.waiting.len() as u64, ..self.counts }
    }

    /// What was wrong so far.
    pub fn log(&self) -> &BookLog {
        &self.log
    }

    /// The time at which the last message was known.
    pub const fn clock(&self) -> Option<Instant> {
        self.clock
    }

    /// Takes a message that was received at `received`: first the rows of the grid before it, then what it changes.
    ///
    /// # Errors
    /// [`TooManyRows`].
    pub fn take(
        &mut self,
        mut message: DepthMessage,
        received: Instant,
        sampler: &mut Sampler,
    ) -> Result<(), TooManyRows> {
        let (stamp, row) = message.stamp_mut();
        stamp.known_at = self.known_at(row, stamp.event_time, received);
        sampler.before(stamp.known_at, self.view())?;
        match message {
            DepthMessage::Snapshot(snapshot) => self.snapshot(&snapshot),
            DepthMessage::Update(update) => self.update(update),
            DepthMessage::Quote(quote) => self.quote(&quote),
            DepthMessage::Trade { .. } => self.trade(),
        }
        Ok(())
    }

    /// When a message so stamped counts as known: never before the one ahead of it. Lists what is wrong with its times.
    /// `event_time` and `received` are as written.
    pub fn known_at(&mut self, row: u64, event_time: Instant, received: Instant) -> Instant {
        let mut known_at = Stamp::new(event_time, received).known_at;
        if event_time > received {
            self.log.add(BookRule::ClockAhead, row, known_at, || {
                let ahead = (event_time.nanos() - received.nanos()) as f64 / 1e9;
                format!("sent {ahead:.3} s after it was received")
            });
        }
        if let Some(before) = self.received.filter(|before| received < *before) {
            self.log.add(BookRule::TimeBackwards, row, known_at, || {
                format!("received at {received} after {before}")
            });
        }
        self.received = Some(received);
        // The exchange's stamps need not ascend; what is known by this message was not known before the one ahead of it.
        known_at = self.clock.map_or(known_at, |clock| known_at.max(clock));
        self.clock = Some(known_at);
        known_at
    }

    /// Takes a snapshot as the book, and what waited for it.
    pub fn snapshot(&mut self, snapshot: &DepthSnapshot) {
        let DepthSnapshot { stamp, row, last_id, levels, damaged } = snapshot;
        if let Some(own) = self.last_id.filter(|own| last_id < own) {
            let detail = || format!("snapshot {last_id} under a book at {own}");
            return self.log.add(BookRule::OldSnapshot, *row, stamp.known_at, detail);
        }
        if *damaged {
            return self.lose(BookRule::Damaged, *row, stamp.known_at, || format!("snapshot {last_id}"));
        }
        let mut book = Book::default();
        let mut before: [Option<Fixed>; 2] = [None, None];
        for (side, level) in levels {
            if let Some((rule, detail)) = impossible(*side, level) {
                return self.lose(rule, *row, stamp.known_at, || detail);
            }
            let before = &mut before[usize::from(*side == Side::Ask)];
            let sorted = before.is_none_or(|before| match side {
                Side::Bid => level.price < before,
                Side::Ask => level.price > before,
            });
            if !sorted {
                let detail = || format!("{side:?} {} is not worse than the level before", level.price);
                self.log.add(BookRule::UnsortedSnapshot, *row, stamp.known_at, detail);
            }
            *before = Some(level.price);
            book.set(*side, level.price, level.size);
        }
        (self.book, self.last_id, self.joined) = (book, Some(*last_id), false);
        self.event_time = Some(stamp.event_time);
        self.counts.snapshots += 1;
        self.note_crossing(*row, stamp.known_at);
        for mut update in std::mem::take(&mut self.waiting) {
            // What waited changes the book only now.
            update.stamp.known_at = stamp.known_at;
            self.update(update);
        }
    }

    /// Applies an update, or keeps it until there is a snapshot to apply it to.
    pub fn update(&mut self, update: DepthUpdate) {
        let known_at = update.stamp.known_at;
        let Some(own) = self.last_id else {
            if self.waiting.len() == MAX_WAITING {
                self.waiting.pop_front();
                self.counts.unused += 1;
            }
            self.waiting.push_back(update);
            return;
        };
        if update.last_id <= own {
            if self.joined {
                let detail = || format!("update {} after {own}", update.last_id);
                self.log.add(BookRule::OutOfOrder, update.row, known_at, detail);
            } else {
                self.counts.in_snapshot += 1;
            }
            return;
        }
        let follows = match (update.previous_id, update.first_id) {
            (Some(previous), _) if self.joined => previous == own,
            (Some(previous), _) => previous <= own,
            (None, Some(first)) if self.joined => first == own + 1,
            (None, Some(first)) => first <= own + 1,
            (None, None) => true,
        };
        if !follows {
            let begins = update.previous_id.or(update.first_id).unwrap_or_default();
            let detail = format!("update {begins} to {} after {own}", update.last_id);
            self.lose(BookRule::SequenceGap, update.row, known_at, || detail);
            self.waiting.push_back(update);
            return;
        }
        if update.damaged {
            return self
                .lose(BookRule::Damaged, update.row, known_at, || format!("update {}", update.last_id));
        }
        if let Some((rule, detail)) = update.levels.iter().find_map(|(side, level)| impossible(*side, level))
        {
            return self.lose(rule, update.row, known_at, || detail);
        }
        for (side, level) in &update.levels {
            self.book.set(*side, level.price, level.size);
        }
        (self.last_id, self.joined) = (Some(update.last_id), true);
        self.event_time = self.event_time.max(Some(update.stamp.event_time));
        self.counts.applied += 1;
        self.note_crossing(update.row, known_at);
    }

    /// Compares the venue's own best quote with the book, where both stand at the same change.
    pub fn quote(&mut self, quote: &BestQuote) {
        if self.last_id != Some(quote.id) || !self.joined {
            return;
        }
        self.counts.quotes_compared += 1;
        let own = (self.book.best(Side::Bid), self.book.best(Side::Ask));
        if own == (Some(quote.bid), Some(quote.ask)) {
            self.counts.quotes_equal += 1;
        } else {
            let detail = || format!("quoted {:?} and {:?}, the book has {own:?}", quote.bid, quote.ask);
            self.log.add(BookRule::QuoteDiffers, quote.row, quote.stamp.known_at, detail);
        }
    }

    /// Counts a trade, which changes no book.
    pub const fn trade(&mut self) {
        self.counts.trades += 1;
    }

    fn note_crossing(&mut self, row: u64, known_at: Instant) {
        if self.book.is_crossed() {
            let best = (self.book.best(Side::Bid), self.book.best(Side::Ask));
            self.log.add(BookRule::Crossed, row, known_at, || format!("{best:?}"));
        }
    }

    fn lose(&mut self, rule: BookRule, row: u64, known_at: Instant, detail: impl FnOnce() -> String) {
        self.log.add(rule, row, known_at, detail);
        (self.book, self.last_id, self.event_time) = (Book::default(), None, None);
    }
}

fn impossible(side: Side, level: &Level) -> Option<(BookRule, String)> {
    let rule = if level.size.is_negative() {
        BookRule::NegativeSize
    } else if !level.price.is_positive() {
        BookRule::BadPrice
    } else {
        return None;
    };
    Some((rule, format!("{side:?} {} at {}", level.size, level.price)))
}

#[cfg(test)]
mod tests;
