//! Real streams of order books through the event engine's book by ticks.

use proofmark_execution::costs::Side as OrderSide;
use proofmark_execution::engine::replay::{
    BookChange, BookEvent, BookFeed, BookReplay, BookStrategy, BookView, Cancels, Ladder, Latencies,
    LatencyBucket, QueueRules, ReplayConfig, Replayed, Ticks, VenueRules, Wake,
};
use proofmark_execution::engine::{
    AccountConfig, Curve, Desk, EngineConfig, Free, Instrument, Kind, OrderRequest, Shorting, Slice,
    TimeInForce,
};
use proofmark_market::book::{DepthMessage, Side};
use proofmark_sources::{ReadOptions, read_binance_events, read_binance_feed};
use proofmark_units::{Instant, Seed};

use crate::real_files::data;

const LOT: f64 = 0.001;

/// Sets the ladder as the events say, and holds it against the exact book.
#[derive(Default)]
struct Held {
    ladder: Ladder,
    known: bool,
    compared: u64,
}

impl Held {
    fn take(&mut self, events: &[BookEvent], feed: &BookFeed, ticks: Ticks) {
        for event in events {
            match event.change {
                BookChange::Level { side, tick, size } => {
                    self.ladder.set(side, tick, size);
                }
                BookChange::Trade { .. } => {}
                BookChange::Lost => {
                    self.ladder.clear();
                    self.known = false;
                }
                BookChange::Known => self.known = true,
            }
        }
        let view = feed.book().view();
        assert_eq!(self.known, view.is_some());
        let Some(view) = view.filter(|_| !events.is_empty()) else { return };
        self.compared += 1;
        for side in [Side::Bid, Side::Ask] {
            let exact = view
                .book
                .from_best(side)
                .map(|level| (ticks.exact(level.price).unwrap(), level.size.to_f64()));
            // Every level of a part of the books, the best ones of all.
            let depth = if self.compared.is_multiple_of(20) { usize::MAX } else { 10 };
            assert!(
                self.ladder.from_best(side).take(depth).eq(exact.take(depth)),
                "{side:?} after {}",
                self.compared
            );
            assert_eq!(self.ladder.len(side), view.book.len(side));
        }
    }
}

/// The events of a file whose prices have a step of `tick`, and the number of books compared.
fn events(
    tick: &str,
    read: impl FnOnce(&mut dyn FnMut(DepthMessage, Instant) -> bool),
) -> (Vec<BookEvent>, u64, Option<(f64, f64)>) {
    let ticks = Ticks::new(tick.parse().unwrap()).unwrap();
    let (mut feed, mut held, mut events) = (BookFeed::new(ticks), Held::default(), Vec::new());
    read(&mut |message, received| {
        let from = events.len();
        feed.take(message, received, &mut events).unwrap();
        held.take(&events[from..], &feed, ticks);
        true
    });
    let best = |side| held.ladder.best(side).map(|tick| ticks.price(tick));
    (events, held.compared, best(Side::Bid).zip(best(Side::Ask)))
}

/// Keeps a lot at the best price of each side.
struct Quotes;

impl BookStrategy for Quotes {
    fn on_book(&mut self, book: &BookView<'_>, _: &Slice<'_>, desk: &mut Desk<'_>) {
        for (side, best) in [(OrderSide::Buy, Side::Bid), (OrderSide::Sell, Side::Ask)] {
            let Some((price, _)) = book.best(best) else { continue };
            let own = desk.working(0).find(|order| order.side == side).map(|order| (order.id, order.kind));
            match own {
                Some((_, kind)) if kind == Kind::Limit(price) => {}
                Some((id, _)) => {
                    desk.cancel(id);
                }
                None if side.sign() * desk.position(0).quantity < 10.0 * LOT => {
                    let request = OrderRequest::market(0, side, LOT).kind(Kind::Limit(price));
                    desk.submit(request.waiting(TimeInForce::UntilCancelled)).unwrap();
                }
                None => {}
            }
        }
    }
}

fn quoted(events: &[BookEvent], tick: f64, queue: QueueRules) -> Replayed {
    let share = Instrument::share("BTCUSDT".parse().unwrap(), "USDT");
    let instrument = Instrument { tick, lot: LOT, shorting: Shorting::Allowed, ..share };
    let millis =
        |from: i64, to: i64, weight| LatencyBucket { from: from * 1_000_000, to: to * 1_000_000, weight };
    let config = ReplayConfig {
        engine: EngineConfig {
            account: AccountConfig::cash("USDT", 1e6),
            curve: Curve::Sessions,
            keep_ended: true,
        },
        venue: VenueRules { queue, ..VenueRules::default() },
        latencies: Latencies::new(vec![millis(2, 5, 0.9), millis(5, 50, 0.1)]).unwrap(),
        wake: Wake::Every(50_000_000),
    };
    let mut replay = BookReplay::new(instrument, config, Free, Seed::root(1)).unwrap();
    replay.run(events, &mut Quotes).unwrap();
    replay.finish(&mut Quotes).unwrap()
}

/// Money and units follow from the fills, the same again; what resting orders got was printed or quoted.
fn check(events: &[BookEvent], tick: f64) {
    let behind = QueueRules { cancels: Cancels::Behind, late_prints: 100_000_000 };
    let shared = QueueRules { cancels: Cancels::ProRata { power: 1.0 }, late_prints: 100_000_000 };
    for queue in [behind, shared] {
        let done = quoted(events, tick, queue);
        assert_eq!(done.log, quoted(events, tick, queue).log);
        let units: f64 = done.log.fills.iter().map(|fill| fill.side.sign() * fill.quantity).sum();
        let money: f64 =
            done.log.fills.iter().map(|fill| fill.side.sign() * fill.quantity * fill.price).sum();
        assert!((done.account.position(0).quantity - units).abs() < 1e-9);
        assert!((done.account.cash(0) - (1e6 - money)).abs() < 1e-6);
        assert_eq!(done.stats.events, events.len() as u64);
        assert_eq!(done.stats.latencies.iter().sum::<u64>(), done.stats.orders + done.stats.cancels);
        assert!(!done.log.fills.is_empty() && done.stats.fill_rate().is_some_and(|rate| rate <= 1.0));
        eprintln!("{queue:?}: {:?}, equity {}", done.stats, done.account.equity());
    }
}

#[test]
fn spot_books_by_ticks_are_the_exact_ones_and_can_be_traded() {
    let Some(path) = data("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let (events, compared, best) = events("0.01", |each| {
        read_binance_events(&path, &ReadOptions::default(), each).unwrap();
    });
    assert_eq!(best, Some((61_685.99, 61_686.0)));
    // The snapshot, the updates after it, and the trades between them.
    assert!(compared > 3_448, "{compared}");
    check(&events, 0.01);
}

#[test]
fn futures_books_by_ticks_are_the_exact_ones_and_can_be_traded() {
    let Some(path) = data("l2/raw_feed/binance_usdm_btcusdt_20240808T2354_60s.jsonl.gz") else { return };
    let (events, compared, best) = events("0.1", |each| {
        read_binance_feed(&path, &ReadOptions::default(), each).unwrap();
    });
    assert!(compared > 500 && best.is_some(), "{compared} {best:?}");
    check(&events, 0.1);
}
