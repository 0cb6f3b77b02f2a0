//! Permanent impact: what our fills did to the prices of those after them.

use proofmark_execution::costs::{CostSchedule, Side, SlippageModel};
use proofmark_execution::engine::{
    Bar, BarFills, Desk, Engine, Event, Kind, Log, OrderRequest, Scheduled, Slice, Strategy,
};

use super::{config, minute, share};

/// Signed units at each step, 0 = none.
struct Orders(Vec<f64>, Option<f64>);

impl Strategy for Orders {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        let step = ((slice.time.nanos() - minute(0).nanos()) / 60_000_000_000) as usize;
        let units = self.0.get(step - 1).copied().unwrap_or(0.0);
        if units != 0.0 {
            let order = OrderRequest::market(0, Side::of(units), units.abs());
            let order = self.1.map_or(order.clone(), |limit| order.kind(Kind::Limit(limit)));
            desk.submit(order).unwrap();
        }
    }
}

/// Forty bars that swing by one percent around 100, with 10,000 units each.
fn run(permanent_coefficient: f64, orders: &[f64], limit: Option<f64>) -> Log {
    let model = SlippageModel { permanent_coefficient, ..SlippageModel::default() };
    let schedule = CostSchedule::flat_bps(0.0).with_slippage(model);
    let costs = Scheduled::new(&schedule, 1);
    let mut engine = Engine::new(vec![share("A")], config(1e8), costs, BarFills::default()).unwrap();
    let mut orders = Orders(orders.to_vec(), limit);
    for n in 1..=40_i64 {
        let (open, close) = if n % 2 == 0 { (100.0, 101.0) } else { (101.0, 100.0) };
        let bar = Bar { opened: minute(n - 1), open, high: 101.0, low: 100.0, close, volume: 10_000.0 };
        engine.step(minute(n), &[Event::Bar(0, bar)], &mut orders).unwrap();
    }
    engine.into_log()
}

/// Orders from step 31 on, at every second step, so that each finds an open of 100.
fn later(units: &[f64]) -> Vec<f64> {
    let mut orders = vec![0.0; 30];
    units.iter().for_each(|units| orders.extend([*units, 0.0]));
    orders
}

#[test]
fn later_orders_of_the_same_way_pay_what_earlier_ones_moved_and_nobody_gains_by_it() {
    let log = run(0.5, &later(&[100.0, 100.0, 200.0, -400.0]), None);
    let prices: Vec<f64> = log.fills.iter().map(|fill| fill.price).collect();
    // The last 20 returns alternate between ln 1.01 and -ln 1.01: 100 units of 10,000 move the price by g sigma / 100.
    let sigma = 1.01_f64.ln() * (20.0_f64 / 19.0).sqrt();
    let step = 0.5 * sigma * 0.01;
    assert_eq!(prices[0], 100.0);
    for (price, steps) in [(prices[1], 1.0), (prices[2], 2.0)] {
        assert!((price - 100.0 * (1.0 + steps * step)).abs() < 1e-9, "{prices:?}");
    }
    assert_eq!(prices[3], 100.0, "a sale is not paid for what the purchases moved");
}

#[test]
fn cost_grows_with_size_and_not_with_how_it_is_cut() {
    let paid = |parts: &[f64]| {
        let log = run(0.5, &later(parts), None);
        let spent: f64 = log.fills.iter().map(|fill| fill.price * fill.quantity).sum();
        let units: f64 = log.fills.iter().map(|fill| fill.quantity).sum();
        (spent + log.costs.total()) / units - 100.0
    };
    let (small, middle, large) = (paid(&[100.0, 100.0]), paid(&[400.0, 400.0]), paid(&[1_600.0, 1_600.0]));
    assert!(0.0 < small && small < middle && middle < large);
    // Linear in size, however it is cut: the half of one order's own move is the same sum as the moves of its parts.
    assert!((middle / small - 4.0).abs() < 1e-2 && (large / small - 16.0).abs() < 1e-1);
    assert!((paid(&[1_600.0]) / paid(&[400.0; 4]) - 1.0).abs() < 1e-2);
}

#[test]
fn a_limit_never_fills_beyond_its_price() {
    let log = run(0.5, &later(&[4_000.0, 4_000.0]), Some(100.2));
    let worst = log.fills.iter().map(|fill| fill.price).fold(0.0, f64::max);
    assert!(log.fills.len() == 2 && worst > 100.0 && worst <= 100.2, "{worst}");
}

#[test]
fn without_a_coefficient_nothing_changes() {
    let orders = later(&[100.0, 100.0, -150.0, 70.0]);
    let log = run(0.0, &orders, None);
    assert!(log.fills.iter().all(|fill| fill.price == 100.0 && fill.costs.permanent_impact == 0.0));
    let mut free =
        Engine::new(vec![share("A")], config(1e8), proofmark_execution::engine::Free, BarFills::default())
            .unwrap();
    let mut strategy = Orders(orders, None);
    for n in 1..=40_i64 {
        let (open, close) = if n % 2 == 0 { (100.0, 101.0) } else { (101.0, 100.0) };
        let bar = Bar { opened: minute(n - 1), open, high: 101.0, low: 100.0, close, volume: 10_000.0 };
        free.step(minute(n), &[Event::Bar(0, bar)], &mut strategy).unwrap();
    }
    let bytes = |log: &Log| serde_json::to_string(log).unwrap();
    assert_eq!(bytes(&log), bytes(free.log()));
}
