//! What comes later changes no bar and no column.

use proofmark_features::micro::{
    MICRO_FEATURES, MicroBar, MicroInput, MicroSettings, Quote, Span, Trade, micro_bars,
};
use proofmark_market::book::{Book, BookRows, BookView, Fixed, Level, Side};
use proofmark_units::Instant;
use proptest::prelude::*;

const BUCKET: i64 = 40;
const SETTINGS: MicroSettings = MicroSettings { realised_after_nanos: 25, levels: 2 };

#[derive(Debug, Clone)]
struct World {
    quotes: Vec<Quote>,
    trades: Vec<Trade>,
    books: BookRows,
}

fn at(nanos: i64) -> Instant {
    Instant::from_nanos(nanos)
}

fn level(price: i64, size: i64) -> Level {
    Level { price: Fixed::from_units(price * 1_000_000), size: Fixed::from_units(size * 100_000_000) }
}

/// Steps of a book: time since the last, move of the bid, width, sizes, which side is missing, and a trade's place.
type Step = (i64, i64, i64, (i64, i64), u8, Option<i64>);

fn world(steps: &[Step]) -> World {
    let mut world = World { quotes: vec![], trades: vec![], books: BookRows::of_depth(2) };
    let (mut now, mut bid) = (0, 10_000);
    for &(wait, moved, width, (bids, asks), missing, traded) in steps {
        now += wait;
        bid += moved;
        let ask = bid + width;
        let stamp = at(now);
        if let Some(place) = traded {
            let price = (bid + place) as f64 / 100.0;
            let taker = [None, Some(Side::Bid), Some(Side::Ask)][usize::from(missing) % 3];
            world.trades.push(Trade { event_time: stamp, known_at: stamp, price, size: bids as f64, taker });
        }
        let there = |side: u8, level: Level| (missing != side).then_some(level);
        let (best_bid, best_ask) = (there(8, level(bid, bids)), there(9, level(ask, asks)));
        world.quotes.push(Quote { event_time: stamp, known_at: stamp, bid: best_bid, ask: best_ask });
        let mut book = Book::default();
        for (side, best, step) in [(Side::Bid, best_bid, -1), (Side::Ask, best_ask, 1)] {
            if let Some(best) = best {
                book.set(side, best.price, best.size);
                book.set(side, Fixed::from_units(best.price.units() + step * 3_000_000), level(0, 5).size);
            }
        }
        world.books.push(stamp, BookView { book: &book, event_time: stamp, sequence: 1 });
    }
    world
}

fn bars(world: &World, complete_to: i64, last: i64) -> Vec<MicroBar> {
    let spans: Vec<Span> =
        (0..=last / BUCKET).map(|k| Span { from: at(k * BUCKET), to: at((k + 1) * BUCKET) }).collect();
    let input = MicroInput {
        quotes: &world.quotes,
        trades: Some(&world.trades),
        books: Some(&world.books),
        complete_to: at(complete_to),
    };
    micro_bars(&input, &spans, SETTINGS).unwrap()
}

/// Only what was known by `cut`.
fn known_by(world: &World, cut: i64) -> World {
    let mut books = BookRows::of_depth(2);
    for row in world.books.iter().filter(|row| row.known_at <= at(cut)) {
        let mut book = Book::default();
        let levels = [(Side::Bid, row.bids), (Side::Ask, row.asks)];
        for (side, levels) in levels {
            levels.iter().flatten().for_each(|level| book.set(side, level.price, level.size));
        }
        books.push(row.known_at, BookView { book: &book, event_time: row.event_time, sequence: 1 });
    }
    World {
        quotes: world.quotes.iter().filter(|q| q.known_at <= at(cut)).copied().collect(),
        trades: world.trades.iter().filter(|t| t.known_at <= at(cut)).copied().collect(),
        books,
    }
}

fn step() -> impl Strategy<Value = Step> {
    let width = prop_oneof![9 => 1_i64..6, 1 => Just(-1_i64)];
    (0_i64..25, -3_i64..4, width, (1_i64..9, 1_i64..9), 0_u8..10, prop::option::of(-2_i64..6))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn later_quotes_and_trades_change_no_earlier_bar(
        steps in prop::collection::vec(step(), 1..500), share in 0.0_f64..1.0
    ) {
        let whole = world(&steps);
        let end = whole.quotes.last().unwrap().known_at.nanos();
        let cut = (end as f64 * share) as i64;
        let (all, part) = (bars(&whole, end, end), bars(&known_by(&whole, cut), cut, end));
        prop_assert!(part.len() <= all.len());
        prop_assert!(part.len() as i64 == cut / BUCKET);
        prop_assert_eq!(&all[..part.len()], &part[..]);
        for feature in MICRO_FEATURES {
            let (long, short) = (feature.column(&all), feature.column(&part));
            for (t, (a, b)) in long.iter().zip(&short).enumerate() {
                prop_assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{} {t}", feature.definition.name);
            }
        }
        for bar in &all {
            prop_assert!(bar.event_time <= bar.known_at);
            prop_assert!((0.0..=1.0).contains(&bar.quoted_share));
            prop_assert!(bar.spread.is_none_or(|spread| spread > 0.0) && bar.spread.is_some() == (bar.quoted_share > 0.0));
            for ratio in [bar.imbalance, bar.depth_imbalance].into_iter().flatten() {
                prop_assert!((-1.0..=1.0).contains(&ratio));
            }
            prop_assert!(bar.signed_volume.unwrap_or(0.0).abs() <= bar.volume.unwrap() + 1e-9);
        }
    }
}

/// In a long calm world every feature has a value sooner or later.
#[test]
fn every_feature_can_be_computed() {
    let steps: Vec<Step> = (0..3_000)
        .map(|k: i64| {
            let up = k * 7_919 % 13 % 3 - 1;
            let trade = (k % 2 == 0).then_some(if k * 31 % 7 < 3 { 0 } else { 2 });
            (3, up, 2, (1 + k * 17 % 8, 1 + k * 29 % 8), 0, trade)
        })
        .collect();
    let whole = world(&steps);
    let end = whole.quotes.last().unwrap().known_at.nanos();
    let bars = bars(&whole, end, end);
    for feature in MICRO_FEATURES {
        let column = feature.column(&bars);
        assert!(column.iter().any(|value| value.is_finite()), "{} has no value", feature.definition.name);
        let warm_up = feature.definition.look_back - 1;
        assert!(column[..warm_up].iter().all(|value| value.is_nan()), "{}", feature.definition.name);
    }
}
