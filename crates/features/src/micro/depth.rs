//! What waits behind the best quotes.

use proofmark_market::book::{BookRow, Level, Side};

/// Levels of a side, best first; `None` where there are fewer.
type Ladder<'a> = &'a [Option<Level>];

/// The best `levels` of both sides; `None` where a side is empty, the book is crossed, or the rows hold fewer levels than
/// asked for. A side with fewer levels than the rows could hold is a thin book, and what is there counts.
fn sides<'a>(row: &BookRow<'a>, levels: usize) -> Option<(Ladder<'a>, Ladder<'a>)> {
    let sound = levels > 0 && row.bids.len() >= levels && row.asks.len() >= levels && row.mid().is_some();
    sound.then(|| (&row.bids[..levels], &row.asks[..levels]))
}

fn total(side: Ladder<'_>) -> f64 {
    side.iter().flatten().map(|level| level.size.to_f64()).sum()
}

/// Size of the best `levels` of one side, in units of the instrument; `None` as for [`depth_imbalance`].
pub fn depth_of(row: &BookRow<'_>, side: Side, levels: usize) -> Option<f64> {
    let (bids, asks) = sides(row, levels)?;
    Some(total(if side == Side::Bid { bids } else { asks }))
}

/// `(bids - asks) / (bids + asks)` by size over the best `levels` of each side, -1 to 1.
///
/// `None` where a side is empty, the book is crossed, or the row was sampled with fewer levels than asked for.
///
/// Cao, Hansch & Wang (2009), "The information content of an open limit-order book", Journal of Futures Markets 29(1),
/// 16-41, for the use of levels behind the best.
pub fn depth_imbalance(row: &BookRow<'_>, levels: usize) -> Option<f64> {
    let (bids, asks) = sides(row, levels)?;
    let (bids, asks) = (total(bids), total(asks));
    Some((bids - asks) / (bids + asks))
}

/// How fast depth grows with the distance from the mid: the slope through the origin of cumulated size on `|price / mid -
/// 1|`, by least squares over the best `levels` of both sides. Units of the instrument per fraction of price: a market order
/// of `q` moves the price by about `q / slope`.
///
/// `None` as for [`depth_imbalance`], or with fewer than two levels on a side. The elasticity of Naes & Skjeltorp (2006),
/// Journal of Financial Markets 9(4), 408-432, is not used: it takes logarithms of sizes and changes with their unit.
pub fn book_slope(row: &BookRow<'_>, levels: usize) -> Option<f64> {
    let (bids, asks) = sides(row, levels)?;
    let mid = row.mid().filter(|mid| *mid > 0.0)?;
    let (mut cross, mut square) = (0.0, 0.0);
    for side in [bids, asks] {
        if side.iter().flatten().count() < 2 {
            return None;
        }
        let mut size = 0.0;
        for level in side.iter().flatten() {
            let distance = (level.price.to_f64() / mid - 1.0).abs();
            size += level.size.to_f64();
            cross += distance * size;
            square += distance * distance;
        }
    }
    (square > 0.0).then(|| cross / square)
}

/// Mean price of the best `levels` of one side, weighted by size: what taking all of it would pay on average. `None` as for
/// [`depth_imbalance`].
pub fn depth_price(row: &BookRow<'_>, side: Side, levels: usize) -> Option<f64> {
    let (bids, asks) = sides(row, levels)?;
    let side = if side == Side::Bid { bids } else { asks };
    let paid: f64 = side.iter().flatten().map(|level| level.price.to_f64() * level.size.to_f64()).sum();
    let size = total(side);
    (size > 0.0).then(|| paid / size)
}

/// Distance of the mean prices of both sides ([`depth_price`]) as a fraction of the mid: the spread for a trade of that size.
/// `None` as for [`depth_imbalance`].
pub fn depth_spread(row: &BookRow<'_>, levels: usize) -> Option<f64> {
    let mid = row.mid().filter(|mid| *mid > 0.0)?;
    Some((depth_price(row, Side::Ask, levels)? - depth_price(row, Side::Bid, levels)?) / mid)
}

/// `(bids - asks) / (bids + asks)` over the best `levels` of each side, each size divided by its distance from the mid, -1 to
/// 1: near orders press more than far ones. `None` as for [`depth_imbalance`].
pub fn book_pressure(row: &BookRow<'_>, levels: usize) -> Option<f64> {
    let (bids, asks) = sides(row, levels)?;
    let mid = row.mid()?;
    let pressing = |side: Ladder<'_>| -> f64 {
        let one = |level: &Level| level.size.to_f64() / (level.price.to_f64() - mid).abs();
        side.iter().flatten().map(one).sum()
    };
    let (bids, asks) = (pressing(bids), pressing(asks));
    Some((bids - asks) / (bids + asks)).filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use proofmark_market::book::{Book, BookRows, BookView};
    use proofmark_units::Instant;

    use super::super::quote::tests::level;
    use super::*;

    fn rows(depth: usize, bids: &[(f64, f64)], asks: &[(f64, f64)]) -> BookRows {
        let mut book = Book::default();
        for (side, levels) in [(Side::Bid, bids), (Side::Ask, asks)] {
            for (price, size) in levels {
                let level = level(*price, *size);
                book.set(side, level.price, level.size);
            }
        }
        let mut rows = BookRows::of_depth(depth);
        let at = Instant::from_nanos(1);
        rows.push(at, BookView { book: &book, event_time: at, sequence: 1 });
        rows
    }

    #[test]
    fn imbalance_by_hand_at_each_level() {
        let rows = rows(2, &[(99.0, 30.0), (98.0, 50.0)], &[(101.0, 10.0), (102.0, 10.0)]);
        let row = rows.row(0);
        assert_eq!((depth_imbalance(&row, 1), depth_imbalance(&row, 2)), (Some(0.5), Some(0.6)));
        assert_eq!((depth_of(&row, Side::Bid, 2), depth_of(&row, Side::Ask, 1)), (Some(80.0), Some(10.0)));
        assert_eq!(depth_imbalance(&row, 3), None, "the rows hold two levels");
        assert_eq!(depth_imbalance(&row, 0), None);
    }

    #[test]
    fn a_book_as_deep_at_every_step_has_that_slope() {
        // Mid 100; 0.01 away 10 wait, 0.02 away 20 in all: 1,000 a fraction on both sides.
        let even = rows(2, &[(99.0, 10.0), (98.0, 10.0)], &[(101.0, 10.0), (102.0, 10.0)]);
        assert!((book_slope(&even.row(0), 2).unwrap() - 1_000.0).abs() < 1e-9);
        let thin = rows(2, &[(99.0, 10.0)], &[(101.0, 10.0), (102.0, 10.0)]);
        assert_eq!(book_slope(&thin.row(0), 2), None);
        assert_eq!(depth_imbalance(&thin.row(0), 2), Some(-10.0 / 30.0), "a thin side counts as it is");
    }

    /// The five-level book of the specification: half-rupee steps, 500 to 2,500 bid and 400 to 2,000 offered.
    #[test]
    fn a_book_of_five_levels() {
        let side = |sign: f64, size: f64| -> Vec<(f64, f64)> {
            (1..=5).map(f64::from).map(|i| (100.0 + sign * 0.5 * i, size * i)).collect()
        };
        let rows = rows(5, &side(-1.0, 500.0), &side(1.0, 400.0));
        let row = rows.row(0);
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert_eq!(row.spread().unwrap().to_f64(), 1.0);
        // 100 of 900 at the best, 1,500 of 13,500 in all.
        assert!(near(depth_imbalance(&row, 1), 1.0 / 9.0) && near(depth_imbalance(&row, 5), 1.0 / 9.0));
        // Sizes as 1 to 5: the mean level is 55 / 15, which is 11 / 6 from the mid.
        assert!(near(depth_price(&row, Side::Bid, 5), 100.0 - 11.0 / 6.0));
        assert!(near(depth_price(&row, Side::Ask, 5), 100.0 + 11.0 / 6.0));
        assert!(near(depth_spread(&row, 5), 11.0 / 300.0) && near(depth_spread(&row, 1), 0.01));
        // Size over distance is 1,000 on each bid level and 800 on each ask level.
        assert!(near(book_pressure(&row, 5), 1.0 / 9.0));
        assert_eq!((depth_price(&row, Side::Bid, 6), book_pressure(&row, 6)), (None, None));
        let far = super::tests::rows(2, &[(99.0, 10.0)], &[(101.0, 10.0), (150.0, 1_000.0)]);
        assert!(book_pressure(&far.row(0), 2).unwrap() > depth_imbalance(&far.row(0), 2).unwrap());
    }

    #[test]
    fn an_empty_side_or_a_crossed_book_is_missing() {
        for rows in [rows(1, &[], &[(101.0, 1.0)]), rows(1, &[(102.0, 1.0)], &[(101.0, 1.0)])] {
            let row = rows.row(0);
            assert_eq!((depth_imbalance(&row, 1), depth_of(&row, Side::Ask, 1)), (None, None));
        }
    }
}
