//! Overlapping labels on random walks: neighbours in time know the answer, and a purged split leaves them out.
//!
//! The unpurged split cannot be had from the crate; it is the complement of the test block, spelled out below.

use proofmark_stats::auc::auc;
use proofmark_training::{Dataset, PurgedKFold};

use crate::worlds::{Labels, panel, walks, weekdays};

const WALKS: usize = 24;
const ROWS: usize = 1_500;
const HORIZON: usize = 30;
const FOLDS: usize = 100;
/// Returns over these many sessions: features that hardly change from one session to the next.
const LOOK_BACKS: [usize; 5] = [30, 45, 60, 90, 120];

fn dataset(close: &[f64]) -> Dataset {
    let panel = panel(&weekdays(ROWS), &[close.to_vec()]);
    let labels = Labels::of(&panel, HORIZON, 0.0);
    let grids: Vec<Vec<f64>> = LOOK_BACKS
        .iter()
        .map(|n| (0..ROWS).map(|t| if t < 120 { f64::NAN } else { (close[t] / close[t - n]).ln() }).collect())
        .collect();
    let names: Vec<String> = LOOK_BACKS.iter().map(|n| format!("return_{n}")).collect();
    Dataset::from_panel(&panel, &names, &grids, labels.inputs(), 121).unwrap()
}

/// The features, row by row.
fn points(ds: &Dataset) -> Vec<[f64; LOOK_BACKS.len()]> {
    (0..ds.len()).map(|row| std::array::from_fn(|j| ds.column(j)[row])).collect()
}

/// The nearest training row, Euclidean; the earliest of equals.
fn nearest(points: &[[f64; LOOK_BACKS.len()]], train: &[u32], row: u32) -> usize {
    let from = points[row as usize];
    let distance =
        |other: u32| -> f64 { points[other as usize].iter().zip(from).map(|(a, b)| (a - b) * (a - b)).sum() };
    let mut best = (f64::INFINITY, train[0]);
    for other in train {
        let distance = distance(*other);
        if distance < best.0 {
            best = (distance, *other);
        }
    }
    best.1 as usize
}

#[test]
fn an_unpurged_split_finds_skill_in_random_walks_and_a_purged_one_does_not() {
    let split =
        PurgedKFold { folds: FOLDS, embargo_sessions: 5, calibration_share: 0.0, min_train_rows: 500 };
    let (mut leaky, mut purged, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for close in walks(WALKS, ROWS, 20_260_102) {
        let ds = dataset(&close);
        let points = points(&ds);
        let labelled: Vec<u32> = (0..ds.len() as u32).filter(|row| ds.is_labelled(*row as usize)).collect();
        for fold in split.folds(&ds).unwrap() {
            let everything_else: Vec<u32> =
                labelled.iter().copied().filter(|row| !fold.test_rows().contains(row)).collect();
            for row in fold.test_rows().iter().copied().filter(|row| ds.is_labelled(*row as usize)) {
                leaky.push(ds.class()[nearest(&points, &everything_else, row)]);
                purged.push(ds.class()[nearest(&points, fold.fit_rows(), row)]);
                classes.push(ds.class()[row as usize] > 0.5);
            }
        }
    }
    let (leaky, purged) = (auc(&leaky, &classes).unwrap(), auc(&purged, &classes).unwrap());
    // Measured: 0.650 and 0.489; over four seeds 0.635 to 0.650 and 0.486 to 0.503.
    assert!(leaky > 0.55, "neighbours across the edge of a block should know its labels, AUC {leaky}");
    assert!((purged - 0.5).abs() < 0.03, "skill in random walks, AUC {purged}");
}
