//! The replay: events through the book, messages over the wire, fills into the engine's books.

use std::collections::BTreeSet;

use proofmark_market::book::{Fixed, Side as BookSide};
use proofmark_units::{Instant, Seed};

use super::event::{BookChange, BookEvent};
use super::latency::{Latencies, Wire};
use super::stats::ReplayStats;
use super::strategy::{BookStrategy, BookView, Shown, Wake};
use super::ticks::Ticks;
use super::venue::{Venue, VenueRules};
use crate::costs::{Liquidity, Side};
use crate::engine::{
    Account, Costs, Engine, EngineConfig, EngineError, Event, Found, Instrument, Kind, Log, OrderId,
    OrderState, Purpose, Quote, Reason, TimeInForce,
};

/// The one instrument of a replay.
const OF: u32 = 0;
const NEVER: Instant = Instant::from_nanos(i64::MAX);
const NOT_YET: Instant = Instant::from_nanos(i64::MIN);

/// How a replay is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayConfig {
    /// The account, and what is written down of it.
    pub engine: EngineConfig,
    /// What the market does with own orders.
    pub venue: VenueRules,
    /// How long orders and cancels travel.
    pub latencies: Latencies,
    /// When the strategy is asked.
    pub wake: Wake,
}

/// A replay cannot go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It makes no sense as it is set up.
    #[error("the replay cannot be set up: {what}")]
    Setup {
        /// What is wrong.
        what: String,
    },
    /// Time does not go forward.
    #[error(
        "event {index} at {time} follows one at {last}; hint: events come in the order in which they became known"
    )]
    Time {
        /// Which, from 0, counted over all calls.
        index: u64,
        /// Its time.
        time: Instant,
        /// That of the event before.
        last: Instant,
    },
    /// An event's price or size cannot be.
    #[error(
        "event {index} at {time} is {change:?}; hint: ticks are 1 to {most}, sizes finite and not negative"
    )]
    Value {
        /// Which, from 0, counted over all calls.
        index: u64,
        /// Its time.
        time: Instant,
        /// What it says.
        change: BookChange,
        /// The most ticks a price can be.
        most: i64,
    },
    /// A fill or a step cannot be booked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What a replay leaves behind.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// Fills, round trips, orders that ended, equity, costs: as every engine writes them.
    pub log: Log,
    /// The account at the end.
    pub account: Account,
    /// What the book and the orders in it did.
    pub stats: ReplayStats,
}

/// An order or its cancel on its way. They arrive in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    at: Instant,
    cancels: bool,
    order: OrderId,
}

/// One instrument's book replayed, with an engine's orders in it.
///
/// The engine keeps orders, money, limits and costs; the venue says what the orders find. Between two calls of the strategy events go
/// through the venue alone, so a replay costs what its book costs.
#[derive(Debug)]
pub struct BookReplay<C> {
    engine: Engine<C, Wire>,
    venue: Venue,
    ticks: Ticks,
    wake: Wake,
    /// Instant whose events are being applied.
    now: Instant,
    next_wake: Instant,
    /// The earlier of the next wake and the next arrival.
    due: Instant,
    on_the_way: BTreeSet<Message>,
    /// Arrived while the book was not known.
    at_the_door: Vec<OrderId>,
    /// Orders from this number on have not been sent yet.
    unsent: u64,
    stats: ReplayStats,
}

impl<C: Costs> BookReplay<C> {
    /// A replay that has seen nothing. The instrument needs a tick that is exact in eight decimals. The latencies are drawn from the
    /// child `latency` of `seed`.
    ///
    /// # Errors
    /// [`ReplayError::Setup`], or an account or instrument that the engine refuses.
    pub fn new(
        instrument: Instrument,
        config: ReplayConfig,
        costs: C,
        seed: Seed,
    ) -> Result<Self, ReplayError> {
        let setup = |what: &str| ReplayError::Setup { what: what.to_owned() };
        let tick = Fixed::from_f64(instrument.tick).ok().and_then(Ticks::new);
        let ticks =
            tick.ok_or_else(|| setup("the instrument's tick is not above 0 and exact in 8 decimals"))?;
        if matches!(config.wake, Wake::Every(nanos) if nanos <= 0) {
            return Err(setup("the strategy would be asked every 0 ns or less"));
        }
        config.venue.fault().map_or(Ok(()), |what| Err(setup(what)))?;
        let wire = Wire::new(config.latencies, seed);
        Ok(Self {
            engine: Engine::new(vec![instrument], config.engine, costs, wire)?,
            venue: Venue::new(config.venue),
            ticks,
            wake: config.wake,
            now: NOT_YET,
            next_wake: NEVER,
            due: NEVER,
            on_the_way: BTreeSet::new(),
            at_the_door: Vec::new(),
            unsent: 0,
            stats: ReplayStats::default(),
        })
    }

    /// The book as it stands.
    pub const fn book(&self) -> BookView<'_> {
        BookView { venue: &self.venue, ticks: self.ticks }
    }

    /// What has happened so far.
    pub const fn log(&self) -> &Log {
        self.engine.log()
    }

    /// Takes the next events. A stream may come in parts: how it is cut changes nothing.
    ///
    /// # Errors
    /// [`ReplayError`]; the replay is then not to be used further.
    pub fn run<S: BookStrategy + ?Sized>(
        &mut self,
        events: &[BookEvent],
        strategy: &mut S,
    ) -> Result<(), ReplayError> {
        let most = self.ticks.most();
        for event in events {
            let BookEvent { time, change } = *event;
            if time != self.now {
                self.pass(time, strategy)?;
            }
            let is_good = match change {
                BookChange::Level { tick, size, .. } => {
                    (1..=most).contains(&tick) && (0.0..f64::INFINITY).contains(&size)
                }
                BookChange::Trade { tick, size, .. } => {
                    self.stats.trades += 1;
                    (1..=most).contains(&tick) && (0.0..f64::INFINITY).contains(&size)
                }
                BookChange::Lost => {
                    self.stats.lost += 1;
                    true
                }
                BookChange::Known => true,
            };
            if !is_good {
                return Err(ReplayError::Value { index: self.stats.events, time, change, most });
            }
            self.stats.events += 1;
            self.venue.apply(change, time);
            if !self.venue.offers.is_empty() {
                self.book_offers(time)?;
            }
        }
        Ok(())
    }

    /// Ends the stream: what is due by its last instant happens, the session ends a nanosecond later, and orders on the way arrive
    /// nowhere.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn finish<S: BookStrategy + ?Sized>(mut self, strategy: &mut S) -> Result<Replayed, ReplayError> {
        if self.now != NOT_YET {
            let end = Instant::from_nanos(self.now.nanos().saturating_add(1));
            self.pass(end, strategy)?;
            self.step(end, true, strategy)?;
        }
        self.stats.latencies.clone_from(&self.engine.fills.drawn);
        Ok(Replayed {
            account: self.engine.account().clone(),
            stats: self.stats,
            log: self.engine.into_log(),
        })
    }

    /// Everything of `now` has been applied; then what is due before `until`.
    #[inline]
    fn pass<S: BookStrategy + ?Sized>(
        &mut self,
        until: Instant,
        strategy: &mut S,
    ) -> Result<(), ReplayError> {
        if until < self.now {
            return Err(ReplayError::Time { index: self.stats.events, time: until, last: self.now });
        }
        self.venue.settle();
        if !self.venue.offers.is_empty() {
            self.book_offers(self.now)?;
        }
        match self.wake {
            _ if self.now == NOT_YET => {
                if let Wake::Every(nanos) = self.wake {
                    self.next_wake = later(until, nanos);
                    self.due = self.next_wake;
                }
            }
            Wake::EachInstant => (self.next_wake, self.due) = (self.now, self.now),
            Wake::Every(_) => {}
        }
        if self.due < until || !self.at_the_door.is_empty() {
            self.catch_up(until, strategy)?;
        }
        self.now = until;
        Ok(())
    }

    fn catch_up<S: BookStrategy + ?Sized>(
        &mut self,
        until: Instant,
        strategy: &mut S,
    ) -> Result<(), ReplayError> {
        if self.venue.known {
            for id in std::mem::take(&mut self.at_the_door) {
                self.enter(id, self.now)?;
            }
        }
        loop {
            let arrival = self.on_the_way.first().map_or(NEVER, |message| message.at);
            self.due = arrival.min(self.next_wake);
            if self.due >= until {
                return Ok(());
            }
            // What arrives at the instant of a wake is there before the strategy looks.
            if arrival <= self.next_wake {
                if let Some(message) = self.on_the_way.pop_first() {
                    self.arrive(message)?;
                }
            } else {
                let time = self.next_wake;
                self.next_wake = match self.wake {
                    Wake::EachInstant => NEVER,
                    Wake::Every(nanos) => later(time, nanos),
                };
                self.step(time, false, strategy)?;
                self.send();
            }
        }
    }

    /// A step of the engine: marks, accounting, and the strategy.
    fn step<S: BookStrategy + ?Sized>(
        &mut self,
        time: Instant,
        ends: bool,
        strategy: &mut S,
    ) -> Result<(), ReplayError> {
        let mut events = [Event::SessionEnd; 2];
        let mut count = 0;
        let book = BookView { venue: &self.venue, ticks: self.ticks };
        if let (Some((bid, bid_size)), Some((ask, ask_size))) =
            (book.best(BookSide::Bid), book.best(BookSide::Ask))
            && bid <= ask
        {
            events[0] = Event::Quote(OF, Quote { bid, bid_size, ask, ask_size });
            count = 1;
        }
        if count == 0 {
            // Nothing values the position anew: what was filled since its last mark is valued by that.
            let Engine { account, instruments, .. } = &mut self.engine;
            if !account.position(OF).is_flat() {
                account.mark(OF, &instruments[OF as usize], account.position(OF).mark);
            }
        }
        let events = &events[..count + usize::from(ends)];
        self.engine.step(time, events, &mut Shown { strategy, book, asks: !ends })?;
        self.keep_living();
        Ok(())
    }

    /// Puts what the strategy sent on its way.
    fn send(&mut self) {
        let orders = &self.engine.orders;
        let mut unsent = self.unsent;
        for slot in orders.queue(OF) {
            let order = orders.at(*slot);
            if order.id.sequence >= self.unsent {
                self.stats.orders += 1;
                unsent = unsent.max(order.id.sequence + 1);
                self.on_the_way.insert(Message { at: order.active_from, cancels: false, order: order.id });
            }
            if let Some(at) = order.cancel_at {
                // Not before the order it takes back. One already on its way is the same message.
                let at = at.max(order.active_from);
                let is_new = self.on_the_way.insert(Message { at, cancels: true, order: order.id });
                self.stats.cancels += u64::from(is_new);
            }
        }
        self.unsent = unsent;
    }

    fn arrive(&mut self, message: Message) -> Result<(), ReplayError> {
        let Message { at, cancels, order } = message;
        if self.engine.orders.get(order).is_none() {
            self.stats.late_cancels += u64::from(cancels);
            return Ok(());
        }
        if cancels {
            let state = OrderState::Cancelled(Reason::Asked);
            self.engine.orders.end(order.slot, state, at, &mut self.engine.log);
            self.keep_living();
            return Ok(());
        }
        if !self.venue.known {
            self.at_the_door.push(order);
            return Ok(());
        }
        self.enter(order, at)
    }

    /// An order meets the book: it takes what it can, and the rest waits or is over.
    fn enter(&mut self, id: OrderId, at: Instant) -> Result<(), ReplayError> {
        let Some(order) = self.engine.orders.get(id) else { return Ok(()) };
        let side = match order.side {
            Side::Buy => BookSide::Bid,
            Side::Sell => BookSide::Ask,
        };
        let limit = match order.kind {
            Kind::Limit(price) => Some(self.ticks.nearest(price)),
            _ => None,
        };
        let units = match order.purpose {
            Purpose::Risk => order.remaining().min(self.engine.closes(order)),
            Purpose::Decision => order.remaining(),
        };
        self.venue.arrive(id, side, limit, units);
        self.book_offers(at)?;
        let Some(order) = self.engine.orders.get(id) else { return Ok(()) };
        match limit.filter(|_| order.time_in_force != TimeInForce::Immediate) {
            Some(tick) => {
                self.stats.rested_units += order.remaining();
                self.venue.rest(id, side, tick, order.remaining(), at);
            }
            None => {
                let state = OrderState::Cancelled(Reason::Immediate);
                self.engine.orders.end(id.slot, state, at, &mut self.engine.log);
            }
        }
        Ok(())
    }

    /// Books what own orders were found to trade at `time`.
    fn book_offers(&mut self, time: Instant) -> Result<(), ReplayError> {
        let mut offers = std::mem::take(&mut self.venue.offers);
        // Fills carry their own time; the engine's clock is that of its steps.
        let step = std::mem::replace(&mut self.engine.now, time);
        for offer in offers.drain(..) {
            if self.engine.orders.get(offer.id).is_none() {
                continue;
            }
            let found =
                Found { price: self.ticks.price(offer.tick), units: offer.units, liquidity: offer.liquidity };
            // The book is the cap.
            self.engine.market[OF as usize].capacity = f64::INFINITY;
            let units = self.engine.execute(offer.id.slot, &found, 1.0, true)?;
            match offer.liquidity {
                Liquidity::Maker => self.stats.maker_units += units,
                Liquidity::Taker => self.stats.taker_units += units,
            }
        }
        self.engine.now = step;
        self.venue.offers = offers;
        self.keep_living();
        Ok(())
    }

    /// The engine says which orders live and what is left of them.
    fn keep_living(&mut self) {
        let orders = &self.engine.orders;
        self.venue.keep(|id| orders.get(id).map(|order| order.remaining()));
    }
}

const fn later(time: Instant, nanos: i64) -> Instant {
    Instant::from_nanos(time.nanos().saturating_add(nanos))
}
