//! What positions cost by being held: hand-checked amounts, signs, times.

use proofmark_execution::costs::{CostSchedule, Held, HoldingCost, HoldingError, HoldingRates, RateAt, Side};
use proofmark_units::Instant;

use crate::cost_products::day;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn held(quantity: f64, unit_value: f64) -> Held {
    Held { quantity, unit_value, ..Held::default() }
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn the_worked_example_of_fee_and_funding() {
    // One unit at 100 pays 5 basis points; 0.1 % of funding on one unit at 105; the price moved by 5 in between.
    let flat = CostSchedule::flat_bps(5.0);
    let fee = flat.cost(day("2024-06-01"), Side::Buy, 1.0, 100.0, Default::default()).unwrap().total();
    let funding = [RateAt { at: at("2024-06-01T08:00:00Z"), rate: 0.001 }];
    let rates = HoldingRates { funding: &funding, ..HoldingRates::default() };
    let perpetual = CostSchedule::named("crypto_tiers").unwrap();
    let accrue =
        |quantity, from, to| perpetual.accrue(held(quantity, 105.0), at(from), at(to), &rates).unwrap();
    let long = accrue(1.0, "2024-06-01T00:00:00Z", "2024-06-01T08:00:00Z");
    near(fee, 0.05);
    near(long.funding, 0.105);
    near(long.total(), long.funding);
    near(5.0 - fee - long.total(), 5.0 - 0.05 - 0.105);
    near(accrue(-1.0, "2024-06-01T00:00:00Z", "2024-06-01T08:00:00Z").funding, -0.105); // shorts receive
    // A payment belongs to the interval that ends with it, and to no other.
    assert_eq!(accrue(1.0, "2024-06-01T08:00:00Z", "2024-06-01T16:00:00Z"), HoldingCost::default());
    assert_eq!(accrue(1.0, "2024-06-01T09:00:00Z", "2024-06-01T07:00:00Z"), HoldingCost::default());
}

#[test]
fn shorts_pay_for_each_night_they_borrow() {
    let shares = CostSchedule::named("us_equity").unwrap();
    let accrue = |held, from, to| shares.accrue(held, at(from), at(to), &HoldingRates::default()).unwrap();
    let (friday, monday) = ("2024-06-07T20:00:00Z", "2024-06-10T20:00:00Z");
    near(accrue(held(-100.0, 50.0), friday, monday).total(), 5_000.0 * 0.003 * 3.0 / 360.0);
    assert_eq!(accrue(held(100.0, 50.0), friday, monday), HoldingCost::default());
    // Opened and closed within a session: nothing was borrowed over night.
    let within = accrue(held(-100.0, 50.0), "2024-06-07T14:00:00Z", friday);
    assert_eq!(within, HoldingCost::default());
    let margin = Held { borrowed: 10_000.0, ..held(300.0, 50.0) };
    near(accrue(margin, friday, monday).interest, 10_000.0 * 0.06 * 3.0 / 360.0);
    let idle = Held { idle: 10_000.0, ..held(300.0, 50.0) };
    near(accrue(idle, friday, monday).total(), 0.0); // this schedule pays nothing on it
    let early =
        shares.accrue(held(-1.0, 1.0), at("2008-03-01T00:00:00Z"), at(friday), &HoldingRates::default());
    assert!(matches!(early, Err(HoldingError::Undated(_))));
}

#[test]
fn carry_has_a_sign_and_three_days_on_wednesday() {
    let fx = CostSchedule::named("fx_spot").unwrap();
    // 3 % in euros against 5 % in dollars.
    let differential = [RateAt { at: at("2025-01-01T00:00:00Z"), rate: -0.02 }];
    let rates = HoldingRates { differential: &differential, ..HoldingRates::default() };
    let carry = |quantity, from, to| fx.accrue(held(quantity, 1.1), at(from), at(to), &rates).unwrap().carry;
    let tuesday = ("2025-01-14T21:59:59Z", "2025-01-14T22:00:00Z"); // 17:00 in New York in winter
    near(carry(100_000.0, tuesday.0, tuesday.1), 110_000.0 * (0.02 + 0.005) / 360.0);
    near(carry(-100_000.0, tuesday.0, tuesday.1), -110_000.0 * (0.02 - 0.005) / 360.0);
    let wednesday = carry(100_000.0, "2025-01-15T21:59:59Z", "2025-01-15T22:00:00Z");
    near(wednesday, 3.0 * 110_000.0 * 0.025 / 360.0);
    let week = carry(100_000.0, "2025-01-12T23:00:00Z", "2025-01-19T23:00:00Z");
    near(week, 7.0 * 110_000.0 * 0.025 / 360.0);
    near(carry(100_000.0, "2025-01-17T22:00:00Z", "2025-01-19T23:00:00Z"), 0.0); // no roll at the weekend
    // In summer the clocks of New York are an hour ahead.
    near(carry(1.0, "2025-07-15T21:00:00Z", "2025-07-15T22:00:00Z"), 0.0);
    near(carry(1.0, "2025-07-15T20:00:00Z", "2025-07-15T21:00:00Z"), 1.1 * 0.025 / 360.0);
}

#[test]
fn a_rate_that_is_not_known_is_an_error_and_never_zero() {
    let fx = CostSchedule::named("fx_spot").unwrap();
    let (from, to) = (at("2025-01-14T12:00:00Z"), at("2025-01-15T12:00:00Z"));
    let roll = |differential: &[RateAt]| {
        fx.accrue(held(1.0, 1.1), from, to, &HoldingRates { differential, funding: &[] }).map(|c| c.carry)
    };
    // Known an hour after the roll, or not a number.
    for row in [
        RateAt { at: at("2025-01-14T23:00:00Z"), rate: -0.02 },
        RateAt { at: at("2025-01-01T00:00:00Z"), rate: f64::NAN },
    ] {
        let error = roll(&[row]).unwrap_err();
        assert_eq!(
            error,
            HoldingError::NoDifferential { schedule: "fx_spot".into(), date: day("2025-01-14") }
        );
    }
    // A later row changes nothing that was charged before it was known.
    let known = RateAt { at: at("2025-01-14T22:00:00Z"), rate: -0.02 };
    let later = RateAt { at: at("2025-01-14T22:00:01Z"), rate: 0.5 };
    assert_eq!(roll(&[known]).unwrap(), roll(&[known, later]).unwrap());
    let funding = [RateAt { at: from.plus_seconds(1), rate: f64::NAN }];
    let rates = HoldingRates { funding: &funding, differential: &[] };
    let error = CostSchedule::named("crypto_tiers").unwrap().accrue(held(1.0, 1.0), from, to, &rates);
    assert!(matches!(error, Err(HoldingError::NoFunding { .. })));
    // Nothing held, nothing asked.
    assert_eq!(
        fx.accrue(held(0.0, 1.1), from, to, &HoldingRates::default()).unwrap(),
        HoldingCost::default()
    );
}

#[test]
fn holding_rules_that_make_no_sense_are_refused() {
    let text = include_str!("../../data/fx_spot.toml");
    let says = |from: &str, to: &str, what: &str| {
        let error = CostSchedule::from_toml("x", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with("cost schedule `x`") && error.contains(what), "{error}");
    };
    says(
        "zone = \"America/New_York\"",
        "zone = \"America/New_Yrk\"",
        "there is no time zone `America/New_Yrk`",
    );
    says("time = \"17:00\"", "time = \"25:00\"", "roll time `25:00` is not HH:MM");
    says("year_days = 360.0", "year_days = 252.0", "`year_days` is 360 or 365, not 252");
    says("kind = \"carry\"", "kind = \"borrow\"", "an annual `borrow` rate that nothing charges");
    says("charges = [\"carry\"]", "charges = [\"carry\", \"interest\"]", "no annual `interest` rate");
    says(
        "rate = 0.005",
        "rate = -0.005",
        "row 1 of `annual` (`carry` from 1990-01-01): -0.005 is not a cost",
    );
    let section = text.find("[holding.roll]").unwrap()..text.find("[[annual]]").unwrap();
    let mut without = text.to_owned();
    without.replace_range(section, "");
    let error = CostSchedule::from_toml("x", &without).unwrap_err().to_string();
    assert!(error.contains("`holding` charges `carry` and has no roll"), "{error}");
}
