//! What was wrong with a stream of book messages: counted by rule, with samples.

use std::collections::BTreeMap;
use std::fmt;

use proofmark_units::Instant;
use serde::Serialize;

/// Samples kept of each rule; all are counted.
const SAMPLES: usize = 20;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BookRule {
    /// An update does not follow the one before: some in between are missing. The book is gone until the next snapshot.
    SequenceGap,
    /// An update older than the book, again or late. It is not applied.
    OutOfOrder,
    /// A snapshot older than the book. It is not applied.
    OldSnapshot,
    /// A size below zero. The book is gone until the next snapshot.
    NegativeSize,
    /// A price that is not above zero. The book is gone until the next snapshot.
    BadPrice,
    /// A message of which a part cannot be read. The book is gone until the next snapshot.
    Damaged,
    /// A best bid at or above the best ask. Rows say so and have neither mid nor spread.
    Crossed,
    /// A message was received, by its stamp, before the one ahead of it in the file. It counts as known when that one was.
    TimeBackwards,
    /// A message is stamped later by the exchange than by the receiver: the clocks differ. It counts as known at the
    /// later time.
    ClockAhead,
    /// The venue's own best bid and ask at the same sequence number differ from the book.
    QuoteDiffers,
    /// A snapshot names the same price twice, or is not sorted from the best level.
    UnsortedSnapshot,
    /// An order is reduced by more than is left of it, or at a price where nothing waits.
    OrderOverdrawn,
    /// An order is submitted under a number that is still live.
    OrderRepeated,
    /// The book after a message differs from the file's own. The file's is taken from there on.
    BookDiffers,
}

impl BookRule {
    /// The rule's name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SequenceGap => "sequence_gap",
            Self::OutOfOrder => "out_of_order",
            Self::OldSnapshot => "old_snapshot",
            Self::NegativeSize => "negative_size",
            Self::BadPrice => "bad_price",
            Self::Damaged => "damaged",
            Self::Crossed => "crossed",
            Self::TimeBackwards => "time_backwards",
            Self::ClockAhead => "clock_ahead",
            Self::QuoteDiffers => "quote_differs",
            Self::UnsortedSnapshot => "unsorted_snapshot",
            Self::OrderOverdrawn => "order_overdrawn",
            Self::OrderRepeated => "order_repeated",
            Self::BookDiffers => "book_differs",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookProblem {
    /// What.
    pub rule: BookRule,
    /// One-based row of the file, the first of its message.
    pub row: u64,
    /// When the message was known.
    pub known_at: Instant,
    /// With the numbers.
    pub detail: String,
}

impl fmt::Display for BookProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} at {}: {} [{}]", self.row, self.known_at, self.detail, self.rule.name())
    }
}

/// Every problem of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BookLog {
    /// How many of each rule.
    pub counts: BTreeMap<BookRule, u64>,
    /// The first of each rule, in the order of the file.
    pub samples: Vec<BookProblem>,
}

impl BookLog {
    pub(super) fn add(
        &mut self,
        rule: BookRule,
        row: u64,
        known_at: Instant,
        detail: impl FnOnce() -> String,
    ) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count <= SAMPLES as u64 {
            self.samples.push(BookProblem { rule, row, known_at, detail: detail() });
        }
    }

    /// Adds what another stream had.
    pub fn merge(&mut self, other: &Self) {
        for (rule, count) in &other.counts {
            let own = self.counts.entry(*rule).or_default();
            let room = (SAMPLES as u64).saturating_sub(*own);
            *own += count;
            let samples = other.samples.iter().filter(|sample| sample.rule == *rule);
            self.samples.extend(samples.take(usize::try_from(room).unwrap_or(SAMPLES)).cloned());
        }
    }

    /// How many of `rule`.
    pub fn count(&self, rule: BookRule) -> u64 {
        self.counts.get(&rule).copied().unwrap_or_default()
    }
}
