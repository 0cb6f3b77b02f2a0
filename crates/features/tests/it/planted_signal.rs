//! The simulator's planted answer: how strong it is, and that the 15 features find it.

use proofmark_features::{TEACHER15, compute_set};
use proofmark_market::{Bars, Panel};
use proofmark_sources::simulator::{EDGE_STRENGTH, Scenario, World};

use crate::bars::{bars_of, world};

const HORIZON: usize = 5;
const TRAIN: usize = 4 * 252;

/// Time-major grids of a world, its own truth first.
struct Grids {
    width: usize,
    oracle: Vec<f64>,
    forward: Vec<f64>,
    features: Vec<Vec<f64>>,
    index: Vec<f64>,
}

fn grids(world: &World) -> Grids {
    let bars: Vec<Bars> = world.bars.iter().map(bars_of).collect();
    let panel = Panel::from_bars(&bars);
    assert_eq!(panel.dates, world.truth.dates, "some symbol trades on every session");
    let blank = vec![f64::NAN; panel.len() * panel.width()];
    let mut features = vec![blank.clone(); TEACHER15.len()];
    let mut forward = blank;
    for (s, bars) in bars.iter().enumerate() {
        for (grid, column) in features.iter_mut().zip(compute_set(TEACHER15, bars).columns) {
            panel.scatter(s, bars, &column, grid);
        }
        let open = bars.open();
        let column: Vec<f64> = (0..bars.len())
            .map(|t| open.get(t + 1 + HORIZON).map_or(f64::NAN, |exit| exit / open[t + 1] - 1.0))
            .collect();
        panel.scatter(s, bars, &column, &mut forward);
    }
    let index = world.benchmark.rows.iter().map(|row| row.close).collect();
    Grids { width: panel.width(), oracle: world.truth.expected.clone(), forward, features, index }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    values.iter().map(|v| values.iter().filter(|w| *w < v).count() as f64).collect()
}

/// Mean Spearman correlation of score and forward return over dates of `rows` with at least 10 names.
fn rank_ic(grids: &Grids, score: &[f64], rows: std::ops::Range<usize>) -> f64 {
    let (mut sum, mut dates) = (0.0, 0.0);
    for t in rows {
        let cells = t * grids.width..(t + 1) * grids.width;
        let pairs: Vec<(f64, f64)> = cells
            .map(|cell| (score[cell], grids.forward[cell]))
            .filter(|(a, b)| a.is_finite() && b.is_finite())
            .collect();
        if pairs.len() < 10 {
            continue;
        }
        let a = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
        let b = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (ma, mb) = (mean(&a), mean(&b));
        let dot = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
            x.iter().zip(y).map(|(p, q)| (p - mx) * (q - my)).sum()
        };
        let scale = (dot(&a, ma, &a, ma) * dot(&b, mb, &b, mb)).sqrt();
        if scale > 0.0 {
            sum += dot(&a, ma, &b, mb) / scale;
            dates += 1.0;
        }
    }
    sum / dates
}

/// Ridge regression of the date-demeaned forward return on the date-demeaned features over the first four years, scored
/// everywhere.
fn linear_scores(grids: &Grids) -> Vec<f64> {
    let k = grids.features.len();
    let (mut gram, mut moments) = (vec![vec![0.0; k]; k], vec![0.0; k]);
    let demeaned = |column: &[f64], t: usize| -> Vec<f64> {
        let row = &column[t * grids.width..(t + 1) * grids.width];
        let known: Vec<f64> = row.iter().copied().filter(|v| v.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        row.iter().map(|v| v - mean).collect()
    };
    for t in 60..TRAIN - HORIZON - 1 {
        let x: Vec<Vec<f64>> = grids.features.iter().map(|column| demeaned(column, t)).collect();
        let y = demeaned(&grids.forward, t);
        for s in 0..grids.width {
            if !y[s].is_finite() || x.iter().any(|column| !column[s].is_finite()) {
                continue;
            }
            for i in 0..k {
                moments[i] += x[i][s] * y[s];
                for j in 0..k {
                    gram[i][j] += x[i][s] * x[j][s];
                }
            }
        }
    }
    let weights = solve(gram, moments);
    let cells = grids.forward.len();
    (0..cells)
        .map(|cell| weights.iter().zip(&grids.features).map(|(w, column)| w * column[cell]).sum())
        .collect()
}

/// Gaussian elimination with a ridge of 0.1 % of the diagonal.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let k = b.len();
    for (i, row) in a.iter_mut().enumerate() {
        row[i] *= 1.001;
    }
    for i in 0..k {
        let (above, below) = a.split_at_mut(i + 1);
        let pivot = &above[i];
        for (r, row) in below.iter_mut().enumerate() {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(pivot).for_each(|(value, p)| *value -= factor * p);
            b[i + 1 + r] -= factor * b[i];
        }
    }
    for i in (0..k).rev() {
        b[i] = (b[i] - (i + 1..k).map(|c| a[i][c] * b[c]).sum::<f64>()) / a[i][i];
    }
    b
}

#[test]
fn the_features_find_the_signal_and_the_null_has_none() {
    let edge = grids(&world(Scenario::Edge, 24, 14 * 252, EDGE_STRENGTH, 1));
    let last = edge.index.len();
    let (oracle, linear) = (rank_ic(&edge, &edge.oracle, TRAIN..last), {
        let scores = linear_scores(&edge);
        rank_ic(&edge, &scores, TRAIN..last)
    });
    assert!((0.10..0.15).contains(&oracle), "oracle {oracle}");
    assert!(linear > 0.8 * oracle, "linear {linear} of {oracle}");

    let null = grids(&world(Scenario::Null, 24, 14 * 252, EDGE_STRENGTH, 1));
    let scores = linear_scores(&null);
    let nothing = rank_ic(&null, &scores, TRAIN..last);
    assert!(nothing.abs() < 0.03, "null {nothing}");
}
