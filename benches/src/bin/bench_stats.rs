//! Tests and measures on simulated returns; the peers are arch, statsmodels, SciPy and scikit-learn.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_models::sigmoid;
use proofmark_stats::bootstrap::{StationaryBootstrap, mean_test, optimal_block_length};
use proofmark_stats::drift::ks_two_sample;
use proofmark_stats::{auc, calibration, moments, rank, regression};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StudentT};
use serde_json::{Value, json};

const PERIODS: usize = 2_520;
const LAG: usize = 15;
/// Names a date, where the series are read as a grid.
const NAMES: usize = 20;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Returns `y` with autocorrelation 0.15 and t(5) shocks, beta 0.8 to `x`; forecasts `p` with a little skill.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut rng = seed("stats").rng();
    let shock = StudentT::new(5.0)?;
    let (mut y, mut x, mut p, mut label) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut own = 0.0;
    for _ in 0..PERIODS {
        let market = 0.0003 + 0.008 * shock.sample(&mut rng);
        own = 0.15 * own + 0.006 * shock.sample(&mut rng);
        x.push(market);
        y.push(0.0002 + 0.8 * market + own);
        let log_odds = shock.sample(&mut rng) * 0.5;
        // Rounded, so that ties are part of the comparison.
        p.push((sigmoid(log_odds) * 200.0).round() / 200.0);
        label.push(f64::from(rng.random::<f64>() < sigmoid(0.6 * log_odds)));
    }
    write_columns(&folder.join("series.f64"), &[y, x, p, label])
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("series.f64"), 4)?;
    let [y, x, p, label] = columns.as_slice() else { return Err("four columns are expected".into()) };
    let outcomes: Vec<bool> = label.iter().map(|v| *v > 0.5).collect();
    let fit = regression::ols_hac(y, &[x.as_slice()], LAG)?;
    let by_rank = rank::ic_by_date(p, y, NAMES)?.ic;
    let skill = rank::mean_ic_hac(&by_rank, LAG)?;
    let by_size = rank::pearson_ic_by_date(p, y, NAMES)?.ic.into_iter().flatten().collect::<Vec<_>>();
    let (earlier, later) = y.split_at(PERIODS / 2);
    let gap = ks_two_sample(earlier, later).ok_or("both halves have values")?;
    let settings = StationaryBootstrap { draws: 10_000, ..StationaryBootstrap::default() };
    let (test, seconds) = timed(|| mean_test(y, &settings, seed("draws")));
    let test = test?;
    Ok(json!({
        "timings": {"bootstrap": seconds},
        "figures": {
            "hac_alpha": fit.intercept.estimate,
            "hac_beta": fit.slopes[0].as_ref().map(|slope| slope.estimate),
            "hac_t_alpha": fit.intercept.t,
            "block_length": optimal_block_length(y).map(|block| block.stationary),
            "bootstrap_sd_of_mean": test.std_error,
            "skewness": moments::skewness(y),
            "kurtosis": moments::kurtosis(y),
            "auc": auc::auc(p, &outcomes),
            "spearman": rank::spearman(x, y),
            "brier": calibration::brier(p, &outcomes),
            "rank_ic": skill.mean,
            "rank_ic_t": skill.t,
            "pearson_ic": moments::mean(&by_size),
            "ks_distance": gap.distance,
            "ks_p": gap.p(earlier.len() as f64, later.len() as f64),
        },
    }))
}
