//! Quotes weighted by the time they stood, and the flow of orders that changes them.

use proofmark_market::book::Level;

use super::bars::Span;
use super::{Quote, Touch};

/// The mean of a measure of the quotes over a span, weighted by the time each stood, and the share of the span in which it
/// was known.
///
/// The quote that stands at the start of the span counts from there. The mean is over the known time alone; it is `None` where
/// there is none. `quotes` ascend by `known_at`; of several at one instant the last stands.
pub fn time_weighted(
    quotes: &[Quote],
    span: Span,
    measure: impl Fn(&Touch) -> Option<f64>,
) -> (Option<f64>, f64) {
    let Span { from, to } = span;
    let standing = quotes.partition_point(|quote| quote.known_at <= from).saturating_sub(1);
    let end = quotes.partition_point(|quote| quote.known_at < to);
    let (mut sum, mut known) = (0.0, 0.0);
    for index in standing..end {
        let quote = &quotes[index];
        let until = quotes.get(index + 1).map_or(to, |next| next.known_at.min(to));
        let nanos = until.nanos().saturating_sub(quote.known_at.max(from).nanos());
        if nanos > 0
            && let Some(value) = quote.touch().as_ref().and_then(&measure)
        {
            sum += value * nanos as f64;
            known += nanos as f64;
        }
    }
    let whole = to.nanos().saturating_sub(from.nanos()) as f64;
    if known > 0.0 { (Some(sum / known), known / whole) } else { (None, 0.0) }
}

/// What a change of quotes adds to the order-flow imbalance, in units of size: buying pressure above 0.
///
/// `1{b' >= b} q' - 1{b' <= b} q` of the bid less the same of the ask with the signs of price turned round: a better or larger
/// bid and a worse or smaller ask push up. Cont, Kukanov & Stoikov (2014), "The price impact of order book events", Journal
/// of Financial Econometrics 12(1), 47-88.
///
/// `None` where either quote lacks a side or is crossed. Exact for consecutive changes of a book; between samples of a book it
/// sees the net change alone.
pub fn order_flow(before: &Quote, after: &Quote) -> Option<f64> {
    let (old, new) = (before.touch()?, after.touch()?);
    let side = |better: bool, worse: bool, old: Level, new: Level| {
        let arrived = if worse { 0.0 } else { new.size.to_f64() };
        let left = if better { 0.0 } else { old.size.to_f64() };
        arrived - left
    };
    let bid = side(new.bid.price > old.bid.price, new.bid.price < old.bid.price, old.bid, new.bid);
    let ask = side(new.ask.price < old.ask.price, new.ask.price > old.ask.price, old.ask, new.ask);
    Some(bid - ask)
}

#[cfg(test)]
mod tests {
    use proofmark_units::Instant;

    use super::super::quote::tests::quote;
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Instant::from_nanos(from), to: Instant::from_nanos(to) }
    }

    #[test]
    fn a_spread_that_stood_longer_weighs_more() {
        // 2 wide for 30, 4 wide for 10, then one side is gone for 60.
        let mut gone = quote(40, 99.0, 1.0, 101.0, 1.0);
        gone.ask = None;
        let quotes = [quote(-50, 99.0, 1.0, 101.0, 1.0), quote(30, 98.0, 1.0, 102.0, 1.0), gone];
        let spread = |touch: &Touch| Some(touch.spread());
        let (mean, share) = time_weighted(&quotes, span(0, 100), spread);
        assert!((mean.unwrap() - 2.5).abs() < 1e-15 && (share - 0.4).abs() < 1e-15);
        assert_eq!(time_weighted(&quotes, span(50, 100), spread), (None, 0.0));
        assert_eq!(time_weighted(&quotes[1..], span(0, 20), spread), (None, 0.0), "not before the first");
        assert_eq!(time_weighted(&[], span(0, 20), spread), (None, 0.0));
    }

    #[test]
    fn of_two_quotes_at_one_instant_the_last_stands() {
        let quotes = [quote(0, 90.0, 1.0, 110.0, 1.0), quote(0, 99.0, 1.0, 101.0, 1.0)];
        assert_eq!(time_weighted(&quotes, span(0, 10), |t| Some(t.spread())), (Some(2.0), 1.0));
    }

    #[test]
    fn order_flow_by_hand() {
        let start = quote(0, 99.0, 5.0, 101.0, 7.0);
        for (next, flow) in [
            (quote(1, 99.0, 8.0, 101.0, 7.0), 3.0),   // 3 more bid
            (quote(1, 100.0, 2.0, 101.0, 7.0), 2.0),  // a better bid of 2
            (quote(1, 98.0, 9.0, 101.0, 7.0), -5.0),  // the best bid of 5 is gone
            (quote(1, 99.0, 5.0, 101.0, 4.0), 3.0),   // 3 fewer on offer
            (quote(1, 99.0, 5.0, 100.0, 4.0), -4.0),  // a better offer of 4
            (quote(1, 99.0, 5.0, 102.0, 20.0), 7.0),  // the best offer of 7 is gone
            (quote(1, 100.0, 2.0, 102.0, 20.0), 9.0), // both
            (start, 0.0),
        ] {
            assert_eq!(order_flow(&start, &next), Some(flow), "{next:?}");
        }
        assert_eq!(order_flow(&start, &Quote { bid: None, ..start }), None);
    }
}
