//! Small cases that can be checked by hand.

use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Symbol};

use super::*;
use crate::{BarRow, Bars, Calendar};

fn name(text: &str) -> Symbol {
    text.parse().unwrap()
}

/// Bars on the calendar's sessions from 2024-01-01, each at one price with a range of 2 %.
fn bars(closes: &[f64], volume: impl Fn(usize) -> f64) -> Bars {
    let calendar = Calendar::named("24/7").unwrap();
    let start: Date = "2024-01-01".parse().unwrap();
    let row = |(i, close): (usize, &f64)| {
        let date = start.plus_days(i as i32);
        let event_time = calendar.session_close(date);
        let (high, low) = (close * 1.01, close * 0.99);
        BarRow {
            date,
            event_time,
            known_at: event_time,
            open: *close,
            high,
            low,
            close: *close,
            volume: volume(i),
        }
    };
    let rows: Vec<BarRow> = closes.iter().enumerate().map(row).collect();
    Bars::from_rows(name("AAA"), &rows).unwrap()
}

/// A price that wanders by about 1 % a day, divided by `ratio` from `at` on.
fn with_split(n: usize, at: usize, ratio: f64) -> Vec<f64> {
    let wave = |i: usize| 100.0 * (1.0 + 0.01 * ((i * 7 % 5) as f64 - 2.0));
    (0..n).map(|i| if i < at { wave(i) } else { wave(i) / ratio }).collect()
}

fn found(bars: &Bars) -> Vec<CorporateAction> {
    detect(bars, &Calendar::named("24/7").unwrap(), &BTreeMap::new()).unwrap()
}

fn action(ex_date: Date, kind: ActionKind, value: f64) -> CorporateAction {
    let (known_at, source) = (ex_date.midnight_utc(), "file.csv".to_owned());
    CorporateAction { symbol: name("AAA"), ex_date, kind, value, known_at, source, evidence: None }
}

#[test]
fn a_split_is_found_with_its_ratio_and_when_it_could_be_known() {
    let plain = bars(&with_split(100, 80, 2.0), |i| if i < 80 { 1_000.0 } else { 2_000.0 });
    let events = found(&plain);
    assert_eq!(events.len(), 1);
    let (event, evidence) = (&events[0], events[0].evidence.unwrap());
    assert_eq!((event.kind, event.value, event.ex_date), (ActionKind::Split, 2.0, plain.dates()[80]));
    assert_eq!(evidence.ratio, Ratio { new: 2, old: 1 });
    assert_eq!(event.known_at, plain.known_ats()[83]);
    assert!(evidence.log_odds.unwrap() > 0.0 && evidence.kept > 0.9 && evidence.fit.abs() < 0.05);
    let reverse = found(&bars(&with_split(100, 80, 0.1), |_| 1_000.0));
    assert_eq!((reverse[0].kind, reverse[0].value), (ActionKind::ReverseSplit, 0.1));
}

#[test]
fn what_is_no_split_is_not_called_one() {
    assert!(found(&bars(&with_split(100, 200, 2.0), |_| 1_000.0)).is_empty(), "nothing happened");
    let mut spike = with_split(100, 200, 2.0);
    spike[80] /= 2.0;
    assert!(found(&bars(&spike, |_| 1_000.0)).is_empty(), "a bad tick goes away");
    let crash = found(&bars(&with_split(100, 80, 2.236), |i| if i < 80 { 1_000.0 } else { 300_000.0 }));
    assert_eq!(
        crash[0].kind,
        ActionKind::Unexplained,
        "no simple ratio, and a hundred times the traded value"
    );
    let late = with_split(100, 98, 2.0);
    assert!(found(&bars(&late, |_| 1_000.0)).is_empty(), "too near the end to be judged");
    let whole = bars(&with_split(100, 80, 2.0), |_| 1_000.0);
    let rows: Vec<BarRow> = (0..100).filter(|i| !(75..80).contains(i)).map(|i| whole.row(i)).collect();
    let holes = found(&Bars::from_rows(name("AAA"), &rows).unwrap());
    assert_eq!(
        (holes.len(), holes[0].kind, holes[0].evidence.unwrap().log_odds),
        (1, ActionKind::Unknown, None)
    );
}

#[test]
fn a_move_of_the_whole_market_is_no_event() {
    let plain = bars(&with_split(100, 80, 2.0), |_| 1_000.0);
    let market = BTreeMap::from([(plain.dates()[80], -(2.0_f64.ln()))]);
    assert!(detect(&plain, &Calendar::named("24/7").unwrap(), &market).unwrap().is_empty());
    let others: Vec<Bars> = std::iter::repeat_n(plain.clone(), 5).collect();
    assert!(
        (market_gaps(&others)[&plain.dates()[80]] - (plain.open()[80] / plain.close()[79]).ln()).abs()
            < 1e-12
    );
    assert!(market_gaps(&others[..4]).is_empty(), "four names are no market");
}

#[test]
fn adjusted_prices_by_hand() {
    let raw = bars(&[100.0, 110.0, 55.0, 50.0], |_| 1_000.0);
    let dates = raw.dates().to_vec();
    let actions = [action(dates[2], ActionKind::Split, 2.0), action(dates[3], ActionKind::Dividend, 5.5)];
    let view = |adjust, as_of| adjustment(&raw, &actions, adjust, as_of).unwrap().apply(&raw);
    let splits = view(Adjust::Splits, None);
    assert_eq!(splits.close(), [50.0, 55.0, 55.0, 50.0]);
    assert_eq!(splits.volume(), [2_000.0, 2_000.0, 1_000.0, 1_000.0]);
    let total = view(Adjust::SplitsDividends, None);
    assert!(total.close().iter().zip([45.0, 49.5, 49.5, 50.0]).all(|(a, b)| (a - b).abs() < 1e-12));
    assert_eq!(view(Adjust::None, None), raw);
    let before = Some(dates[2].midnight_utc().plus_seconds(-1));
    assert_eq!(view(Adjust::SplitsDividends, before), raw, "nothing was known yet");
    let prefix = raw.slice(0..2);
    assert_eq!(
        adjustment(&prefix, &actions, Adjust::Splits, None).unwrap().apply(&prefix),
        prefix,
        "not ex yet"
    );
}

#[test]
fn impossible_values_are_refused_and_gaps_are_never_applied() {
    let raw = bars(&[100.0, 101.0], |_| 1.0);
    let day = raw.dates()[1];
    let adjust = |kind, value| adjustment(&raw, &[action(day, kind, value)], Adjust::SplitsDividends, None);
    for value in [0.0, -2.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(adjust(ActionKind::Split, value), Err(AdjustError::NotPositive { .. })));
    }
    assert!(matches!(adjust(ActionKind::Split, 1e300), Err(AdjustError::Beyond { .. })));
    let error = adjust(ActionKind::Dividend, 100.0).unwrap_err();
    assert_eq!(error.to_string(), "the dividend of `AAA` on 2024-01-02 is 100, the close before only 100");
    for kind in [ActionKind::Unexplained, ActionKind::Unknown] {
        assert_eq!(adjust(kind, 3.0).unwrap().apply(&raw), raw);
    }
}

#[test]
fn from_the_first_bar_on_an_action_scales_what_follows_and_nothing_before() {
    let raw = bars(&[90.0, 99.0, 33.0, 30.0, 60.0], |_| 6.0);
    let day = |t: usize| raw.dates()[t];
    let splits = [action(day(2), ActionKind::Split, 3.0), action(day(4), ActionKind::ReverseSplit, 0.5)];
    let of = |n: usize| adjustment_from_first(&raw.slice(0..n), &splits, Adjust::Splits).unwrap();
    assert_eq!(of(5).apply(&raw).close(), [90.0, 99.0, 99.0, 90.0, 90.0]);
    assert_eq!(of(5).volume, [1.0, 1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0 / 0.5]);
    for n in 1..=5 {
        assert_eq!(of(n).price, of(5).price[..n], "bars that follow change no factor");
    }
    let paid = [action(day(1), ActionKind::Dividend, 9.0)];
    let with = |adjust| adjustment_from_first(&raw, &paid, adjust).unwrap().price[1];
    assert_eq!((with(Adjust::Splits), with(Adjust::SplitsDividends)), (1.0, 1.0 / 0.9));
}

#[test]
fn a_large_gap_is_unjudged_for_three_sessions_whatever_it_turns_out_to_be() {
    // A split, and a bad tick that comes back: neither is known before the third close after it.
    let mut closes = with_split(100, 60, 2.0);
    closes[80] *= 2.0;
    let plain = bars(&closes, |_| 1_000.0);
    let spans = |n: usize| -> Vec<(Date, Date)> {
        let all = unjudged(&plain.slice(0..n), &BTreeMap::new());
        all.into_iter().map(|span| (span.start, span.end)).collect()
    };
    let day = |t: usize| plain.dates()[t];
    assert_eq!(spans(60), []);
    assert_eq!(spans(61), [(day(60), day(60))]);
    assert_eq!(spans(62), [(day(60), day(61))]);
    assert_eq!(spans(70), [(day(60), day(62))]);
    // There and back.
    assert_eq!(spans(100), [(day(60), day(62)), (day(80), day(82)), (day(81), day(83))]);
}

#[test]
fn declared_actions_win_and_disagreement_is_said() {
    let plain = bars(&with_split(100, 80, 2.0), |_| 1_000.0);
    let dates = plain.dates();
    let detected = found(&plain);
    let covered = BTreeMap::from([(name("AAA"), DateSpan { start: dates[0], end: dates[99] })]);
    let merged = |declared: &[CorporateAction]| merge(declared, &detected, &covered);
    let same = action(dates[80], ActionKind::Split, 2.0);
    let agreed = merged(std::slice::from_ref(&same));
    assert_eq!((agreed.actions.as_slice(), agreed.findings.len()), ([same].as_slice(), 0));
    let other = action(dates[81], ActionKind::Split, 3.0);
    let disputed = merged(std::slice::from_ref(&other));
    assert_eq!(disputed.actions, [other]);
    assert!(matches!(
        disputed.findings[..],
        [Disagreement::FactorDiffers { declared: 3.0, detected: 2.0, .. }, Disagreement::DateDiffers { .. }]
    ));
    let elsewhere = merged(&[action(dates[20], ActionKind::Split, 5.0)]);
    assert_eq!(elsewhere.actions.len(), 2, "a detected split that nobody declared is kept");
    assert!(matches!(
        elsewhere.findings[..],
        [Disagreement::NotSeen { .. }, Disagreement::NotDeclared { .. }]
    ));
    let small = merged(&[action(dates[20], ActionKind::Split, 1.02)]);
    assert!(!small.findings.iter().any(|f| matches!(f, Disagreement::NotSeen { .. })), "too small to show");
    let alone = merged(&[]);
    assert_eq!((alone.actions, alone.findings.len()), (detected.clone(), 0));
}

#[test]
fn the_ratios_are_simple_different_and_their_shares_sum_to_one() {
    let ratios = simple_ratios();
    assert!((ratios.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
    let has = |new, old| ratios.iter().any(|(r, _)| *r == Ratio { new, old });
    assert!(has(2, 1) && has(3, 2) && has(5, 2) && has(5, 3) && has(6, 5) && has(15, 1) && has(1, 10));
    assert!(!has(2, 3) && !has(4, 2) && !has(7, 3) && !has(9, 5) && !has(11, 10) && !has(1, 1));
    let mut seen: Vec<Ratio> = ratios.iter().map(|(r, _)| *r).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), ratios.len());
}
