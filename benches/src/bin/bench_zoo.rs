//! The models of the zoo on a simulated matrix; the peers are scikit-learn, XGBoost, LightGBM and CatBoost.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_models::{
    ArdRegression, BayesianRidge, BoostedRegression, GammaPriors, Growth, Linear, Matrix, Regression,
    Regressor, RidgeRegression,
};
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Map, Value, json};

const COLUMNS: usize = 15;

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    for name in ["train", "test"] {
        let mut rng = seed("zoo").child(name).rng();
        let mut columns = vec![Vec::new(); COLUMNS];
        let mut target = Vec::new();
        for _ in 0..20_000 {
            let mut x: Vec<f64> = (0..COLUMNS).map(|_| StandardNormal.sample(&mut rng)).collect();
            // Neighbours overlap, one is in another unit.
            x[5] = 0.95 * x[0] + 0.05 * x[5];
            x[6] = 100.0 + 0.01 * x[6];
            let noise: f64 = StandardNormal.sample(&mut rng);
            target.push(
                0.5 + 0.4 * x[0] - 0.3 * x[1] * x[2] + 0.3 * x[3].abs() + 0.3 * (2.0 * x[4]).sin() + noise,
            );
            for (column, value) in columns.iter_mut().zip(x) {
                column.push(value);
            }
        }
        write_columns(&folder.join(format!("{name}_x.f64")), &columns)?;
        write_columns(&folder.join(format!("{name}_y.f64")), &[target])?;
    }
    Ok(())
}

/// One minus the squared error over the variance.
fn r2(predicted: &[f64], target: &[f64]) -> f64 {
    let mean = target.iter().sum::<f64>() / target.len() as f64;
    let squares =
        |pairs: &mut dyn Iterator<Item = (f64, f64)>| pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let lost = squares(&mut predicted.iter().copied().zip(target.iter().copied()));
    1.0 - lost / squares(&mut target.iter().map(|y| (*y, mean)))
}

/// Every value counts, with a weight of its own.
fn weighted(values: &[f64]) -> f64 {
    values.iter().enumerate().map(|(at, v)| v * (1.0 + (at as f64).sqrt())).sum()
}

fn line(model: &Regression) -> Option<&Linear> {
    match model {
        Regression::Ridge(model) => Some(model.linear()),
        Regression::BayesianRidge(model) | Regression::Ard(model) => Some(model.linear()),
        _ => None,
    }
}

fn booster(growth: Growth, max_depth: usize) -> BoostedRegression {
    BoostedRegression {
        growth,
        trees: 100,
        max_depth,
        learning_rate: 0.1,
        min_gain: 0.0,
        l2: 1.0,
        row_share: 1.0,
        column_share: 1.0,
        bins: 254,
    }
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let read = |name: &str, width| read_columns(&folder.join(name), width);
    let (train, test) = (read("train_x.f64", COLUMNS)?, read("test_x.f64", COLUMNS)?);
    let (train_y, test_y) = (read("train_y.f64", 1)?.concat(), read("test_y.f64", 1)?.concat());
    let (train, test) = (Matrix::from_columns(&train)?, Matrix::from_columns(&test)?);
    let (priors, iterations_max, tolerance) = (GammaPriors::VAGUE, 300, 1e-3);
    let linear: [(&str, Box<dyn Regressor>); 3] = [
        ("ridge", Box::new(RidgeRegression { alpha: 1.0 })),
        ("bayesian_ridge", Box::new(BayesianRidge { priors, iterations_max, tolerance })),
        ("ard", Box::new(ArdRegression { priors, pruned_from: 1e4, iterations_max, tolerance })),
    ];
    let (mut figures, mut timings) = (Map::new(), Map::new());
    figures.insert("rows".to_owned(), train_y.len().into());
    let mut ridge = Vec::new();
    for (name, regressor) in linear {
        let (model, fit) = timed(|| regressor.fit(&train, &train_y, &seed("zoo")));
        let model = model?;
        let line = line(&model).ok_or("a line was asked for")?;
        figures.insert(format!("{name}_intercept"), line.intercept().into());
        figures.insert(format!("{name}_coefficients"), weighted(line.coefficients()).into());
        let predicted = model.predict(&test)?;
        figures.insert(format!("{name}_predicted"), weighted(&predicted).into());
        if let Some(std) = model.predict_std(&test)? {
            figures.insert(format!("{name}_std"), weighted(&std).into());
        }
        timings.insert(name.to_owned(), fit.into());
        if name == "ridge" {
            ridge = predicted;
        }
    }
    let boosters = [
        ("depthwise", booster(Growth::DepthWise { min_leaf_rows: 20 }, 5)),
        ("leafwise", booster(Growth::LeafWise { leaves: 31, min_leaf_rows: 20 }, usize::MAX)),
        ("symmetric", booster(Growth::Symmetric, 6)),
    ];
    for (name, regressor) in boosters {
        let (model, fit) = timed(|| regressor.fit(&train, &train_y, &seed("zoo")));
        let predicted = model?.predict(&test)?;
        let blend: Vec<f64> =
            predicted.iter().zip(&ridge).map(|(trees, line)| 0.7 * trees + 0.3 * line).collect();
        figures.insert(format!("{name}_r2"), r2(&predicted, &test_y).into());
        figures.insert(format!("hybrid_{name}_r2"), r2(&blend, &test_y).into());
        timings.insert(name.to_owned(), fit.into());
    }
    Ok(json!({ "timings": timings, "figures": figures }))
}
