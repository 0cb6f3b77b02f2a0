//! Plans and their text.

use proofmark_training::{
    HoldOut, InnerSplit, Nested, Part, PurgedKFold, Split, SplitPlan, TrainRules, TrainWindow, WalkForward,
};
use proofmark_units::DateSpan;

use crate::combinatorial::choices;
use crate::split::thirty;
use crate::worlds::{date, planted};

fn rules() -> TrainRules {
    TrainRules {
        window: TrainWindow::Anchored,
        embargo_sessions: 1,
        calibration_share: 0.2,
        min_train_rows: 1,
    }
}

fn k_fold(folds: usize) -> Split {
    Split::PurgedKFold(PurgedKFold { folds, embargo_sessions: 1, calibration_share: 0.2, min_train_rows: 1 })
}

#[test]
fn three_folds_of_thirty_sessions_as_text() {
    let plan = k_fold(3).explain(&thirty()).unwrap();
    // A weekend inside a run belongs to it, one between two runs to none. The last three sessions are tested, not trained on: no labels.
    let expected = "\
purged k-fold, 3 folds
30 rows on 30 sessions, 2010-01-04 to 2010-02-12; 3 folds, embargo 1 sessions
F fit, C calibration, x purged, T test, . not used; a column is one day

          2010
       0  TTTTTTTTTTTT..xxxxxxxxFFFFFFFxxxx..CC...
       1  FFFFFFFFxxxx..TTTTTTTTTTTT..xxxxxxxxC...
       2  FFFFFFFFFFFxxxxxxCCCCCxxxx..TTTTTTTTTTTT

fold 0
";
    let text = plan.text(60, 1).to_string();
    let text_all = plan.text(60, 9).to_string();
    assert!(text.contains("and 2 more folds") && !text_all.contains("more folds"), "{text}");
    assert_eq!(
        text_all.lines().take(9).collect::<Vec<_>>(),
        expected.lines().take(9).collect::<Vec<_>>(),
        "{text_all}"
    );
}

#[test]
fn runs_of_a_fold_by_hand() {
    let plan = k_fold(3).explain(&thirty()).unwrap();
    let runs: Vec<(Part, usize, String)> =
        plan.folds[1].runs.iter().map(|run| (run.part, run.sessions, run.dates.to_string())).collect();
    let expected = [
        (Part::Fit, 6, "2010-01-04 to 2010-01-11"),
        (Part::Purged, 4, "2010-01-12 to 2010-01-15"),
        (Part::Test, 10, "2010-01-18 to 2010-01-29"),
        (Part::Purged, 6, "2010-02-01 to 2010-02-08"),
        (Part::Calibration, 1, "2010-02-09 to 2010-02-09"),
    ];
    assert_eq!(runs, expected.map(|(part, n, dates)| (part, n, dates.to_owned())));
}

#[test]
fn every_kind_is_explained_saved_and_read_again() {
    let ds = planted(3, 700, 5);
    let walk = WalkForward {
        first_test: date("2011-06-01"),
        last: date("2012-06-30"),
        test_months: 6,
        rules: rules(),
    };
    let nested =
        Nested { inner: InnerSplit::PurgedKFold { folds: 3 }, calibration_share: 0.0, min_train_rows: 1 };
    let kinds = [
        (
            Split::HoldOut(HoldOut {
                test: DateSpan { start: date("2012-01-02"), end: date("2012-06-29") },
                rules: rules(),
            }),
            1,
        ),
        (Split::WalkForward(walk.clone()), 3),
        (k_fold(5), 5),
        (Split::CombinatorialPurged(choices(6, 2, 3)), 15),
        (Split::Nested { outer: Box::new(Split::WalkForward(walk)), inner: nested }, 3),
    ];
    for (split, folds) in kinds {
        let plan = split.explain(&ds).unwrap();
        assert_eq!((plan.folds.len(), plan.overlaps().total(), plan.rows), (folds, 0, ds.len()));
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<SplitPlan>(&text).unwrap(), plan);
        for fold in &plan.folds {
            let purged: usize = fold.runs.iter().filter(|r| r.part == Part::Purged).map(|r| r.sessions).sum();
            assert_eq!(
                purged * 3,
                fold.plan.purged.overlapping(),
                "{split}: all symbols of a session go together"
            );
        }
        let printed = plan.text(72, 2).to_string();
        assert!(printed.is_ascii() && printed.starts_with(&split.to_string()), "{printed}");
        assert!(printed.ends_with(&format!("overlaps in all {folds} folds: none\n")), "{printed}");
        assert!(printed.lines().all(|line| line.len() <= 110), "{printed}");
        let timelines = printed
            .lines()
            .filter(|line| line.len() > 10 && line[10..].bytes().all(|b| b"FCxT.".contains(&b)));
        let inner = if plan.folds[0].inner.is_empty() { 1 } else { 4 };
        assert_eq!(timelines.count(), folds.min(2) * inner, "{printed}");
    }
    let plan = Split::CombinatorialPurged(choices(6, 2, 3)).explain(&ds).unwrap();
    assert_eq!((plan.groups.len(), plan.paths.len(), plan.folds[0].plan.test_segments.len()), (6, 5, 2));
}

#[test]
fn a_planted_overlap_is_counted_and_printed() {
    let mut plan = k_fold(3).explain(&thirty()).unwrap();
    plan.folds[1].plan.overlaps.fit_test = 7;
    assert_eq!(plan.overlaps().total(), 7);
    let text = plan.text(40, 3).to_string();
    assert!(text.contains("  OVERLAPS    7 rows\n"), "{text}");
    assert!(text.ends_with("OVERLAPS: 7 fit rows and 0 calibration rows could know a test label, 0 fit rows a calibration label\n"));
}

#[test]
fn columns_widen_with_the_span() {
    let ds = planted(1, 700, 5);
    let plan = k_fold(4).explain(&ds).unwrap();
    let unit = |columns| {
        let text = plan.text(columns, 1).to_string();
        text.lines().nth(2).unwrap().rsplit("a column is ").next().unwrap().to_owned()
    };
    assert_eq!(
        [unit(1000), unit(150), unit(40), unit(20), unit(1), unit(0)],
        ["one day", "one week", "one month", "2 months", "60 months", "60 months"]
    );
}

#[test]
fn walk_forward_records_keep_their_form() {
    let ds = thirty();
    let span = DateSpan { start: date("2010-02-01"), end: date("2010-02-05") };
    let fold = proofmark_training::Fold::before(&ds, span, &rules()).unwrap();
    let text = serde_json::to_string(&fold.explain(&ds)).unwrap();
    let expected = r#""purged":{"before_test":4,"before_calibration":4,"unlabelled":0},"overlaps":{"fit_calibration":0,"fit_test":0,"calibration_test":0}}"#;
    assert!(text.ends_with(expected) && !text.contains("test_segments"), "{text}");
}
