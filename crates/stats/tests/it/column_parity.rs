//! `column_parity.json` was written by `tests/fixtures/make_column_fixtures.py`, versions inside.

use proofmark_stats::columns::{Grid, persistence, profile};
use proofmark_stats::drift::ks_two_sample;
use proofmark_stats::multiple::benjamini_hochberg;
use proofmark_stats::rank::{ic_by_date, mean_ic_hac, pearson_ic_by_date};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/column_parity.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

#[test]
fn information_coefficients_as_in_scipy() {
    let all = fixture();
    let (feature, returns) = (numbers(&all["feature"]), numbers(&all["returns"]));
    let width = all["names"].as_u64().unwrap() as usize;
    let by_rank = ic_by_date(&feature, &returns, width).unwrap().ic;
    let by_size = pearson_ic_by_date(&feature, &returns, width).unwrap().ic;
    for (found, name) in [(&by_rank, "rank_ic"), (&by_size, "pearson_ic")] {
        for (found, expected) in found.iter().zip(numbers(&all[name])) {
            near(found.unwrap(), expected, 1e-12);
        }
    }
    let mean = mean_ic_hac(&by_rank, all["lag"].as_u64().unwrap() as usize).unwrap();
    near(mean.mean, number(&all["rank_ic_mean"]), 1e-12);
    near(mean.t.unwrap(), number(&all["rank_ic_t"]), 1e-8);
}

#[test]
fn columns_as_in_scipy() {
    let all = fixture();
    let (feature, returns) = (numbers(&all["feature"]), numbers(&all["returns"]));
    let width = all["names"].as_u64().unwrap() as usize;
    near(persistence(&feature, width).unwrap().unwrap().lag_one, number(&all["lag_one"]), 1e-12);
    let there = vec![true; feature.len()];
    let grid = |values| Grid { values, there: &there, width };
    near(profile(&grid(feature.as_slice())).unwrap().spread.unwrap(), number(&all["feature_spread"]), 1e-12);
    near(
        profile(&grid(returns.as_slice())).unwrap().outliers.unwrap(),
        number(&all["return_outliers"]),
        1e-12,
    );
    let (before, after) = feature.split_at(feature.len() / 2);
    for case in all["ks"].as_array().unwrap() {
        let after: Vec<f64> = after.iter().map(|v| v + number(&case["shift"])).collect();
        let gap = ks_two_sample(before, &after).unwrap();
        near(gap.distance, number(&case["distance"]), 1e-12);
        // Ours is the limit with Stephens' correction, theirs the exact distribution.
        near(gap.p(before.len() as f64, after.len() as f64).unwrap(), number(&case["p"]), 0.02);
    }
    for (found, expected) in
        benjamini_hochberg(&numbers(&all["p"])).unwrap().iter().zip(numbers(&all["p_bh"]))
    {
        near(*found, expected, 1e-14);
    }
}
