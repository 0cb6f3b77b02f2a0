//! The ladder against the book in exact decimals.

use proofmark_execution::engine::replay::Ladder;
use proofmark_market::book::{Book, Fixed, Side};
use proptest::prelude::*;

/// Side, tick and size; ticks near a market that walks, some far away, some at the ends of what a price can be.
fn changes() -> impl Strategy<Value = Vec<(Side, i64, i64)>> {
    let side = prop_oneof![Just(Side::Bid), Just(Side::Ask)];
    let offset = prop_oneof![8 => -40_i64..40, 2 => -9_000_i64..9_000, 1 => -400_000_i64..400_000];
    let size = prop_oneof![2 => Just(0_i64), 3 => 1_i64..1_000];
    prop::collection::vec((side, offset, size, -30_i64..300), 1..400).prop_map(|changes| {
        let mut market = 500_000;
        let mut one = |(side, offset, size, step): (Side, i64, i64, i64)| {
            market += step;
            (side, market + offset, size)
        };
        changes.into_iter().map(&mut one).collect()
    })
}

fn agree(ladder: &Ladder, book: &Book) {
    for side in [Side::Bid, Side::Ask] {
        let exact: Vec<(i64, f64)> =
            book.from_best(side).map(|level| (level.price.units(), level.size.to_f64())).collect();
        assert_eq!(ladder.from_best(side).collect::<Vec<_>>(), exact, "{side:?}");
        assert_eq!(ladder.len(side), exact.len());
    }
}

proptest! {
    #[test]
    fn equal_to_the_exact_book_after_every_change(changes in changes()) {
        let (mut ladder, mut book) = (Ladder::default(), Book::default());
        for (k, (side, tick, size)) in changes.into_iter().enumerate() {
            let (price, size) = (Fixed::from_units(tick), Fixed::from_units(size));
            let before = book.size_at(side, price).map_or(0.0, Fixed::to_f64);
            book.set(side, price, size);
            prop_assert_eq!(ladder.set(side, tick, size.to_f64()), before);
            for side in [Side::Bid, Side::Ask] {
                prop_assert_eq!(ladder.best(side), book.best(side).map(|level| level.price.units()));
            }
            prop_assert_eq!(ladder.size_at(side, tick), size.to_f64());
            prop_assert_eq!(ladder.is_empty(), book.is_empty());
            if k % 50 == 0 {
                agree(&ladder, &book);
            }
        }
        agree(&ladder, &book);
        ladder.clear();
        prop_assert!(ladder.is_empty());
    }
}
