//! What every regressor promises, tested over all of them.

use std::collections::BTreeMap;

use proofmark_models::{
    BoostedRegression, HybridRegression, LoadModelError, Matrix, ModelFile, PredictError, Regression,
    RegressionError, RegressionFile, Regressor, RidgeRegression,
};
use proofmark_units::{DateSpan, Seed};
use proptest::prelude::*;

use super::boosters::{GROWTHS, booster};
use super::linear::{ARD, BAYESIAN};
use super::{bits, draw, rows};

pub(super) fn regressors() -> Vec<Box<dyn Regressor>> {
    let ridge = RidgeRegression { alpha: 1.0 };
    let mut all: Vec<Box<dyn Regressor>> = vec![Box::new(ridge), Box::new(BAYESIAN), Box::new(ARD)];
    for growth in GROWTHS {
        let sampled = BoostedRegression { row_share: 0.7, column_share: 0.5, ..booster(growth) };
        all.push(Box::new(sampled));
        all.push(Box::new(HybridRegression { booster: booster(growth), ridge, booster_share: 0.7 }));
    }
    all
}

fn fit(regressor: &dyn Regressor, x: &[Vec<f64>], y: &[f64]) -> Result<Regression, RegressionError> {
    regressor.fit(&Matrix::from_columns(x).unwrap(), y, &Seed::root(7))
}

fn names(width: usize) -> Vec<String> {
    (0..width).map(|j| format!("f{j}")).collect()
}

pub(super) fn file_of(model: Regression) -> RegressionFile {
    let span = DateSpan { start: "2020-01-01".parse().unwrap(), end: "2021-12-31".parse().unwrap() };
    let spans = BTreeMap::from([("fit".to_owned(), span)]);
    let seeds = BTreeMap::from([("fit".to_owned(), Seed::root(7))]);
    let width = model.width();
    RegressionFile::new(model, &names(width), spans, &seeds).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_thread() {
    let (x, y) = draw(10, 600);
    for regressor in regressors() {
        let regressor = regressor.as_ref();
        let bytes = || serde_json::to_vec(&fit(regressor, &x, &y).unwrap()).unwrap();
        let here = bytes();
        let elsewhere: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(bytes)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(elsewhere.iter().all(|there| *there == here), "{}", regressor.kind());
    }
}

#[test]
fn a_file_is_its_model_bit_for_bit() {
    let (x, y) = draw(10, 700);
    let held = rows(&x, 600, 700);
    let held = Matrix::from_columns(&held).unwrap();
    for regressor in regressors() {
        let model = fit(regressor.as_ref(), &rows(&x, 0, 600), &y[..600]).unwrap();
        assert_eq!(model.kind(), regressor.kind());
        let bytes = file_of(model.clone()).save_bytes().unwrap();
        let loaded = RegressionFile::load_bytes(&bytes, Some(&names(10))).unwrap();
        assert_eq!((loaded.model(), loaded.save_bytes().unwrap()), (&model, bytes.clone()));
        assert_eq!(bits(&loaded.model().predict(&held).unwrap()), bits(&model.predict(&held).unwrap()));
        let std = |model: &Regression| model.predict_std(&held).unwrap().map(|std| bits(&std));
        assert_eq!(std(loaded.model()), std(&model));
        assert_eq!(*loaded.effective_parameters(), model.effective_parameters());
        assert_eq!(model.effective_parameters()["training_rows"], 600);
        // A model of a probability it is not, and an older program says what to do.
        assert!(matches!(ModelFile::load_bytes(&bytes, None), Err(LoadModelError::Json(_))));
        assert!(String::from_utf8(bytes).unwrap().starts_with("{\"format\":3,"));
    }
}

#[test]
fn files_that_contradict_themselves_are_refused() {
    let (x, y) = draw(10, 300);
    let text = |regressor: &dyn Regressor| {
        String::from_utf8(file_of(fit(regressor, &x, &y).unwrap()).save_bytes().unwrap()).unwrap()
    };
    let (ridge, bayesian) = (text(&RidgeRegression { alpha: 1.0 }), text(&BAYESIAN));
    let changes = [
        (&ridge, "\"format\":3", "\"format\":2"),
        (&ridge, "\"calibration\":null", "\"calibration\":{\"slope\":1.0,\"intercept\":0.0}"),
        (&ridge, "\"alpha\":1.0", "\"alpha\":2.0"),
        (&ridge, "\"deviation\":[", "\"deviation\":[0.0,"),
        (&ridge, "\"deviation\":[0.", "\"deviation\":[-0."),
        (&bayesian, "\"kept\":[0,1,", "\"kept\":[1,0,"),
        (&bayesian, "\"covariance\":[", "\"covariance\":[1.0,"),
        (&bayesian, "\"noise_precision\":", "\"noise_precision\":-"),
        (&bayesian, "\"weight_precisions\":[", "\"weight_precisions\":[1.0,"),
    ];
    for (text, from, to) in changes {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, *text, "{from}");
        let error = RegressionFile::load_bytes(broken.as_bytes(), None).unwrap_err();
        assert!(
            matches!(error, LoadModelError::Inconsistent { .. } | LoadModelError::Json(_)),
            "{to}: {error}"
        );
    }
}

#[test]
fn a_later_row_never_changes_an_earlier_prediction() {
    let (x, y) = draw(10, 900);
    let (all, head) = (rows(&x, 600, 900), rows(&x, 600, 700));
    for regressor in regressors() {
        let model = fit(regressor.as_ref(), &rows(&x, 0, 600), &y[..600]).unwrap();
        let predict = |columns: &[Vec<f64>]| model.predict(&Matrix::from_columns(columns).unwrap()).unwrap();
        assert_eq!(bits(&predict(&all)[..100]), bits(&predict(&head)), "{}", regressor.kind());
    }
}

#[test]
fn missing_and_infinite_inputs_follow_the_declared_policy() {
    let (clean, y) = draw(10, 300);
    for regressor in regressors() {
        let kind = regressor.kind();
        let mut x = clean.clone();
        x[2][5] = f64::NAN;
        let gaps = Matrix::from_columns(&x).unwrap();
        let fitted = regressor.fit(&gaps, &y, &Seed::root(1));
        if regressor.accepts_missing() {
            assert!(fitted.unwrap().predict(&gaps).unwrap().iter().all(|v| v.is_finite()), "{kind}");
        } else {
            assert!(matches!(fitted, Err(RegressionError::BadInput { row: 5, column: 2, .. })), "{kind}");
            let model = fit(regressor.as_ref(), &clean, &y).unwrap();
            assert_eq!(model.predict(&gaps), Err(PredictError::Missing { row: 5, column: 2 }), "{kind}");
            let wild: Vec<Vec<f64>> = clean.iter().map(|column| vec![column[0], f64::INFINITY]).collect();
            let wild = model.predict(&Matrix::from_columns(&wild).unwrap());
            // Pruned to nothing, or refused: never an infinite prediction.
            assert!(matches!(wild, Err(PredictError::NotFinite { row: 1, .. })), "{kind}: {wild:?}");
        }
        x[1][9] = f64::INFINITY;
        x[2][5] = 0.0;
        let refused = fit(regressor.as_ref(), &x, &y);
        assert!(matches!(refused, Err(RegressionError::BadInput { row: 9, column: 1, .. })), "{kind}");
    }
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let (x, y) = draw(10, 300);
    for regressor in regressors() {
        let (regressor, kind) = (regressor.as_ref(), regressor.kind());
        let mut bad = y.clone();
        bad[3] = f64::NAN;
        assert!(matches!(fit(regressor, &x, &bad), Err(RegressionError::BadTarget { row: 3, .. })), "{kind}");
        let constant = fit(regressor, &x, &[0.25; 300]);
        assert_eq!(constant, Err(RegressionError::ConstantTarget { rows: 300, value: 0.25 }), "{kind}");
        let short = fit(regressor, &x, &y[..299]);
        assert_eq!(short, Err(RegressionError::LengthMismatch { rows: 300, targets: 299 }), "{kind}");
        let one = fit(regressor, &rows(&x, 0, 1), &y[..1]);
        assert!(matches!(one, Err(RegressionError::TooFewRows { rows: 1, .. })), "{kind}: {one:?}");
        let none = fit(regressor, &rows(&x, 0, 0), &[]);
        assert!(matches!(none, Err(RegressionError::TooFewRows { rows: 0, .. })), "{kind}: {none:?}");
        let huge: Vec<f64> = y.iter().map(|v| v * 1e200).collect();
        let tiny: Vec<f64> = y.iter().map(|v| v * 1e-300).collect();
        for wild in [huge, tiny] {
            let error = fit(regressor, &x, &wild).unwrap_err();
            assert!(matches!(error, RegressionError::OutOfRange { .. }), "{kind}: {error}");
        }
        let model = fit(regressor, &x, &y).unwrap();
        let narrow = rows(&x[..2], 0, 300);
        let narrow = Matrix::from_columns(&narrow).unwrap();
        assert_eq!(model.predict(&narrow), Err(PredictError::Width { expected: 10, got: 2 }), "{kind}");
        assert_eq!(model.predict_std(&narrow), Err(PredictError::Width { expected: 10, got: 2 }), "{kind}");
    }
}

#[test]
fn a_constant_column_is_named_by_those_that_cannot_use_it() {
    let (mut x, y) = draw(10, 300);
    x[4] = vec![0.5; 300];
    for regressor in regressors() {
        let fitted = fit(regressor.as_ref(), &x, &y);
        if regressor.accepts_missing() {
            assert!(fitted.is_ok(), "{}", regressor.kind());
        } else {
            let want = RegressionError::ConstantColumn { column: 4, value: 0.5, rows: 300 };
            assert_eq!(fitted, Err(want), "{}", regressor.kind());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_finite_rows_are_fitted_or_refused(
        values in prop::collection::vec((-1e6_f64..1e6, 0_u8..4, -1.0_f64..1.0), 2..80),
        scale in prop::sample::select(vec![1e-160, 1e-8, 1.0, 1e8, 1e160]),
    ) {
        let x = [
            values.iter().map(|v| v.0).collect::<Vec<f64>>(),
            values.iter().map(|v| f64::from(v.1)).collect(),
            values.iter().map(|v| v.0 * 2.0).collect(),
        ];
        let y: Vec<f64> = values.iter().map(|v| v.2 * scale).collect();
        for regressor in regressors() {
            if let Ok(model) = fit(regressor.as_ref(), &x, &y) {
                let predicted = model.predict(&Matrix::from_columns(&x).unwrap()).unwrap();
                prop_assert!(predicted.iter().all(|v| v.is_finite()));
                let loaded = RegressionFile::load_bytes(&file_of(model).save_bytes().unwrap(), None);
                prop_assert!(loaded.is_ok(), "{:?}", loaded);
            }
        }
    }
}
