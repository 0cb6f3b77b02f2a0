//! Interest on what the account owes and on what lies idle in it.

use proofmark_execution::costs::{
    CostBreakdown, CostSchedule, Execution, HoldingCost, HoldingError, Side, Undated,
};
use proofmark_execution::engine::{
    AccountConfig, BarFills, Costs, Curve, Desk, Engine, EngineConfig, EngineError, Event, Instrument,
    InstrumentId, OrderRequest, Scheduled, Shorting,
};
use proofmark_units::Instant;

use super::{Once, bar, minute};

/// A schedule's holding, with fills free so that the numbers can be checked by hand.
struct FreeFills(Scheduled<'static>);

impl Costs for FreeFills {
    fn price(&mut self, _: &Execution) -> Result<CostBreakdown, Undated> {
        Ok(CostBreakdown::default())
    }

    fn holding(
        &mut self,
        of: InstrumentId,
        quantity: f64,
        unit_value: f64,
        span: (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        self.0.holding(of, quantity, unit_value, span)
    }

    fn money(
        &mut self,
        currency: &str,
        balance: f64,
        span: (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        self.0.money(currency, balance, span)
    }
}

/// `us_equity` with 2 % on idle money beside its 6 % on what is owed and 0.3 % on what is short; a night is a 360th of a year.
fn schedule() -> CostSchedule {
    let text = include_str!("../../../data/us_equity.toml")
        .replace("charges = [\"borrow\", \"interest\"]", "charges = [\"borrow\", \"interest\", \"deposit\"]");
    let rate =
        "\n[[annual]]\nkind = \"deposit\"\nfrom = \"2008-04-01\"\nrate = 0.02\nsource = \"the test\"\n";
    CostSchedule::from_toml("test", &(text + rate)).unwrap()
}

/// Days with one bar each at these prices, an order after the first.
fn days(
    prices: &[f64],
    currencies: &[&str],
    order: Option<OrderRequest>,
    rates: &[Event],
) -> Result<Engine<FreeFills, BarFills>, EngineError> {
    let account = AccountConfig {
        currencies: currencies.iter().map(|name| (*name).to_owned()).collect(),
        leverage: 2.0,
        ..AccountConfig::cash("USD", 10_000.0)
    };
    let config = EngineConfig { account, curve: Curve::Sessions, keep_ended: true };
    let last = currencies.last().unwrap();
    let name = Instrument { shorting: Shorting::Allowed, ..Instrument::share("A".parse().unwrap(), last) };
    let costs = FreeFills(Scheduled::new(&schedule(), 1));
    let mut engine = Engine::new(vec![name], config, costs, BarFills::default()).unwrap();
    let mut once = Once(order.map(|order| move |desk: &mut Desk<'_>| assert!(desk.submit(order).is_ok())));
    for (k, price) in prices.iter().enumerate() {
        let n = (k as i64 + 1) * 1_440;
        let mut events = if k == 0 { rates.to_vec() } else { Vec::new() };
        events.extend([Event::Bar(0, bar(n, *price, *price, *price, *price)), Event::SessionEnd]);
        engine.step(minute(n), &events, &mut once)?;
    }
    Ok(engine)
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn a_night_pays_on_what_lies_idle_and_charges_what_is_owed() {
    // The first night all 10,000 lie idle: 10,000 x 0.02 / 360 come in. Then 15,000 are spent and the rest is owed for a night.
    let buy = OrderRequest::market(0, Side::Buy, 150.0);
    let engine = days(&[100.0; 3], &["USD"], Some(buy), &[]).unwrap();
    let idle = 10_000.0 * 0.02 / 360.0;
    let owed = (5_000.0 - idle) * 0.06 / 360.0;
    let holding = engine.log().holding;
    near(holding.deposit, -idle);
    near(holding.interest, owed);
    near(holding.total(), owed - idle);
    near(engine.account().equity(), 10_000.0 + idle - owed);
    near(engine.account().cash(0), -5_000.0 + idle - owed);
    assert_eq!(engine.open_trips()[0].net(), 0.0, "interest is no one's round trip");
}

#[test]
fn what_a_short_sale_brought_earns_nothing() {
    // 5,000 from the sale secure it: 10,000 of 15,000 lie idle, and once the price is 120, 9,000 do.
    let sell = OrderRequest::market(0, Side::Sell, 50.0);
    let engine = days(&[100.0, 100.0, 120.0, 120.0], &["USD"], Some(sell), &[]).unwrap();
    let (night, mut idle, mut borrow) = (0.02 / 360.0, 0.0, 0.0);
    for value in [0.0, 5_000.0, 6_000.0] {
        let gained = if value == 6_000.0 { -1_000.0 } else { 0.0 };
        idle += (10_000.0 + gained + idle - borrow) * night;
        // The fee of a night is charged at the mark of the session after it.
        borrow += if value == 0.0 { 0.0 } else { 6_000.0 * 0.003 / 360.0 };
    }
    near(engine.log().holding.deposit, -idle);
    near(engine.log().holding.borrow, borrow);
    near(engine.account().equity(), 9_000.0 + idle - borrow);
}

#[test]
fn a_debt_in_a_currency_without_a_rate_is_an_error_and_other_money_earns_nothing() {
    let rate = [Event::Rate(1, 2.0)];
    let buy = OrderRequest::market(0, Side::Buy, 10.0);
    let error = days(&[100.0; 3], &["USD", "EUR"], Some(buy), &rate).err().unwrap();
    assert!(error.to_string().contains("interest in USD, and the account owes EUR"), "{error}");
    let engine = days(&[100.0; 3], &["USD", "EUR"], None, &rate).unwrap();
    near(engine.log().holding.total(), -10_000.0 * (0.02 / 360.0) * (2.0 + 0.02 / 360.0));
}
