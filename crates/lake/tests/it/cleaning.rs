//! The rules on rows made by hand.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_lake::quality::{Action, RULES};
use proofmark_lake::{CleanOptions, CleanOutcome, clean};
use proofmark_market::BarRow;
use proptest::prelude::*;

use crate::fixtures::{bar, date, nse, series, symbol};

fn cleaned(rows: &[BarRow]) -> CleanOutcome {
    clean(&symbol("A"), rows, &nse(), &CleanOptions::default())
}

/// `(rule, findings, dropped)` of every rule that found something.
fn account(outcome: &CleanOutcome) -> Vec<(&'static str, usize, usize)> {
    assert_eq!(outcome.rows_in, outcome.bars.len() + outcome.rows_dropped(), "every dropped row is listed");
    outcome.findings.iter().map(|f| (f.id, f.findings.len(), f.dropped())).collect()
}

fn walk(n: usize) -> Vec<f64> {
    (0..n).map(|i| 100.0 + (i % 7) as f64).collect()
}

#[test]
fn good_rows_pass_untouched() {
    let rows = series(&walk(30));
    let outcome = cleaned(&rows);
    assert_eq!(account(&outcome), []);
    assert_eq!(outcome.bars.close(), walk(30));
    assert_eq!(outcome.coverage.unwrap().fraction(), 1.0);
}

#[test]
fn rules_have_unique_names_and_docs() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.doc().ends_with('.')));
    let structural: Vec<&str> =
        RULES.iter().filter(|rule| rule.is_structural()).map(|rule| rule.id()).collect();
    assert_eq!(structural, ["known_before_event", "duplicate_date", "positive_finite_price", "ohlc_order"]);
}

#[test]
fn impossible_rows_are_dropped_by_name() {
    let mut rows = series(&walk(30));
    rows[3].close = f64::NAN;
    rows[4].low = -1.0;
    rows[5].high = rows[5].close * 0.9;
    rows[6].volume = -5.0;
    rows.push(bar(&nse(), date("2020-01-26"), 103.0)); // a Sunday
    rows.push(bar(&nse(), date("1999-01-04"), 103.0)); // before the calendar
    let outcome = cleaned(&rows);
    let expected = [
        ("unsorted", 2, 0),
        ("positive_finite_price", 2, 2),
        ("ohlc_order", 1, 1),
        ("negative_volume", 1, 1),
        ("outside_calendar", 1, 1),
        ("off_calendar", 1, 1),
        ("missing_session", 4, 0),
    ];
    assert_eq!(account(&outcome), expected);
    assert_eq!(outcome.coverage.unwrap().observed, 26);
    assert_eq!(outcome.coverage.unwrap().expected, 30);
}

#[test]
fn equal_duplicates_collapse_and_contradictions_leave() {
    let mut rows = series(&walk(10));
    rows.push(rows[2]);
    let mut other = rows[5];
    other.close = 106.5;
    other.high = 107.0;
    rows.push(other);
    let outcome = cleaned(&rows);
    assert_eq!(account(&outcome), [("unsorted", 1, 0), ("duplicate_date", 3, 3), ("missing_session", 1, 0)]);
    assert_eq!(outcome.bars.len(), 9);
}

#[test]
fn carried_prices_leave_but_not_from_an_index() {
    let carry = |rows: &mut Vec<BarRow>| {
        for row in [4, 5] {
            let close = rows[3].close;
            rows[row] = BarRow { open: close, high: close, low: close, close, volume: 0.0, ..rows[row] };
        }
    };
    let mut rows = series(&walk(10));
    carry(&mut rows);
    assert_eq!(account(&cleaned(&rows)), [("carried_zero_volume", 2, 2), ("missing_session", 2, 0)]);
    for volume in [0.0, f64::NAN] {
        let mut index = series(&walk(10));
        index.iter_mut().for_each(|row| row.volume = volume);
        carry(&mut index);
        index.iter_mut().for_each(|row| row.volume = volume);
        assert_eq!(account(&cleaned(&index)), []);
    }
}

#[test]
fn a_spike_that_returns_is_a_bad_tick() {
    let mut closes = walk(20);
    closes[8] = 10.0;
    closes[9] = 10.1;
    assert_eq!(account(&cleaned(&series(&closes))), [("bad_tick", 2, 2), ("missing_session", 2, 0)]);
    // Back only after more than five bars: a break down and a break up, not a tick.
    let mut closes = walk(30);
    closes[8..20].iter_mut().for_each(|close| *close /= 10.0);
    let expected = [("price_jump", 2, 0), ("unexplained_break", 20, 20)];
    assert_eq!(account(&cleaned(&series(&closes))), expected);
}

#[test]
fn a_wild_low_does_not_reach_the_stops() {
    let mut rows = series(&walk(20));
    rows[8].low = 5.0;
    rows[12].open = 400.0;
    rows[12].high = 400.0;
    assert_eq!(account(&cleaned(&rows)), [("wild_intraday_price", 2, 2), ("missing_session", 2, 0)]);
    // A day that really falls by half has its low near its close.
    let mut rows = series(&[100.0, 100.5, 50.0, 50.5, 51.0]);
    rows[2].open = 99.0;
    rows[2].high = 99.5;
    assert_eq!(account(&cleaned(&rows)), [("price_jump", 1, 0), ("unexplained_break", 2, 2)]);
}

#[test]
fn history_before_an_unexplained_break_is_set_aside_or_kept() {
    let mut closes = walk(20);
    closes[12..].iter_mut().for_each(|close| *close /= 5.0);
    let rows = series(&closes);
    let outcome = cleaned(&rows);
    assert_eq!(account(&outcome), [("price_jump", 1, 0), ("unexplained_break", 12, 12)]);
    assert_eq!(outcome.bars.dates()[0], rows[12].date);
    let sample = &outcome.findings[1].samples()[0];
    assert!(sample.detail.contains(&rows[12].date.to_string()), "{}", sample.detail);

    let keep = CleanOptions { set_aside_before_breaks: false, ..CleanOptions::default() };
    let outcome = clean(&symbol("A"), &rows, &nse(), &keep);
    assert_eq!(account(&outcome), [("price_jump", 1, 0), ("unexplained_break", 12, 0)]);
    assert_eq!(outcome.findings[1].action, Action::Flag);

    let explained_moves = BTreeMap::from([(symbol("A"), BTreeSet::from([rows[12].date]))]);
    let declared = CleanOptions { explained_moves, ..CleanOptions::default() };
    assert_eq!(account(&clean(&symbol("A"), &rows, &nse(), &declared)), []);
}

#[test]
fn without_cleaning_only_the_structural_rules_act() {
    let mut closes = walk(20);
    closes[8] = 10.0;
    let mut rows = series(&closes);
    rows.push(bar(&nse(), date("2020-01-26"), 103.0));
    rows[3].close = 0.0;
    let options = CleanOptions { structural_only: true, ..CleanOptions::default() };
    let outcome = clean(&symbol("A"), &rows, &nse(), &options);
    assert_eq!((outcome.rows_dropped(), outcome.bars.len()), (1, 20));
    assert!(outcome.findings.iter().any(|f| f.id == "off_calendar" && f.action == Action::Flag));
}

#[test]
fn runs_and_holes_are_reported() {
    let mut closes = walk(60);
    closes[10..16].iter_mut().for_each(|close| *close = 105.5);
    let mut rows = series(&closes);
    rows.drain(20..45);
    let outcome = cleaned(&rows);
    assert_eq!(account(&outcome), [("frozen_run", 1, 0), ("missing_session", 25, 0), ("session_gap", 1, 0)]);
    assert_eq!(cleaned(&[]).bars.len(), 0);
}

fn hostile_row() -> impl Strategy<Value = BarRow> {
    let price = prop_oneof![8 => 50.0..200.0_f64, 1 => Just(f64::NAN), 1 => Just(0.0), 1 => Just(-3.0), 1 => 1.0..5.0_f64];
    let volume = prop_oneof![Just(0.0), Just(1_000.0), Just(f64::NAN), Just(-1.0), Just(f64::INFINITY)];
    (0..40_i32, proptest::array::uniform4(price), volume, any::<bool>()).prop_map(
        |(day, prices, volume, ordered)| {
            let [mut open, mut high, mut low, close] = prices;
            if ordered {
                (open, high, low) = (close, close * 1.02, close * 0.98);
            }
            BarRow { open, high, low, close, volume, ..bar(&nse(), date("2020-01-01").plus_days(day), close) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn order_and_repetition_do_not_change_the_bars(
        rows in proptest::collection::vec(hostile_row(), 0..60),
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
        seed in any::<u64>(),
    ) {
        let expected = cleaned(&rows);
        account(&expected);
        let mut other = rows.clone();
        if !rows.is_empty() {
            other.extend(picks.iter().map(|pick| *pick.get(&rows)));
        }
        let mut keyed: Vec<(u64, BarRow)> = other
            .into_iter()
            .enumerate()
            .map(|(i, row)| ((i as u64 + 1).wrapping_mul(seed | 1).rotate_left(17), row))
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        let other: Vec<BarRow> = keyed.into_iter().map(|(_, row)| row).collect();
        let found = cleaned(&other);
        account(&found);
        // NaN volumes are equal here.
        prop_assert_eq!(format!("{:?}", found.bars), format!("{:?}", expected.bars));
    }
}
