//! The market that own orders meet: a replayed book, and what the orders get in it.

use proofmark_market::book::Side;
use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::event::BookChange;
use super::ladder::Ladder;
use super::queue::{Cancels, QueueRules};
use super::resting::{Resting, RestingSide};
use super::taken::Taken;
use crate::costs::Liquidity;
use crate::engine::OrderId;

/// What a replayed market does with own orders.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueRules {
    /// How places in the queue are told.
    pub queue: QueueRules,
    /// Whether a quote of the other side at an own order's price or better trades with it, up to its size: whoever sent that quote
    /// would have met the order. Without it only prints fill a resting order, which then escapes the moves against it that came without
    /// a print.
    pub crossed_quotes: bool,
    /// Levels that a market order may walk through; what is left of it then is cancelled.
    pub market_depth: usize,
}

impl VenueRules {
    /// What is wrong with them, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        match self.queue.cancels {
            Cancels::ProRata { power } if !(power.is_finite() && power > 0.0) => {
                Some("the power of pro-rata cancels is not above 0")
            }
            _ if self.queue.late_prints < 0 => Some("prints come a negative time late"),
            _ if self.market_depth == 0 => Some("market orders may walk through no level"),
            _ => None,
        }
    }
}

impl Default for VenueRules {
    fn default() -> Self {
        Self { queue: QueueRules::default(), crossed_quotes: true, market_depth: usize::MAX }
    }
}

/// What an own order can trade now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offer {
    pub(super) id: OrderId,
    pub(super) tick: i64,
    pub(super) units: f64,
    pub(super) liquidity: Liquidity,
}

/// A replayed book with own orders in it.
#[derive(Debug)]
pub(super) struct Venue {
    pub(super) ladder: Ladder,
    pub(super) known: bool,
    rules: VenueRules,
    bids: RestingSide,
    asks: RestingSide,
    /// Of the levels of each side.
    taken_bids: Taken,
    taken_asks: Taken,
    /// Whether anything but the ladder has to hear of a change.
    attended: bool,
    /// Found since it was last emptied, in the order of happening.
    pub(super) offers: Vec<Offer>,
}

/// The side that trades with this one.
pub(super) const fn other(side: Side) -> Side {
    match side {
        Side::Bid => Side::Ask,
        Side::Ask => Side::Bid,
    }
}

/// Priority of a price on a side: the smaller the better.
const fn key(side: Side, tick: i64) -> i64 {
    match side {
        Side::Bid => -tick,
        Side::Ask => tick,
    }
}

impl Venue {
    pub(super) fn new(rules: VenueRules) -> Self {
        Self {
            ladder: Ladder::default(),
            known: false,
            rules,
            bids: RestingSide::default(),
            asks: RestingSide::default(),
            taken_bids: Taken::default(),
            taken_asks: Taken::default(),
            attended: false,
            offers: Vec::new(),
        }
    }

    /// Takes one event.
    #[inline]
    pub(super) fn apply(&mut self, change: BookChange, time: Instant) {
        match change {
            BookChange::Level { side, tick, size } => {
                let old = self.ladder.set(side, tick, size);
                if self.attended {
                    self.resized(side, tick, (old, size), time);
                }
            }
            BookChange::Trade { taker, tick, size } => {
                if self.attended {
                    self.printed(other(taker), tick, size, time);
                }
            }
            BookChange::Lost => {
                self.ladder.clear();
                self.known = false;
            }
            BookChange::Known => self.complete(),
        }
    }

    fn resized(&mut self, side: Side, tick: i64, sizes: (f64, f64), time: Instant) {
        // The levels of a book that is still coming together say nothing each by itself.
        if !self.known {
            return;
        }
        let rules = self.rules.queue;
        let (resting, taken) = self.side_mut(side);
        resting.resize(key(side, tick), sizes, time, &rules);
        if !taken.is_empty() {
            taken.resize(tick, sizes.1);
        }
    }

    fn printed(&mut self, side: Side, tick: i64, size: f64, time: Instant) {
        let (resting, offers) = match side {
            Side::Bid => (&mut self.bids, &mut self.offers),
            Side::Ask => (&mut self.asks, &mut self.offers),
        };
        resting.print(key(side, tick), size, time, |share| {
            offers.push(Offer {
                id: share.id,
                tick: share.tick,
                units: share.units,
                liquidity: Liquidity::Maker,
            });
        });
    }

    /// All of a book is there.
    fn complete(&mut self) {
        self.known = true;
        for (side, resting, taken) in [
            (Side::Bid, &mut self.bids, &mut self.taken_bids),
            (Side::Ask, &mut self.asks, &mut self.taken_asks),
        ] {
            for order in resting.orders_mut() {
                order.queue.show(self.ladder.size_at(side, order.tick));
            }
            taken.resize_all(|tick| Some(self.ladder.size_at(side, tick)));
        }
    }

    /// Everything of one instant has been applied: resting orders meet the quotes that came to them.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.attended && self.known && self.rules.crossed_quotes {
            self.meet(Side::Bid);
            self.meet(Side::Ask);
        }
    }

    fn meet(&mut self, side: Side) {
        let count = self.side(side).orders().len();
        for k in 0..count {
            let Resting { id, tick, remaining, .. } = self.side(side).orders()[k];
            let reached =
                self.ladder.best(other(side)).is_some_and(|best| key(side, tick) <= key(side, best));
            if !reached {
                break;
            }
            let mut left = remaining;
            self.walk(side, Some(tick), usize::MAX, &mut left, |_, units| Offer {
                id,
                tick,
                units,
                liquidity: Liquidity::Maker,
            });
            self.side_mut(side).0.orders_mut()[k].remaining = left;
        }
    }

    /// An order comes to the book and takes what stands there, at its limit or better.
    pub(super) fn arrive(&mut self, id: OrderId, side: Side, limit: Option<i64>, units: f64) {
        let levels = if limit.is_some() { usize::MAX } else { self.rules.market_depth };
        let mut left = units;
        self.walk(side, limit, levels, &mut left, |tick, units| Offer {
            id,
            tick,
            units,
            liquidity: Liquidity::Taker,
        });
    }

    /// Walks the other side's levels from the best one, and takes what is left of them.
    fn walk(
        &mut self,
        side: Side,
        limit: Option<i64>,
        levels: usize,
        left: &mut f64,
        offer: impl Fn(i64, f64) -> Offer,
    ) {
        let from = other(side);
        let taken = match from {
            Side::Bid => &mut self.taken_bids,
            Side::Ask => &mut self.taken_asks,
        };
        for (tick, size) in self.ladder.from_best(from).take(levels) {
            let is_beyond = limit.is_some_and(|limit| key(side, tick) < key(side, limit));
            if is_beyond || *left <= 0.0 {
                break;
            }
            let units = taken.left(tick, size).min(*left);
            if units > 0.0 {
                *left -= units;
                taken.take(tick, units);
                self.offers.push(offer(tick, units));
            }
        }
        self.attend();
    }

    /// Lets an order wait at its price, behind all that the book shows there.
    pub(super) fn rest(&mut self, id: OrderId, side: Side, tick: i64, remaining: f64, time: Instant) {
        let shown = self.ladder.size_at(side, tick);
        // Prints of this instant have been applied; only late ones can still be from before.
        let deaf_until = Instant::from_nanos(time.nanos().saturating_add(self.rules.queue.late_prints));
        self.side_mut(side).0.insert(id, (tick, key(side, tick)), (remaining, shown), deaf_until);
        self.attend();
    }

    /// Keeps what `remaining` says of each resting order; `None` removes it.
    pub(super) fn keep(&mut self, mut remaining: impl FnMut(OrderId) -> Option<f64>) {
        self.bids.keep(&mut remaining);
        self.asks.keep(&mut remaining);
        self.attend();
    }

    /// A resting order.
    pub(super) fn resting(&self, id: OrderId) -> Option<&Resting> {
        self.bids.orders().iter().chain(self.asks.orders()).find(|order| order.id == id)
    }

    fn attend(&mut self) {
        self.attended = !(self.bids.is_empty()
            && self.asks.is_empty()
            && self.taken_bids.is_empty()
            && self.taken_asks.is_empty());
    }

    const fn side(&self, side: Side) -> &RestingSide {
        match side {
            Side::Bid => &self.bids,
            Side::Ask => &self.asks,
        }
    }

    const fn side_mut(&mut self, side: Side) -> (&mut RestingSide, &mut Taken) {
        match side {
            Side::Bid => (&mut self.bids, &mut self.taken_bids),
            Side::Ask => (&mut self.asks, &mut self.taken_asks),
        }
    }
}
