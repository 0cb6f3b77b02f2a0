//! Order books replayed: by hand, against exact books, against a market that knows every order.

mod feed;
mod ladder;
mod orders;
mod properties;
mod refusals;
mod truth;

use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{
    BookChange, BookEvent, BookReplay, BookStrategy, BookView, Latencies, ReplayConfig, Replayed, VenueRules,
    Wake,
};
use proofmark_execution::engine::{
    AccountConfig, Curve, Desk, EngineConfig, Free, Instrument, Kind, OrderId, OrderRequest, Shorting, Slice,
    TimeInForce,
};
use proofmark_market::book::Side as BookSide;
use proofmark_units::{Instant, Seed};

pub(crate) const CAPITAL: f64 = 1e9;

pub(crate) const fn at(nanos: i64) -> Instant {
    Instant::from_nanos(nanos)
}

/// An instrument with a tick and a lot of 1 that may be short.
pub(crate) fn instrument() -> Instrument {
    let share = Instrument::share("BOOK".parse().unwrap(), "USD");
    Instrument { tick: 1.0, shorting: Shorting::Allowed, ..share }
}

/// The strategy is asked after each instant, messages travel `latency` ns.
pub(crate) fn config(venue: VenueRules, latency: i64) -> ReplayConfig {
    let account = AccountConfig { leverage: 10.0, ..AccountConfig::cash("USD", CAPITAL) };
    ReplayConfig {
        engine: EngineConfig { account, curve: Curve::Steps, keep_ended: true },
        venue,
        latencies: Latencies::constant(latency),
        wake: Wake::EachInstant,
    }
}

pub(crate) fn bid(time: i64, tick: i64, size: f64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Level { side: BookSide::Bid, tick, size } }
}

pub(crate) fn ask(time: i64, tick: i64, size: f64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Level { side: BookSide::Ask, tick, size } }
}

/// Somebody sold into the bids.
pub(crate) fn sold(time: i64, tick: i64, size: f64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Trade { taker: BookSide::Ask, tick, size } }
}

/// Somebody bought from the asks.
pub(crate) fn bought(time: i64, tick: i64, size: f64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Trade { taker: BookSide::Bid, tick, size } }
}

pub(crate) fn known(time: i64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Known }
}

pub(crate) fn lost(time: i64) -> BookEvent {
    BookEvent { time: at(time), change: BookChange::Lost }
}

pub(crate) fn limit(side: Side, quantity: f64, price: f64) -> OrderRequest {
    OrderRequest::market(0, side, quantity).kind(Kind::Limit(price)).waiting(TimeInForce::UntilCancelled)
}

/// What a script does at a time.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Send(OrderRequest),
    /// Takes the order of this number back.
    Cancel(usize),
}

/// Acts at the first step at or after each time, and writes down what waits ahead of its orders.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) acts: Vec<(i64, Act)>,
    pub(crate) done: usize,
    pub(crate) ids: Vec<OrderId>,
    /// Time, position, and of each order what waits ahead of it.
    pub(crate) seen: Vec<(i64, f64, Vec<Option<f64>>)>,
}

impl Script {
    pub(crate) fn new(acts: Vec<(i64, Act)>) -> Self {
        Self { acts, ..Self::default() }
    }
}

impl BookStrategy for Script {
    fn on_book(&mut self, book: &BookView<'_>, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        let ahead = self.ids.iter().map(|id| book.queue_ahead(*id)).collect();
        self.seen.push((slice.time.nanos(), desk.position(0).quantity, ahead));
        while let Some((_, act)) = self.acts.get(self.done).filter(|(due, _)| at(*due) <= slice.time) {
            match act {
                Act::Send(request) => self.ids.push(desk.submit(request.clone()).unwrap()),
                Act::Cancel(number) => {
                    desk.cancel(self.ids[*number]);
                }
            }
            self.done += 1;
        }
    }
}

pub(crate) fn replay(events: &[BookEvent], config: ReplayConfig, script: &mut Script) -> Replayed {
    let mut replay = BookReplay::new(instrument(), config, Free, Seed::root(7)).unwrap();
    replay.run(events, script).unwrap();
    replay.finish(script).unwrap()
}

/// Time, signed units, price and whether it took, of each fill.
pub(crate) fn fills(replayed: &Replayed) -> Vec<(i64, f64, f64, bool)> {
    let row = |fill: &proofmark_execution::engine::EngineFill| {
        let takes = fill.liquidity == proofmark_execution::costs::Liquidity::Taker;
        (fill.time.nanos(), fill.side.sign() * fill.quantity, fill.price, takes)
    };
    replayed.log.fills.iter().map(row).collect()
}
