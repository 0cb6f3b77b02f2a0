//! The quantile forecast keeps the model contract: same rows same bytes, exact files, nothing crosses, NaN refused.

use std::collections::BTreeMap;

use proofmark_models::{
    Calibrated, Forecast, LoadModelError, Matrix, ModelFile, Platt, QuantileError, QuantileForecast,
    ScoreGroups,
};
use proofmark_units::Seed;
use proptest::prelude::*;

use crate::contract::learners;
use crate::simulated::{COLUMNS, draw};

fn deciles(groups_max: usize, rows_min: usize) -> ScoreGroups {
    ScoreGroups { levels: (1..10).map(|k| f64::from(k) / 10.0).collect(), groups_max, rows_min }
}

/// A score in 0 to 1 and an outcome that rises and widens with it.
fn rows(skip: usize, count: usize) -> (Vec<f64>, Vec<f64>) {
    let data = draw(skip, count);
    let score: Vec<f64> = data.columns[0].iter().map(|x| 0.5 + 0.5 * x).collect();
    let noise = data.columns[1].iter().zip(&data.columns[2]).map(|(a, b)| a + b);
    let outcome = score.iter().zip(noise).map(|(s, e)| s + (0.2 + s) * e).collect();
    (score, outcome)
}

#[test]
fn same_rows_in_any_order_give_the_same_bytes_and_files_are_exact() {
    let (score, outcome) = rows(0, 3_000);
    let fitted = QuantileForecast::fit(&score, &outcome, &deciles(5, 200)).unwrap();
    let bytes = serde_json::to_vec(&fitted).unwrap();
    let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
    let again = QuantileForecast::fit(&reversed(&score), &reversed(&outcome), &deciles(5, 200)).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), bytes);
    let loaded: QuantileForecast = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(loaded, fitted);
    assert_eq!(serde_json::to_vec(&loaded).unwrap(), bytes);
    let bits = |f: &QuantileForecast, s: f64| -> Vec<u64> {
        f.quantiles(s).unwrap().iter().map(|q| q.to_bits()).collect()
    };
    assert!(score.iter().all(|s| bits(&loaded, *s) == bits(&fitted, *s)));
    assert_eq!(fitted.effective_parameters()["group_rows"], serde_json::json!([600, 600, 600, 600, 600]));
    // Any rising transform of the score, such as Platt's line, leaves the groups alone.
    let bent: Vec<f64> = score.iter().map(|s| (3.0 * s - 1.0).exp()).collect();
    let other = QuantileForecast::fit(&bent, &outcome, &deciles(5, 200)).unwrap();
    assert!(score.iter().zip(&bent).all(|(s, b)| bits(&other, *b) == bits(&fitted, *s)));
}

#[test]
fn new_rows_fall_below_each_quantile_as_often_as_it_says() {
    let (score, outcome) = rows(0, 20_000);
    let fitted = QuantileForecast::fit(&score, &outcome, &deciles(5, 500)).unwrap();
    let (score, outcome) = rows(20_000, 20_000);
    for (k, level) in fitted.levels().iter().enumerate() {
        let below = score.iter().zip(&outcome).filter(|(s, y)| **y <= fitted.quantiles(**s).unwrap()[k]);
        let share = below.count() as f64 / 20_000.0;
        // Four standard errors of slice and test together.
        let bound = 4.0 * (2.0 * level * (1.0 - level) / 20_000.0).sqrt();
        assert!((share - level).abs() < bound, "{share} below the {level} quantile");
    }
    let widths: Vec<f64> =
        [0.1, 0.5, 0.9].map(|s| fitted.quantiles(s).unwrap()).map(|q| q[8] - q[0]).to_vec();
    assert!(widths[0] < widths[1] && widths[1] < widths[2], "wider where the outcome is: {widths:?}");
}

fn file() -> ModelFile {
    let data = draw(0, 2_000);
    let x = Matrix::from_columns(&data.columns).unwrap();
    let model = learners()[2].fit(&x, &data.class, None, &Seed::root(5)).unwrap();
    let platt = Platt::fit(&model.log_odds(&x).unwrap(), &data.class).unwrap();
    let names: Vec<String> = (0..COLUMNS).map(|j| format!("f{j}")).collect();
    ModelFile::calibrated(Calibrated { model, platt }, &names, BTreeMap::new(), &BTreeMap::new()).unwrap()
}

#[test]
fn model_files_carry_the_forecast_and_older_ones_are_read_without() {
    let (score, outcome) = rows(0, 2_000);
    let quantiles = QuantileForecast::fit(&score, &outcome, &deciles(2, 200)).unwrap();
    let file = file().with_forecast(Forecast { unit: "units of the test".to_owned(), quantiles });
    let bytes = file.save_bytes().unwrap();
    let loaded = ModelFile::load_bytes(&bytes, None).unwrap();
    assert_eq!((&loaded, loaded.save_bytes().unwrap()), (&file, bytes.clone()));
    assert_eq!(loaded.forecast().unwrap().unit, "units of the test");

    let text = String::from_utf8(bytes).unwrap();
    let broken = [
        ("\"format\":2", "\"format\":1", "a forecast in a file of format 1"),
        ("\"levels\":[0.1,", "\"levels\":[0.3,", "levels do not ascend"),
        ("\"edges\":[", "\"edges\":[-9,", "do not divide the scores"),
        ("\"quantiles\":[-", "\"quantiles\":[99,-", "of a group do not ascend"),
    ];
    for (from, to, want) in broken {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = ModelFile::load_bytes(changed.as_bytes(), None).unwrap_err();
        assert!(matches!(&error, LoadModelError::Inconsistent { what } if what.contains(want)), "{error}");
    }

    // A file of format 1, as it was written before there were forecasts.
    let before = String::from_utf8(self::file().save_bytes().unwrap()).unwrap();
    let old = before.replacen("\"format\":2", "\"format\":1", 1);
    let loaded = ModelFile::load_bytes(old.as_bytes(), None).unwrap();
    assert_eq!(loaded.forecast(), None);
    assert_eq!(loaded.save_bytes().unwrap(), old.as_bytes());
    let data = draw(2_000, 50);
    let x = Matrix::from_columns(&data.columns).unwrap();
    assert_eq!(loaded.predict(&x).unwrap(), self::file().predict(&x).unwrap());
}

#[test]
fn missing_values_are_refused_with_their_row() {
    let (mut score, outcome) = rows(0, 500);
    score[17] = f64::NAN;
    let refused = QuantileForecast::fit(&score, &outcome, &deciles(2, 100)).unwrap_err();
    assert!(matches!(refused, QuantileError::BadRow { row: 17, .. }), "{refused}");
    let (score, outcome) = rows(0, 500);
    let fitted = QuantileForecast::fit(&score, &outcome, &deciles(2, 100)).unwrap();
    assert_eq!(fitted.quantiles(f64::NAN), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn quantiles_never_cross_and_groups_hold_their_rows(
        values in prop::collection::vec((0_u8..30, -1e6_f64..1e6, any::<bool>()), 19..300),
        groups_max in 1_usize..9,
        rows_min in 1_usize..60,
        score in -5.0_f64..40.0,
    ) {
        let scores: Vec<f64> = values.iter().map(|v| f64::from(v.0)).collect();
        let outcomes: Vec<f64> = values.iter().map(|v| if v.2 { v.1 } else { v.1.round() * 1e-9 }).collect();
        let settings = ScoreGroups {
            levels: (1..100).map(|k| f64::from(k) / 100.0).filter(|p| (0.05..=0.95).contains(p)).collect(),
            groups_max,
            rows_min,
        };
        match QuantileForecast::fit(&scores, &outcomes, &settings) {
            Err(error) => {
                let few = matches!(error, QuantileError::TooFewRows { rows, needed }
                    if rows == values.len() && rows < needed && needed == rows_min.max(19));
                prop_assert!(few, "{error}");
            }
            Ok(fitted) => {
                let quantiles = fitted.quantiles(score).unwrap();
                prop_assert!(quantiles.is_sorted());
                let rows: Vec<usize> = fitted.group_rows().collect();
                prop_assert_eq!(rows.iter().sum::<usize>(), values.len());
                prop_assert!(rows.len() <= groups_max && rows.iter().all(|n| *n >= rows_min.max(19)));
            }
        }
    }
}
