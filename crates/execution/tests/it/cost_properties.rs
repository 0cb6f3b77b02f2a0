//! Properties of every shipped schedule, and bytes that must not change.

use proofmark_execution::costs::{
    CostBreakdown, CostContext, CostKind, CostSchedule, Execution, FeeState, FilledBefore, Held,
    HoldingRates, Liquidity, Pricer, RateAt, Side,
};
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

/// A fill some days after the one before it.
fn fills() -> impl Strategy<Value = Vec<(i32, Execution)>> {
    let one = (0..5_i32, 0..3_u32, any::<[bool; 2]>(), 0.001..1e5_f64, 0.01..1e5_f64, 0.0..0.1_f64);
    let one = one.prop_map(|(days, instrument, [buys, makes], quantity, price, sigma)| {
        let fill = Execution {
            date: Date::from_days(0),
            instrument,
            side: if buys { Side::Buy } else { Side::Sell },
            quantity,
            price,
            multiplier: 1.0,
            liquidity: if makes { Liquidity::Maker } else { Liquidity::Taker },
            before: FilledBefore::default(),
            context: CostContext { sigma: Some(sigma), adv: Some(1e6), dp_charged: false },
        };
        (days, fill)
    });
    prop::collection::vec(one, 1..40)
}

fn schedule() -> impl Strategy<Value = CostSchedule> {
    let names: Vec<&str> = CostSchedule::names().collect();
    prop::sample::select(names).prop_map(|name| CostSchedule::named(name).unwrap())
}

fn dated(fills: Vec<(i32, Execution)>) -> Vec<Execution> {
    let mut date: Date = "2018-01-01".parse().unwrap();
    let step = |(days, fill)| {
        date = date.plus_days(days);
        Execution { date, ..fill }
    };
    fills.into_iter().map(step).collect()
}

proptest! {
    #[test]
    fn costs_are_at_least_zero_and_sum(schedule in schedule(), fills in fills()) {
        let (mut pricer, mut twice) = (Pricer::new(schedule.clone()), Pricer::new(schedule.scaled(2.0)));
        let mut state = FeeState::new(3);
        for fill in dated(fills) {
            let double = twice.quote(&fill, &state).unwrap().total();
            let cost = pricer.charge(&fill, &mut state).unwrap();
            let parts: Vec<f64> = CostKind::ALL.iter().map(|kind| cost.get(*kind)).collect();
            prop_assert!(parts.iter().all(|part| part.is_finite() && *part >= 0.0));
            let total = cost.total();
            prop_assert!((parts.iter().sum::<f64>() - total).abs() <= 1e-12 * total);
            prop_assert!((double - 2.0 * total).abs() <= 1e-12 * double);
        }
    }

    /// Saved and loaded between any two fills, an account pays the same bits.
    #[test]
    fn a_state_survives_a_save(schedule in schedule(), fills in fills(), cut in 0..40_usize) {
        let fills = dated(fills);
        let mut pricer = Pricer::new(schedule);
        let (mut whole, mut saved) = (FeeState::new(3), FeeState::default());
        for (i, fill) in fills.iter().enumerate() {
            if i == cut {
                saved = serde_json::from_str(&serde_json::to_string(&saved).unwrap()).unwrap();
            }
            let (a, b) = (pricer.charge(fill, &mut whole).unwrap(), pricer.charge(fill, &mut saved).unwrap());
            prop_assert_eq!(a, b);
            let sum: f64 = fills[..=i]
                .iter()
                .filter(|other| other.date.days() > fill.date.days() - 30)
                .map(Execution::value)
                .sum();
            if !pricer.schedule().tiers().is_empty() {
                prop_assert!((whole.rolling_notional(fill.date) - sum).abs() <= 1e-9 * sum);
            }
        }
    }

    /// However an order is cut into fills, its brokerage is that of the whole.
    #[test]
    fn an_order_in_parts_pays_what_the_whole_pays(
        plan in prop::sample::select(vec!["nse_futures:own", "nse_options:own", "us_equity:per_share"]),
        parts in prop::collection::vec(0.01..1e4_f64, 1..12),
        price in 0.01..1e3_f64,
    ) {
        let (name, plan) = plan.split_once(':').unwrap();
        let schedule = CostSchedule::named(name).unwrap();
        let schedule = if plan == "own" { schedule } else { schedule.with_plan(plan).unwrap() };
        let mut pricer = Pricer::new(schedule);
        let state = FeeState::default();
        let mut fill = crate::cost_products::fill("2024-06-03", Side::Buy, 0.0, price);
        let mut paid = 0.0;
        for part in &parts {
            fill.quantity = *part;
            paid += pricer.quote(&fill, &state).unwrap().brokerage;
            fill.before.quantity += part;
            fill.before.value += part * price;
        }
        let all = crate::cost_products::fill("2024-06-03", Side::Buy, fill.before.quantity, price);
        let whole = pricer.quote(&all, &state).unwrap().brokerage;
        prop_assert!((paid - whole).abs() <= 1e-9 * whole.max(1.0), "{paid} {whole}");
    }

    /// Holding from a to c costs what it costs from a to b and from b to c, and funding changes sign with the position.
    #[test]
    fn holding_adds_up_over_time(
        name in prop::sample::select(vec!["us_equity", "crypto_tiers", "fx_spot"]),
        quantity in -1e3..1e3_f64,
        borrowed in 0.0..1e5_f64,
        times in prop::collection::vec(0..40_000_000_i64, 3),
        rates in prop::collection::vec(-0.1..0.1_f64, 2..50),
    ) {
        let schedule = CostSchedule::named(name).unwrap();
        let start: Instant = "2024-01-01T00:00:00Z".parse().unwrap();
        let series: Vec<RateAt> = rates
            .iter()
            .enumerate()
            .map(|(i, rate)| RateAt { at: start.plus_seconds(i as i64 * 700_000), rate: *rate })
            .collect();
        let rates = HoldingRates { funding: &series, differential: &series };
        let mut times = times;
        times.sort_unstable();
        let t: Vec<Instant> = times.iter().map(|s| start.plus_seconds(*s)).collect();
        let held = Held { quantity, unit_value: 3.0, borrowed, ..Held::default() };
        let cost = |held, from, to| schedule.accrue(held, from, to, &rates).unwrap();
        let mut sum = cost(held, t[0], t[1]);
        sum += cost(held, t[1], t[2]);
        let whole = cost(held, t[0], t[2]);
        prop_assert!((sum.total() - whole.total()).abs() < 1e-6);
        let other = cost(Held { quantity: -quantity, ..held }, t[0], t[2]);
        prop_assert_eq!(other.funding, -whole.funding);
        prop_assert!(whole.carry + other.carry >= -1e-9); // the markup is paid on both sides
        prop_assert!(whole.borrow >= 0.0 && whole.interest >= 0.0);
    }

    /// Text of any kind is refused or read, never a panic.
    #[test]
    fn any_text_is_an_error_or_a_schedule(place in 0..6_000_usize, with in "[ -~]{0,6}") {
        let text = include_str!("../../data/us_equity.toml");
        let mut bytes = text.as_bytes().to_vec();
        let end = (place + with.len()).min(bytes.len());
        bytes.splice(place.min(end)..end, with.bytes());
        let _ = CostSchedule::from_toml("x", &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_breakdown_without_the_newer_parts_keeps_its_bytes() {
    let text = concat!(
        r#"{"stt":1.5,"exchange":0.25,"sebi":0.0,"ipft":0.0,"stamp":0.0,"tax":0.0,"dp":0.0,"#,
        r#""brokerage":0.0,"slippage":0.0,"impact":0.0}"#
    );
    let read: CostBreakdown = serde_json::from_str(text).unwrap();
    assert_eq!(read.total(), 1.75);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let newer = CostBreakdown { sec: 0.5, taf: 0.125, permanent_impact: 2.0, ..read };
    let written = serde_json::to_string(&newer).unwrap();
    assert!(written.ends_with(r#""impact":0.0,"sec":0.5,"taf":0.125,"permanent_impact":2.0}"#));
    assert_eq!(serde_json::from_str::<CostBreakdown>(&written).unwrap(), newer);
}
