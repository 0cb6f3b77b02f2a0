//! A simulated stream of 12,000,000 order-book events through a book, alone and with a strategy that quotes both sides; the peer
//! is hftbacktest.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{
    BookChange, BookEvent, BookReplay, BookStrategy, BookView, Latencies, ReplayConfig, Replayed, VenueRules,
    Wake,
};
use proofmark_execution::engine::{
    AccountConfig, Curve, Desk, EngineConfig, Free, Instrument, Kind, OrderRequest, Shorting, Slice,
    TimeInForce,
};
use proofmark_market::book::Side as BookSide;
use proofmark_units::{Instant, Seed};
use rand::RngExt as _;
use serde_json::{Value, json};

/// What the stream has at least; `PROOFMARK_BOOK_EVENTS` asks for another number while either side is worked on.
const EVENTS: usize = 12_000_000;
const TICK: f64 = 0.01;
/// Where the market starts, in ticks; the peer's book spans as many on either side.
const START: i64 = 100_000;
const DEPTH: i64 = 100;
const EVERY: i64 = 100_000_000;
const LATENCY: i64 = 1_234_567;
const MOST_HELD: f64 = 20.0;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Lots of one side by tick.
struct OneSide {
    lots: Vec<u32>,
    levels: usize,
    best: usize,
    /// Towards worse prices: -1 for bids.
    away: isize,
}

impl OneSide {
    fn set(&mut self, tick: usize, lots: u32) {
        let had = std::mem::replace(&mut self.lots[tick], lots) > 0;
        self.levels += usize::from(lots > 0);
        self.levels -= usize::from(had);
        let is_better = (tick as isize - self.best as isize) * self.away < 0;
        if lots > 0 && is_better {
            self.best = tick;
        }
        // There are always levels left behind the best one.
        while self.lots[self.best] == 0 {
            self.best = self.best.wrapping_add_signed(self.away);
        }
    }

    /// The level at `steps` ticks behind the best one, or the next behind that.
    fn level(&self, steps: usize) -> Option<usize> {
        let mut tick = self.best.checked_add_signed(self.away * steps as isize)?;
        while *self.lots.get(tick)? == 0 {
            tick = tick.checked_add_signed(self.away)?;
        }
        Some(tick)
    }
}

/// Orders of unit impatience: they join near the other side's best price, leave from anywhere, and take from the best level on.
/// Rows are time, code (0 bid level, 1 ask level, 2 buyer took, 3 seller took), tick, lots.
fn stream(count: usize) -> [Vec<f64>; 4] {
    let mut rng = seed("book stream").rng();
    let mut rows = [const { Vec::new() }; 4];
    let mut add = |time: i64, code: usize, tick: usize, lots: u32| {
        for (column, value) in rows.iter_mut().zip([time as f64, code as f64, tick as f64, f64::from(lots)]) {
            column.push(value);
        }
    };
    let side = |away: isize| OneSide {
        lots: vec![0; 2 * START as usize],
        levels: 0,
        best: (START as usize).wrapping_add_signed(away),
        away,
    };
    let mut sides = [side(-1), side(1)];
    let mut time = 1_000_000_000;
    for distance in 1..=DEPTH as usize {
        for (code, one) in sides.iter_mut().enumerate() {
            let (tick, lots) =
                ((START as usize).wrapping_add_signed(one.away * distance as isize), rng.random_range(5..60));
            one.set(tick, lots);
            add(time, code, tick, lots);
        }
    }
    let mut written = 2 * DEPTH as usize;
    while written < count {
        time += rng.random_range(1..2_000_000_i64);
        let code = usize::from(rng.random_bool(0.5));
        // Mostly near the market, sometimes far from it.
        let share: f64 = rng.random_range(0.0..1.0);
        let distance = (1.5 / (1.0 - 0.99 * share)) as usize;
        match rng.random_range(0..100) {
            0..50 => {
                let tick =
                    sides[1 - code].best.wrapping_add_signed(sides[code].away * distance.max(1) as isize);
                let lots = sides[code].lots[tick] + rng.random_range(1..20_u32);
                sides[code].set(tick, lots);
                add(time, code, tick, lots);
                written += 1;
            }
            50..90 => {
                let one = &mut sides[code];
                let Some(tick) = one.level(distance - 1).filter(|_| one.levels > DEPTH as usize / 2) else {
                    continue;
                };
                let lots = one.lots[tick] - rng.random_range(1..=one.lots[tick]);
                one.set(tick, lots);
                add(time, code, tick, lots);
                written += 1;
            }
            _ => {
                let one = &mut sides[code];
                let mut left: u32 = rng.random_range(1..40);
                while left > 0 && one.levels > DEPTH as usize / 2 {
                    let (tick, there) = (one.best, one.lots[one.best]);
                    let lots = left.min(there);
                    left -= lots;
                    // Whoever takes an ask buys.
                    add(time, 3 - code, tick, lots);
                    one.set(tick, there - lots);
                    add(time, code, tick, there - lots);
                    written += 2;
                }
            }
        }
    }
    rows
}

fn input(folder: &Path) -> Result<(), Failure> {
    let count = std::env::var("PROOFMARK_BOOK_EVENTS").map_or(Ok(EVENTS), |text| text.parse())?;
    write_columns(&folder.join("events.f64"), &stream(count))
}

fn events(folder: &Path) -> Result<Vec<BookEvent>, Failure> {
    let columns = read_columns(&folder.join("events.f64"), 4)?;
    let [times, codes, ticks, lots] = columns.as_slice() else { return Err("four columns".into()) };
    let known = BookEvent { time: Instant::from_nanos(times[0] as i64), change: BookChange::Known };
    let mut events = Vec::with_capacity(times.len() + 1);
    for k in 0..times.len() {
        let (time, tick, size) = (Instant::from_nanos(times[k] as i64), ticks[k] as i64, lots[k]);
        let change = match codes[k] as u8 {
            0 => BookChange::Level { side: BookSide::Bid, tick, size },
            1 => BookChange::Level { side: BookSide::Ask, tick, size },
            2 => BookChange::Trade { taker: BookSide::Bid, tick, size },
            _ => BookChange::Trade { taker: BookSide::Ask, tick, size },
        };
        events.push(BookEvent { time, change });
        if k + 1 == 2 * DEPTH as usize {
            events.push(known);
        }
    }
    Ok(events)
}

/// Watches.
struct Nothing;

impl BookStrategy for Nothing {
    fn on_book(&mut self, _: &BookView<'_>, _: &Slice<'_>, _: &mut Desk<'_>) {}
}

/// Keeps one lot at the best price of each side, and takes it back when that has moved.
#[derive(Default)]
struct Quotes {
    wakes: u64,
    orders: u64,
    /// A sum of positions, each with a weight of its own.
    held: f64,
}

impl BookStrategy for Quotes {
    fn on_book(&mut self, book: &BookView<'_>, _: &Slice<'_>, desk: &mut Desk<'_>) {
        let position = desk.position(0).quantity;
        self.wakes += 1;
        self.held += position * (self.wakes % 1_009) as f64;
        let best = |side| book.ladder().and_then(|ladder| ladder.best(side)).map(|tick| book.price(tick));
        for (side, price) in [(Side::Buy, best(BookSide::Bid)), (Side::Sell, best(BookSide::Ask))] {
            let Some(price) = price else { continue };
            let own = desk.working(0).find(|order| order.side == side).map(|order| (order.id, order.kind));
            match own {
                Some((_, kind)) if kind == Kind::Limit(price) => {}
                Some((id, _)) => {
                    desk.cancel(id);
                }
                None if side.sign() * position < MOST_HELD => {
                    let request = OrderRequest::market(0, side, 1.0).kind(Kind::Limit(price));
                    // Nothing refuses it: the price is on the tick and the account is large.
                    if desk.submit(request.waiting(TimeInForce::UntilCancelled)).is_ok() {
                        self.orders += 1;
                    }
                }
                None => {}
            }
        }
    }
}

fn replay() -> Result<BookReplay<Free>, Failure> {
    let instrument =
        Instrument { tick: TICK, shorting: Shorting::Allowed, ..Instrument::share("BOOK".parse()?, "USD") };
    let config = ReplayConfig {
        engine: EngineConfig {
            account: AccountConfig::cash("USD", 1e9),
            curve: Curve::Sessions,
            keep_ended: false,
        },
        venue: VenueRules::default(),
        latencies: Latencies::constant(LATENCY),
        wake: Wake::Every(EVERY),
    };
    Ok(BookReplay::new(instrument, config, Free, Seed::root(1))?)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let events = events(folder)?;
    let mut alone = replay()?;
    let (result, book) = timed(|| alone.run(&events, &mut Nothing));
    result?;
    let (mut traded, mut quotes) = (replay()?, Quotes::default());
    let (result, orders) = timed(|| traded.run(&events, &mut quotes));
    result?;
    let ladder = alone.book().ladder().ok_or("the book is not known at the end")?;
    // A weight of its own for each level, small enough that the sum is exact.
    let weighed = |side| ladder.from_best(side).map(|(tick, size)| size * (tick % 1_013) as f64).sum::<f64>();
    let best = |side| ladder.best(side).unwrap_or(0);
    let (bids, asks) = (ladder.len(BookSide::Bid), ladder.len(BookSide::Ask));
    let (best_bid, best_ask) = (best(BookSide::Bid), best(BookSide::Ask));
    let sums = weighed(BookSide::Bid) + weighed(BookSide::Ask);
    let Replayed { log, account, .. } = traded.finish(&mut Nothing)?;
    let value: f64 = log.fills.iter().map(|fill| fill.quantity * fill.price).sum();
    Ok(json!({
        "timings": {"book": book, "orders": orders},
        "figures": {
            // The peer has no event that says a book is whole.
            "events": events.len() - 1,
            "bid_levels": bids, "ask_levels": asks, "best_bid": best_bid, "best_ask": best_ask, "book_sum": sums,
            "wakes": quotes.wakes, "orders_sent": quotes.orders, "fills": log.fills.len(), "value": value,
            "position": account.position(0).quantity, "positions_sum": quotes.held,
        },
    }))
}
