//! Purged k-fold: by hand, and against every pair of rows.

use proofmark_training::{PurgedKFold, SplitError};
use proptest::prelude::*;

use crate::around::{all, check};
use crate::combinatorial::choices;
use crate::split::{random_dataset, thirty};

pub(crate) fn k_fold(folds: usize, embargo_sessions: u32, calibration_share: f64) -> PurgedKFold {
    PurgedKFold { folds, embargo_sessions, calibration_share, min_train_rows: 1 }
}

#[test]
fn three_folds_of_thirty_sessions_by_hand() {
    // Horizon 2: a label spans decision + 1 to decision + 3, the last three rows have none. Features look back 4 bars.
    let ds = thirty();
    let folds = k_fold(3, 1, 0.2).folds(&ds).unwrap();
    // Fold 1 tests 10..=19. Its labels reach 22. Before it: t + 3 + 1 < 10 leaves 0..=5. After it: windows that begin
    // after 22 are those of 26 on, of which 26 is labelled; its label begins at 27, clear of 22 + 1.
    let fold = &folds[1];
    assert_eq!(fold.test_rows(), (10..20).collect::<Vec<u32>>());
    // Seven sessions are clear; the latest fifth is one of them, 26. It clears 0..=5 by far.
    assert_eq!((fold.fit_rows(), fold.calibration_rows()), (&[0, 1, 2, 3, 4, 5][..], &[26][..]));
    let purged = fold.purged();
    assert_eq!((purged.before_test, purged.after_test, purged.embargo_after_test), (4, 6, 0));
    assert_eq!((purged.before_calibration, purged.unlabelled), (0, 3));
    assert_eq!(fold.purged_rows(), [6, 7, 8, 9, 20, 21, 22, 23, 24, 25]);
    // Fold 0 tests 0..=9, labels reach 12: windows after 12 begin with row 16. Of 16..=26 the latest two calibrate;
    // 25 is clear of t + 4 < 25, so 16..=20 are fitted on.
    assert_eq!(folds[0].calibration_rows(), [25, 26]);
    assert_eq!(folds[0].fit_rows(), [16, 17, 18, 19, 20]);
    assert_eq!((folds[0].purged().after_test, folds[0].purged().before_calibration), (6, 4));
    // A longer embargo than the look-back: the labels that begin within 8 sessions after 12 are those of 13..=19, of
    // which the windows account for 13 to 15.
    let wide = choices(3, 1, 8).plan(&ds).unwrap().fold(0).unwrap();
    assert_eq!((wide.purged().after_test, wide.purged().embargo_after_test), (6, 4));
    assert_eq!(wide.fit_rows(), (20..27).collect::<Vec<u32>>());
    assert!(wide.calibration_rows().is_empty());
    // The last fold is a walk-forward fold: nothing lies after its test block.
    assert_eq!(folds[2].purged().after_test, 0);
    assert_eq!(folds[2].test_rows().len(), 10);
}

#[test]
fn impossible_requests_are_typed_errors() {
    let ds = thirty();
    let named = |split: PurgedKFold| match split.folds(&ds).unwrap_err() {
        SplitError::BadSetting { name, .. } => name,
        other => panic!("{other}"),
    };
    assert_eq!(named(k_fold(1, 0, 0.0)), "folds");
    assert_eq!(named(k_fold(129, 0, 0.0)), "folds");
    assert_eq!(named(k_fold(3, 0, 0.6)), "calibration_share");
    assert_eq!(named(k_fold(3, 0, f64::NAN)), "calibration_share");
    assert_eq!(named(PurgedKFold { min_train_rows: 0, ..k_fold(3, 0, 0.1) }), "min_train_rows");
    assert_eq!(k_fold(31, 0, 0.0).folds(&ds), Err(SplitError::TooFewSessions { sessions: 30, groups: 31 }));
    let few = PurgedKFold { min_train_rows: 20, ..k_fold(3, 1, 0.0) };
    assert!(matches!(few.folds(&ds), Err(SplitError::TooFewRows { rows: 11, needed: 20, .. })));
    // An embargo as long as the data leaves nothing at all.
    assert!(matches!(k_fold(3, u32::MAX, 0.1).folds(&ds), Err(SplitError::TooFewRows { rows: 0, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_row_is_tested_once_and_no_training_row_knows_it(
        reach in prop::collection::vec((0_usize..3, 0_usize..9), 1..30),
        holes in prop::collection::vec(prop::bool::weighted(0.15), 3..50),
        width in 1_usize..4,
        look_back in 1_usize..12,
        embargo in 0_u32..12,
        share in prop_oneof![Just(0.0), 0.05_f64..0.5],
        folds in 2_usize..7,
    ) {
        prop_assume!(holes.iter().any(|hole| !hole));
        let ds = random_dataset(130, width, &reach, look_back, &holes);
        let split = k_fold(folds, embargo, share);
        let Ok(folds) = split.folds(&ds) else { return Ok(()) };
        let rows = all(&ds);
        for fold in &folds {
            check(&ds, fold, &rows);
            prop_assert_eq!(fold.test_segments().count(), 1);
        }
        let tested: Vec<u32> = folds.iter().flat_map(|fold| fold.test_rows()).copied().collect();
        prop_assert_eq!(tested, rows, "each row is tested once, in time order");
        prop_assert_eq!(&split.folds(&ds).unwrap(), &folds, "the same call gives the same folds");
        let sizes: Vec<usize> = folds.iter().map(|fold| {
            let mut sessions: Vec<u32> = fold.test_rows().iter().map(|r| ds.sessions()[*r as usize]).collect();
            sessions.dedup();
            sessions.len()
        }).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
    }
}
