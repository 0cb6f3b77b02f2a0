//! Linear models against scikit-learn on the same matrix.

use proofmark_models::{
    ArdRegression, Bayesian, BayesianRidge, GammaPriors, Linear, Matrix, Regression, Regressor,
    RidgeRegression,
};
use proofmark_units::Seed;
use serde_json::Value;

use super::{draw, rows};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/regressions.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(super) const BAYESIAN: BayesianRidge =
    BayesianRidge { priors: GammaPriors::VAGUE, iterations_max: 300, tolerance: 1e-3 };
pub(super) const ARD: ArdRegression =
    ArdRegression { priors: GammaPriors::VAGUE, pruned_from: 1e4, iterations_max: 300, tolerance: 1e-3 };

/// Each value within `tolerance` of the largest one's size.
#[track_caller]
fn near(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let size = want.iter().fold(1e-300_f64, |most, v| most.max(v.abs()));
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= tolerance * size, "{what}: {got} {want}");
    }
}

struct Case {
    name: String,
    want: Value,
    train: Vec<Vec<f64>>,
    held: Vec<Vec<f64>>,
    target: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let case = |want: &Value| {
        let count = |name: &str| want[name].as_u64().unwrap() as usize;
        let (width, all, train) = (count("columns"), count("rows"), count("train"));
        let (x, y) = draw(width, all);
        let unit = want["unit"].as_f64().unwrap();
        Case {
            name: format!("{width} columns, {train} rows, unit {unit}"),
            want: want.clone(),
            train: rows(&x, 0, train),
            held: rows(&x, train, all),
            target: y[..train].iter().map(|v| v * unit).collect(),
        }
    };
    fixture()["cases"].as_array().unwrap().iter().map(case).collect()
}

impl Case {
    /// Fits `learner`, compares its line and its predictions, and hands the model on.
    fn check(&self, learner: &dyn Regressor, name: &str, tolerance: f64) -> Option<Regression> {
        let want = self.want.get(name)?;
        let what = format!("{name}, {}", self.name);
        let x = Matrix::from_columns(&self.train).unwrap();
        let model = learner.fit(&x, &self.target, &Seed::root(1)).unwrap();
        let line: &Linear = match &model {
            Regression::Ridge(model) => model.linear(),
            Regression::BayesianRidge(model) | Regression::Ard(model) => model.linear(),
            _ => panic!("{what} is not linear"),
        };
        near(&[line.intercept()], &[want["intercept"].as_f64().unwrap()], tolerance, &what);
        near(line.coefficients(), &numbers(&want["coefficients"]), tolerance, &what);
        let predicted = model.predict(&Matrix::from_columns(&self.held).unwrap()).unwrap();
        near(&predicted, &numbers(&want["predicted"]), tolerance, &what);
        Some(model)
    }

    fn check_bayesian(&self, learner: &dyn Regressor) {
        let model = self.check(learner, learner.kind(), 1e-6).unwrap();
        let want = &self.want[learner.kind()];
        let what = format!("{}, {}", learner.kind(), self.name);
        let std = model.predict_std(&Matrix::from_columns(&self.held).unwrap()).unwrap().unwrap();
        near(&std, &numbers(&want["std"]), 1e-6, &what);
        let fitted: &Bayesian = match &model {
            Regression::BayesianRidge(fitted) | Regression::Ard(fitted) => fitted,
            _ => panic!("{what} is not Bayesian"),
        };
        near(&[fitted.noise_precision()], &[want["noise_precision"].as_f64().unwrap()], 1e-6, &what);
        let precisions = numbers(&want["weight_precisions"]);
        for (got, want) in fitted.weight_precisions().iter().zip(&precisions) {
            near(&[*got], &[*want], 1e-5, &what);
        }
        let iterations = want["iterations"].as_u64().unwrap() as usize;
        assert_eq!(fitted.iterations().0, iterations, "{what}");
    }
}

#[test]
fn ridge_matches_scikit_learn() {
    let cases = cases();
    assert_eq!(cases.len(), 3);
    let mut checked = 0;
    for case in &cases {
        for (alpha, name) in [(0.0, "ridge_0"), (1.0, "ridge_1")] {
            checked += usize::from(case.check(&RidgeRegression { alpha }, name, 1e-8).is_some());
        }
    }
    assert_eq!(checked, 5);
}

#[test]
fn bayesian_ridge_and_ard_match_scikit_learn() {
    for case in cases() {
        case.check_bayesian(&BAYESIAN);
        case.check_bayesian(&ARD);
    }
}

#[test]
fn ard_in_the_unit_of_returns_prunes_everything() {
    // The threshold is in the target's unit: a hundredth of the unit asks for ten thousand times the precision.
    let columns_kept = |unit: f64| {
        let (x, y) = draw(10, 400);
        let y: Vec<f64> = y.iter().map(|v| v * unit).collect();
        let model = ARD.fit(&Matrix::from_columns(&x).unwrap(), &y, &Seed::root(1)).unwrap();
        model.effective_parameters()["columns_kept"].as_u64().unwrap()
    };
    assert_eq!((columns_kept(1.0), columns_kept(0.01)), (7, 0));
}

#[test]
fn bayesian_spread_covers_what_it_claims() {
    // Within one stated deviation lie about 68 % of new outcomes; the noise is a sum of three uniform draws.
    let (x, y) = draw(10, 3_000);
    let (train, held) = (rows(&x, 0, 500), rows(&x, 500, 3_000));
    let model = BAYESIAN.fit(&Matrix::from_columns(&train).unwrap(), &y[..500], &Seed::root(1)).unwrap();
    let held = Matrix::from_columns(&held).unwrap();
    let (mean, std) = (model.predict(&held).unwrap(), model.predict_std(&held).unwrap().unwrap());
    let within = (0..2_500).filter(|i| (y[500 + i] - mean[*i]).abs() <= std[*i]).count() as f64 / 2_500.0;
    assert!((0.64..0.72).contains(&within), "{within}");
}
