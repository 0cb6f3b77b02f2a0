//! Schedules beyond Indian shares: hand-checked fills.

use proofmark_execution::costs::{
    CostBreakdown, CostContext, CostError, CostSchedule, Execution, ExerciseError, FeeState, FilledBefore,
    Liquidity, Pricer, Side, SlippageModel,
};
use proofmark_units::Date;

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// What state and exchange ask, without broker and market.
fn statutory(name: &str) -> CostSchedule {
    let schedule = CostSchedule::named(name).unwrap().with_slippage(SlippageModel::default());
    schedule.with_plan("none").unwrap()
}

pub(crate) fn fill(date: &str, side: Side, quantity: f64, price: f64) -> Execution {
    Execution {
        date: day(date),
        instrument: 0,
        side,
        quantity,
        price,
        multiplier: 1.0,
        liquidity: Liquidity::Taker,
        before: FilledBefore::default(),
        context: CostContext::default(),
    }
}

fn cost(schedule: &CostSchedule, date: &str, side: Side, quantity: f64, price: f64) -> CostBreakdown {
    let fill = fill(date, side, quantity, price);
    Pricer::new(schedule.clone()).quote(&fill, &FeeState::default()).unwrap()
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn a_future_of_ten_lakh() {
    let futures = statutory("nse_futures");
    let buy = cost(&futures, "2025-01-15", Side::Buy, 100.0, 10_000.0);
    near(buy.exchange, 17.3);
    near(buy.stamp, 20.0);
    near(buy.tax, 0.18 * (17.3 + 1.0));
    near(buy.total(), 17.3 + 1.0 + 1.0 + 20.0 + 3.294);
    let sell = cost(&futures, "2025-01-15", Side::Sell, 100.0, 10_000.0);
    near(sell.total(), 200.0 + 17.3 + 1.0 + 1.0 + 3.294);
    for (date, stt, exchange) in [
        ("2013-05-31", 170.0, 19.0),
        ("2013-06-01", 100.0, 19.0),
        ("2023-03-31", 100.0, 20.1),
        ("2023-04-01", 125.0, 19.0),
        ("2024-09-30", 125.0, 18.8),
        ("2024-10-01", 200.0, 17.3),
        ("2026-03-31", 200.0, 17.3),
        ("2026-04-01", 500.0, 17.3),
    ] {
        let sell = cost(&futures, date, Side::Sell, 100.0, 10_000.0);
        near(sell.stt, stt);
        near(sell.exchange, exchange);
    }
    // The broker's own plan: 0.03 % would be Rs 300, the cap is Rs 20.
    let own = CostSchedule::named("nse_futures").unwrap();
    near(cost(&own, "2025-01-15", Side::Buy, 100.0, 10_000.0).brokerage, 20.0);
    near(cost(&own, "2025-01-15", Side::Buy, 1.0, 10_000.0).brokerage, 3.0);
}

#[test]
fn a_premium_of_a_lakh() {
    let options = statutory("nse_options");
    let buy = cost(&options, "2025-01-15", Side::Buy, 1_000.0, 100.0);
    near(buy.total(), 35.03 + 0.1 + 0.5 + 3.0 + 0.18 * 35.13);
    let sell = cost(&options, "2025-01-15", Side::Sell, 1_000.0, 100.0);
    near(sell.total(), 100.0 + 35.03 + 0.1 + 0.5 + 0.18 * 35.13);
    let changes = [("2016-05-31", 17.0), ("2016-06-01", 50.0), ("2023-04-01", 62.5), ("2026-04-01", 150.0)];
    for (date, stt) in changes {
        near(cost(&options, date, Side::Sell, 1_000.0, 100.0).stt, stt);
    }
    // Rs 20 an order whatever its size, however many fills it takes.
    let own = CostSchedule::named("nse_options").unwrap();
    let first = fill("2025-01-15", Side::Buy, 75.0, 1.0);
    let before = FilledBefore { quantity: 75.0, value: 75.0 };
    let mut pricer = Pricer::new(own);
    let (state, second) = (FeeState::default(), Execution { before, quantity: 1_000.0, ..first });
    near(pricer.quote(&first, &state).unwrap().brokerage, 20.0);
    near(pricer.quote(&second, &state).unwrap().brokerage, 0.0);
}

#[test]
fn exercise_is_taxed_on_the_basis_of_its_date() {
    let options = CostSchedule::named("nse_options").unwrap();
    let stt = |date: &str, settlement, strike| {
        options.exercise_cost(day(date), 75.0, 1.0, settlement, strike).unwrap().total()
    };
    near(stt("2019-08-29", 11_100.0, 11_000.0), 1_040.625); // 75 x 11,100 x 0.125 %
    near(stt("2019-09-01", 11_100.0, 11_000.0), 9.375); // 75 x 100 x 0.125 %
    near(stt("2025-01-30", 22_900.0, 23_000.0), 9.375); // a put
    near(stt("2026-04-30", 23_100.0, 23_000.0), 11.25); // 75 x 100 x 0.15 %
    near(
        options.scaled(2.0).exercise_cost(day("2026-04-30"), 75.0, 1.0, 23_100.0, 23_000.0).unwrap().stt,
        22.5,
    );
    let error = options.exercise_cost(day("2008-05-29"), 75.0, 1.0, 5_000.0, 4_900.0).unwrap_err();
    assert!(matches!(error, ExerciseError::Undated(_)));
    let shares = CostSchedule::named("nse_delivery").unwrap();
    let error = shares.exercise_cost(day("2025-01-30"), 75.0, 1.0, 5_000.0, 4_900.0).unwrap_err();
    assert!(error.to_string().contains("`nse_delivery` says nothing about exercise"));
}

#[test]
fn american_sellers_pay_the_regulators() {
    let shares = CostSchedule::named("us_equity").unwrap().with_slippage(SlippageModel::default());
    assert_eq!(cost(&shares, "2024-06-03", Side::Buy, 1_000.0, 50.0).total(), 0.0);
    let sell = cost(&shares, "2024-06-03", Side::Sell, 1_000.0, 50.0);
    near(sell.sec, 1.39); // 50,000 x 27.80 / 1,000,000
    near(sell.taf, 0.166);
    near(sell.total(), sell.statutory());
    near(cost(&shares, "2024-06-03", Side::Sell, 100_000.0, 50.0).taf, 8.3);
    for (date, per_million, taf) in [
        ("2011-06-30", 19.2, 0.075),
        ("2014-03-17", 17.4, 0.119),
        ("2014-03-18", 22.1, 0.119),
        ("2020-02-17", 20.7, 0.119),
        ("2021-02-25", 5.1, 0.119),
        ("2024-05-21", 8.0, 0.166),
        ("2025-05-13", 27.8, 0.166),
        ("2025-05-14", 0.0, 0.166),
        ("2026-04-03", 0.0, 0.195),
        ("2026-04-04", 20.6, 0.195),
        ("2026-11-02", 20.6, 0.0),
        ("2027-01-04", 20.6, 0.232),
    ] {
        let sell = cost(&shares, date, Side::Sell, 1_000.0, 1_000.0);
        near(sell.sec, per_million);
        near(sell.taf, taf);
    }
    assert!(shares.on(day("2008-03-31")).is_err());
}

#[test]
fn commission_per_share_has_a_floor_and_two_ceilings() {
    let shares = CostSchedule::named("us_equity").unwrap();
    let plan = shares.with_plan("per_share").unwrap();
    let brokerage = |quantity, price| cost(&plan, "2024-06-03", Side::Buy, quantity, price).brokerage;
    near(brokerage(100.0, 25.0), 1.0); // the floor
    near(brokerage(1_000.0, 25.0), 5.0);
    near(brokerage(1_000.0, 0.25), 2.5); // 1 % of the order's value
    near(brokerage(10.0, 0.2), 0.02); // which goes below the floor
    // An order that fills in two parts pays once.
    let first = fill("2024-06-03", Side::Buy, 100.0, 25.0);
    let second =
        Execution { quantity: 900.0, before: FilledBefore { quantity: 100.0, value: 2_500.0 }, ..first };
    let mut pricer = Pricer::new(plan);
    near(pricer.quote(&first, &FeeState::default()).unwrap().brokerage, 1.0);
    near(pricer.quote(&second, &FeeState::default()).unwrap().brokerage, 4.0);
    let error = shares.with_plan("free").unwrap_err();
    assert!(matches!(error, CostError::UnknownPlan { .. }));
    assert!(error.to_string().ends_with("it has per_share, per_share_low"));
}

#[test]
fn spread_in_pips_and_both_impacts() {
    let model = SlippageModel {
        half_spread_price: 0.000_05,
        impact_coefficient: 0.5,
        permanent_coefficient: 0.2,
        ..SlippageModel::default()
    };
    let schedule = CostSchedule::flat_bps(0.0).with_slippage(model);
    let context = CostContext { sigma: Some(0.02), adv: Some(1_000_000.0), dp_charged: false };
    let taker = Execution { context, ..fill("2025-01-15", Side::Buy, 10_000.0, 1.1) };
    let mut pricer = Pricer::new(schedule);
    let cost = pricer.quote(&taker, &FeeState::default()).unwrap();
    near(cost.slippage, 0.5); // 10,000 x half a pip
    near(cost.impact, 11_000.0 * 0.5 * 0.02 * 0.1); // sqrt(0.01) = 0.1
    near(cost.permanent_impact, 11_000.0 * 0.2 * 0.02 * 0.01 / 2.0);
    near(model.permanent_move(10_000.0, context), 0.2 * 0.02 * 0.01);
    // Ten units a contract: ten times the value and the spread, the same share of the volume.
    let contract = pricer.quote(&Execution { multiplier: 10.0, ..taker }, &FeeState::default()).unwrap();
    near(contract.total(), 10.0 * cost.total());
    let maker = Execution { liquidity: Liquidity::Maker, ..taker };
    assert_eq!(pricer.quote(&maker, &FeeState::default()).unwrap().total(), 0.0);
    // Without volatility or volume there is no estimate, and the spread stays.
    let blind = Execution { context: CostContext { sigma: None, ..context }, ..taker };
    near(pricer.quote(&blind, &FeeState::default()).unwrap().total(), 0.5);
}

#[test]
fn a_daily_charge_is_paid_once_a_day_and_instrument() {
    let mut pricer = Pricer::new(CostSchedule::named("nse_delivery").unwrap());
    let mut state = FeeState::default();
    let sale = fill("2025-01-15", Side::Sell, 10.0, 100.0);
    near(pricer.charge(&sale, &mut state).unwrap().dp, 15.0);
    near(pricer.charge(&sale, &mut state).unwrap().dp, 0.0);
    near(pricer.charge(&Execution { instrument: 7, ..sale }, &mut state).unwrap().dp, 15.0);
    near(pricer.charge(&Execution { date: day("2025-01-16"), ..sale }, &mut state).unwrap().dp, 15.0);
}

#[test]
fn a_pricer_agrees_with_the_schedule_on_every_date() {
    let context = CostContext { sigma: Some(0.02), adv: Some(1e6), dp_charged: false };
    for name in CostSchedule::names() {
        let schedule = CostSchedule::named(name).unwrap().scaled_from(day("2020-01-01"), 2.0);
        let mut pricer = Pricer::new(schedule.clone());
        // Backwards too: a cached rate never leaks into another date.
        for date in ["2017-01-02", "2026-04-04", "2019-12-31", "2020-01-01", "2024-10-01", "2017-01-02"] {
            for side in [Side::Buy, Side::Sell] {
                let fill = Execution { context, ..fill(date, side, 100.0, 250.0) };
                let found = pricer.quote(&fill, &FeeState::default()).unwrap();
                assert_eq!(
                    found,
                    schedule.cost(day(date), side, 100.0, 250.0, context).unwrap(),
                    "{name} {date}"
                );
            }
        }
    }
}
