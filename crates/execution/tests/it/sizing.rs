//! Sizing: golden vectors and hand-checked numbers.

use proofmark_execution::Direction;
use proofmark_execution::sizing::confidence::{ConfidenceTiers, Tier};
use proofmark_execution::sizing::dynamic_leverage::DynamicLeverage;
use proofmark_execution::sizing::kelly::Kelly;
use proofmark_execution::sizing::lots::{LotReason, LotRule};
use proofmark_execution::sizing::risk_parity::risk_parity;
use proofmark_execution::sizing::risk_per_trade::{atr_based, fixed_fractional, fixed_notional};
use proofmark_execution::sizing::stops::{AdaptiveStops, StopDistances};
use proofmark_execution::sizing::volatility_target::VolatilityTarget;
use proptest::prelude::*;

#[track_caller]
fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
}

const SHARES: LotRule = LotRule { lot: 1, max_value: Some(100_000.0), min_value: 0.0 };

#[test]
fn risk_of_a_trade_is_the_distance_to_its_stop() {
    // 1 % of a million is 10,000; the stop is 20 away.
    close(fixed_fractional(1e6, 0.01, 1.0, 1000.0, 980.0).unwrap(), 500.0);
    close(fixed_fractional(1e6, 0.01, 1.0, 1000.0, 1020.0).unwrap(), 500.0);
    close(fixed_fractional(1e6, 0.01, 0.5, 1000.0, 980.0).unwrap(), 250.0);
    close(atr_based(1e6, 0.01, 1.0, 20.0, 2.0).unwrap(), 250.0);
    close(fixed_notional(1e6, 0.01, 1.0, 1000.0).unwrap(), 10.0);
    assert!(fixed_fractional(1e6, 0.01, 1.0, 1000.0, 1000.0).is_err(), "no distance");
    assert!(fixed_fractional(1e6, 1.5, 1.0, 1000.0, 980.0).is_err(), "1.5 is no fraction");
    assert!(atr_based(1e6, 0.01, 1.0, 0.0, 2.0).is_err(), "no fall-back to another rule");
    assert!(atr_based(1e6, 0.01, 1.0, f64::NAN, 2.0).is_err());
    assert!(fixed_notional(-1.0, 0.01, 1.0, 1000.0).is_err());
}

#[test]
fn lots_are_rounded_down_and_say_why() {
    let round = |rule: LotRule, shares, held| {
        let q = rule.round(shares, 1000.0, held).unwrap();
        (q.shares, q.reason)
    };
    assert_eq!(round(SHARES, 250.0, 0.0), (100, LotReason::PartiallyCapped));
    assert_eq!(round(SHARES, 99.9, 0.0), (99, LotReason::WithinLimits));
    assert_eq!(round(SHARES, 50.0, 100_000.0), (0, LotReason::CapReached));
    assert_eq!(round(SHARES, 50.0, 130_000.0), (0, LotReason::CapReached));
    assert_eq!(round(SHARES, 0.9, 0.0), (0, LotReason::BelowOneLot), "never up to one share");
    let lots = LotRule { lot: 75, max_value: None, min_value: 100_000.0 };
    assert_eq!(round(lots, 160.0, 0.0), (150, LotReason::WithinLimits));
    assert_eq!(round(lots, 80.0, 0.0), (0, LotReason::BelowMinimumValue));
    assert!(SHARES.round(f64::NAN, 1.0, 0.0).is_err() && SHARES.round(1.0, 0.0, 0.0).is_err());
    assert!(LotRule { lot: 0, ..SHARES }.round(1.0, 1.0, 0.0).is_err());
}

const WEEKLY: VolatilityTarget = VolatilityTarget {
    target: 0.15,
    floor: 0.05,
    min_leverage: 0.5,
    max_leverage: 2.0,
    window: 21,
    periods_per_year: 252.0,
};

#[test]
fn leverage_follows_the_golden_vectors() {
    let run = |rv, multiplier| WEEKLY.leverage(Some(rv), multiplier).unwrap();
    let low = run(0.04, 1.0);
    close(low.raw, 3.0);
    assert_eq!((low.clipped, low.leverage), (2.0, Some(2.0)));
    close(run(0.10, 1.5).clipped, 1.5);
    assert_eq!(run(0.10, 1.5).leverage, Some(2.0), "1.5 x 1.5 = 2.25 is clipped again");
    close(run(0.20, 1.5).leverage.unwrap(), 1.125);
    close(run(0.20, 1.0).leverage.unwrap(), 0.75);
    assert_eq!(run(0.20, 0.5).leverage, Some(0.5), "0.375 is raised to the least leverage");
    assert_eq!(run(0.20, 0.0).leverage, None, "skipped, not raised");
    let assumed = WEEKLY.leverage(None, 1.0).unwrap();
    assert!(assumed.assumed && assumed.raw == 1.0);
    assert!(WEEKLY.leverage(Some(f64::NAN), 1.0).is_err() && WEEKLY.leverage(None, -1.0).is_err());
}

#[test]
fn realised_volatility_is_that_of_the_last_log_returns() {
    let two = VolatilityTarget { window: 2, ..WEEKLY };
    // Returns of +-1 %: standard deviation 0.01 x sqrt(2) with divisor n - 1.
    close(two.realised(&[9.0, 0.01, -0.01]).unwrap(), 0.01 * 2.0_f64.sqrt() * 252.0_f64.sqrt());
    assert_eq!(WEEKLY.realised(&[0.01; 20]), None, "one too few");
    assert_eq!(WEEKLY.realised(&[0.01; 21]), None, "no movement");
    assert_eq!(two.realised(&[f64::NAN, 0.01]), None);
}

#[test]
fn kelly_by_hand() {
    let half = Kelly { fraction: 0.5, cap: 2.0 };
    close(half.from_moments(0.0004, 0.0004).unwrap(), 0.5);
    close(half.from_moments(-0.0004, 0.0004).unwrap(), -0.5);
    close(half.from_moments(0.1, 0.0004).unwrap(), 2.0);
    // 60 % at even odds: 0.2; at two to one: 0.6 - 0.4 / 2 = 0.4.
    close(half.from_odds(0.6, 1.0).unwrap(), 0.1);
    close(half.from_odds(0.6, 2.0).unwrap(), 0.2);
    assert_eq!(half.from_odds(0.4, 1.0).unwrap(), 0.0, "no edge, no bet");
    assert!(half.from_moments(0.1, 0.0).is_err() && half.from_odds(60.0, 1.0).is_err());
    assert!(Kelly { fraction: 2.0, cap: 1.0 }.from_odds(0.6, 1.0).is_err());
}

#[test]
fn tiers_compare_strictly() {
    let tiers = ConfidenceTiers::weekly_usdcop();
    let run = |a, b| {
        let c = tiers.judge(a, b).unwrap();
        (c.tier, c.direction, c.multiplier)
    };
    let (long, short) = (Some(Direction::Long), Some(Direction::Short));
    assert_eq!(run(-0.0120, -0.0115), (Tier::High, short, 1.5));
    assert_eq!(run(0.0120, 0.0115), (Tier::High, long, 1.0));
    assert_eq!(run(0.0060, 0.0055), (Tier::Medium, long, 0.5));
    assert_eq!(run(0.0120, 0.0060), (Tier::Low, long, 0.0));
    assert_eq!(run(-0.0120, -0.0060), (Tier::Low, short, 1.5));
    assert_eq!(run(0.011, 0.009), (Tier::Medium, long, 0.5), "0.010 is not above 0.010");
    assert_eq!(run(0.002, -0.002), (Tier::Low, None, 0.0), "zero is held by nobody");
    assert!(tiers.judge(f64::NAN, 0.0).is_err());
}

const STOPS: AdaptiveStops = AdaptiveStops {
    multiplier: 2.0,
    sessions: 5.0,
    sessions_per_year: 252.0,
    floor: 0.01,
    cap: 0.03,
    target_share: 0.5,
};

#[test]
fn stops_follow_the_golden_vectors() {
    for (volatility, stop, target) in
        [(0.03, 0.01, 0.005), (0.05, 0.014_09, 0.007_04), (0.10, 0.028_17, 0.014_09), (0.15, 0.03, 0.015)]
    {
        let got = STOPS.distances(volatility).unwrap();
        assert!((got.hard_stop - stop).abs() < 6e-6, "{got:?}");
        assert!((got.take_profit - target).abs() < 6e-6, "{got:?}");
    }
    let wide = StopDistances { hard_stop: 0.03, take_profit: 0.015 };
    let at_two = STOPS.at_leverage(wide, 2.0, 0.035).unwrap();
    close(at_two.hard_stop, 0.0175);
    close(at_two.take_profit, 0.00875);
    assert_eq!(STOPS.at_leverage(wide, 1.0, 0.035).unwrap(), wide);
    assert!(STOPS.distances(f64::NAN).is_err() && STOPS.at_leverage(wide, 0.0, 0.035).is_err());
}

#[test]
fn dynamic_leverage_follows_the_golden_vectors() {
    let rule = DynamicLeverage::weekly_usdcop();
    let record =
        |wins: usize, n: usize| -> Vec<f64> { (0..n).map(|i| if i < wins { 0.01 } else { -0.01 }).collect() };
    for (wins, wanted) in [(5, 1.0), (4, 0.75), (3, 0.4375), (2, 0.25), (0, 0.25), (8, 1.0)] {
        close(rule.scale(&record(wins, 8), 0.0).unwrap(), wanted);
    }
    close(rule.scale(&record(5, 8), 0.07).unwrap(), 0.5);
    close(rule.scale(&record(3, 8), 0.07).unwrap(), 0.25);
    close(rule.scale(&record(5, 8), 0.06).unwrap(), 1.0);
    close(rule.scale(&record(0, 2), 0.0).unwrap(), 1.0);
    // Only the last eight count.
    let mut long = record(0, 4);
    long.extend(record(8, 8));
    close(rule.scale(&long, 0.0).unwrap(), 1.0);
    assert!(rule.scale(&record(4, 8), 7.0).is_err(), "7 is no fraction");
}

#[test]
fn risk_parity_of_two_names_is_inverse_volatility_at_any_correlation() {
    for correlation in [-0.9, 0.0, 0.5, 1.0] {
        let off = correlation * 0.1 * 0.3;
        let w = risk_parity(&[0.01, off, off, 0.09], &[1.0, 1.0]).unwrap();
        assert!((w[0] - 0.75).abs() < 1e-9 && (w[1] - 0.25).abs() < 1e-9, "{correlation}: {w:?}");
    }
    // Without correlation, contributions of 4 to 1 are weights of 2 / sigma to 1 / sigma.
    let w = risk_parity(&[0.01, 0.0, 0.0, 0.01], &[4.0, 1.0]).unwrap();
    assert!((w[0] - 2.0 / 3.0).abs() < 1e-9);
    assert!(risk_parity(&[], &[]).is_err());
    assert!(risk_parity(&[0.0], &[1.0]).is_err(), "cash has no risk to share");
    assert!(risk_parity(&[0.01, 0.02, 0.02, 0.01], &[1.0, 1.0]).is_err(), "no covariance");
    assert!(risk_parity(&[0.01, 0.0, 0.0, 0.01], &[1.0, -1.0]).is_err());
    assert!(risk_parity(&[0.01, -0.01, -0.01, 0.01], &[1.0, 1.0]).is_err(), "the sum is free of risk");
}

proptest! {
    #[test]
    fn risk_contributions_are_as_budgeted(
        loadings in prop::collection::vec(-0.2..0.2_f64, 12),
        own in prop::collection::vec(0.001..0.05_f64, 6),
        budgets in prop::collection::vec(0.1..5.0_f64, 6),
    ) {
        // Two factors and variances of each name's own.
        let cell = |i: usize, j: usize| {
            let shared = loadings[i] * loadings[j] + loadings[6 + i] * loadings[6 + j];
            if i == j { shared + own[i] } else { shared }
        };
        let covariance: Vec<f64> = (0..36).map(|k| cell(k / 6, k % 6)).collect();
        let w = risk_parity(&covariance, &budgets).unwrap();
        prop_assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-12 && w.iter().all(|w| *w > 0.0));
        let part = |i: usize| w[i] * (0..6).map(|j| cell(i, j) * w[j]).sum::<f64>();
        let variance: f64 = (0..6).map(part).sum();
        let total: f64 = budgets.iter().sum();
        for (i, budget) in budgets.iter().enumerate() {
            prop_assert!((part(i) / variance - budget / total).abs() < 1e-8);
        }
        prop_assert_eq!(risk_parity(&covariance, &budgets).unwrap(), w);
    }

    #[test]
    fn a_stop_never_costs_more_than_the_risk(
        equity in 1e3..1e8_f64,
        risk in 0.0..0.05_f64,
        entry in 1.0..5e3_f64,
        distance in 0.001..0.5_f64,
        lot in 1..100_u32,
    ) {
        let stop = entry * (1.0 - distance);
        let shares = fixed_fractional(equity, risk, 1.0, entry, stop).unwrap();
        let rule = LotRule { lot, max_value: None, min_value: 0.0 };
        let traded = rule.round(shares, entry, 0.0).unwrap();
        let loss = traded.shares as f64 * (entry - stop);
        prop_assert!(loss <= equity * risk * (1.0 + 1e-12));
        prop_assert!(traded.shares.is_multiple_of(u64::from(lot)));
        prop_assert!(shares - (traded.shares as f64) < f64::from(lot));
    }

    #[test]
    fn leverage_stays_between_its_bounds(rv in 0.001..2.0_f64, multiplier in 0.01..3.0_f64) {
        let got = WEEKLY.leverage(Some(rv), multiplier).unwrap().leverage.unwrap();
        prop_assert!((0.5..=2.0).contains(&got));
    }
}
