//! Measured coverage of the intervals of performance measures, on worlds whose truth is known.

use proofmark_stats::bootstrap::{
    ActiveMeasure, BlockScheme, Measure, MeasureInterval, StationaryBootstrap, active_interval,
    measure_interval,
};
use proofmark_stats::{normal, performance};
use proofmark_units::Seed;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

const WORLDS: u64 = 150;
const PERIODS: usize = 500;
const YEAR: f64 = 252.0;

fn settings() -> StationaryBootstrap {
    StationaryBootstrap { draws: 299, min_block: 1.0, level: 0.95 }
}

fn normals(seed: Seed, n: usize) -> Vec<f64> {
    let mut rng = seed.rng();
    (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Share of worlds whose interval holds the truth: the chosen one, and the percentile one.
fn shares(name: &str, world: impl Fn(Seed) -> (MeasureInterval, f64) + Sync) -> (f64, f64, f64) {
    let root = Seed::root(91).child(name);
    let found: Vec<(MeasureInterval, f64)> =
        (0..WORLDS).into_par_iter().map(|i| world(root.nth(i))).collect();
    let share = |interval: &dyn Fn(&MeasureInterval) -> (f64, f64)| {
        let held = found.iter().filter(|(m, truth)| {
            let (low, high) = interval(m);
            low <= *truth && *truth <= high
        });
        held.count() as f64 / WORLDS as f64
    };
    let shares = (
        share(&|m| m.interval().map_or((f64::INFINITY, f64::INFINITY), |i| (i.low, i.high))),
        share(&|m| m.percentile.map_or((f64::INFINITY, f64::INFINITY), |i| (i.low, i.high))),
        share(&|m| m.basic.map_or((f64::INFINITY, f64::INFINITY), |i| (i.low, i.high))),
    );
    eprintln!("coverage of {name} (chosen, percentile, basic): {shares:?}");
    shares
}

#[track_caller]
fn near(share: f64, rate: f64) {
    let error = (rate * (1.0 - rate) / WORLDS as f64).sqrt();
    assert!((share - rate).abs() <= 4.0 * error, "{share} is not {rate} +- {}", 4.0 * error);
}

#[test]
fn measures_of_means() {
    let (mean, sd) = (0.0006, 0.01);
    let below = (mean * mean + sd * sd) * normal::cdf(-mean / sd) - mean * sd * normal::pdf(mean / sd);
    let (stationary, circular) = (BlockScheme::Stationary, BlockScheme::Circular);
    let sharpe = Measure::Sharpe { periods_per_year: YEAR };
    let sortino = Measure::Sortino { target: 0.0, periods_per_year: YEAR };
    for (scheme, measure, truth) in [
        (stationary, sharpe, mean / sd * YEAR.sqrt()),
        (circular, sharpe, mean / sd * YEAR.sqrt()),
        (stationary, sortino, mean / below.sqrt() * YEAR.sqrt()),
        (circular, Measure::HitRate, normal::cdf(mean / sd)),
    ] {
        let found = shares(&format!("{measure:?}, {scheme:?}"), |seed| {
            let world = normals(seed.child("world"), PERIODS);
            let returns: Vec<f64> = world.iter().map(|z| mean + sd * z).collect();
            let interval = measure_interval(&returns, measure, scheme, &settings(), seed.child("draws"));
            (interval.unwrap(), truth)
        });
        near(found.0, 0.95);
    }
    let found = shares("growth", |seed| {
        let returns: Vec<f64> =
            normals(seed.child("world"), PERIODS).iter().map(|z| (mean + sd * z).exp_m1()).collect();
        let measure = Measure::Cagr { periods_per_year: YEAR };
        let interval =
            measure_interval(&returns, measure, BlockScheme::Stationary, &settings(), seed.child("draws"));
        (interval.unwrap(), (YEAR * mean).exp_m1())
    });
    near(found.0, 0.95);
}

#[test]
fn active_measures() {
    let (alpha, residual) = (0.0004, 0.006);
    for (name, measure, truth) in [
        ("alpha", ActiveMeasure::Alpha { periods_per_year: YEAR }, alpha * YEAR),
        (
            "appraisal ratio",
            ActiveMeasure::AppraisalRatio { periods_per_year: YEAR },
            alpha / residual * YEAR.sqrt(),
        ),
    ] {
        let found = shares(name, |seed| {
            let draw = |child: &str| normals(seed.child(child), PERIODS);
            let (market, size, own) = (draw("market"), draw("size"), draw("own"));
            let books: [Vec<f64>; 2] = [
                market.iter().map(|z| 0.0005 + 0.01 * z).collect(),
                market.iter().zip(&size).map(|(m, s)| 0.0003 + 0.008 * m + 0.004 * s).collect(),
            ];
            let candidate: Vec<f64> = (0..PERIODS)
                .map(|t| alpha + 0.8 * books[0][t] + 0.3 * books[1][t] + residual * own[t])
                .collect();
            let views = [books[0].as_slice(), books[1].as_slice()];
            let interval = active_interval(
                &candidate,
                &views,
                measure,
                BlockScheme::Stationary,
                &settings(),
                seed.child("draws"),
            );
            (interval.unwrap(), truth)
        });
        near(found.0, 0.95);
    }
}

#[test]
fn paths_to_come() {
    let (mean, sd) = (0.0006, 0.01);
    for (name, measure) in [
        ("drawdown of another path", Measure::MaxDrawdown),
        ("Calmar of another path", Measure::Calmar { periods_per_year: YEAR }),
    ] {
        let found = shares(name, |seed| {
            let path = |child: &str| -> Vec<f64> {
                normals(seed.child(child), PERIODS).iter().map(|z| mean + sd * z).collect()
            };
            let other = path("other");
            let truth = match measure {
                Measure::MaxDrawdown => performance::max_drawdown(&other).unwrap().depth,
                _ => performance::calmar(&other, YEAR).unwrap(),
            };
            let interval = measure_interval(
                &path("world"),
                measure,
                BlockScheme::Stationary,
                &settings(),
                seed.child("draws"),
            );
            (interval.unwrap(), truth)
        });
        // Too narrow for a path to come, as the docs say: 87 % and 85 %; there is no basic interval.
        near(found.0, 0.86);
        assert!(found.0 == found.1 && found.2 == 0.0);
    }
}
