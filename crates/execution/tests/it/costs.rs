use proofmark_execution::costs::{
    BrokerPlan, CostContext, CostError, CostKind, CostSchedule, Side, SlippageModel,
};
use proofmark_units::{Date, DateSpan};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A named schedule without what broker and market add.
fn statutory(name: &str) -> CostSchedule {
    let schedule = CostSchedule::named(name).unwrap();
    schedule.with_broker(BrokerPlan::default()).with_slippage(SlippageModel::default())
}

fn round_trip(schedule: &CostSchedule, date: &str) -> f64 {
    let leg = |side| schedule.cost(day(date), side, 1000.0, 100.0, CostContext::default()).unwrap().total();
    leg(Side::Buy) + leg(Side::Sell)
}

#[test]
fn a_round_trip_of_a_lakh_costs_what_the_spec_says() {
    let (delivery, intraday) = (statutory("nse_delivery"), statutory("nse_intraday"));
    assert!((round_trip(&delivery, "2025-01-15") - 222.4).abs() < 0.1);
    assert!((round_trip(&intraday, "2025-01-15") - 35.4).abs() < 0.1);
}

#[test]
fn each_rate_changes_on_its_date() {
    let delivery = statutory("nse_delivery");
    let part = |date: &str, side, kind| {
        delivery.cost(day(date), side, 1000.0, 100.0, CostContext::default()).unwrap().get(kind)
    };
    for (before, after, day_before, from) in [
        (75.0, 100.0, "2005-05-31", "2005-06-01"),
        (100.0, 125.0, "2006-05-31", "2006-06-01"),
        (125.0, 100.0, "2012-06-30", "2012-07-01"),
    ] {
        for side in [Side::Buy, Side::Sell] {
            assert!((part(day_before, side, CostKind::Stt) - before).abs() < 1e-9);
            assert!((part(from, side, CostKind::Stt) - after).abs() < 1e-9);
        }
    }
    assert!((part("2020-06-30", Side::Sell, CostKind::Stamp) - 10.0).abs() < 1e-9);
    assert_eq!(part("2020-07-01", Side::Sell, CostKind::Stamp), 0.0);
    assert!((part("2020-07-01", Side::Buy, CostKind::Stamp) - 15.0).abs() < 1e-9);
    assert!((part("2024-09-30", Side::Buy, CostKind::Exchange) - 3.22).abs() < 1e-9);
    assert!((part("2024-10-01", Side::Buy, CostKind::Exchange) - 2.97).abs() < 1e-9);
    assert!((part("2017-06-30", Side::Buy, CostKind::Tax) - 0.15 * (3.25 + 0.15)).abs() < 1e-9);
    assert!((part("2017-07-01", Side::Buy, CostKind::Tax) - 0.18 * (3.25 + 0.15)).abs() < 1e-9);
}

#[test]
fn before_its_first_date_a_schedule_says_so() {
    let delivery = CostSchedule::named("nse_delivery").unwrap();
    assert_eq!(delivery.first_date(), Some(day("2004-10-01")));
    assert!(!delivery.covers(day("2004-09-30")) && delivery.covers(day("2004-10-01")));
    let error = delivery.on(day("2001-01-01")).unwrap_err();
    let text = "cost schedule `nse_delivery` is dated from 2004-10-01; it has no rates for 2001-01-01";
    assert_eq!(error.to_string(), text);
    let back = delivery.with_earliest_rates_before();
    assert!(!back.covers(day("2001-01-01")));
    let leg = |date| back.cost(day(date), Side::Buy, 1.0, 100.0, CostContext::default()).unwrap();
    assert_eq!(leg("2001-01-01"), leg("2004-10-01"));
    let span = DateSpan::new(day("2004-09-21"), day("2004-10-10")).unwrap();
    assert!((delivery.dated_share(span) - 0.5).abs() < 1e-12);
}

#[test]
fn every_shipped_rate_has_a_source_and_the_doubtful_ones_are_marked() {
    for name in CostSchedule::names() {
        let schedule = CostSchedule::named(name).unwrap();
        assert_eq!(schedule.name(), name);
        assert!(schedule.rates().iter().all(|r| r.source.len() > 10));
        let holding = schedule.holding().map_or(&[][..], |h| h.annual());
        let assumed = schedule.rates().iter().map(|r| r.assumption);
        let assumed = assumed.chain(schedule.tiers().iter().map(|t| t.assumption));
        assert!(assumed.chain(holding.iter().map(|r| r.assumption)).any(|x| x), "{name}");
        assert!(schedule.broker().1.contains("assumption") && schedule.slippage().1.contains("assumption"));
    }
}

#[test]
fn broker_slippage_scaling_and_flat() {
    let plan =
        BrokerPlan { brokerage: 0.001, brokerage_max: 20.0, dp_per_sell_day: 15.0, ..BrokerPlan::default() };
    let schedule = statutory("nse_delivery").with_broker(plan);
    let schedule = schedule.with_slippage(SlippageModel {
        half_spread: 0.0002,
        impact_coefficient: 0.5,
        ..SlippageModel::default()
    });
    let date = day("2025-01-15");
    let context = CostContext { sigma: Some(0.02), adv: Some(100_000.0), dp_charged: false };
    let sell = schedule.cost(date, Side::Sell, 1000.0, 100.0, context).unwrap();
    assert_eq!((sell.brokerage, sell.dp), (20.0, 15.0));
    assert!((sell.tax - 0.18 * (20.0 + 15.0 + 2.97 + 0.1)).abs() < 1e-9);
    assert!((sell.slippage - 20.0).abs() < 1e-9);
    assert!((sell.impact - 100_000.0 * 0.5 * 0.02 * 0.1).abs() < 1e-9); // sqrt(1,000 / 100,000) = 0.1
    assert_eq!(schedule.cost(date, Side::Buy, 1000.0, 100.0, context).unwrap().dp, 0.0);
    let again = CostContext { dp_charged: true, ..context };
    assert_eq!(schedule.cost(date, Side::Sell, 1000.0, 100.0, again).unwrap().dp, 0.0);
    let twice = schedule.scaled(2.0).cost(date, Side::Sell, 1000.0, 100.0, context).unwrap();
    assert!((twice.total() - 2.0 * sell.total()).abs() < 1e-9);
    let parts: f64 = CostKind::ALL.iter().map(|kind| sell.get(*kind)).sum();
    assert!((parts - sell.total()).abs() < 1e-9);
    let flat =
        CostSchedule::flat_bps(15.0).cost(day("1990-01-01"), Side::Buy, 100.0, 2500.0, context).unwrap();
    assert!((flat.total() - 375.0).abs() < 1e-9);
}

#[test]
fn nonsense_is_refused_with_a_name() {
    let error = CostSchedule::named("nse_delivry").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no cost schedule `nse_delivry`; there are nse_delivery, nse_intraday, nse_futures, nse_options, \
         us_equity, crypto_tiers, fx_spot"
    );
    let text = include_str!("../../data/nse_delivery.toml");
    let broken =
        |from: &str, to: &str| CostSchedule::from_toml("x", &text.replacen(from, to, 1)).unwrap_err();
    let says = |from: &str, to: &str, what: &str| {
        let error = broken(from, to).to_string();
        assert!(error.starts_with("cost schedule `x`: ") && error.contains(what), "{error}");
    };
    assert!(matches!(broken("half_spread", "half_sprad"), CostError::Malformed { .. }));
    assert!(matches!(broken("from = \"2005-06-01\"", "from = \"2005-02-30\""), CostError::Malformed { .. }));
    says("half_spread = 0.0002", "half_spread = -1.0", "`slippage`: -1 is not a cost");
    // Their sum over a fill would be no number.
    for absurd in ["1e308", "inf", "nan"] {
        says("half_spread = 0.0002", &format!("half_spread = {absurd}"), "is not a cost");
    }
    says("kind = \"stt\"", "kind = \"dp\"", "row 1 of `rate` (`dp` from 2004-10-01): is not a dated kind");
    says("2005-06-01", "2004-10-01", "row 2 of `rate` (`stt` from 2004-10-01): starts where another");
    says("buy = 0.001\n", "buy = nan\n", "row 2 of `rate` (`stt` from 2005-06-01): NaN is not a cost");
    says(
        "source = \"Finance Act 2005;",
        "source = \" \" #",
        "row 2 of `rate` (`stt` from 2005-06-01): names no",
    );
    says("\"ipft\", ", "", "a `ipft` rate that `charges` does not name");
    says("\"ipft\", ", "\"ipft\", \"sec\", ", "no `sec` rate, which `charges` names");
}

#[test]
fn a_fee_reset_multiplies_from_its_date_on() {
    let plain = statutory("nse_delivery");
    let reset = plain.scaled_from(day("2015-03-02"), 2.0);
    assert_eq!(round_trip(&reset, "2015-03-01"), round_trip(&plain, "2015-03-01"));
    for date in ["2015-03-02", "2025-01-15"] {
        assert!((round_trip(&reset, date) - 2.0 * round_trip(&plain, date)).abs() < 1e-9);
    }
    // A book asks when rates change next: the reset is such a date.
    assert_eq!(reset.next_change(day("2015-03-01")), Some(day("2015-03-02")));
    let both = reset.scaled(3.0);
    assert!((round_trip(&both, "2015-03-02") - 6.0 * round_trip(&plain, "2015-03-02")).abs() < 1e-9);
    assert_eq!(
        CostSchedule::flat_bps(5.0).scaled_from(day("2015-03-02"), 2.0).next_change(day("2015-01-01")),
        Some(day("2015-03-02"))
    );
}
