//! Gradient-boosted trees on a simulated matrix with a weak non-linear signal; the peer is LightGBM.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_models::{GradientBoostedTrees, Learner as _, Matrix, sigmoid};
use proofmark_stats::{auc, calibration};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Value, json};

const COLUMNS: usize = 15;

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    for (name, rows) in [("train", 100_000), ("test", 50_000)] {
        let mut rng = seed(name).rng();
        let mut columns = vec![Vec::new(); COLUMNS];
        let mut target = Vec::with_capacity(rows);
        for _ in 0..rows {
            let x: Vec<f64> = (0..COLUMNS).map(|_| StandardNormal.sample(&mut rng)).collect();
            let signal =
                0.25 * x[0] - 0.2 * x[1] * x[2] + 0.2 * x[3].abs() + 0.15 * (2.0 * x[4]).sin() - 0.16;
            target.push(f64::from(rng.random::<f64>() < sigmoid(signal)));
            for (column, value) in columns.iter_mut().zip(x) {
                column.push(value);
            }
        }
        write_columns(&folder.join(format!("{name}_x.f64")), &columns)?;
        write_columns(&folder.join(format!("{name}_y.f64")), &[target])?;
    }
    Ok(())
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let read = |name: &str, width| read_columns(&folder.join(name), width);
    let (train, test) = (read("train_x.f64", COLUMNS)?, read("test_x.f64", COLUMNS)?);
    let (train_y, test_y) = (read("train_y.f64", 1)?.concat(), read("test_y.f64", 1)?.concat());
    let learner = GradientBoostedTrees {
        trees: 100,
        leaves: 31,
        max_depth: 8,
        learning_rate: 0.05,
        min_leaf_rows: 200,
        min_leaf_hessian: 1.0,
        min_gain: 0.0,
        l2: 1.0,
        row_share: 1.0,
        column_share: 1.0,
        bins: 128,
    };
    let train = Matrix::from_columns(&train)?;
    let (model, fit) = timed(|| learner.fit(&train, &train_y, None, &seed("trees")));
    let model = model?;
    let test = Matrix::from_columns(&test)?;
    let (scores, predict) = timed(|| model.predict(&test));
    let scores = scores?;
    let outcomes: Vec<bool> = test_y.iter().map(|y| *y > 0.5).collect();
    Ok(json!({
        "timings": {"fit": fit, "predict": predict},
        "figures": {
            "rows": train_y.len(),
            "auc": auc::auc(&scores, &outcomes),
            "log_loss": calibration::log_loss(&scores, &outcomes),
        },
    }))
}
