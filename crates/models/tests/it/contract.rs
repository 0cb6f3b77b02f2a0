//! What every learner promises, tested over all of them.

use proofmark_models::{
    BaseRate, Basis, FitError, GradientBoostedTrees, Learner, LogisticRegression, Matrix, MissingInputs,
    Model, PredictError,
};
use proofmark_units::Seed;
use proptest::prelude::*;

use crate::simulated::{Simulated, draw};

pub(crate) fn trees() -> GradientBoostedTrees {
    GradientBoostedTrees {
        trees: 20,
        leaves: 15,
        max_depth: 8,
        learning_rate: 0.1,
        min_leaf_rows: 20,
        min_leaf_hessian: 1e-3,
        min_gain: 0.0,
        l2: 0.0,
        row_share: 1.0,
        column_share: 1.0,
        bins: 64,
    }
}

pub(crate) fn learners() -> Vec<Box<dyn Learner>> {
    vec![
        Box::new(trees()),
        Box::new(GradientBoostedTrees { row_share: 0.5, column_share: 0.4, l2: 1.0, ..trees() }),
        Box::new(LogisticRegression { l2: 0.01, basis: Basis::Linear, missing: MissingInputs::Refuse }),
        Box::new(LogisticRegression {
            l2: 0.01,
            basis: Basis::Hinge { knots: 3 },
            missing: MissingInputs::Refuse,
        }),
        Box::new(LogisticRegression {
            l2: 0.01,
            basis: Basis::Hinge { knots: 3 },
            missing: MissingInputs::Indicate,
        }),
        Box::new(BaseRate),
    ]
}

fn fit(learner: &dyn Learner, data: &Simulated, seed: u64) -> Model {
    let x = Matrix::from_columns(&data.columns).unwrap();
    learner.fit(&x, &data.class, None, &Seed::root(seed)).unwrap()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let data = draw(0, 3_000);
    for learner in learners() {
        let bytes = |seed| serde_json::to_vec(&fit(learner.as_ref(), &data, seed)).unwrap();
        assert_eq!(bytes(7), bytes(7), "{}", learner.kind());
    }
    let sampled = GradientBoostedTrees { row_share: 0.5, ..trees() };
    assert_ne!(fit(&sampled, &data, 7), fit(&sampled, &data, 8));
}

#[test]
fn save_load_predict_is_bit_exact() {
    let (data, held) = (draw(0, 3_000), draw(3_000, 500));
    let x = Matrix::from_columns(&held.columns).unwrap();
    for learner in learners() {
        let model = fit(learner.as_ref(), &data, 7);
        assert_eq!(model.kind(), learner.kind());
        let again: Model = serde_json::from_slice(&serde_json::to_vec(&model).unwrap()).unwrap();
        assert_eq!(again, model);
        assert_eq!(
            bits(&again.predict(&x).unwrap()),
            bits(&model.predict(&x).unwrap()),
            "{}",
            learner.kind()
        );
        assert_eq!(again.effective_parameters(), model.effective_parameters());
    }
}

#[test]
fn a_later_row_never_changes_an_earlier_prediction() {
    let (data, held) = (draw(0, 3_000), draw(3_000, 3_000));
    let head: Vec<Vec<f64>> = held.columns.iter().map(|column| column[..1_500].to_vec()).collect();
    for learner in learners() {
        let model = fit(learner.as_ref(), &data, 7);
        let all = model.predict(&Matrix::from_columns(&held.columns).unwrap()).unwrap();
        let some = model.predict(&Matrix::from_columns(&head).unwrap()).unwrap();
        assert_eq!(bits(&all[..1_500]), bits(&some), "{}", learner.kind());
        assert!(all.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn missing_and_infinite_inputs_follow_the_declared_policy() {
    let mut data = draw(0, 3_000);
    data.columns[2][5] = f64::NAN;
    data.columns[4].fill(f64::NAN);
    let mut infinite = draw(0, 3_000);
    infinite.columns[1][9] = f64::INFINITY;
    for learner in learners() {
        let x = Matrix::from_columns(&data.columns).unwrap();
        let fitted = learner.fit(&x, &data.class, None, &Seed::root(1));
        if learner.accepts_missing() {
            let p = fitted.unwrap().predict(&x).unwrap();
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{}", learner.kind());
        } else {
            assert!(
                matches!(fitted, Err(FitError::BadInput { row: 5, column: 2, .. })),
                "{}",
                learner.kind()
            );
            let model = fit(learner.as_ref(), &draw(0, 3_000), 1);
            assert_eq!(model.predict(&x), Err(PredictError::Missing { row: 5, column: 2 }));
        }
        let x = Matrix::from_columns(&infinite.columns).unwrap();
        let refused = learner.fit(&x, &infinite.class, None, &Seed::root(1));
        assert!(matches!(refused, Err(FitError::BadInput { row: 9, column: 1, .. })), "{}", learner.kind());
    }
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let data = draw(0, 100);
    let x = Matrix::from_columns(&data.columns).unwrap();
    let seed = Seed::root(1);
    let mut soft = data.class.clone();
    soft[3] = 1.5;
    for learner in learners() {
        assert_eq!(
            learner.fit(&x, &soft, None, &seed),
            Err(FitError::BadTarget { row: 3, value: 1.5 }),
            "{}",
            learner.kind()
        );
        assert_eq!(
            learner.fit(&x, &[1.0; 100], None, &seed),
            Err(FitError::SingleClass { rows: 100, value: 1.0 })
        );
        assert!(matches!(learner.fit(&x, &[1.0; 99], None, &seed), Err(FitError::LengthMismatch { .. })));
        let weight = [0.0; 100];
        assert!(matches!(
            learner.fit(&x, &data.class, Some(&weight), &seed),
            Err(FitError::BadWeight { row: 0, .. })
        ));
        let model = learner.fit(&x, &data.class, None, &seed).unwrap();
        let narrow = Matrix::from_columns(&data.columns[..2]).unwrap();
        assert_eq!(model.predict(&narrow), Err(PredictError::Width { expected: 10, got: 2 }));
    }
    let bad = GradientBoostedTrees { bins: 255, ..trees() };
    let error = bad.fit(&x, &data.class, None, &seed).unwrap_err();
    assert_eq!(error.to_string(), "`bins` is 255, it must be 2 to 254");
}

#[test]
fn effective_parameters_are_those_of_the_fitted_trees() {
    let data = draw(0, 2_000);
    let asked = GradientBoostedTrees { trees: 7, leaves: 31, max_depth: 3, min_leaf_rows: 50, ..trees() };
    let read = fit(&asked, &data, 1).effective_parameters();
    assert_eq!(read["trees"], 7);
    assert_eq!(read["depth_max"], 3);
    assert_eq!(read["leaves_max"], 8); // depth 3 allows 8, whatever was asked
    assert!(read["leaf_rows_min"].as_u64().unwrap() >= 50);
    assert_eq!(read["learning_rate"], 0.1);
    assert!(read["bins_max"].as_u64().unwrap() <= 64);
    assert_eq!(read["training_rows"], 2_000);
}

#[test]
fn importance_names_the_columns_that_matter() {
    let Model::Trees(model) = fit(&trees(), &draw(0, 20_000), 1) else { panic!("trees fit trees") };
    let share = model.importance();
    assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let quietest_signal = share[..4].iter().copied().fold(1.0, f64::min);
    let loudest_noise = share[4..].iter().copied().fold(0.0, f64::max);
    assert!(quietest_signal > 2.0 * loudest_noise, "{share:?}");
}

#[test]
fn wide_matrices_take_the_general_path() {
    let data = draw(0, 2_000);
    let wide: Vec<Vec<f64>> = data.columns.iter().cycle().take(45).cloned().collect();
    let learner = GradientBoostedTrees { bins: 254, ..trees() };
    let x = Matrix::from_columns(&wide).unwrap();
    let narrow = Matrix::from_columns(&data.columns).unwrap();
    let seed = Seed::root(1);
    let p = learner.fit(&x, &data.class, None, &seed).unwrap().predict(&x).unwrap();
    let q = learner.fit(&narrow, &data.class, None, &seed).unwrap().predict(&narrow).unwrap();
    assert_eq!(bits(&p), bits(&q)); // copies of a column never win a tie
}

#[test]
fn one_stump_by_hand() {
    // x <= 3.5: 1 of 4 is 1; above: 3 of 4. p = 1/2, so G = +1 and -1, H = 1 on each side, leaves -1 and +1.
    let x = [vec![1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0, 7.0]];
    let y = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    let stump = GradientBoostedTrees {
        trees: 1,
        leaves: 2,
        learning_rate: 0.5,
        min_leaf_rows: 4,
        min_leaf_hessian: 0.0,
        ..trees()
    };
    let x = Matrix::from_columns(&x).unwrap();
    let model = stump.fit(&x, &y, None, &Seed::root(1)).unwrap();
    for (got, want) in model.log_odds(&x).unwrap().iter().zip([-0.5, -0.5, -0.5, -0.5, 0.5, 0.5, 0.5, 0.5]) {
        assert!((got - want).abs() < 1e-6, "{got} {want}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn leaves_hold_their_rows_and_probabilities_stay_within_bounds(
        values in prop::collection::vec((0_u8..6, 0_u8..40, any::<bool>(), 0.1_f64..10.0), 40..200),
        min_leaf_rows in 1_usize..15,
        leaves in 2_usize..20,
    ) {
        let columns = [
            values.iter().map(|v| if v.0 == 0 { f64::NAN } else { f64::from(v.0) }).collect::<Vec<_>>(),
            values.iter().map(|v| f64::from(v.1)).collect(),
        ];
        let mut class: Vec<f64> = values.iter().map(|v| f64::from(u8::from(v.2))).collect();
        class[0] = 1.0 - class[1];
        let weight: Vec<f64> = values.iter().map(|v| v.3).collect();
        let x = Matrix::from_columns(&columns).unwrap();
        let learner = GradientBoostedTrees { min_leaf_rows, leaves, trees: 10, ..trees() };
        let model = learner.fit(&x, &class, Some(&weight), &Seed::root(3)).unwrap();
        let read = model.effective_parameters();
        let smallest = read["leaf_rows_min"].as_u64().unwrap() as usize;
        prop_assert!(smallest >= min_leaf_rows.min(values.len()));
        prop_assert!(read["leaves_max"].as_u64().unwrap() as usize <= leaves);
        prop_assert!(model.predict(&x).unwrap().iter().all(|p| (0.0..=1.0).contains(p)));
    }
}
