//! What holds of any stream and any orders.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{
    BookChange, BookEvent, BookReplay, BookStrategy, BookView, Cancels, Latencies, LatencyBucket, QueueRules,
    ReplayConfig, Replayed, VenueRules, Wake,
};
use proofmark_execution::engine::{Desk, EngineFill, Free, Kind, OrderId, OrderRequest, Slice, TimeInForce};
use proofmark_market::book::Side as BookSide;
use proofmark_units::Seed;
use proptest::prelude::*;

use super::{CAPITAL, at, config, instrument, known, lost};

/// A stream around a market that walks: levels, prints, and now and then a new book.
fn streams() -> impl Strategy<Value = Vec<BookEvent>> {
    let one = (0_i64..4, 0_u8..40, -8_i64..8, 0_u32..9, any::<bool>());
    prop::collection::vec(one, 10..300).prop_map(|rows| {
        let mut time = 0;
        let mut market = 1_000;
        let mut events = vec![];
        for tick in 1..6 {
            events.push(super::bid(0, market - tick, 5.0));
            events.push(super::ask(0, market + tick, 5.0));
        }
        events.push(known(0));
        for (pause, luck, offset, size, is_bid) in rows {
            time += pause;
            let side = if is_bid { BookSide::Bid } else { BookSide::Ask };
            let (tick, size) = (market + offset, f64::from(size));
            match luck {
                0 => {
                    events.push(lost(time));
                    events.push(super::bid(time, market - 1, 3.0));
                    events.push(super::ask(time, market + 1, 3.0));
                    events.push(known(time));
                }
                1..10 => {
                    let change = BookChange::Trade { taker: side, tick, size };
                    events.push(BookEvent { time: at(time), change });
                }
                _ => {
                    let change = BookChange::Level { side, tick, size };
                    events.push(BookEvent { time: at(time), change });
                }
            }
            market += i64::from(luck == 20) - i64::from(luck == 21);
        }
        events
    })
}

/// Sends, in turn, what a list says, around the best quotes; takes the oldest order back now and then.
#[derive(Debug, Default)]
struct Busy {
    acts: Vec<(u8, i64, u32)>,
    next: usize,
    /// Orders with the time they were sent, side, units and limit.
    sent: Vec<(OrderId, i64, Side, f64, Option<f64>)>,
    told: Vec<EngineFill>,
}

impl BookStrategy for Busy {
    fn on_book(&mut self, book: &BookView<'_>, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        let Some((bid, _)) = book.best(BookSide::Bid) else { return };
        let Some((kind, offset, units)) = self.acts.get(self.next).copied() else { return };
        self.next += 1;
        let side = if kind % 2 == 0 { Side::Buy } else { Side::Sell };
        let request = OrderRequest::market(0, side, f64::from(units));
        let (request, limit) = match kind {
            0 | 1 => (request.waiting(TimeInForce::Immediate), None),
            2..8 => {
                let price = bid + offset as f64;
                (request.kind(Kind::Limit(price)).waiting(TimeInForce::UntilCancelled), Some(price))
            }
            _ => {
                let oldest = desk.working(0).next().map(|order| order.id);
                oldest.map(|id| desk.cancel(id));
                return;
            }
        };
        let quantity = request.quantity;
        let id = desk.submit(request).unwrap();
        self.sent.push((id, slice.time.nanos(), side, quantity, limit));
    }

    fn on_fill(&mut self, fill: &EngineFill) {
        self.told.push(fill.clone());
    }
}

fn acts() -> impl Strategy<Value = Vec<(u8, i64, u32)>> {
    prop::collection::vec((0_u8..10, -4_i64..6, 1_u32..7), 1..60)
}

fn venues() -> impl Strategy<Value = VenueRules> {
    let cancels =
        prop_oneof![Just(Cancels::Behind), (0.5_f64..3.0).prop_map(|power| Cancels::ProRata { power })];
    (cancels, prop_oneof![Just(0_i64), 1_i64..5], any::<bool>(), 1_usize..5).prop_map(
        |(cancels, late_prints, crossed_quotes, market_depth)| VenueRules {
            queue: QueueRules { cancels, late_prints },
            crossed_quotes,
            market_depth,
        },
    )
}

fn setup(venue: VenueRules, wake: Wake) -> ReplayConfig {
    let buckets =
        vec![LatencyBucket { from: 0, to: 2, weight: 3.0 }, LatencyBucket { from: 3, to: 9, weight: 1.0 }];
    ReplayConfig { latencies: Latencies::new(buckets).unwrap(), wake, ..config(venue, 0) }
}

fn wakes() -> impl Strategy<Value = Wake> {
    prop_oneof![Just(Wake::EachInstant), (1_i64..7).prop_map(Wake::Every)]
}

fn run(parts: &[&[BookEvent]], config: ReplayConfig, acts: &[(u8, i64, u32)], seed: u64) -> (Replayed, Busy) {
    let mut busy = Busy { acts: acts.to_vec(), ..Busy::default() };
    let mut replay = BookReplay::new(instrument(), config, Free, Seed::root(seed)).unwrap();
    for part in parts {
        replay.run(part, &mut busy).unwrap();
    }
    (replay.finish(&mut busy).unwrap(), busy)
}

/// Units printed against `side` at `price` or beyond, at or after `from`.
fn printed(events: &[BookEvent], side: Side, price: f64, from: i64) -> f64 {
    let units = |event: &BookEvent| match (event.change, side) {
        _ if event.time < at(from) => 0.0,
        (BookChange::Trade { taker: BookSide::Ask, tick, size }, Side::Buy) if tick as f64 <= price => size,
        (BookChange::Trade { taker: BookSide::Bid, tick, size }, Side::Sell) if tick as f64 >= price => size,
        _ => 0.0,
    };
    events.iter().map(units).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn money_and_units_are_those_of_the_fills(
        events in streams(), acts in acts(), venue in venues(), wake in wakes(), seed in 0_u64..5,
    ) {
        let (done, busy) = run(&[&events], setup(venue, wake), &acts, seed);
        let signed = |fill: &EngineFill| fill.side.sign() * fill.quantity;
        let units: f64 = done.log.fills.iter().map(signed).sum();
        let money: f64 = done.log.fills.iter().map(|fill| signed(fill) * fill.price).sum();
        prop_assert_eq!(done.account.position(0).quantity, units);
        prop_assert_eq!(done.account.cash(0), CAPITAL - money);
        let by_kind: f64 = done.log.fills.iter().map(|fill| fill.quantity).sum();
        prop_assert_eq!(done.stats.maker_units + done.stats.taker_units, by_kind);
        prop_assert!(done.stats.fill_rate().is_none_or(|rate| (0.0..=1.0).contains(&rate)));
        let messages: u64 = done.stats.latencies.iter().sum();
        prop_assert_eq!(messages, done.stats.orders + done.stats.cancels);
        prop_assert_eq!(&busy.told, &done.log.fills);
        for (id, sent, side, quantity, limit) in &busy.sent {
            let own: Vec<_> = done.log.fills.iter().filter(|fill| fill.order == *id).collect();
            prop_assert!(own.iter().map(|fill| fill.quantity).sum::<f64>() <= *quantity);
            for fill in own {
                prop_assert!(fill.time >= at(*sent) && fill.side == *side && fill.quantity > 0.0);
                prop_assert!(limit.is_none_or(|limit| side.sign() * (limit - fill.price) >= 0.0));
            }
        }
    }

    /// All that rests at a price or better, together, gets no more than what was printed at that price or beyond.
    #[test]
    fn resting_orders_get_no_more_than_was_printed(
        events in streams(), acts in acts(), venue in venues(), wake in wakes(), seed in 0_u64..5,
    ) {
        let venue = VenueRules { crossed_quotes: false, ..venue };
        let (done, busy) = run(&[&events], setup(venue, wake), &acts, seed);
        let maker = |fill: &&EngineFill| fill.liquidity == proofmark_execution::costs::Liquidity::Maker;
        for (id, sent, side, _, limit) in &busy.sent {
            let Some(limit) = limit else { continue };
            let own: f64 = done.log.fills.iter().filter(maker).filter(|fill| fill.order == *id).map(|fill| fill.quantity).sum();
            prop_assert!(own <= printed(&events, *side, *limit, *sent), "{own}");
        }
        for side in [Side::Buy, Side::Sell] {
            let prices: Vec<f64> = busy.sent.iter().filter_map(|(.., limit)| *limit).collect();
            for price in prices {
                let better = |fill: &&EngineFill| fill.side == side && side.sign() * (fill.price - price) <= 0.0;
                let all: f64 = done.log.fills.iter().filter(maker).filter(better).map(|fill| fill.quantity).sum();
                prop_assert!(all <= printed(&events, side, price, 0));
            }
        }
    }

    /// How the stream is cut changes nothing, and neither does doing it again.
    #[test]
    fn the_same_bits_again_and_in_parts(
        events in streams(), acts in acts(), venue in venues(), wake in wakes(), cut in any::<prop::sample::Index>(),
    ) {
        let (whole, _) = run(&[&events], setup(venue, wake), &acts, 3);
        let (first, second) = events.split_at(cut.index(events.len()));
        let (parts, _) = run(&[first, &[], second], setup(venue, wake), &acts, 3);
        prop_assert_eq!(&parts.log, &whole.log);
        prop_assert_eq!(&parts.stats, &whole.stats);
    }

    /// A stream that ends earlier gives the same fills up to its end.
    #[test]
    fn a_later_event_changes_no_earlier_fill(
        events in streams(), acts in acts(), venue in venues(), wake in wakes(), cut in any::<prop::sample::Index>(),
    ) {
        let (whole, _) = run(&[&events], setup(venue, wake), &acts, 3);
        let until = events[cut.index(events.len())].time;
        let count = events.partition_point(|event| event.time < until);
        let (short, _) = run(&[&events[..count]], setup(venue, wake), &acts, 3);
        let end = events[..count].last().map_or(at(-1), |event| event.time);
        let early = whole.log.fills.iter().filter(|fill| fill.time <= end).cloned().collect::<Vec<_>>();
        prop_assert_eq!(short.log.fills, early);
    }
}
