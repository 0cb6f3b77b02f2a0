//! Boosted trees for squared error and their blends with a line.

use proofmark_models::{
    BoostedRegression, Growth, HybridRegression, LoadModelError, Matrix, Regression, RegressionError,
    RegressionFile, Regressor, RidgeRegression,
};
use proofmark_units::Seed;
use proptest::prelude::*;

use super::contract::file_of;
use super::{bits, draw, rows};

pub(super) fn booster(growth: Growth) -> BoostedRegression {
    BoostedRegression {
        growth,
        trees: 20,
        max_depth: 3,
        learning_rate: 0.1,
        min_gain: 0.0,
        l2: 1.0,
        row_share: 1.0,
        column_share: 1.0,
        bins: 64,
    }
}

pub(super) const GROWTHS: [Growth; 3] = [
    Growth::DepthWise { min_leaf_rows: 10 },
    Growth::LeafWise { leaves: 8, min_leaf_rows: 10 },
    Growth::Symmetric,
];

/// One tree that takes its whole step.
fn one_tree(growth: Growth, max_depth: usize) -> BoostedRegression {
    BoostedRegression { trees: 1, learning_rate: 1.0, l2: 0.0, max_depth, ..booster(growth) }
}

fn fit(settings: &BoostedRegression, x: &[Vec<f64>], y: &[f64]) -> Regression {
    settings.fit(&Matrix::from_columns(x).unwrap(), y, &Seed::root(7)).unwrap()
}

fn predict(model: &Regression, x: &[Vec<f64>]) -> Vec<f64> {
    model.predict(&Matrix::from_columns(x).unwrap()).unwrap()
}

#[track_caller]
fn near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
}

fn eight() -> [Vec<f64>; 1] {
    [(1..=8).map(f64::from).collect()]
}

#[test]
fn one_stump_by_hand() {
    // Squared error 12 when cut at 4.5 (means 0 and 5), more at every other place.
    let y = [0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 8.0];
    let stumps = [
        Growth::DepthWise { min_leaf_rows: 4 },
        Growth::LeafWise { leaves: 2, min_leaf_rows: 4 },
        Growth::Symmetric,
    ];
    for growth in stumps {
        let model = fit(&one_tree(growth, 1), &eight(), &y);
        near(&predict(&model, &eight()), &[0.0, 0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 5.0]);
        // A penalty of 4 rows halves each step from the mean 2.5.
        let held_back = fit(&BoostedRegression { l2: 4.0, ..one_tree(growth, 1) }, &eight(), &y);
        near(&predict(&held_back, &eight())[3..5], &[1.25, 3.75]);
    }
}

#[test]
fn a_symmetric_tree_asks_all_rows_of_a_level_the_same() {
    // The second question, at 7.5, helps the right half alone; the left half answers it all the same.
    let y = [0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 8.0];
    let read = |growth| {
        let model = fit(&one_tree(growth, 2), &eight(), &y);
        near(&predict(&model, &eight()), &y);
        let read = model.effective_parameters();
        (read["leaves_max"].as_u64().unwrap(), read["leaf_rows_min"].as_u64().unwrap())
    };
    assert_eq!(read(Growth::Symmetric), (4, 0));
    assert_eq!(read(Growth::DepthWise { min_leaf_rows: 1 }), (3, 1));
}

#[test]
fn leaf_wise_trees_go_deep_where_depth_wise_ones_may_not() {
    // Gains by hand: 6|2 first (10965), then 63|127 (2048), then 31 off the left (554), then 15 off (120).
    let y = [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 127.0];
    let read = |growth, depth| {
        let model = fit(&one_tree(growth, depth), &eight(), &y);
        let read = model.effective_parameters();
        (read["leaves_max"].as_u64().unwrap(), read["depth_max"].as_u64().unwrap(), predict(&model, &eight()))
    };
    let (leaves, depth, predicted) = read(Growth::LeafWise { leaves: 5, min_leaf_rows: 1 }, usize::MAX);
    assert_eq!((leaves, depth), (5, 3));
    near(&predicted, &[2.75, 2.75, 2.75, 2.75, 15.0, 31.0, 63.0, 127.0]);
    let (leaves, depth, predicted) = read(Growth::DepthWise { min_leaf_rows: 1 }, 2);
    assert_eq!((leaves, depth), (4, 2));
    near(&predicted, &[5.2, 5.2, 5.2, 5.2, 5.2, 31.0, 63.0, 127.0]);
}

#[test]
fn the_unit_of_the_target_changes_nothing_but_the_unit() {
    let (x, y) = draw(10, 600);
    for growth in GROWTHS {
        let predicted = predict(&fit(&booster(growth), &x, &y), &x);
        for unit in [2_f64.powi(-40), 2_f64.powi(30)] {
            let scaled: Vec<f64> = y.iter().map(|v| v * unit).collect();
            let in_unit: Vec<f64> = predicted.iter().map(|v| v * unit).collect();
            assert_eq!(bits(&predict(&fit(&booster(growth), &x, &scaled), &x)), bits(&in_unit), "{growth:?}");
        }
    }
}

#[test]
fn each_way_to_grow_learns_and_they_differ() {
    let (x, y) = draw(10, 1_500);
    let (train, held) = (rows(&x, 0, 1_000), rows(&x, 1_000, 1_500));
    let mean = y[..1_000].iter().sum::<f64>() / 1_000.0;
    let loss = |predicted: &[f64]| {
        predicted.iter().zip(&y[1_000..]).map(|(p, y)| (p - y).powi(2)).sum::<f64>() / 500.0
    };
    let models = GROWTHS.map(|growth| {
        let settings = BoostedRegression { row_share: 0.8, column_share: 0.6, trees: 50, ..booster(growth) };
        fit(&settings, &train, &y[..1_000])
    });
    for model in &models {
        let gained = 1.0 - loss(&predict(model, &held)) / loss(&[mean; 500]);
        // A quarter of the variance can be explained.
        assert!((0.1..0.3).contains(&gained), "{gained}");
        let Regression::RegressionTrees(trees) = model else { panic!("boosters fit trees") };
        let share = trees.importance();
        assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-9 && share[1] > share[7], "{share:?}");
    }
    assert!(models[0] != models[1] && models[1] != models[2] && models[0] != models[2]);
}

#[test]
fn settings_out_of_range_are_named() {
    let (x, y) = draw(10, 100);
    let x = Matrix::from_columns(&x).unwrap();
    let base = booster(GROWTHS[0]);
    let wrong = [
        (BoostedRegression { bins: 255, ..base }, "`bins` is 255, it must be 2 to 254"),
        (BoostedRegression { max_depth: 13, ..base }, "`max_depth` is 13, it must be 1 to 12"),
        (
            BoostedRegression { max_depth: 11, ..booster(Growth::Symmetric) },
            "`max_depth` is 11, it must be 1 to 10",
        ),
        (BoostedRegression { l2: f64::NAN, ..base }, "`l2` is NaN, it must be 0 or more"),
        (booster(Growth::LeafWise { leaves: 1, min_leaf_rows: 1 }), "`leaves` is 1, it must be 2 to 4096"),
        (booster(Growth::DepthWise { min_leaf_rows: 0 }), "`min_leaf_rows` is 0, it must be at least 1"),
    ];
    for (settings, message) in wrong {
        assert_eq!(settings.fit(&x, &y, &Seed::root(1)).unwrap_err().to_string(), message);
    }
    let greedy = booster(Growth::DepthWise { min_leaf_rows: 51 }).fit(&x, &y, &Seed::root(1));
    let few = RegressionError::TooFewRows { kind: "regression_trees", rows: 100, needed: 102 };
    assert_eq!(greedy, Err(few));
}

#[test]
fn a_blend_is_its_parts_in_their_shares() {
    let (x, y) = draw(10, 600);
    let ridge = RidgeRegression { alpha: 1.0 };
    for growth in GROWTHS {
        let blend = HybridRegression { booster: booster(growth), ridge, booster_share: 0.7 };
        let matrix = Matrix::from_columns(&x).unwrap();
        let predicted = |regressor: &dyn Regressor| {
            regressor.fit(&matrix, &y, &Seed::root(7)).unwrap().predict(&matrix).unwrap()
        };
        // On the training rows trees do not tell standardised inputs from raw ones.
        let (trees, line, blended) = (predicted(&booster(growth)), predicted(&ridge), predicted(&blend));
        for ((trees, line), blended) in trees.iter().zip(&line).zip(&blended) {
            assert!((0.7 * trees + 0.3 * line - blended).abs() < 1e-9);
        }
    }
}

#[test]
fn a_file_that_calls_a_lopsided_tree_symmetric_is_refused() {
    let (x, y) = draw(10, 600);
    let file = file_of(fit(&booster(GROWTHS[0]), &x, &y));
    let text = String::from_utf8(file.save_bytes().unwrap()).unwrap();
    let lie = text.replace(r#"{"kind":"depth_wise","min_leaf_rows":10}"#, r#"{"kind":"symmetric"}"#);
    assert_ne!(lie, text);
    let error = RegressionFile::load_bytes(lie.as_bytes(), None).unwrap_err();
    assert_eq!(error.to_string(), "the model file contradicts itself: tree 0 is not symmetric");
    // Sixty splits that share their children would be walked 2^60 times.
    let model = fit(&one_tree(Growth::Symmetric, 1), &eight(), &[0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 8.0]);
    let mut shared = serde_json::to_value(file_of(model)).unwrap();
    let tree = &mut shared["model"]["ensemble"]["trees"][0];
    for (name, value) in [("feature", 0.0), ("threshold", 4.5), ("gain", 1.0)] {
        tree[name] = if name == "feature" { vec![0; 60].into() } else { vec![value; 60].into() };
    }
    let child = |split: i32| if split < 59 { split + 1 } else { -1 };
    tree["left"] = (0..60).map(child).collect::<Vec<_>>().into();
    tree["right"] = tree["left"].clone();
    tree["value"] = vec![0.0; 61].into();
    tree["rows"] = vec![1; 61].into();
    let error = RegressionFile::load_bytes(shared.to_string().as_bytes(), None).unwrap_err();
    assert!(matches!(error, LoadModelError::Inconsistent { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn leaves_hold_their_rows(
        values in prop::collection::vec((0_u8..6, 0_u8..40, -1.0_f64..1.0), 40..160),
        min_leaf_rows in 1_usize..15,
        leaves in 2_usize..20,
        row_share in 0.75_f64..1.0,
    ) {
        let x = [
            values.iter().map(|v| if v.0 == 0 { f64::NAN } else { f64::from(v.0) }).collect::<Vec<_>>(),
            values.iter().map(|v| f64::from(v.1)).collect(),
        ];
        let y: Vec<f64> = values.iter().map(|v| v.2).collect();
        let growths =
            [Growth::DepthWise { min_leaf_rows }, Growth::LeafWise { leaves, min_leaf_rows }, Growth::Symmetric];
        for growth in growths {
            let model = fit(&BoostedRegression { row_share, ..booster(growth) }, &x, &y);
            let read = model.effective_parameters();
            match growth {
                Growth::Symmetric => prop_assert!(read["leaves_max"].as_u64().unwrap() <= 8),
                Growth::DepthWise { .. } => prop_assert!(read["depth_max"].as_u64().unwrap() <= 3),
                Growth::LeafWise { .. } => {
                    prop_assert!(read["leaves_max"].as_u64().unwrap() as usize <= leaves);
                }
            }
            if growth != Growth::Symmetric {
                prop_assert!(read["leaf_rows_min"].as_u64().unwrap() as usize >= min_leaf_rows);
            }
            // Each step moves a leaf towards the mean of its residuals, so the loss on all rows cannot grow.
            let whole = fit(&booster(growth), &x, &y);
            let mean = y.iter().sum::<f64>() / y.len() as f64;
            let before: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
            let after: f64 = predict(&whole, &x).iter().zip(&y).map(|(p, y)| (y - p).powi(2)).sum();
            prop_assert!(after <= before * (1.0 + 1e-9));
        }
    }
}
