//! Messages of a depth stream become events only where the exact book takes them.

use proofmark_execution::engine::replay::{BookChange, BookEvent, BookFeed, Ladder, OffTick, Ticks};
use proofmark_market::book::{DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, Side, Stamp};
use proptest::prelude::*;

use super::at;

fn stamp(time: i64) -> Stamp {
    Stamp::new(at(time), at(time))
}

fn level(price: i64, size: i64) -> Level {
    Level { price: Fixed::from_units(price), size: Fixed::from_units(size) }
}

fn snapshot(time: i64, last_id: i64, levels: &[(Side, i64, i64)]) -> DepthMessage {
    let levels = levels.iter().map(|(side, price, size)| (*side, level(*price, *size))).collect();
    DepthMessage::Snapshot(DepthSnapshot { stamp: stamp(time), row: 1, last_id, levels, damaged: false })
}

fn update(time: i64, (first, last): (i64, i64), levels: &[(Side, i64, i64)]) -> DepthMessage {
    let levels = levels.iter().map(|(side, price, size)| (*side, level(*price, *size))).collect();
    DepthMessage::Update(DepthUpdate {
        stamp: stamp(time),
        row: 1,
        first_id: Some(first),
        previous_id: None,
        last_id: last,
        levels,
        damaged: false,
    })
}

fn trade(time: i64, prints: Vec<(Side, Level)>) -> DepthMessage {
    DepthMessage::Trade { stamp: stamp(time), row: 1, id: None, prints }
}

/// A tick is two units of the decimals.
fn feed() -> BookFeed {
    BookFeed::new(Ticks::new(Fixed::from_units(2)).unwrap())
}

fn apply(ladder: &mut Ladder, known: &mut bool, events: &[BookEvent]) {
    for event in events {
        match event.change {
            BookChange::Level { side, tick, size } => {
                ladder.set(side, tick, size);
            }
            BookChange::Trade { .. } => {}
            BookChange::Lost => {
                ladder.clear();
                *known = false;
            }
            BookChange::Known => *known = true,
        }
    }
}

#[test]
fn what_the_exact_book_drops_is_no_event() {
    use Side::{Ask, Bid};
    let mut feed = feed();
    let mut events = Vec::new();
    let mut take = |message, time| {
        events.clear();
        feed.take(message, at(time), &mut events).unwrap();
        let lost = events.iter().any(|event| event.change == BookChange::Lost);
        (events.len(), lost, events.last().copied())
    };
    // It waits for a snapshot, and comes into the book with it.
    assert_eq!(take(update(1, (8, 8), &[(Bid, 100, 5)]), 1).0, 0);
    let (count, lost, last) = take(snapshot(2, 7, &[(Bid, 98, 1), (Ask, 104, 1)]), 2);
    assert_eq!((count, lost, last), (5, true, Some(BookEvent { time: at(2), change: BookChange::Known })));
    // Held already, next, a gap, and nothing until the book is whole again.
    assert_eq!(take(update(3, (7, 8), &[(Bid, 100, 6)]), 3).0, 0);
    assert_eq!(take(update(4, (9, 9), &[(Bid, 100, 6), (Ask, 104, 0)]), 4).0, 2);
    assert_eq!(
        take(update(5, (11, 11), &[(Bid, 90, 6)]), 5),
        (1, true, Some(BookEvent { time: at(5), change: BookChange::Lost }))
    );
    assert_eq!(take(update(6, (12, 12), &[(Bid, 90, 6)]), 6).0, 0);
    // Prints go through all the while, but not where they contradict each other.
    let print = (Ask, level(100, 3));
    let change = BookChange::Trade { taker: Ask, tick: 50, size: 3e-8 };
    assert_eq!(take(trade(7, vec![print]), 7), (1, false, Some(BookEvent { time: at(7), change })));
    assert_eq!(take(trade(8, vec![print, print]), 8).0, 0);
    // Known no earlier than the message ahead of it.
    assert_eq!(take(trade(4, vec![print]), 4).2.unwrap().time, at(8));
}

#[test]
fn a_price_between_two_ticks_is_an_error() {
    let result = feed().take(snapshot(1, 1, &[(Side::Bid, 101, 1)]), at(1), &mut Vec::new());
    assert_eq!(result, Err(OffTick { row: 1, price: Fixed::from_units(101) }));
}

/// Whether it is a snapshot, its luck, and its levels: whether a bid, tick, size.
type Row = (bool, u8, Vec<(bool, i64, i64)>);

fn streams() -> impl Strategy<Value = Vec<Row>> {
    let levels = prop::collection::vec((any::<bool>(), 1_i64..60, -1_i64..6), 0..4);
    // Mostly the next update; sometimes a gap, a repeat or a snapshot.
    prop::collection::vec((prop::bool::weighted(0.1), 0_u8..12, levels), 1..80)
}

proptest! {
    #[test]
    fn the_events_build_the_exact_book(stream in streams()) {
        let (mut feed, mut ladder, mut known) = (feed(), Ladder::default(), false);
        let mut id = 10;
        for (time, (is_snapshot, luck, levels)) in stream.into_iter().enumerate() {
            let side = |is_bid| if is_bid { Side::Bid } else { Side::Ask };
            let levels: Vec<_> = levels.into_iter().map(|(is_bid, tick, size)| (side(is_bid), 2 * tick, size)).collect();
            let time = time as i64;
            let message = if is_snapshot {
                snapshot(time, id, &levels)
            } else {
                id += match luck { 0 => 2, 1 => 0, _ => 1 };
                update(time, (id, id), &levels)
            };
            let mut events = Vec::new();
            feed.take(message, at(time), &mut events).unwrap();
            apply(&mut ladder, &mut known, &events);
            prop_assert_eq!(known, feed.book().view().is_some());
            if let Some(view) = feed.book().view() {
                for side in [Side::Bid, Side::Ask] {
                    let exact: Vec<_> = view.book.from_best(side).map(|l| (l.price.units() / 2, l.size.to_f64())).collect();
                    prop_assert_eq!(ladder.from_best(side).collect::<Vec<_>>(), exact);
                }
            }
        }
    }
}
