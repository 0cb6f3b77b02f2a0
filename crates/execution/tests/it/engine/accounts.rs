//! Money: settlement, margin, currencies, corporate actions, what holding costs.

use proofmark_execution::costs::{CostSchedule, Side};
use proofmark_execution::engine::{
    AccountConfig, BarFills, Curve, Desk, Engine, EngineConfig, EngineError, Event, Free, Instrument, Kind,
    OrderRequest, OrderState, Reason, Scheduled, Settlement, Shorting, TimeInForce,
};

use super::{Once, bar, engine, minute, pair, run, share};

fn flat_bar(n: i64, price: f64) -> Event {
    Event::Bar(0, bar(n, price, price, price, price))
}

#[test]
fn proceeds_buy_again_when_they_have_settled() {
    let account = AccountConfig { settle_sessions: 1, ..AccountConfig::cash("INR", 1_000.0) };
    let config = EngineConfig { account, curve: Curve::Sessions, keep_ended: true };
    let mut engine = Engine::new(vec![share("A"), share("B")], config, Free, BarFills::default()).unwrap();
    struct Swap(u32);
    impl proofmark_execution::engine::Strategy for Swap {
        fn on_slice(&mut self, _: &proofmark_execution::engine::Slice<'_>, desk: &mut Desk<'_>) {
            self.0 += 1;
            let order = match self.0 {
                1 => OrderRequest::market(0, Side::Buy, 10.0),
                2 => OrderRequest::market(0, Side::Sell, 10.0),
                3 | 4 => OrderRequest::market(1, Side::Buy, 10.0),
                _ => return,
            };
            desk.submit(order).unwrap();
        }
    }
    let mut swap = Swap(0);
    for n in 1..6 {
        let b = Event::Bar(1, bar(n, 100.0, 100.0, 100.0, 100.0));
        // Sessions of two steps: sold in the third step, the money is free after the fourth.
        let events = [flat_bar(n, 100.0), b, Event::SessionEnd];
        engine.step(minute(n), &events[..if n % 2 == 0 { 3 } else { 2 }], &mut swap).unwrap();
    }
    let bought: Vec<_> = engine.log().fills.iter().map(|fill| (fill.instrument, fill.time)).collect();
    assert_eq!(bought, [(0, minute(2)), (0, minute(3)), (1, minute(5))]);
    assert!(engine.log().ended.iter().any(|end| end.state == OrderState::Cancelled(Reason::Money)));
}

#[test]
fn buys_at_one_open_share_what_money_there_is() {
    let instruments = vec![share("A"), share("B")];
    let mut engine = engine(instruments, 1_000.0, Free);
    let mut both = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Buy, 15.0)).unwrap();
        desk.submit(OrderRequest::market(1, Side::Buy, 5.0)).unwrap();
    }));
    for n in 1..3 {
        let b = Event::Bar(1, bar(n, 100.0, 100.0, 100.0, 100.0));
        engine.step(minute(n), &[flat_bar(n, 100.0), b], &mut both).unwrap();
    }
    // 2,000 wanted, 1,000 there: half of each, in whole shares.
    let held = [0, 1].map(|of| engine.account().position(of).quantity);
    assert_eq!(held, [7.0, 2.0]);
}

#[test]
fn splits_and_dividends_change_nothing_but_their_own() {
    let mut engine = engine(vec![share("A")], 1_000.0, Free);
    let mut buy = Once(Some(|desk: &mut Desk<'_>| {
        let stop = OrderRequest::market(0, Side::Sell, f64::INFINITY)
            .risk()
            .waiting(TimeInForce::UntilCancelled)
            .kind(Kind::Stop(90.0));
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 5.0), vec![stop]).unwrap();
    }));
    engine.step(minute(1), &[flat_bar(1, 100.0)], &mut buy).unwrap();
    engine.step(minute(2), &[flat_bar(2, 100.0)], &mut buy).unwrap();
    engine.step(minute(3), &[Event::Split(0, 5.0), flat_bar(3, 20.0)], &mut buy).unwrap();
    assert_eq!(engine.account().equity(), 1_000.0);
    assert_eq!(engine.account().position(0).average, 20.0);
    engine.step(minute(4), &[Event::Dividend(0, 1.0), flat_bar(4, 19.0)], &mut buy).unwrap();
    assert_eq!(engine.account().equity(), 1_000.0);
    assert_eq!(engine.account().cash(0), 525.0);
    engine.step(minute(5), &[Event::Bar(0, bar(5, 19.0, 19.0, 17.0, 17.5))], &mut buy).unwrap();
    let trip = &engine.log().trips[0];
    assert_eq!((trip.exit_price, trip.quantity, trip.income), (18.0, 25.0, 25.0));
    assert_eq!(trip.net(), 25.0 * (18.0 - 20.0) + 25.0);
}

#[test]
fn cash_shares_sold_short_are_bought_back_by_the_end_of_the_session() {
    let intraday = Instrument { shorting: Shorting::WithinSession, ..share("A") };
    let mut engine = engine(vec![intraday], 1_000.0, Free);
    let mut sell = Once(Some(|desk: &mut Desk<'_>| {
        desk.submit(OrderRequest::market(0, Side::Sell, 5.0)).unwrap();
    }));
    engine.step(minute(1), &[flat_bar(1, 100.0)], &mut sell).unwrap();
    engine.step(minute(2), &[flat_bar(2, 100.0)], &mut sell).unwrap();
    assert_eq!(engine.account().position(0).quantity, -5.0);
    engine.step(minute(3), &[flat_bar(3, 98.0), Event::SessionEnd], &mut sell).unwrap();
    assert!(engine.account().held().is_empty());
    assert_eq!(engine.log().fills[1].tag, "square_off");
    assert_eq!(engine.account().equity(), 1_010.0);
}

#[test]
fn leverage_is_bounded_by_the_deposit_and_its_loss_liquidates() {
    // A tenth of notional to open: 1,000 carries 10,000, not more.
    let lots = Instrument { lot: 1.0, ..pair("P") };
    let bars: Vec<_> =
        [100.0, 100.0, 95.0, 91.0, 91.0].iter().zip(1..).map(|(p, n)| bar(n, *p, *p, *p, *p)).collect();
    let engine = run(engine(vec![lots], 1_000.0, Free), &bars, |desk| {
        desk.submit(OrderRequest::market(0, Side::Buy, 150.0)).unwrap();
    });
    assert_eq!(engine.log().fills[0].quantity, 100.0);
    // At 91 the loss is 900 and the deposit to keep 455: out at the next open.
    assert_eq!(engine.log().equity[3].1, 100.0);
    let last = engine.log().fills.last().unwrap();
    assert_eq!((last.tag, last.time), ("margin_call", minute(5)));
    assert!(engine.account().held().is_empty());
}

#[test]
fn shorts_receive_funding_and_longs_pay_it() {
    for (side, sign) in [(Side::Buy, -1.0), (Side::Sell, 1.0)] {
        let mut engine = engine(vec![pair("P")], 1_000.0, Free);
        let mut enter = Once(Some(move |desk: &mut Desk<'_>| {
            desk.submit(OrderRequest::market(0, side, 1.0)).unwrap();
        }));
        engine.step(minute(1), &[flat_bar(1, 105.0)], &mut enter).unwrap();
        engine.step(minute(2), &[flat_bar(2, 105.0)], &mut enter).unwrap();
        engine.step(minute(3), &[Event::Funding(0, 0.001)], &mut enter).unwrap();
        assert!((engine.account().equity() - (1_000.0 + sign * 0.105)).abs() < 1e-12);
    }
}

#[test]
fn money_in_two_currencies_is_told_in_the_first() {
    let dollars = Instrument { currency: "USD".to_owned(), ..share("X") };
    let account = AccountConfig {
        currencies: vec!["INR".to_owned(), "USD".to_owned()],
        ..AccountConfig::cash("INR", 100_000.0)
    };
    let config = EngineConfig { account, curve: Curve::Steps, keep_ended: false };
    let start = || Engine::new(vec![dollars.clone()], config.clone(), Free, BarFills::default()).unwrap();
    let buy = || {
        Once(Some(|desk: &mut Desk<'_>| {
            desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).unwrap();
        }))
    };
    let (mut engine, mut strategy) = (start(), buy());
    engine.step(minute(1), &[Event::Rate(1, 80.0), flat_bar(1, 50.0)], &mut strategy).unwrap();
    engine.step(minute(2), &[flat_bar(2, 50.0)], &mut strategy).unwrap();
    assert_eq!((engine.account().cash(1), engine.account().equity()), (-500.0, 100_000.0));
    engine.step(minute(3), &[Event::Rate(1, 88.0), flat_bar(3, 55.0)], &mut strategy).unwrap();
    // Ten shares gained five dollars each at 88, and the debt of 500 dollars hedged the rest.
    assert!((engine.account().equity() - (100_000.0 + 50.0 * 88.0)).abs() < 1e-9);
    let (mut blind, mut strategy) = (start(), buy());
    blind.step(minute(1), &[flat_bar(1, 50.0)], &mut strategy).unwrap();
    let error = blind.step(minute(2), &[flat_bar(2, 50.0)], &mut strategy);
    assert_eq!(error, Ok(()));
    assert!(blind.account().held().is_empty(), "nothing is bought with money whose worth is unknown");
}

#[test]
fn a_schedule_charges_what_its_oracle_says() {
    // Rs 100,000 bought and sold on one date, no brokerage, no depository charge, no spread: 222.4.
    let schedule = CostSchedule::named("nse_delivery").unwrap();
    let schedule = schedule.with_broker(Default::default()).with_slippage(Default::default());
    let start = "2025-03-03T04:00:00Z".parse::<proofmark_units::Instant>().unwrap();
    let mut engine = engine(vec![share("A")], 200_000.0, Scheduled::new(&schedule, 1));
    struct RoundTrip(u32);
    impl proofmark_execution::engine::Strategy for RoundTrip {
        fn on_slice(&mut self, _: &proofmark_execution::engine::Slice<'_>, desk: &mut Desk<'_>) {
            self.0 += 1;
            let side = if self.0 == 1 { Side::Buy } else { Side::Sell };
            if self.0 < 3 {
                desk.submit(OrderRequest::market(0, side, 1_000.0)).unwrap();
            }
        }
    }
    let mut strategy = RoundTrip(0);
    for n in 0..4 {
        let time = start.plus_seconds(60 * n);
        let bar = proofmark_execution::engine::Bar {
            opened: time.plus_seconds(-60),
            ..bar(0, 100.0, 100.0, 100.0, 100.0)
        };
        engine.step(time, &[Event::Bar(0, bar)], &mut strategy).unwrap();
    }
    let total = engine.log().costs.total();
    assert!((total - 222.4).abs() < 0.1, "{total}");
    assert!((engine.account().equity() - (200_000.0 - total)).abs() < 1e-9);
    let old = proofmark_execution::engine::Bar { opened: minute(-20_000_000), ..bar(0, 1.0, 1.0, 1.0, 1.0) };
    let mut early = super::engine(vec![share("A")], 200_000.0, Scheduled::new(&schedule, 1));
    let mut strategy = RoundTrip(0);
    early.step(minute(-25_000_000), &[Event::Bar(0, old)], &mut strategy).unwrap();
    let error = early.step(minute(-19_999_999), &[Event::Bar(0, old)], &mut strategy).unwrap_err();
    assert!(error.to_string().contains("dated from"), "{error}");
}

#[test]
fn accounts_that_make_no_sense_are_refused() {
    let margined = Settlement::Margined { initial: 0.1, maintenance: 0.2 };
    let wrong = [
        (vec![Instrument { settlement: margined, ..share("A") }], AccountConfig::cash("INR", 1.0)),
        (vec![share("A")], AccountConfig::cash("USD", 1.0)),
        (vec![share("A")], AccountConfig::cash("INR", f64::NAN)),
    ];
    for (instruments, account) in wrong {
        let config = EngineConfig { account, curve: Curve::Steps, keep_ended: false };
        let error = Engine::new(instruments, config, Free, BarFills::default()).unwrap_err();
        assert!(matches!(error, EngineError::Setup { .. }), "{error}");
    }
}
