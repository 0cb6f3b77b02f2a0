//! Against lightgbm and scikit-learn on the same matrix.

use proofmark_models::{
    Basis, FitError, GradientBoostedTrees, Learner, LogisticRegression, Matrix, MissingInputs, Model,
};
use proofmark_units::Seed;

use crate::contract::trees;
use crate::simulated::{auc, draw, log_loss};

fn fixture() -> serde_json::Value {
    serde_json::from_str(include_str!("../fixtures/models.json")).unwrap()
}

#[track_caller]
fn check_trees(settings: &GradientBoostedTrees, name: &str) {
    let (train, held) = (draw(0, 20_000), draw(20_000, 20_000));
    let x = Matrix::from_columns(&train.columns).unwrap();
    let model = settings.fit(&x, &train.class, None, &Seed::root(1)).unwrap();
    let p = model.predict(&Matrix::from_columns(&held.columns).unwrap()).unwrap();
    let want = &fixture()[name];
    let (got_auc, got_loss) = (auc(&p, &held.class), log_loss(&p, &held.class));
    let (want_auc, want_loss) = (want["auc"].as_f64().unwrap(), want["log_loss"].as_f64().unwrap());
    assert!((got_auc - want_auc).abs() < 0.01, "AUC {got_auc}, lightgbm {want_auc}");
    assert!((got_loss - want_loss).abs() < 0.005, "log loss {got_loss}, lightgbm {want_loss}");
}

#[test]
fn trees_match_lightgbm_out_of_sample() {
    let base = GradientBoostedTrees { trees: 100, bins: 254, ..trees() };
    check_trees(&GradientBoostedTrees { leaves: 31, max_depth: 64, ..base.clone() }, "trees_31_leaves");
    check_trees(&GradientBoostedTrees { leaves: 8, max_depth: 3, ..base }, "trees_8_leaves_depth_3");
}

#[test]
fn logistic_matches_scikit_learn() {
    let train = draw(0, 20_000);
    let want = &fixture()["logistic"];
    let learner = LogisticRegression {
        l2: want["l2"].as_f64().unwrap(),
        basis: Basis::Linear,
        missing: MissingInputs::Refuse,
    };
    let x = Matrix::from_columns(&train.columns).unwrap();
    let Model::Logistic(model) = learner.fit(&x, &train.class, None, &Seed::root(1)).unwrap() else {
        panic!("a logistic regression fits a logistic model")
    };
    assert!((model.intercept() - want["intercept"].as_f64().unwrap()).abs() < 1e-7);
    for (got, want) in model.coefficients().iter().zip(want["coefficients"].as_array().unwrap()) {
        assert!((got - want.as_f64().unwrap()).abs() < 1e-7, "{got} {want}");
    }
}

#[test]
fn hinges_find_what_a_line_cannot() {
    // |x3| is half of the signal and has no slope.
    let (train, held) = (draw(0, 20_000), draw(20_000, 20_000));
    let x = Matrix::from_columns(&train.columns).unwrap();
    let out = Matrix::from_columns(&held.columns).unwrap();
    let auc_of = |basis| {
        let model = LogisticRegression { l2: 1e-3, basis, missing: MissingInputs::Refuse }
            .fit(&x, &train.class, None, &Seed::root(1))
            .unwrap();
        auc(&model.predict(&out).unwrap(), &held.class)
    };
    let (line, broken) = (auc_of(Basis::Linear), auc_of(Basis::Hinge { knots: 1 }));
    assert!(broken > line + 0.005, "hinge {broken}, linear {line}");
}

#[test]
fn the_widest_shipped_set_fits_as_broken_lines_and_a_limit_is_said() {
    let train = draw(0, 600);
    let wide = |inputs: usize| -> Vec<Vec<f64>> {
        let column = |j: usize| {
            let (own, phase) = (&train.columns[j % train.columns.len()], j as f64);
            own.iter().map(|value| (value + phase).sin()).collect()
        };
        (0..inputs).map(column).collect()
    };
    let learner =
        LogisticRegression { l2: 0.01, basis: Basis::Hinge { knots: 1 }, missing: MissingInputs::Refuse };
    let fit = |inputs: usize| {
        let columns = wide(inputs);
        learner.fit(&Matrix::from_columns(&columns).unwrap(), &train.class, None, &Seed::root(1))
    };
    let Model::Logistic(model) = fit(360).unwrap() else {
        panic!("a logistic regression fits a logistic model")
    };
    assert_eq!(model.coefficients().len(), 720);
    assert!(matches!(fit(513), Err(FitError::TooLarge { what: "columns", got: 1_026, .. })));
}

#[test]
fn soft_targets_teach_like_many_hard_ones() {
    // Each row twice, hard with weights p and 1 - p, is the same loss as once, soft.
    let train = draw(0, 2_000);
    let soft: Vec<f64> = (0..2_000).map(|i| 0.2 + 0.6 * train.class[i]).collect();
    let doubled: Vec<Vec<f64>> = train.columns.iter().map(|c| [c.clone(), c.clone()].concat()).collect();
    let hard: Vec<f64> = (0..4_000).map(|i| if i < 2_000 { 1.0 } else { 0.0 }).collect();
    let weight: Vec<f64> =
        (0..4_000).map(|i| if i < 2_000 { soft[i] } else { 1.0 - soft[i - 2_000] }).collect();
    let learner = LogisticRegression { l2: 0.01, basis: Basis::Linear, missing: MissingInputs::Refuse };
    let seed = Seed::root(1);
    let once = Matrix::from_columns(&train.columns).unwrap();
    let a = learner.fit(&once, &soft, None, &seed).unwrap().log_odds(&once).unwrap();
    let twice = Matrix::from_columns(&doubled).unwrap();
    let b = learner.fit(&twice, &hard, Some(&weight), &seed).unwrap().log_odds(&once).unwrap();
    // Clipping quantiles differ by an interpolation step between n and 2 n rows.
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3));
}
