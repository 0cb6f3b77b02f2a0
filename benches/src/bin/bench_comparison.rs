//! Tests over many strategies on simulated returns; the peers are arch and NumPy.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_stats::comparison::{Block, JointBootstrap, superior_predictive_ability};
use proofmark_stats::selection::{Cscv, pbo};
use rand_distr::{Distribution as _, StudentT};
use serde_json::{Value, json};

const PERIODS: usize = 2_520;
const MODELS: usize = 200;
const TRIALS: usize = 100;
const BLOCK: f64 = 10.0;
const DRAWS: usize = 1_000;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Models with t(5) shocks and one common factor (correlation 1/2), of unlike volatility; some lose, a few gain a little.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut rng = seed("comparison").rng();
    let shock = StudentT::new(5.0)?;
    let factor: Vec<f64> = (0..PERIODS).map(|_| shock.sample(&mut rng)).collect();
    let models: Vec<Vec<f64>> = (0..MODELS)
        .map(|model| {
            let volatility = 0.004 * (1.0 + (model % 5) as f64 / 2.0);
            let mean = volatility * (0.0035 * (model % 40) as f64 - 0.1);
            factor.iter().map(|common| mean + volatility * (common + shock.sample(&mut rng))).collect()
        })
        .collect();
    write_columns(&folder.join("models.f64"), &models)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("models.f64"), MODELS)?;
    let models: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let settings = JointBootstrap { draws: DRAWS, block: Block::Fixed(BLOCK) };
    let (spa, spa_seconds) = timed(|| superior_predictive_ability(&models, &settings, seed("draws")));
    let spa = spa?;
    let (overfit, pbo_seconds) = timed(|| pbo(&models[..TRIALS], &Cscv::default()));
    let overfit = overfit?;
    Ok(json!({
        "timings": {"spa": spa_seconds, "pbo": pbo_seconds},
        "figures": {
            "spa_best_t": spa.best_t,
            "spa_lower": spa.p_lower,
            "spa_consistent": spa.p_consistent,
            "spa_upper": spa.p_upper,
            "pbo_halves": overfit.halves,
            "pbo": overfit.pbo,
            "pbo_loss": overfit.probability_of_loss,
            "pbo_slope": overfit.degradation.map(|d| d.slope),
            "pbo_r2": overfit.degradation.map(|d| d.r2),
            "pbo_over_mean": overfit.over_mean.second_order_excess,
            "pbo_over_all_first": overfit.over_all.first_order_excess,
            "pbo_over_all_second": overfit.over_all.second_order_excess,
        },
    }))
}
