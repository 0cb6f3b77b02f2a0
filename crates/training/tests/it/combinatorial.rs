//! Combinatorial splits: peers' splits and paths, every pair of rows, paths put together.

use proofmark_training::{
    CombinatorialPurged, Dataset, PathError, PathSegment, PathSeries, PurgedKFold, SharpeDistribution,
    SplitError,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::around::{all, check};
use crate::split::random_dataset;
use crate::worlds::{Labels, panel, weekdays};

pub(crate) fn choices(groups: usize, test_groups: usize, embargo_sessions: u32) -> CombinatorialPurged {
    CombinatorialPurged { groups, test_groups, embargo_sessions, calibration_share: 0.0, min_train_rows: 1 }
}

/// One symbol, `rows` rows on the first sessions, all labelled.
fn labelled(rows: usize, horizon: usize, look_back: usize) -> Dataset {
    let sessions = rows + horizon + 1;
    let close: Vec<f64> = (0..sessions).map(|t| (10 + t % 7) as f64).collect();
    let panel = panel(&weekdays(sessions), &[close]);
    let labels = Labels::of(&panel, horizon, 0.0);
    let feature = (0..sessions).map(|t| if t < rows { 1.0 } else { f64::NAN }).collect();
    Dataset::from_panel(&panel, &["f".to_owned()], &[feature], labels.inputs(), look_back).unwrap()
}

fn ranges(rows: &[u32]) -> Vec<Vec<u64>> {
    rows.chunk_by(|a, b| a + 1 == *b)
        .map(|run| vec![run[0].into(), u64::from(run[run.len() - 1]) + 1])
        .collect()
}

/// `split_parity.json` was written by `tests/fixtures/make_split_fixtures.py`, versions inside.
#[test]
fn splits_and_paths_are_those_of_skfolio_and_purgedcv() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/split_parity.json")).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let number = |name: &str| case[name].as_u64().unwrap();
        let size = |name: &str| number(name) as usize;
        let ds = labelled(size("rows"), size("horizon"), size("look_back"));
        assert_eq!(ds.len(), size("rows"));
        let split = choices(size("groups"), size("test_groups"), number("embargo") as u32);
        let plan = split.plan(&ds).unwrap();
        let paths = plan.paths();
        assert_eq!((paths.n_splits(), paths.n_paths()), (size("n_splits"), size("n_paths")), "{case}");
        let folds: Vec<_> = (0..paths.n_splits()).map(|k| plan.fold(k).unwrap()).collect();
        let sum =
            |rows: &dyn Fn(usize) -> u64| (0..folds.len()).map(|k| (k as u64 + 1) * rows(k)).sum::<u64>();
        let total = |rows: &[u32]| rows.iter().map(|row| u64::from(*row)).sum::<u64>();
        assert_eq!(folds.iter().map(|fold| fold.fit_rows().len()).sum::<usize>(), size("train_rows"));
        assert_eq!(sum(&|k| total(folds[k].fit_rows())), number("train_sum"));
        assert_eq!(sum(&|k| total(folds[k].test_rows())), number("test_sum"));
        let weighted = |ids: &[usize]| ids.iter().zip(1..).map(|(id, j)| *id as u64 * j).sum::<u64>();
        assert_eq!(sum(&|k| weighted(paths.paths_of(k))), number("path_sum"));
        if let Some(train) = case["train"].as_array() {
            for (k, (fold, want)) in folds.iter().zip(train).enumerate() {
                assert_eq!(
                    serde_json::to_value(ranges(fold.fit_rows())).unwrap(),
                    *want,
                    "split {k} of {case}"
                );
                assert_eq!(serde_json::to_value(paths.paths_of(k)).unwrap(), case["path_ids"][k], "{case}");
            }
        }
    }
}

#[test]
fn one_test_group_is_purged_k_fold() {
    let ds = labelled(90, 3, 6);
    let k_fold = PurgedKFold { folds: 7, embargo_sessions: 2, calibration_share: 0.2, min_train_rows: 1 };
    let split = CombinatorialPurged { calibration_share: 0.2, ..choices(7, 1, 2) };
    let plan = split.plan(&ds).unwrap();
    let folds: Vec<_> = (0..7).map(|k| plan.fold(k).unwrap()).collect();
    assert_eq!(folds, k_fold.folds(&ds).unwrap());
    assert_eq!(plan.paths().n_paths(), 1);
}

#[test]
fn neighbours_stay_separate_segments() {
    let ds = labelled(60, 2, 3);
    let plan = choices(6, 2, 0).plan(&ds).unwrap();
    assert_eq!(plan.paths().test_groups(5), [1, 2]);
    let fold = plan.fold(5).unwrap();
    let segments: Vec<(String, usize)> =
        fold.test_segments().map(|(span, rows)| (span.to_string(), rows.len())).collect();
    let expected = [1, 2].map(|g| (plan.groups()[g].decisions.to_string(), 10));
    assert_eq!(segments, expected);
    let explained = fold.explain(&ds);
    assert_eq!(explained.test_segments.iter().map(|part| part.rows).collect::<Vec<_>>(), [10, 10]);
    assert_eq!(explained.test_span.to_string(), "2010-01-18 to 2010-02-12");
}

#[test]
fn splits_between_the_same_dates_have_training_rows_of_their_own() {
    let ds = labelled(90, 2, 3);
    let plan = choices(6, 3, 0).plan(&ds).unwrap();
    let folds: Vec<_> = (0..20).map(|k| plan.fold(k).unwrap()).collect();
    let spans: std::collections::BTreeSet<String> = folds.iter().map(|f| f.test_span().to_string()).collect();
    let rows: std::collections::BTreeSet<_> =
        folds.iter().map(proofmark_training::Fold::training_digest).collect();
    assert_eq!((spans.len(), rows.len()), (10, 20));
    assert_eq!(plan.fold(7).unwrap().training_digest(), folds[7].training_digest());
}

#[test]
fn two_of_four_groups_make_three_paths() {
    let paths = choices(4, 2, 0).paths().unwrap();
    assert_eq!((paths.n_splits(), paths.n_paths()), (6, 3));
    let tested: Vec<&[usize]> = (0..6).map(|split| paths.test_groups(split)).collect();
    assert_eq!(tested, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
    assert_eq!(paths.splits_of(0), [0, 0, 1, 2]);
    assert_eq!(paths.splits_of(1), [1, 3, 3, 4]);
    assert_eq!(paths.splits_of(2), [2, 4, 5, 5]);
    // Results: 100 * split + 10 * group + position; groups have 1, 2, 3 and 1 values.
    let lengths = [1, 2, 3, 1];
    let results: Vec<Vec<Vec<usize>>> = (0..6)
        .map(|split| {
            let of_group =
                |group: &usize| (0..lengths[*group]).map(|i| 100 * split + 10 * group + i).collect();
            paths.test_groups(split).iter().map(of_group).collect()
        })
        .collect();
    let series = paths.assemble(&results).unwrap();
    assert_eq!(series[1].values, [100, 310, 311, 320, 321, 322, 430]);
    assert_eq!(series[1].seams(), [1, 3, 6]);
    assert_eq!(series[1].segments[2], PathSegment { group: 2, split: 3, range: 3..6 });
    let text = serde_json::to_string(&series[1]).unwrap();
    assert_eq!(serde_json::from_str::<PathSeries<usize>>(&text).unwrap(), series[1]);
    assert_eq!(paths.assemble(&results[..5]), Err(PathError::SplitCount { expected: 6, got: 5 }));
    let mut wrong = results.clone();
    wrong[4].pop();
    assert_eq!(paths.assemble(&wrong), Err(PathError::GroupCount { split: 4, expected: 2, got: 1 }));
    let mut wrong = results;
    wrong[4][1].push(0);
    let error = PathError::Length { group: 3, split: 4, expected: 1, got: 2 };
    assert_eq!(paths.assemble(&wrong), Err(error));
}

#[test]
fn sharpe_ratios_of_paths_by_hand() {
    let path = |path, values: &[f64]| PathSeries { path, values: values.to_vec(), segments: Vec::new() };
    // Means 1, -1 and 2 over standard deviation 1; four periods a year double them.
    let paths = [
        path(0, &[0.0, 1.0, 2.0]),
        path(1, &[-2.0, -1.0, 0.0]),
        path(2, &[0.1; 3]),
        path(3, &[1.0, 2.0, 3.0]),
        path(4, &[1.0, f64::NAN]),
    ];
    let spread = SharpeDistribution::of(&paths, 4.0).unwrap();
    assert_eq!(spread.paths, [Some(2.0), Some(-2.0), None, Some(4.0), None]);
    assert_eq!((spread.defined, spread.min, spread.max), (3, -2.0, 4.0));
    assert!((spread.mean - 4.0 / 3.0).abs() < 1e-15);
    assert!((spread.sd.unwrap() - (28.0_f64 / 3.0).sqrt()).abs() < 1e-14);
    let quantiles: Vec<(f64, f64)> = spread.quantiles.iter().map(|q| (q.level, q.value)).collect();
    assert_eq!(quantiles[1..4], [(0.25, 0.0), (0.5, 2.0), (0.75, 3.0)]);
    assert!((spread.share_below_zero - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(SharpeDistribution::of(&paths[2..3], 4.0), None);
    assert_eq!(SharpeDistribution::of(&[], 4.0), None);
    assert_eq!(SharpeDistribution::of(&paths[..1], 4.0).unwrap().sd, None);
    assert_eq!(SharpeDistribution::of(&paths[..1], f64::INFINITY), None);
}

#[test]
fn impossible_requests_are_typed_errors() {
    let named = |groups, test_groups| match choices(groups, test_groups, 0).paths().unwrap_err() {
        SplitError::BadSetting { name, .. } => name,
        other => panic!("{other}"),
    };
    assert_eq!(
        [named(1, 1), named(129, 2), named(6, 0), named(6, 6)],
        ["groups", "groups", "test_groups", "test_groups"]
    );
    let many = SplitError::TooManySplits { groups: 128, test_groups: 64, limit: 100_000 };
    assert_eq!(choices(128, 64, 0).paths(), Err(many));
    assert_eq!(
        choices(20, 10, 0).paths().unwrap_err().to_string(),
        "10 of 20 groups are more than 100000 splits"
    );
    assert_eq!(choices(19, 9, 0).paths().unwrap().n_splits(), 92_378);
    let ds = labelled(40, 8, 2);
    // Ten sessions a group: whatever is trained on between two tested groups is too near to one of them.
    let split = choices(4, 3, 6);
    let plan = split.plan(&ds).unwrap();
    assert!(matches!(plan.fold(1), Err(SplitError::TooFewRows { rows: 0, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_training_row_knows_a_test_label_and_paths_cover_every_group_once(
        reach in prop::collection::vec((0_usize..3, 0_usize..7), 1..30),
        holes in prop::collection::vec(prop::bool::weighted(0.15), 3..50),
        width in 1_usize..3,
        look_back in 1_usize..8,
        embargo in 0_u32..6,
        share in prop_oneof![Just(0.0), 0.05_f64..0.5],
        groups in 3_usize..7,
        tested in 1_usize..6,
    ) {
        prop_assume!(holes.iter().any(|hole| !hole) && tested < groups);
        let ds = random_dataset(110, width, &reach, look_back, &holes);
        let split = CombinatorialPurged { calibration_share: share, ..choices(groups, tested, embargo) };
        let Ok(plan) = split.plan(&ds) else { return Ok(()) };
        let (rows, paths) = (all(&ds), plan.paths());
        prop_assert_eq!(paths.n_splits() * tested, paths.n_paths() * groups);
        for k in 0..paths.n_splits() {
            let Ok(fold) = plan.fold(k) else { continue };
            check(&ds, &fold, &rows);
            prop_assert_eq!(fold.test_segments().count(), tested);
            for ((_, rows), group) in fold.test_segments().zip(paths.test_groups(k)) {
                prop_assert!(rows.iter().copied().eq(plan.groups()[*group].rows.clone()));
            }
        }
        let mut used = vec![0; paths.n_splits() * groups];
        for path in 0..paths.n_paths() {
            prop_assert_eq!(paths.splits_of(path).len(), groups);
            for (group, split) in paths.splits_of(path).iter().enumerate() {
                let slot = paths.test_groups(*split).iter().position(|g| *g == group);
                prop_assert!(slot.is_some(), "path {} takes group {} from a split that trains on it", path, group);
                prop_assert_eq!(paths.paths_of(*split)[slot.unwrap()], path);
                used[split * groups + group] += 1;
            }
        }
        prop_assert!(used.iter().all(|times| *times <= 1));
        prop_assert_eq!(used.iter().sum::<usize>(), paths.n_splits() * tested);
    }
}
