//! Measures of a record of returns; the peer is quantstats.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_stats::{active, moments, performance, regression, sharpe};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StudentT};
use serde_json::{Value, json};

const PERIODS: usize = 5_040;
const YEAR: f64 = 252.0;
/// Level of the tail in expected shortfall.
const TAIL: f64 = 0.05;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Twenty years of daily returns beside a benchmark: t(5) shocks, negative skew, and one session in ten out of the market,
/// with a return of exactly 0, since that is where conventions part.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut rng = seed("measures").rng();
    let shock = StudentT::new(5.0)?;
    let (mut own, mut index) = (Vec::with_capacity(PERIODS), Vec::with_capacity(PERIODS));
    for _ in 0..PERIODS {
        let market = 0.0003 + 0.008 * shock.sample(&mut rng);
        let held = rng.random::<f64>() < 0.9;
        let crash = if rng.random::<f64>() < 0.002 { -0.06 } else { 0.0 };
        own.push(if held { 0.0003 + 0.6 * market + 0.006 * shock.sample(&mut rng) + crash } else { 0.0 });
        index.push(market);
    }
    write_columns(&folder.join("returns.f64"), &[own, index])
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("returns.f64"), 2)?;
    let [own, index] = columns.as_slice() else { return Err("two columns are expected".into()) };
    let (figures, seconds) = timed(|| measures(own, index));
    Ok(json!({"timings": {"measures": seconds}, "figures": figures?}))
}

fn measures(own: &[f64], index: &[f64]) -> Result<Value, Failure> {
    let ratio = performance::sharpe_per_period(own);
    let shape = ratio.zip(moments::skewness(own)).zip(moments::kurtosis(own));
    let fit = regression::ols_hac(own, &[index], 0)?;
    let apart: Vec<f64> = own.iter().zip(index).map(|(own, index)| own - index).collect();
    let extreme = |pick: fn(f64, f64) -> f64, from: f64| own.iter().copied().fold(from, pick);
    Ok(json!({
        "total_return": performance::wealth(own).last().map(|wealth| wealth - 1.0),
        "cagr": performance::cagr(own, YEAR),
        "volatility": performance::volatility(own, YEAR),
        "sharpe": ratio.map(|s| performance::annualised(s, YEAR)),
        "sortino": performance::sortino(own, 0.0, YEAR),
        "calmar": performance::calmar(own, YEAR),
        "omega": performance::omega(own, 0.0),
        "max_drawdown": performance::max_drawdown(own).map(|fall| fall.depth),
        "hit_rate": performance::hit_rate(own),
        "skewness": moments::skewness(own),
        "kurtosis": moments::kurtosis(own),
        "expected_shortfall": performance::expected_shortfall(own, TAIL),
        "quantile": moments::quantile(own, TAIL),
        "best": extreme(f64::max, f64::NEG_INFINITY),
        "worst": extreme(f64::min, f64::INFINITY),
        "psr": shape.and_then(|((sr, g3), g4)| sharpe::psr(sr, 0.0, own.len(), g3, g4)),
        "alpha": fit.intercept.estimate * YEAR,
        "beta": fit.slopes[0].as_ref().map(|slope| slope.estimate),
        "r2": fit.r2,
        "information_ratio": active::appraisal_ratio(&apart, 1.0),
    }))
}
