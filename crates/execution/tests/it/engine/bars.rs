//! Fills from bars, with the golden vectors of the weekly and daily strategies.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    BarFills, Engine, Free, Kind, LimitRule, OrderRequest, OrderState, Reason, TimeInForce,
};

use super::{bar, config, engine, pair, run, share};

const GTC: TimeInForce = TimeInForce::UntilCancelled;

fn prices<C>(engine: &Engine<C, BarFills>) -> Vec<(f64, &'static str)>
where
    C: proofmark_execution::engine::Costs,
{
    engine.log().fills.iter().map(|fill| (fill.price, fill.tag)).collect()
}

fn short_with_exits(desk: &mut proofmark_execution::engine::Desk<'_>) {
    let exits = vec![
        OrderRequest::market(0, Side::Buy, f64::INFINITY)
            .risk()
            .waiting(GTC)
            .kind(Kind::Stop(4386.0))
            .tag("hard_stop"),
        OrderRequest::market(0, Side::Buy, f64::INFINITY)
            .risk()
            .waiting(GTC)
            .kind(Kind::Limit(4257.0))
            .tag("take_profit"),
    ];
    desk.submit_bracket(OrderRequest::market(0, Side::Sell, 1.0).tag("entry"), exits).unwrap();
}

#[test]
fn a_decision_fills_at_the_next_open_and_never_at_the_bar_it_read() {
    let bars = [bar(1, 100.0, 101.0, 99.0, 100.0), bar(2, 103.0, 104.0, 102.0, 103.0)];
    let engine = run(engine(vec![share("A")], 1e4, Free), &bars, |desk| {
        desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).unwrap();
    });
    assert_eq!(prices(&engine), [(103.0, "")]);
    assert_eq!(engine.account().cash(0), 1e4 - 1030.0);
    assert_eq!(engine.account().equity(), 1e4);
}

#[test]
fn golden_short_from_4300_takes_its_profit_its_stop_or_the_open_behind_the_stop() {
    let entry = [bar(1, 4300.0, 4300.0, 4300.0, 4300.0), bar(2, 4300.0, 4310.0, 4290.0, 4300.0)];
    let with = |last| {
        let bars = [entry[0], entry[1], last];
        let engine = run(engine(vec![pair("USDCOP")], 10_000.0, Free), &bars, short_with_exits);
        assert!(engine.account().held().is_empty());
        let trip = &engine.log().trips[0];
        (trip.exit_price, trip.tag, trip.gross / 4300.0 * 1.5)
    };
    let (price, tag, gain) = with(bar(3, 4280.0, 4285.0, 4250.0, 4260.0));
    assert_eq!((price, tag), (4257.0, "take_profit"));
    assert!((gain - 0.0150).abs() < 1e-12);
    let (price, tag, gain) = with(bar(3, 4320.0, 4390.0, 4310.0, 4370.0));
    assert_eq!((price, tag), (4386.0, "hard_stop"));
    assert!((gain + 0.0300).abs() < 1e-12);
    // Both levels in one bar: the stop came first, as far as anyone can know.
    assert_eq!(with(bar(3, 4300.0, 4390.0, 4250.0, 4300.0)).1, "hard_stop");
    // A bar that opens beyond the stop fills at its open.
    let (price, tag, _) = with(bar(3, 4400.0, 4410.0, 4380.0, 4405.0));
    assert_eq!((price, tag), (4400.0, "hard_stop"));
    // One that opens beyond the target fills there too: better than asked.
    assert_eq!(with(bar(3, 4200.0, 4260.0, 4190.0, 4250.0)).0, 4200.0);
}

#[test]
fn stop_and_target_of_an_entry_at_the_open_live_in_its_own_bar() {
    let first = bar(1, 4300.0, 4300.0, 4300.0, 4300.0);
    let hit = run(
        engine(vec![pair("USDCOP")], 10_000.0, Free),
        &[first, bar(2, 4300.0, 4310.0, 4250.0, 4260.0)],
        short_with_exits,
    );
    assert_eq!(prices(&hit)[1], (4257.0, "take_profit"));
    // Entered by a limit within the bar: the low may have come before it, so the target waits; the stop does not.
    let act = |desk: &mut proofmark_execution::engine::Desk<'_>| {
        let exits = vec![
            OrderRequest::market(0, Side::Sell, f64::INFINITY)
                .risk()
                .waiting(GTC)
                .kind(Kind::Stop(90.0))
                .tag("stop"),
            OrderRequest::market(0, Side::Sell, f64::INFINITY)
                .risk()
                .waiting(GTC)
                .kind(Kind::Limit(105.0))
                .tag("target"),
        ];
        desk.submit_bracket(
            OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(95.0)).tag("entry"),
            exits,
        )
        .unwrap();
    };
    let bars = [
        bar(1, 100.0, 100.0, 100.0, 100.0),
        bar(2, 100.0, 106.0, 94.0, 104.0),
        bar(3, 104.0, 106.0, 103.0, 104.0),
    ];
    let waits = run(engine(vec![share("A")], 1e4, Free), &bars, act);
    assert_eq!(prices(&waits), [(95.0, "entry"), (105.0, "target")]);
    assert_eq!(waits.log().trips[0].left, super::minute(3));
    let bars = [bars[0], bar(2, 100.0, 106.0, 89.0, 104.0)];
    let stopped = run(engine(vec![share("A")], 1e4, Free), &bars, act);
    assert_eq!(prices(&stopped), [(95.0, "entry"), (90.0, "stop")]);
}

#[test]
fn golden_trail_arms_at_4191_6_and_leaves_at_4192_54_in_a_later_bar() {
    let act = |desk: &mut proofmark_execution::engine::Desk<'_>| {
        let trail = Kind::Trail { reference: f64::NAN, activation: 0.0020, distance: 0.0030 };
        let exits = vec![
            OrderRequest::market(0, Side::Buy, f64::INFINITY)
                .risk()
                .waiting(GTC)
                .kind(trail)
                .tag("trailing_stop"),
            OrderRequest::market(0, Side::Buy, f64::INFINITY)
                .risk()
                .waiting(GTC)
                .kind(Kind::Stop(4263.0))
                .tag("hard_stop"),
        ];
        desk.submit_bracket(OrderRequest::market(0, Side::Sell, 1.0), exits).unwrap();
    };
    let start = [bar(1, 4200.0, 4200.0, 4200.0, 4200.0), bar(2, 4200.0, 4205.0, 4191.7, 4195.0)];
    let world = |rest: &[_]| {
        let bars: Vec<_> = start.iter().chain(rest).copied().collect();
        run(engine(vec![pair("USDCOP")], 10_000.0, Free), &bars, act)
    };
    // 4191.7 has not armed it: a rise of 0.3 % from there does nothing.
    let unarmed = world(&[bar(3, 4195.0, 4215.0, 4194.0, 4210.0)]);
    assert_eq!(prices(&unarmed).len(), 1);
    // The bar that makes 4180 also rises by more than 0.3 %: within one bar nobody knows which came first.
    let same_bar = [bar(3, 4190.0, 4199.0, 4180.0, 4185.0)];
    assert_eq!(prices(&world(&same_bar)).len(), 1);
    let later = world(&[same_bar[0], bar(4, 4185.0, 4193.0, 4184.0, 4190.0)]);
    let (price, tag) = prices(&later)[1];
    assert!((price - 4192.54).abs() < 1e-9 && tag == "trailing_stop", "{price} {tag}");
    let stopped = world(&[bar(3, 4195.0, 4270.0, 4194.0, 4260.0)]);
    assert_eq!(prices(&stopped)[1], (4263.0, "hard_stop"));
}

#[test]
fn a_limit_needs_a_price_beyond_it_unless_another_rule_is_chosen() {
    let touched = [bar(1, 100.0, 100.0, 100.0, 100.0), bar(2, 100.0, 101.0, 95.0, 99.0)];
    let with = |limits, display| {
        let fills = BarFills { limits, ..BarFills::default() };
        let engine = Engine::new(vec![share("A")], config(1e6), Free, fills).unwrap();
        let engine = run(engine, &touched, |desk| {
            let mut order = OrderRequest::market(0, Side::Buy, 600.0).kind(Kind::Limit(95.0));
            order.display = display;
            desk.submit(order).unwrap();
        });
        engine.log().fills.iter().map(|fill| fill.quantity).sum::<f64>()
    };
    assert_eq!(with(LimitRule::Through, None), 0.0);
    assert_eq!(with(LimitRule::Touch, None), 600.0);
    assert_eq!(with(LimitRule::Queue { share: 0.25 }, None), 250.0);
    assert_eq!(with(LimitRule::Queue { share: 0.25 }, Some(100.0)), 100.0, "an iceberg shows its tip");
    let engine =
        run(engine(vec![share("A")], 1e6, Free), &[touched[0], bar(2, 93.0, 94.0, 92.0, 93.0)], |desk| {
            desk.submit(OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(95.0))).unwrap();
        });
    assert_eq!(prices(&engine)[0].0, 93.0, "an open below the limit is its price");
}

#[test]
fn participation_carries_the_rest_over_and_risk_is_never_held_up() {
    let fills = BarFills { participation: Some(0.1), ..BarFills::default() };
    let engine = Engine::new(vec![share("A")], config(1e6), Free, fills).unwrap();
    let bars: Vec<_> =
        (1..7).map(|n| bar(n, 100.0, 101.0, if n == 6 { 80.0 } else { 99.0 }, 100.0)).collect();
    let engine = run(engine, &bars, |desk| {
        let stop =
            OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().waiting(GTC).kind(Kind::Stop(85.0));
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 350.0).waiting(GTC), vec![stop.tag("stop")])
            .unwrap();
    });
    let sizes: Vec<f64> = engine.log().fills.iter().map(|fill| fill.quantity).collect();
    assert_eq!(sizes, [100.0, 100.0, 100.0, 50.0, 350.0]);
    assert!(engine.account().position(0).is_flat());
    let last = engine.log().ended.last().unwrap();
    assert_eq!((last.state, last.filled), (OrderState::Filled, 350.0));
}

#[test]
fn a_locked_bar_a_halt_and_a_wrong_bar_trade_nothing() {
    let mut locked = bar(3, 90.0, 90.0, 90.0, 90.0);
    locked.volume = 0.0;
    let mut wrong = bar(4, 0.0, 100.0, 0.0, 100.0);
    wrong.close = f64::NAN;
    let bars = [
        bar(1, 100.0, 101.0, 99.0, 100.0),
        bar(2, 100.0, 101.0, 99.0, 100.0),
        locked,
        wrong,
        bar(5, 88.0, 89.0, 87.0, 88.0),
    ];
    let engine = run(engine(vec![share("A")], 1e4, Free), &bars, |desk| {
        let stop =
            OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().waiting(GTC).kind(Kind::Stop(95.0));
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 10.0), vec![stop]).unwrap();
    });
    assert_eq!(prices(&engine), [(100.0, ""), (88.0, "")]);
    assert_eq!(engine.log().invalid, 1);
    assert_eq!(engine.log().equity[3].1, 9_900.0, "the wrong bar marked nothing; the locked one did");
}

#[test]
fn stop_limits_wake_and_immediate_orders_do_not_wait() {
    let bars = [
        bar(1, 100.0, 100.0, 100.0, 100.0),
        bar(2, 100.0, 103.0, 99.0, 102.0),
        bar(3, 109.0, 110.0, 108.0, 109.0),
    ];
    let engine = run(engine(vec![share("A")], 1e5, Free), &bars, |desk| {
        let near = Kind::StopLimit { trigger: 102.0, limit: 102.5 };
        let far = Kind::StopLimit { trigger: 104.0, limit: 105.0 };
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0).waiting(GTC).kind(near).tag("near")).unwrap();
        desk.submit(OrderRequest::market(0, Side::Buy, 1.0).waiting(GTC).kind(far).tag("gap")).unwrap();
        let now = OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(98.0));
        desk.submit(now.waiting(TimeInForce::Immediate).tag("now")).unwrap();
    });
    assert_eq!(prices(&engine), [(102.5, "near")], "the gap over 105 leaves the other waiting");
    assert_eq!(engine.log().ended[1].state, OrderState::Cancelled(Reason::Immediate));
}
