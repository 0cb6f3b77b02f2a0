//! Trend scanning, average uniqueness and sequential draws; the peer is NumPy.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_labels::strongest_trend;
use proofmark_labels::weights::{SequentialBootstrap, Span, average_uniqueness};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const LABELS: usize = 50_000;
const DRAWS: usize = 2_000;

/// What both sides read.
#[derive(Serialize, Deserialize)]
struct Settings {
    min_horizon: usize,
    max_horizon: usize,
}

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// A random walk, and labels of 5 to 20 bars from every bar on.
fn input(folder: &Path) -> Result<(), Failure> {
    let settings = Settings { min_horizon: 5, max_horizon: 20 };
    std::fs::write(folder.join("settings.json"), serde_json::to_vec(&settings)?)?;
    let mut rng = seed("labels").rng();
    let mut log = 4.6_f64;
    let walk = |_| {
        log += rng.random_range(-0.02..0.02);
        log.exp()
    };
    let prices: Vec<f64> = (0..LABELS + settings.max_horizon).map(walk).collect();
    let first: Vec<f64> = (0..LABELS).map(|k| k as f64).collect();
    let last: Vec<f64> = first.iter().map(|first| first + f64::from(rng.random_range(4_u32..20))).collect();
    let uniforms: Vec<f64> = (0..DRAWS).map(|_| rng.random()).collect();
    write_columns(&folder.join("prices.f64"), &[prices])?;
    write_columns(&folder.join("spans.f64"), &[first, last])?;
    write_columns(&folder.join("uniforms.f64"), &[uniforms])
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let settings: Settings = serde_json::from_slice(&std::fs::read(folder.join("settings.json"))?)?;
    let prices = read_columns(&folder.join("prices.f64"), 1)?.remove(0);
    let uniforms = read_columns(&folder.join("uniforms.f64"), 1)?.remove(0);
    let ends = read_columns(&folder.join("spans.f64"), 2)?;
    let spans: Option<Vec<Span>> = ends[0]
        .iter()
        .zip(&ends[1])
        .map(|(first, last)| Span::new(*first as usize, *last as usize))
        .collect();
    let spans = spans.ok_or("a span ends before it starts")?;

    let scan = |window: &[f64]| strongest_trend(window.iter().copied(), settings.min_horizon);
    let (trends, trend_seconds) =
        timed(|| prices.windows(settings.max_horizon + 1).filter_map(scan).collect::<Vec<_>>());
    let (unique, unique_seconds) = timed(|| average_uniqueness(&spans));
    let ((drawn, probabilities), sequential_seconds) = timed(|| {
        let mut bootstrap = SequentialBootstrap::new(&spans);
        let drawn: Vec<usize> = uniforms.iter().filter_map(|uniform| bootstrap.draw(*uniform)).collect();
        (drawn, bootstrap.probabilities())
    });
    Ok(json!({
        "timings": {"trends": trend_seconds, "uniqueness": unique_seconds, "sequential": sequential_seconds},
        "figures": {
            "labels": trends.len(),
            "horizons": weighted(trends.iter().map(|(horizon, _)| *horizon as f64)),
            "t": trends.iter().map(|(_, t)| t.abs()).sum::<f64>(),
            "t_weighted": weighted(trends.iter().map(|(_, t)| *t)),
            "uniqueness": unique.iter().sum::<f64>(),
            "uniqueness_weighted": weighted(unique.iter().copied()),
            "drawn": weighted(drawn.iter().map(|label| *label as f64)),
            "probabilities": weighted(probabilities.iter().copied()),
        },
    }))
}

/// The sum of the values, each times its place from 1 on, so that a swap shows.
fn weighted(values: impl Iterator<Item = f64>) -> f64 {
    values.zip(1..).map(|(value, place)| value * f64::from(place)).sum()
}
