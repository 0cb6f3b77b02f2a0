//! The list of models that are compared with each other.

use std::collections::BTreeSet;

use proofmark_models::{BoosterSize, Family, Matrix, Regression, zoo, zoo_model, zoo_of};
use proofmark_units::Seed;

use super::{draw, rows};

#[test]
fn nine_models_with_names_of_their_own() {
    let models = zoo();
    let names: Vec<&str> = models
        .iter()
        .flat_map(|model| std::iter::once(model.name()).chain(model.aliases().iter().copied()))
        .collect();
    assert_eq!((models.len(), names.len()), (9, 15));
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 15);
    for family in [Family::Linear, Family::Boosting, Family::Hybrid] {
        assert_eq!(models.iter().filter(|model| model.family() == family).count(), 3);
    }
    for name in names {
        let found = zoo_model(name).unwrap();
        assert!(found.name() == name || found.aliases().contains(&name));
    }
    assert_eq!(zoo_model("catboost_pure").unwrap().name(), "boosted_symmetric");
    let error = zoo_model("xgboost").unwrap_err().to_string();
    assert!(error.starts_with("there is no model `xgboost`\n\nhint: the models are ridge, "), "{error}");
}

#[test]
fn every_model_explains_something_and_no_two_are_the_same() {
    let (x, y) = draw(10, 900);
    let (train, held) = (rows(&x, 0, 700), rows(&x, 700, 900));
    let (train, held) = (Matrix::from_columns(&train).unwrap(), Matrix::from_columns(&held).unwrap());
    let mean = y[..700].iter().sum::<f64>() / 700.0;
    let loss = |predicted: &[f64]| predicted.iter().zip(&y[700..]).map(|(p, y)| (p - y).powi(2)).sum::<f64>();
    let mut all = Vec::new();
    for model in zoo() {
        let fitted = model.fit(&train, &y[..700], &Seed::root(3)).unwrap();
        assert_eq!(fitted, model.fit(&train, &y[..700], &Seed::root(3)).unwrap());
        let predicted = fitted.predict(&held).unwrap();
        assert!(loss(&predicted) < 0.95 * loss(&[mean; 200]), "{}", model.name());
        let states_spread = matches!(fitted, Regression::BayesianRidge(_) | Regression::Ard(_));
        assert_eq!(fitted.predict_std(&held).unwrap().is_some(), states_spread, "{}", model.name());
        assert!(!all.contains(&predicted), "{}", model.name());
        all.push(predicted);
    }
}

#[test]
fn sizes_are_those_asked_for_as_read_back() {
    let (x, y) = draw(10, 700);
    let x = Matrix::from_columns(&x).unwrap();
    for size in [BoosterSize::SHORT, BoosterSize::MEDIUM, BoosterSize::LONG] {
        for model in zoo_of(&size).into_iter().filter(|model| model.family() != Family::Linear) {
            let read = model.fit(&x, &y, &Seed::root(3)).unwrap().effective_parameters();
            let read = if model.family() == Family::Hybrid { &read["booster"] } else { &read };
            assert_eq!(read["trees"], size.trees, "{}", model.name());
            assert_eq!((&read["learning_rate"], &read["l2"]), (&size.learning_rate.into(), &size.l2.into()));
            assert!(read["leaves_max"].as_u64().unwrap() <= 1 << size.depth, "{}", model.name());
            let symmetric = read["growth"]["kind"] == "symmetric";
            let least = read["leaf_rows_min"].as_u64().unwrap() as usize;
            assert!(symmetric || least >= size.min_leaf_rows, "{}", model.name());
        }
    }
    let absurd = BoosterSize { depth: 200, ..BoosterSize::SHORT };
    for model in zoo_of(&absurd).into_iter().filter(|model| model.family() != Family::Linear) {
        let error = model.fit(&x, &y, &Seed::root(3)).unwrap_err().to_string();
        assert!(error.starts_with("`max_depth`") || error.starts_with("`leaves`"), "{error}");
    }
}
