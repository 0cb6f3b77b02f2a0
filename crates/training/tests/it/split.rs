//! Folds and blocks: order, purge, embargo.

use proofmark_training::{
    CrossFit, Dataset, Fold, LabelInputs, Overlaps, SplitError, TrainRules, TrainWindow, WalkForward,
};
use proofmark_units::{Date, DateSpan};
use proptest::prelude::*;

use crate::worlds::{Labels, date, panel, planted, weekdays};

fn rules(embargo_sessions: u32) -> TrainRules {
    TrainRules { window: TrainWindow::Anchored, embargo_sessions, calibration_share: 0.2, min_train_rows: 1 }
}

/// One symbol, 30 sessions (six weeks from 2010-01-04), horizon 2, feature on every session.
pub(crate) fn thirty() -> Dataset {
    let dates = weekdays(30);
    let close: Vec<f64> = (0..30).map(|t| f64::from(10 + t % 3)).collect();
    let panel = panel(&dates, &[close]);
    let labels = Labels::of(&panel, 2, 0.0);
    Dataset::from_panel(&panel, &["f".to_owned()], &[vec![1.0; 30]], labels.inputs(), 4).unwrap()
}

#[test]
fn one_fold_of_thirty_sessions_by_hand() {
    let ds = thirty();
    // The test starts on session 20 (2010-02-01). Labels end 3 sessions after their decision, the embargo is 1:
    // decision t is clear of session s when t + 3 + 1 < s.
    let span = DateSpan { start: date("2010-02-01"), end: date("2010-02-05") };
    let fold = Fold::before(&ds, span, &rules(1)).unwrap();
    assert_eq!(fold.test_rows(), [20, 21, 22, 23, 24]);
    // Clear of 20: sessions 0..=15, sixteen of them; the latest 20 % are 3, so calibration is 13..=15.
    assert_eq!(fold.calibration_rows(), [13, 14, 15]);
    // Clear of 13: 0..=8.
    assert_eq!(fold.fit_rows(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((fold.purged().before_test, fold.purged().before_calibration), (4, 4));
    let plan = fold.explain(&ds);
    assert_eq!(plan.overlaps, Overlaps { fit_calibration: 0, fit_test: 0, calibration_test: 0 });
    assert_eq!(plan.fit.label_end, Some(ds.dates()[11]));
    assert_eq!(plan.test.rows, 5);
    let text = serde_json::to_string(&plan).unwrap();
    assert!(text.contains("\"decisions\":{\"start\":\"2010-01-04\",\"end\":\"2010-01-14\"}"), "{text}");
}

#[test]
fn blocks_of_a_fold_by_hand() {
    let ds = thirty();
    let span = DateSpan { start: date("2010-02-08"), end: date("2010-02-12") };
    let fold = Fold::before(&ds, span, &rules(0)).unwrap();
    let fit = fold.fit_rows().len() as u32;
    assert_eq!(fold.fit_rows(), (0..fit).collect::<Vec<_>>());
    let blocks = CrossFit { blocks: 3 }.plan(&ds, &fold).unwrap();
    assert_eq!(fit, 15); // sessions 0..=14: calibration starts at 18
    assert_eq!(blocks.iter().map(|b| b.held()).collect::<Vec<_>>(), [0..5, 5..10, 10..15]);
    // Block 0 decides on 0..=4, its labels reach session 7. A later sample is clear when its window of 4 bars starts
    // after 7: decision 11 at the earliest.
    assert_eq!(blocks[0].train_rows(), [11, 12, 13, 14]);
    assert_eq!((blocks[0].purged_before(), blocks[0].purged_after()), (0, 6));
    // Block 1: earlier labels end before session 5, decisions 0 and 1; its own labels reach 12, nothing later is clear.
    assert_eq!(blocks[1].train_rows(), [0, 1]);
    assert_eq!((blocks[1].purged_before(), blocks[1].purged_after()), (3, 5));
    // Block 2: labels that end before session 10.
    assert_eq!(blocks[2].train_rows(), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn test_blocks_step_from_the_first_and_stop_at_the_last() {
    let walk = WalkForward {
        first_test: date("2008-01-01"),
        last: date("2010-05-31"),
        test_months: 12,
        rules: rules(5),
    };
    let spans: Vec<String> = walk.test_spans().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(spans, ["2008-01-01 to 2008-12-31", "2009-01-01 to 2009-12-31", "2010-01-01 to 2010-05-31"]);
    let month_end = WalkForward { first_test: date("2010-01-31"), test_months: 1, ..walk };
    let spans = month_end.test_spans().unwrap();
    assert!(spans.windows(2).all(|pair| pair[0].end.plus_days(1) == pair[1].start));
}

#[test]
fn a_rolling_window_forgets() {
    let ds = planted(3, 600, 1);
    let span = DateSpan { start: date("2012-01-02"), end: date("2012-03-30") };
    let rolling = TrainRules { window: TrainWindow::Rolling { months: 6 }, ..rules(5) };
    let fold = Fold::before(&ds, span, &rolling).unwrap();
    assert!(ds.date(fold.fit_rows()[0] as usize) >= date("2011-07-02"));
    let anchored = Fold::before(&ds, span, &rules(5)).unwrap();
    assert_eq!(ds.date(anchored.fit_rows()[0] as usize), date("2010-01-04"));
}

#[test]
fn impossible_requests_are_typed_errors() {
    let ds = thirty();
    let span = DateSpan { start: date("2010-02-01"), end: date("2010-02-05") };
    let needs = |min_train_rows| TrainRules { min_train_rows, ..rules(1) };
    let error = Fold::before(&ds, span, &needs(100)).unwrap_err();
    assert_eq!(error, SplitError::TooFewRows { test: span, rows: 9, needed: 100 });
    let early = DateSpan { start: date("2010-01-04"), end: date("2010-01-04") };
    assert!(matches!(Fold::before(&ds, early, &rules(1)), Err(SplitError::TooFewRows { rows: 0, .. })));
    let nothing = DateSpan { start: date("2030-01-04"), end: date("2030-02-04") };
    assert_eq!(Fold::before(&ds, nothing, &rules(1)), Err(SplitError::NoTestRows { test: nothing }));
    let share = TrainRules { calibration_share: 0.9, ..rules(1) };
    assert!(matches!(
        Fold::before(&ds, span, &share),
        Err(SplitError::BadSetting { name: "calibration_share", .. })
    ));
    let fold = Fold::before(&ds, span, &rules(1)).unwrap();
    assert!(matches!(CrossFit { blocks: 1 }.plan(&ds, &fold), Err(SplitError::BadSetting { .. })));
    assert_eq!(CrossFit { blocks: 2 }.plan(&ds, &fold), Err(SplitError::EmptyBlock { block: 0, blocks: 2 }));
}

/// A dataset whose labels start and end anywhere after the decision.
pub(crate) fn random_dataset(
    sessions: usize,
    width: usize,
    reach: &[(usize, usize)],
    look_back: usize,
    holes: &[bool],
) -> Dataset {
    let dates = weekdays(sessions);
    let close: Vec<Vec<f64>> = (0..width).map(|_| vec![1.0; sessions]).collect();
    let panel = panel(&dates, &close);
    let cells = sessions * width;
    let mut labels = Labels {
        class: vec![f64::NAN; cells],
        forward_return: vec![f64::NAN; cells],
        unit: vec![f64::NAN; cells],
        start: vec![None; cells],
        end: vec![None; cells],
    };
    let mut feature = vec![1.0; cells];
    for t in 0..sessions {
        for s in 0..width {
            let cell = panel.cell(t, s);
            let (wait, length) = reach[cell % reach.len()];
            if holes[cell % holes.len()] {
                feature[cell] = f64::NAN;
            }
            if t + 1 + wait + length < sessions {
                labels.class[cell] = f64::from(u8::from(cell.is_multiple_of(3)));
                labels.forward_return[cell] = 0.0;
                labels.start[cell] = Some(dates[t + 1 + wait]);
                labels.end[cell] = Some(dates[t + 1 + wait + length]);
            }
        }
    }
    let inputs: LabelInputs<'_> = labels.inputs();
    Dataset::from_panel(&panel, &["f".to_owned()], &[feature], inputs, look_back).unwrap()
}

pub(crate) fn position(ds: &Dataset, date: Date) -> usize {
    ds.dates().iter().position(|d| *d == date).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_label_reaches_what_it_must_not(
        reach in prop::collection::vec((0_usize..4, 0_usize..15), 1..40),
        holes in prop::collection::vec(prop::bool::weighted(0.1), 3..50),
        width in 1_usize..4,
        look_back in 1_usize..12,
        embargo in 0_u32..8,
        share in 0.05_f64..0.5,
        rolling in any::<bool>(),
        blocks in 2_usize..6,
    ) {
        prop_assume!(holes.iter().any(|hole| !hole));
        let ds = random_dataset(260, width, &reach, look_back, &holes);
        let window = if rolling { TrainWindow::Rolling { months: 5 } } else { TrainWindow::Anchored };
        let walk = WalkForward {
            first_test: date("2010-07-01"),
            last: date("2010-12-10"),
            test_months: 2,
            rules: TrainRules { window, embargo_sessions: embargo, calibration_share: share, min_train_rows: 1 },
        };
        let Ok(folds) = walk.folds(&ds) else { return Ok(()) };
        let embargo = embargo as usize;
        for fold in &folds {
            let plan = fold.explain(&ds);
            prop_assert_eq!(plan.overlaps, Overlaps { fit_calibration: 0, fit_test: 0, calibration_test: 0 });
            let end = |row: u32| position(&ds, ds.label_span(row as usize).unwrap().end);
            let decision = |row: u32| ds.sessions()[row as usize] as usize;
            let first_test = decision(fold.test_rows()[0]);
            let first_calibration = decision(fold.calibration_rows()[0]);
            for row in fold.fit_rows() {
                prop_assert!(end(*row) + embargo < first_calibration);
            }
            for row in fold.calibration_rows() {
                prop_assert!(end(*row) + embargo < first_test);
            }
            let all = [fold.fit_rows(), fold.calibration_rows(), fold.test_rows()].concat();
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "parts overlap or are out of order");
            prop_assert!(fold.test_rows().iter().all(|row| fold.test_span().contains(ds.date(*row as usize))));
            let Ok(blocks) = (CrossFit { blocks }).plan(&ds, fold) else { continue };
            let mut covered = 0;
            for block in &blocks {
                prop_assert_eq!(block.held().start, covered);
                covered = block.held().end;
                let held = &fold.fit_rows()[block.held()];
                let (first, last) = (decision(held[0]), decision(held[held.len() - 1]));
                let reached = held.iter().map(|row| end(*row)).max().unwrap();
                for row in block.train_rows() {
                    let t = decision(*row);
                    prop_assert!(t < first || t > last, "a session is on both sides");
                    if t < first {
                        prop_assert!(end(*row) + embargo < first);
                    } else {
                        let label = ds.label_span(*row as usize).unwrap();
                        prop_assert!(position(&ds, label.start) > reached + embargo);
                        prop_assert!(position(&ds, ds.window_start(*row as usize)) > reached);
                    }
                }
                let dropped = block.purged_before() + block.purged_after();
                prop_assert_eq!(block.train_rows().len() + dropped + held.len(), fold.fit_rows().len());
            }
            prop_assert_eq!(covered, fold.fit_rows().len());
        }
    }
}
