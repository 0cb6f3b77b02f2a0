//! Venue fees by rolling notional, and what an account remembers.

use proofmark_execution::costs::{
    CostError, CostSchedule, Execution, FeeState, Liquidity, Pricer, Side, SlippageModel, TierRule,
};

use crate::cost_products::{day, fill};

fn tiers() -> Pricer {
    Pricer::new(CostSchedule::named("crypto_tiers").unwrap().with_slippage(SlippageModel::default()))
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn makers_pay_half_and_volume_lowers_the_fee() {
    let (mut pricer, mut state) = (tiers(), FeeState::default());
    let taker = fill("2024-06-01", Side::Buy, 10.0, 100.0);
    let maker = Execution { liquidity: Liquidity::Maker, ..taker };
    near(pricer.quote(&taker, &state).unwrap().exchange, 12.0);
    near(pricer.quote(&maker, &state).unwrap().exchange, 6.0);
    // Sellers pay what buyers pay: the flag of the fill decides, not its side.
    near(pricer.quote(&Execution { side: Side::Sell, ..maker }, &state).unwrap().exchange, 6.0);
    // The fill that reaches a tier still pays by what came before it.
    let large = fill("2024-06-01", Side::Buy, 100.0, 100.0);
    near(pricer.charge(&large, &mut state).unwrap().total(), 120.0);
    near(state.rolling_notional(day("2024-06-01")), 10_000.0);
    near(pricer.charge(&large, &mut state).unwrap().total(), 80.0);
    for (notional, maker_fee, taker_fee) in [
        (25_000.0, 0.0025, 0.005),
        (75_000.0, 0.001_25, 0.002_5),
        (250_000.0, 0.000_75, 0.001_5),
        (500_000.0, 0.000_6, 0.001_25),
        (1_000_000.0, 0.000_5, 0.001),
        (5_000_000.0, 0.000_4, 0.000_85),
        (1e12, 0.000_4, 0.000_85),
    ] {
        let mut state = FeeState::default();
        let none = pricer.quote(&taker, &state).unwrap();
        pricer.record(&taker, &none, notional, &mut state);
        near(pricer.quote(&taker, &state).unwrap().exchange, 1_000.0 * taker_fee);
        near(pricer.quote(&maker, &state).unwrap().exchange, 1_000.0 * maker_fee);
    }
}

#[test]
fn notional_rolls_out_after_thirty_days() {
    let (mut pricer, mut state) = (tiers(), FeeState::default());
    pricer.charge(&fill("2024-06-01", Side::Buy, 100.0, 100.0), &mut state).unwrap();
    pricer.charge(&fill("2024-06-10", Side::Buy, 20.0, 100.0), &mut state).unwrap();
    let fee = |date| tiers().quote(&fill(date, Side::Buy, 10.0, 100.0), &state).unwrap().exchange;
    near(fee("2024-06-30"), 8.0); // the 30 days from 1 to 30 June
    near(fee("2024-07-01"), 12.0);
    near(state.rolling_notional(day("2024-07-01")), 2_000.0);
    near(state.rolling_notional(day("2024-07-10")), 0.0);
    // What is not yet traded does not count.
    near(state.rolling_notional(day("2024-06-05")), 10_000.0);
}

#[test]
fn interpolation_is_a_line_between_tiers() {
    let schedule = CostSchedule::named("crypto_tiers").unwrap().with_slippage(SlippageModel::default());
    let mut pricer = Pricer::new(schedule.with_tier_rule(TierRule::Interpolated));
    let taker = fill("2024-06-01", Side::Buy, 10.0, 100.0);
    for (notional, wanted) in
        [(0.0, 12.0), (5_000.0, 10.0), (10_000.0, 8.0), (17_500.0, 6.5), (5e6, 0.85), (9e6, 0.85)]
    {
        let mut state = FeeState::default();
        let none = pricer.quote(&taker, &state).unwrap();
        pricer.record(&taker, &none, notional, &mut state);
        near(pricer.quote(&taker, &state).unwrap().exchange, wanted);
    }
}

#[test]
fn a_schedule_without_an_account_charges_the_lowest_tier() {
    let schedule = CostSchedule::named("crypto_tiers").unwrap().with_slippage(SlippageModel::default());
    let cost = schedule.cost(day("2024-06-01"), Side::Sell, 10.0, 100.0, Default::default()).unwrap();
    near(cost.total(), 12.0);
    assert!(schedule.on(day("2016-12-31")).is_err());
}

#[test]
fn a_state_that_is_not_one_is_refused() {
    for text in [
        r#"{"days":[["2024-06-02",1.0],["2024-06-01",1.0]],"charged":[]}"#,
        r#"{"days":[["2024-06-01",1.0],["2024-06-01",1.0]],"charged":[]}"#,
        r#"{"days":[["2024-06-01",-1.0]],"charged":[]}"#,
        r#"{"days":[],"charged":[],"more":1}"#,
        r#"{"days":[["yesterday",1.0]],"charged":[]}"#,
    ] {
        assert!(serde_json::from_str::<FeeState>(text).is_err(), "{text}");
    }
    let fresh: FeeState = serde_json::from_str(r#"{"days":[],"charged":[null,"2024-06-01"]}"#).unwrap();
    near(fresh.rolling_notional(day("2024-06-01")), 0.0);
}

#[test]
fn levels_that_make_no_sense_are_refused() {
    let text = include_str!("../../data/crypto_tiers.toml");
    let says = |from: &str, to: &str, what: &str| {
        let error = CostSchedule::from_toml("x", &text.replacen(from, to, 1)).unwrap_err();
        assert!(matches!(error, CostError::Invalid { .. }));
        assert!(error.to_string().contains(what), "{error}");
    };
    says(
        "above = 0.0",
        "above = 1.0",
        "row 1 of `tiers` (`exchange` from 2017-01-01): its levels do not begin",
    );
    says("above = 25000.0", "above = 10000.0", "level 10000 does not lie above level 10000");
    says("above = 25000.0", "above = nan", "NaN is not a cost");
    says("maker = 0.0005", "maker = -0.0005", "-0.0005 is not a cost");
    let gone = "{ above = 0.0, maker = 0.006, taker = 0.012 },";
    says(gone, "", "its levels do not begin");
}
