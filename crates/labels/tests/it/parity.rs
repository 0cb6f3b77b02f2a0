//! Against definitions written in NumPy: `labels.json` was written by `tests/fixtures/make_label_fixtures.py`.

use proofmark_labels::weights::{SequentialBootstrap, Span, average_uniqueness};
use proofmark_labels::{LabelSpec, label_grid};
use serde_json::Value;

use crate::tables::{flat, panel};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/labels.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[track_caller]
fn near(got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-9 * want.abs().max(1e-3) || (got.is_nan() && want.is_nan()),
        "{got} {want}"
    );
}

#[test]
fn trend_scans() {
    let fixture = fixture();
    let prices = numbers(&fixture["prices"]);
    // A bar before the walk is the first decision, so that its first open is the first entry.
    let table: Vec<_> =
        std::iter::once(1.0).chain(prices).zip(0..).map(|(price, day)| flat(day, price)).collect();
    let (min_horizon, max_horizon) = (index(&fixture["least"]), index(&fixture["most"]));
    let panel = panel(&[&table]);
    let grid = label_grid(&panel, &LabelSpec::TrendScan { min_horizon, max_horizon, threshold: 0.0 });
    let scans = fixture["scans"].as_array().unwrap();
    assert_eq!(grid.class.iter().filter(|class| !class.is_nan()).count(), scans.len());
    for (k, scan) in scans.iter().enumerate() {
        near(grid.statistic[k], scan[1].as_f64().unwrap());
        assert_eq!(grid.exit[k], Some(panel.dates[k + 1 + index(&scan[0])]), "{k}");
    }
}

#[test]
fn daily_volatilities() {
    let fixture = fixture();
    let table: Vec<_> =
        numbers(&fixture["prices"]).into_iter().zip(0..).map(|(price, day)| flat(day, price)).collect();
    let vol_span = index(&fixture["span"]);
    let spec = LabelSpec::VolatilityScaled { horizon: 1, vol_span, threshold: 0.0, relative: false };
    let grid = label_grid(&panel(&[&table]), &spec);
    let want = numbers(&fixture["daily_volatility"]);
    assert!(want.len() == grid.unit.len() && grid.unit.iter().any(|unit| unit.is_finite()));
    grid.unit.iter().zip(want).for_each(|(unit, want)| near(*unit, want));
}

#[test]
fn uniqueness_and_sequential_probabilities() {
    let fixture = fixture();
    let ends = fixture["spans"].as_array().unwrap();
    let spans: Vec<Span> =
        ends.iter().map(|ends| Span::new(index(&ends[0]), index(&ends[1])).unwrap()).collect();
    average_uniqueness(&spans)
        .into_iter()
        .zip(numbers(&fixture["uniqueness"]))
        .for_each(|(u, want)| near(u, want));
    let mut bootstrap = SequentialBootstrap::new(&spans);
    let drawn = fixture["drawn"].as_array().unwrap();
    for (label, want) in drawn.iter().zip(fixture["probabilities"].as_array().unwrap()) {
        bootstrap.take(index(label));
        bootstrap.probabilities().into_iter().zip(numbers(want)).for_each(|(p, want)| near(p, want));
    }
}
