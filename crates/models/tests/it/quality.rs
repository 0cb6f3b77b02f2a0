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

#[test]
fn a_row_of_weight_two_is_the_row_twice() {
    // Ten and twelve values, each as common as the others, so that bins and scaling are the same with rows repeated.
    let rows: Vec<usize> = (0..6_000).collect();
    let noise = |i: usize| ((i * 7_919 + 13) % 1_009) as f64 / 1_009.0;
    let columns: [Vec<f64>; 2] =
        [rows.iter().map(|i| (i % 10) as f64).collect(), rows.iter().map(|i| (i / 10 % 12) as f64).collect()];
    let class: Vec<f64> = rows
        .iter()
        .map(|i| f64::from(u8::from(noise(*i) < 0.2 + 0.04 * columns[0][*i] + 0.02 * columns[1][*i])))
        .collect();
    let weight: Vec<f64> = rows.iter().map(|i| if i / 120 % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let twice: Vec<usize> = rows.iter().flat_map(|i| vec![*i; weight[*i] as usize]).collect();
    let picked = |column: &[f64]| -> Vec<f64> { twice.iter().map(|i| column[*i]).collect() };
    let (x, doubled) = (Matrix::from_columns(&columns).unwrap(), [picked(&columns[0]), picked(&columns[1])]);
    let longer = Matrix::from_columns(&doubled).unwrap();
    let trees =
        GradientBoostedTrees { leaves: 8, min_leaf_rows: 1, min_leaf_hessian: 20.0, l2: 1.0, ..trees() };
    let line = LogisticRegression { l2: 0.0, basis: Basis::Linear, missing: MissingInputs::Refuse };
    // Trees sum gradients in steps that depend on the number of rows and the largest weight.
    for (learner, near) in [(&trees as &dyn Learner, 1e-3), (&line, 1e-7)] {
        let fit = |x: &Matrix<'_>, target: &[f64], weight: Option<&[f64]>| {
            learner.fit(x, target, weight, &Seed::root(1)).unwrap()
        };
        let weighed = fit(&x, &class, Some(&weight)).log_odds(&x).unwrap();
        let repeated = fit(&longer, &picked(&class), None).log_odds(&x).unwrap();
        let plain = fit(&x, &class, None).log_odds(&x).unwrap();
        let most =
            |other: &[f64]| weighed.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0_f64, f64::max);
        assert!(most(&repeated) < near, "{}: {}", learner.kind(), most(&repeated));
        assert!(most(&plain) > 10.0 * near, "{}: weights count, {}", learner.kind(), most(&plain));
    }
}
