//! From sending an order to its end.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    Desk, Engine, Event, Free, Instrument, Kind, OrderRequest, OrderState, Reason, Shorting, TimeInForce,
};

use super::{Once, bar, engine, minute, run, share};

fn refused(instrument: Instrument, request: OrderRequest) -> Reason {
    let mut said = None;
    run(engine(vec![instrument], 1e5, Free), &[bar(1, 100.0, 101.0, 99.0, 100.0)], |desk| {
        said = desk.submit(request).err();
    });
    said.expect("refused")
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let buy = |quantity| OrderRequest::market(0, Side::Buy, quantity);
    assert_eq!(refused(share("A"), OrderRequest::market(7, Side::Buy, 1.0)), Reason::Instrument);
    for quantity in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.4] {
        assert_eq!(refused(share("A"), buy(quantity)), Reason::Quantity, "{quantity}");
    }
    for price in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(share("A"), buy(1.0).kind(Kind::Limit(price))), Reason::Price, "{price}");
    }
    let ruled = Instrument { tick: 0.05, min_notional: 500.0, price_band: Some(0.2), ..share("A") };
    assert_eq!(refused(ruled.clone(), buy(10.0).kind(Kind::Limit(99.97))), Reason::Price, "off the tick");
    assert_eq!(refused(ruled.clone(), buy(10.0).kind(Kind::Limit(121.0))), Reason::Price, "outside the band");
    assert_eq!(refused(ruled, buy(4.0)), Reason::Notional);
    assert_eq!(refused(share("A"), OrderRequest::market(0, Side::Sell, 1.0)), Reason::Short);
    assert_eq!(refused(share("A"), OrderRequest::market(0, Side::Sell, 1.0).risk()), Reason::Flat);
}

#[test]
fn one_name_is_one_order_however_often_it_is_sent() {
    let engine = run(
        engine(vec![share("A")], 1e5, Free),
        &[bar(1, 100.0, 101.0, 99.0, 100.0), bar(2, 100.0, 101.0, 99.0, 100.0)],
        |desk| {
            let first = desk.submit(OrderRequest::market(0, Side::Buy, 5.0).named("a-1")).unwrap();
            let again = desk.submit(OrderRequest::market(0, Side::Buy, 5.0).named("a-1")).unwrap();
            assert_eq!(first, again);
            let bracket = OrderRequest::market(0, Side::Buy, 5.0).named("a-1");
            assert_eq!(desk.submit_bracket(bracket, Vec::new()).unwrap().0, first);
        },
    );
    assert_eq!(engine.log().fills.len(), 1);
    assert_eq!(engine.account().position(0).quantity, 5.0);
}

#[test]
fn a_group_trades_once_and_a_bracket_that_never_entered_leaves_nothing() {
    let bars = [bar(1, 100.0, 100.0, 100.0, 100.0), bar(2, 100.0, 111.0, 89.0, 100.0)];
    let engine = run(engine(vec![share("A")], 1e5, Free), &bars, |desk| {
        let high = OrderRequest::market(0, Side::Buy, 3.0).kind(Kind::Stop(110.0)).tag("high");
        let low = OrderRequest::market(0, Side::Buy, 3.0).kind(Kind::Limit(90.0)).tag("low");
        desk.submit_group(vec![low, high]).unwrap();
        let exit = OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().kind(Kind::Stop(50.0));
        let entry = OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(20.0));
        let (entry, exits) = desk.submit_bracket(entry, vec![exit]).unwrap();
        assert_eq!(desk.order(exits[0]).unwrap().state, OrderState::Held);
        assert!(desk.cancel(entry) && !desk.cancel(entry));
        assert!(desk.order(exits[0]).is_none());
    });
    let tags: Vec<_> = engine.log().fills.iter().map(|fill| fill.tag).collect();
    assert_eq!(tags, ["high"], "what hurts comes first");
    assert_eq!(engine.account().position(0).quantity, 3.0);
}

#[test]
fn a_partial_fill_of_a_target_leaves_the_stop_the_rest() {
    let mut engine = engine(vec![share("A")], 1e5, Free);
    let mut enter = Once(Some(|desk: &mut Desk<'_>| {
        let gtc = TimeInForce::UntilCancelled;
        let exits = vec![
            OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().waiting(gtc).kind(Kind::Limit(110.0)),
            OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().waiting(gtc).kind(Kind::Stop(90.0)),
        ];
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 10.0), exits).unwrap();
    }));
    let quote = |bid, bid_size| {
        Event::Quote(0, proofmark_execution::engine::Quote { bid, bid_size, ask: bid + 0.5, ask_size: 100.0 })
    };
    for (n, event) in
        [quote(99.5, 9.0), quote(99.5, 9.0), quote(110.0, 4.0), quote(89.0, 100.0)].iter().enumerate()
    {
        engine.step(minute(n as i64), &[*event], &mut enter).unwrap();
    }
    let sold: Vec<_> = engine.log().fills[1..].iter().map(|fill| (fill.price, fill.quantity)).collect();
    assert_eq!(sold, [(110.0, 4.0), (89.0, 6.0)]);
    assert!(engine.account().position(0).is_flat());
}

#[test]
fn day_orders_live_to_the_end_of_the_next_session() {
    let mut engine = engine(vec![share("A")], 1e5, Free);
    let mut send = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(50.0))).unwrap();
        let long = OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(51.0));
        desk.submit(long.waiting(TimeInForce::Sessions(3))).unwrap();
    }));
    for n in 1..6 {
        let day = [Event::Bar(0, bar(n, 100.0, 101.0, 99.0, 100.0)), Event::SessionEnd];
        engine.step(minute(n), &day, &mut send).unwrap();
    }
    let ends: Vec<_> = engine.log().ended.iter().map(|end| (end.time, end.state)).collect();
    assert_eq!(ends, [(minute(2), OrderState::Expired), (minute(4), OrderState::Expired)]);
}

#[test]
fn a_latency_of_a_minute_misses_the_next_open() {
    use proofmark_execution::engine::{Bar, BarFills, FillModel, Found, Order, Quote};
    struct Slow(BarFills);
    impl FillModel for Slow {
        fn at_open(&self, order: &Order, bar: &Bar) -> Option<Found> {
            self.0.at_open(order, bar)
        }
        fn within(&self, order: &Order, bar: &Bar, fresh: bool) -> Option<Found> {
            self.0.within(order, bar, fresh)
        }
        fn capacity(&self, bar: &Bar) -> f64 {
            self.0.capacity(bar)
        }
        fn at_quote(&self, order: &Order, quote: &Quote) -> Option<Found> {
            self.0.at_quote(order, quote)
        }
        fn latency(&mut self) -> i64 {
            1_000_000_000
        }
    }
    let mut engine =
        Engine::new(vec![share("A")], super::config(1e5), Free, Slow(BarFills::default())).unwrap();
    let mut send = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0)).unwrap();
    }));
    for n in 1..4 {
        let price = 100.0 + n as f64;
        engine.step(minute(n), &[Event::Bar(0, bar(n, price, price, price, price))], &mut send).unwrap();
    }
    assert_eq!(engine.log().fills[0].price, 103.0);
}

#[test]
fn time_goes_forward_and_events_name_what_there_is() {
    let mut engine = engine(vec![share("A")], 1e5, Free);
    let mut idle = Once(None::<fn(&mut Desk<'_>)>);
    engine.step(minute(1), &[], &mut idle).unwrap();
    assert!(engine.step(minute(1), &[], &mut idle).unwrap_err().to_string().contains("follows"));
    let unknown = engine.step(minute(2), &[Event::Halt(3, true)], &mut idle).unwrap_err();
    assert!(unknown.to_string().contains("there are 1"), "{unknown}");
    assert!(engine.step(minute(3), &[Event::Split(0, 0.0)], &mut idle).is_err());
    let short = Instrument { shorting: Shorting::Allowed, lot: 0.0, ..share("A") };
    assert!(
        Engine::new(vec![short], super::config(1.0), Free, Default::default())
            .map(|_: Engine<Free, proofmark_execution::engine::BarFills>| ())
            .is_err()
    );
}
