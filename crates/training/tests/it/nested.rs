//! Selection inside a fold.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use proofmark_models::{Basis, LogisticRegression, Matrix, MissingInputs};
use proofmark_training::{
    Fold, InnerFold, InnerSplit, Nested, PurgedKFold, SelectError, Selection, SplitError, TrainRules,
    TrainWindow,
};
use proofmark_units::{DateSpan, Seed};
use proptest::prelude::*;

use crate::around::check;
use crate::split::random_dataset;
use crate::worlds::{date, planted};

const FORWARD: Nested =
    Nested { inner: InnerSplit::WalkForward { blocks: 3 }, calibration_share: 0.0, min_train_rows: 1 };
const K_FOLD: Nested = Nested { inner: InnerSplit::PurgedKFold { folds: 4 }, ..FORWARD };

fn outer(ds: &proofmark_training::Dataset) -> Fold {
    let rules = TrainRules {
        window: TrainWindow::Anchored,
        embargo_sessions: 5,
        calibration_share: 0.2,
        min_train_rows: 1,
    };
    Fold::before(ds, DateSpan { start: date("2011-10-03"), end: date("2011-12-30") }, &rules).unwrap()
}

fn scored(
    score: impl Fn(usize, usize) -> Option<f64> + Sync,
) -> Result<Selection<usize>, SelectError<Infallible>> {
    let ds = planted(2, 600, 3);
    K_FOLD.select(&ds, &outer(&ds), &[0, 1, 2], |config, inner| Ok(score(*config, inner.fold().index())))
}

#[test]
fn the_highest_mean_is_chosen_and_the_first_of_equals() {
    // Means over four splits: 1.75, 2, 2.
    let table = [[1.0, 1.0, 1.0, 4.0], [2.0, 2.0, 2.0, 2.0], [1.0, 3.0, 1.0, 3.0]];
    let selection = scored(|config, inner| Some(table[config][inner])).unwrap();
    assert_eq!((selection.chosen, *selection.config()), (1, 1));
    assert_eq!(
        selection.configs.iter().map(|c| c.mean).collect::<Vec<_>>(),
        [Some(1.75), Some(2.0), Some(2.0)]
    );
    let inner: Vec<Vec<f64>> =
        selection.configs.iter().map(|c| c.inner.iter().flatten().copied().collect()).collect();
    assert_eq!(inner, table);
    let text = serde_json::to_string(&selection).unwrap();
    assert!(text.contains(r#""outer_test":{"start":"2011-10-03","end":"2011-12-30"}"#), "{text}");
    assert_eq!(serde_json::from_str::<Selection<usize>>(&text).unwrap(), selection);
    // One missing or infinite score takes a configuration out, and the record says where it was.
    let selection = scored(|config, inner| match (config, inner) {
        (1, 2) => None,
        (2, 0) => Some(f64::INFINITY),
        _ => Some(table[config][inner]),
    });
    let selection = selection.unwrap();
    assert_eq!(selection.chosen, 0);
    assert_eq!(selection.configs[1].inner, [Some(2.0), Some(2.0), None, Some(2.0)]);
    assert_eq!((selection.configs[1].mean, selection.configs[2].inner[0]), (None, None));
    assert!(matches!(scored(|_, _| None), Err(SelectError::NoScore { configs: 3, inner: 4, .. })));
}

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

#[test]
fn what_cannot_be_chosen_is_a_typed_error() {
    let ds = planted(2, 600, 3);
    let outer = outer(&ds);
    let never = |_: &usize, _: &InnerFold| -> Result<Option<f64>, Broken> { panic!("nothing may be scored") };
    assert!(matches!(FORWARD.select(&ds, &outer, &[], never), Err(SelectError::NoConfigs)));
    let many = Nested { min_train_rows: 100_000, ..FORWARD };
    let Err(SelectError::Split { outer: 0, source }) = many.select(&ds, &outer, &[1], never) else {
        panic!("too few rows are an error")
    };
    assert!(matches!(source, SplitError::TooFewRows { needed: 100_000, .. }), "{source}");
    let none = Nested { inner: InnerSplit::WalkForward { blocks: 0 }, ..FORWARD };
    assert!(matches!(none.folds(&ds, &outer), Err(SplitError::BadSetting { name: "blocks", .. })));
    let most = Nested { inner: InnerSplit::WalkForward { blocks: usize::MAX }, ..FORWARD };
    assert!(matches!(most.folds(&ds, &outer), Err(SplitError::BadSetting { name: "blocks", .. })));
    // All cells are scored side by side; the first failure in their order is the one that is reported.
    let calls = AtomicUsize::new(0);
    let failing = |config: &usize, inner: &InnerFold| {
        calls.fetch_add(1, Ordering::Relaxed);
        if *config > 0 && inner.fold().index() > 0 { Err(Broken) } else { Ok(Some(0.0)) }
    };
    let error = FORWARD.select(&ds, &outer, &[0, 1, 2], failing).unwrap_err();
    assert_eq!(error.to_string(), "failed to score configuration 1 on inner split 1 of fold 0");
    assert_eq!(calls.into_inner(), 9);
}

#[test]
fn a_real_choice_uses_fit_rows_only_and_finds_the_better_penalty() {
    let ds = planted(6, 600, 3);
    let outer = outer(&ds);
    let configs =
        [1e4, 1e-3].map(|l2| LogisticRegression { l2, basis: Basis::Linear, missing: MissingInputs::Refuse });
    let negative_log_loss = |config: &LogisticRegression, inner: &InnerFold| {
        use proofmark_models::Learner as _;
        let fold = inner.fold();
        let inside = |rows: &[u32]| rows.iter().all(|row| outer.fit_rows().contains(row));
        assert!(inside(fold.fit_rows()) && inside(fold.test_rows()));
        let gather =
            |j: usize| fold.fit_rows().iter().map(|row| ds.column(j)[*row as usize]).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> = (0..ds.feature_names().len()).map(gather).collect();
        let classes: Vec<f64> = fold.fit_rows().iter().map(|row| ds.class()[*row as usize]).collect();
        let model = config.fit(&Matrix::from_columns(&columns).unwrap(), &classes, None, &Seed::root(1))?;
        let held = inner.test_columns(&ds);
        let p = model.predict(&Matrix::from_columns(&held).unwrap()).unwrap();
        let y = inner.test_classes(&ds);
        let loss: f64 = p.iter().zip(&y).map(|(p, y)| (y * p + (1.0 - y) * (1.0 - p)).ln()).sum();
        Ok::<_, proofmark_models::FitError>(Some(loss / y.len() as f64))
    };
    for nested in [FORWARD, K_FOLD] {
        let selection = nested.select(&ds, &outer, &configs, negative_log_loss).unwrap();
        assert_eq!(selection.chosen, 1, "{selection:?}");
        assert_eq!(selection, nested.select(&ds, &outer, &configs, negative_log_loss).unwrap());
    }
}

#[test]
fn inner_blocks_fall_apart_where_the_outer_test_lies() {
    let ds = planted(1, 300, 3);
    let split = PurgedKFold { folds: 5, embargo_sessions: 0, calibration_share: 0.0, min_train_rows: 1 };
    let fold = &split.folds(&ds).unwrap()[2];
    let halves = Nested { inner: InnerSplit::PurgedKFold { folds: 3 }, ..FORWARD };
    let inner = halves.folds(&ds, fold).unwrap();
    let counts: Vec<usize> = inner.iter().map(|inner| inner.fold().test_segments().count()).collect();
    assert_eq!(counts, [1, 2, 1]);
    let (first, second) = {
        let mut spans = inner[1].fold().test_segments().map(|(span, _)| span);
        (spans.next().unwrap(), spans.next().unwrap())
    };
    assert!(first.end < fold.test_span().start && fold.test_span().end < second.start);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn inner_folds_obey_the_same_rules(
        reach in prop::collection::vec((0_usize..3, 0_usize..6), 1..30),
        holes in prop::collection::vec(prop::bool::weighted(0.1), 3..50),
        look_back in 1_usize..8,
        embargo in 0_u32..5,
        share in prop_oneof![Just(0.0), 0.05_f64..0.5],
        outer_folds in 2_usize..5,
        n in 2_usize..5,
        forward in any::<bool>(),
    ) {
        prop_assume!(holes.iter().any(|hole| !hole));
        let ds = random_dataset(160, 2, &reach, look_back, &holes);
        let split = PurgedKFold { folds: outer_folds, embargo_sessions: embargo, calibration_share: 0.2, min_train_rows: 1 };
        let Ok(outer) = split.folds(&ds) else { return Ok(()) };
        let inner = if forward { InnerSplit::WalkForward { blocks: n } } else { InnerSplit::PurgedKFold { folds: n } };
        let nested = Nested { inner, calibration_share: share, min_train_rows: 1 };
        for outer in &outer {
            let Ok(inner) = nested.folds(&ds, outer) else { continue };
            prop_assert_eq!(inner.len(), n);
            let mut tested = Vec::new();
            for inner in &inner {
                let fold = inner.fold();
                // A walk-forward may use what came before its test block only.
                let last = *fold.test_rows().last().unwrap();
                let rows = outer.fit_rows();
                let usable: Vec<u32> = rows.iter().copied().filter(|row| !forward || *row <= last).collect();
                check(&ds, fold, &usable);
                prop_assert_eq!(fold.embargo_sessions(), outer.embargo_sessions());
                tested.extend_from_slice(fold.test_rows());
            }
            let untested = outer.fit_rows().len() - tested.len();
            prop_assert!(forward == (untested > 0) && tested == outer.fit_rows()[untested..]);
        }
    }
}
