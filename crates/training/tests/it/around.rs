//! What any fold must obey, recomputed from dates and rows alone, pair by pair.

use proofmark_training::{Dataset, Fold};

use crate::split::position;

/// Sessions of one row: decision, oldest bar of its features, and its label's first and last, if it has one.
struct Sample {
    decision: usize,
    window: usize,
    label: Option<(usize, usize)>,
}

fn samples(ds: &Dataset) -> Vec<Sample> {
    (0..ds.len())
        .map(|row| Sample {
            decision: ds.sessions()[row] as usize,
            window: position(ds, ds.window_start(row)),
            label: ds.label_span(row).map(|span| (position(ds, span.start), position(ds, span.end))),
        })
        .collect()
}

/// Whether `train` may be trained on while `test` is tested, sample against sample.
fn clear(train: &Sample, test: &Sample, embargo: usize) -> bool {
    let Some((begins, ends)) = train.label else { return false };
    if train.decision < test.decision {
        return ends + embargo < test.decision;
    }
    let reached = test.label.map_or(test.decision, |(_, end)| end);
    train.decision > test.decision && train.window > reached && begins > reached + embargo
}

/// Checks every pair of training and test row, and that nothing was left out without need.
///
/// - `candidates`: all rows that the fold could have used.
pub(crate) fn check(ds: &Dataset, fold: &Fold, candidates: &[u32]) {
    let samples = samples(ds);
    let embargo = fold.embargo_sessions() as usize;
    let at = |row: &u32| &samples[*row as usize];
    let (fit, calibration) = (fold.fit_rows(), fold.calibration_rows());
    for rows in [fit, calibration, fold.test_rows(), fold.purged_rows()] {
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]), "rows of a part do not ascend");
    }
    for (kind, rows) in [("fit", fit), ("calibration", calibration)] {
        for row in rows {
            for test in fold.test_rows() {
                assert!(clear(at(row), at(test), embargo), "{kind} row {row} knows test row {test}");
            }
        }
    }
    for row in fit {
        for later in calibration {
            assert!(clear(at(row), at(later), embargo) && row < later, "fit row {row} knows {later}");
        }
    }
    // All labelled candidates are used, tested, or left out for a reason that can be named.
    let mut all: Vec<u32> = [fit, calibration, fold.test_rows(), fold.purged_rows()].concat();
    let unlabelled = |row: &&u32| at(row).label.is_none() && !fold.test_rows().contains(row);
    all.extend(candidates.iter().filter(unlabelled));
    all.sort_unstable();
    assert_eq!(all, candidates, "parts overlap or rows are missing");
    assert_eq!(fold.purged().unlabelled, candidates.iter().filter(unlabelled).count());
    assert_eq!(fold.purged().overlapping(), fold.purged_rows().len());
    for row in fold.purged_rows() {
        let knows_test = fold.test_segments().any(|(_, rows)| {
            // A segment is guarded as a whole: from its first decision to the last label of any of its rows.
            let first = at(&rows[0]).decision;
            let reached = rows.iter().map(|r| at(r).label.map_or(at(r).decision, |l| l.1)).max().unwrap();
            let whole = Sample { decision: first, window: first, label: Some((first, reached)) };
            !clear(at(row), &whole, embargo)
        });
        let knows_calibration = calibration.first().is_some_and(|c| !clear(at(row), at(c), embargo));
        assert!(knows_test || knows_calibration, "row {row} was left out without need");
    }
    let sessions = |rows: &[u32]| rows.iter().map(|row| at(row).decision).collect::<Vec<_>>();
    let tested = sessions(fold.test_rows());
    assert!(
        sessions(fit).iter().chain(&sessions(calibration)).all(|s| !tested.contains(s)),
        "a shared session"
    );
    assert_eq!(fold.explain(ds).overlaps.total(), 0);
}

/// All rows of `ds`.
pub(crate) fn all(ds: &Dataset) -> Vec<u32> {
    (0..ds.len() as u32).collect()
}
