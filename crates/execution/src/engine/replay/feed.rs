//! From messages in exact decimals to events by ticks.

use proofmark_market::book::{DepthBook, DepthMessage, Fixed, Level, Side};
use proofmark_units::Instant;

use super::event::{BookChange, BookEvent};
use super::ticks::Ticks;

/// Turns the messages of a depth stream into [`BookEvent`]s. What a message may do to the book, its sequence and its two times are the
/// business of [`DepthBook`]: what that does not apply is no event, and where that loses the book so do the events.
#[derive(Debug)]
pub struct BookFeed {
    book: DepthBook,
    ticks: Ticks,
}

/// A message cannot be told in ticks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: price {price} is no whole number of ticks; hint: check the instrument's tick")]
pub struct OffTick {
    /// One-based row of the file.
    pub row: u64,
    /// The price.
    pub price: Fixed,
}

impl BookFeed {
    /// A feed of an instrument with such ticks, whose book is not known yet.
    pub fn new(ticks: Ticks) -> Self {
        Self { book: DepthBook::default(), ticks }
    }

    /// The book so far, with what became of the messages and what was wrong with them.
    pub const fn book(&self) -> &DepthBook {
        &self.book
    }

    /// Takes a message that was received at `received` and adds what it changes to `events`, at the time it counts as known.
    ///
    /// # Errors
    /// [`OffTick`]; `events` may then hold a part of the message.
    pub fn take(
        &mut self,
        message: DepthMessage,
        received: Instant,
        events: &mut Vec<BookEvent>,
    ) -> Result<(), OffTick> {
        let (row, sent) = match &message {
            DepthMessage::Snapshot(snapshot) => (snapshot.row, snapshot.stamp.event_time),
            DepthMessage::Update(update) => (update.row, update.stamp.event_time),
            DepthMessage::Quote(quote) => (quote.row, quote.stamp.event_time),
            DepthMessage::Trade { row, stamp, .. } => (*row, stamp.event_time),
        };
        let time = self.book.known_at(row, sent, received);
        let (was_known, before) = (self.book.view().is_some(), self.book.counts());
        let fill = message.fill();
        let start = events.len();
        match message {
            DepthMessage::Snapshot(mut snapshot) => {
                snapshot.stamp.known_at = time;
                self.book.snapshot(&snapshot);
            }
            DepthMessage::Update(mut update) => {
                update.stamp.known_at = time;
                // Told before it is applied, since applying takes it.
                self.tell(&update.levels, (row, time), events)?;
                self.book.update(update);
            }
            DepthMessage::Quote(quote) => self.book.quote(&quote),
            DepthMessage::Trade { .. } => {
                self.book.trade();
                if let Some(fill) = fill {
                    let (tick, size) = self.tick(fill.level, row)?;
                    events.push(BookEvent {
                        time,
                        change: BookChange::Trade { taker: fill.taker, tick, size },
                    });
                }
            }
        }
        let after = self.book.counts();
        let Some(view) = self.book.view() else {
            events.truncate(if fill.is_some() { events.len() } else { start });
            if was_known {
                events.push(BookEvent { time, change: BookChange::Lost });
            }
            return Ok(());
        };
        if after.snapshots > before.snapshots {
            // The snapshot and what had waited for it.
            events.push(BookEvent { time, change: BookChange::Lost });
            let levels: Vec<(Side, Level)> = [Side::Bid, Side::Ask]
                .into_iter()
                .flat_map(|side| view.book.from_best(side).map(move |level| (side, level)))
                .collect();
            self.tell(&levels, (row, time), events)?;
            events.push(BookEvent { time, change: BookChange::Known });
        } else if after.applied == before.applied && fill.is_none() {
            events.truncate(start);
        }
        Ok(())
    }

    fn tell(
        &self,
        levels: &[(Side, Level)],
        (row, time): (u64, Instant),
        events: &mut Vec<BookEvent>,
    ) -> Result<(), OffTick> {
        for (side, level) in levels {
            let (tick, size) = self.tick(*level, row)?;
            events.push(BookEvent { time, change: BookChange::Level { side: *side, tick, size } });
        }
        Ok(())
    }

    fn tick(&self, level: Level, row: u64) -> Result<(i64, f64), OffTick> {
        let tick = self.ticks.exact(level.price).ok_or(OffTick { row, price: level.price })?;
        Ok((tick, level.size.to_f64()))
    }
}
