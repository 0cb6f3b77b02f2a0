//! Fills from quotes: sizes, resting orders, trails in known order.

use proofmark_execution::costs::{Liquidity, Side};
use proofmark_execution::engine::{Desk, Event, Free, Kind, OrderRequest, Quote, TimeInForce};

use super::{Once, engine, minute, pair, share};

const fn quote(bid: f64, bid_size: f64, ask: f64, ask_size: f64) -> Event {
    Event::Quote(0, Quote { bid, bid_size, ask, ask_size })
}

#[test]
fn a_market_order_takes_what_is_quoted_and_waits_for_the_rest() {
    let mut engine = engine(vec![share("A")], 1e5, Free);
    let mut buy = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).unwrap();
        desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).unwrap();
    }));
    for (n, ask) in [100.0, 101.0, 102.0, 103.0].iter().enumerate() {
        engine.step(minute(n as i64), &[quote(ask - 1.0, 50.0, *ask, 8.0)], &mut buy).unwrap();
    }
    let fills: Vec<_> = engine.log().fills.iter().map(|f| (f.price, f.quantity, f.liquidity)).collect();
    assert_eq!(
        fills,
        [
            (101.0, 8.0, Liquidity::Taker),
            (102.0, 2.0, Liquidity::Taker),
            (102.0, 6.0, Liquidity::Taker),
            (103.0, 4.0, Liquidity::Taker),
        ]
    );
    assert_eq!(engine.account().equity(), 1e5 - 8.0 * -1.5 - 8.0 * -0.5 - 4.0 * 0.5 - 20.0 * 0.0 - 0.0);
}

#[test]
fn who_rests_trades_at_their_own_price_and_who_crosses_at_the_quote() {
    let mut engine = engine(vec![share("A")], 1e5, Free);
    let mut buy = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(99.0)).tag("rests")).unwrap();
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(103.0)).tag("crosses")).unwrap();
    }));
    for (n, ask) in [102.0, 102.0, 98.0].iter().enumerate() {
        engine.step(minute(n as i64), &[quote(ask - 1.0, 5.0, *ask, 5.0)], &mut buy).unwrap();
    }
    let fills: Vec<_> = engine.log().fills.iter().map(|f| (f.tag, f.price, f.liquidity)).collect();
    assert_eq!(fills, [("crosses", 102.0, Liquidity::Taker), ("rests", 99.0, Liquidity::Maker)]);
}

#[test]
fn between_quotes_the_order_is_known_and_a_trail_may_arm_and_trigger_at_once() {
    let mut engine = engine(vec![pair("P")], 1e5, Free);
    let mut enter = Once(Some(|desk: &mut Desk<'_>| {
        let trail = Kind::Trail { reference: f64::NAN, activation: 0.01, distance: 0.02 };
        let exit = OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().kind(trail);
        let exit = exit.waiting(TimeInForce::UntilCancelled);
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 1.0), vec![exit]).unwrap();
    }));
    for (n, bid) in [100.0, 100.0, 110.0, 107.9, 107.0].iter().enumerate() {
        engine.step(minute(n as i64), &[quote(*bid, 5.0, *bid, 5.0)], &mut enter).unwrap();
    }
    let exit = &engine.log().fills[1];
    assert_eq!((exit.price, exit.time), (107.0, minute(4)), "107.8 is two per cent below 110");
    let crossed = quote(101.0, 1.0, 100.0, 1.0);
    engine.step(minute(9), &[crossed], &mut enter).unwrap();
    assert_eq!(engine.log().invalid, 1);
}
