//! `comparison_parity.json` was written by `tests/fixtures/make_comparison_fixtures.py`, versions inside.

use proofmark_stats::comparison::{
    Block, JointBootstrap, SetStatistic, model_confidence_set, reality_check, step_m,
    superior_predictive_ability,
};
use proofmark_stats::multiple;
use proofmark_stats::selection::{Cscv, pbo};
use proofmark_units::Seed;
use serde_json::Value;

const DRAWS: usize = 40_000;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/comparison_parity.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn columns(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn views(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

fn settings(all: &Value) -> JointBootstrap {
    JointBootstrap { draws: DRAWS, block: Block::Fixed(all["block"].as_f64().unwrap()) }
}

/// Within four standard errors of the difference of two shares of [`DRAWS`] draws each, and the one added draw.
#[track_caller]
fn near(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    let error = 4.0 * (2.0 * expected * (1.0 - expected) / DRAWS as f64).sqrt() + 2.0 / DRAWS as f64;
    assert!((found - expected).abs() <= error, "{found} is not {expected} within {error}");
}

#[track_caller]
fn close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found} is not {expected}");
}

#[test]
fn superior_ability_and_reality_check_as_in_arch() {
    let all = fixture();
    assert_eq!(all["draws"].as_u64().unwrap(), DRAWS as u64);
    let models = columns(&all["models"]);
    let middling = views(&models[2..]);
    let found = superior_predictive_ability(&middling, &settings(&all), Seed::root(1)).unwrap();
    let expected = &all["spa_scaled"];
    near(found.p_lower, &expected["lower"]);
    near(found.p_consistent, &expected["consistent"]);
    near(found.p_upper, &expected["upper"]);
    assert!(found.p_lower < found.p_consistent && found.p_consistent < found.p_upper);
    // Without studentisation and with all models at the benchmark, arch's test is White's.
    let check = reality_check(&middling, &settings(&all), Seed::root(2)).unwrap();
    near(check.p_value, &all["spa_plain"]["upper"]);
    // The standard errors behind each statistic.
    let n = models[0].len() as f64;
    for (model, spread) in models.iter().zip(numbers(&all["spreads"])) {
        let alone = superior_predictive_ability(&[model], &settings(&all), Seed::root(3)).unwrap();
        assert!(
            (alone.best_t - alone.best_mean * n.sqrt() / spread).abs() < 1e-9 * alone.best_t.abs().max(1.0)
        );
    }
}

#[test]
fn superior_models_as_in_arch() {
    let all = fixture();
    let models = columns(&all["models"]);
    let found = step_m(&views(&models), 0.05, &settings(&all), Seed::root(4)).unwrap();
    let expected: Vec<usize> = numbers(&all["step_m_scaled"]).iter().map(|v| *v as usize).collect();
    assert_eq!(found.superior, expected);
    assert!(found.steps.len() >= 2 && found.superior.len() < models.len());
}

#[test]
fn confidence_sets_as_in_arch() {
    let all = fixture();
    let models = columns(&all["models"]);
    for (name, statistic) in [("mcs_range", SetStatistic::Range), ("mcs_max", SetStatistic::Max)] {
        let found =
            model_confidence_set(&views(&models[2..]), 0.05, statistic, &settings(&all), Seed::root(5))
                .unwrap();
        for (p, expected) in found.p_values.iter().zip(all[name]["p"].as_array().unwrap()) {
            near(*p, expected);
        }
        let expected: Vec<usize> = numbers(&all[name]["included"]).iter().map(|v| *v as usize).collect();
        assert_eq!(found.included, expected);
    }
}

#[test]
fn adjusted_p_values_as_in_statsmodels() {
    let all = fixture();
    let p = numbers(&all["p"]);
    for (name, found) in [
        ("bonferroni", multiple::bonferroni(&p)),
        ("holm", multiple::holm(&p)),
        ("fdr_bh", multiple::benjamini_hochberg(&p)),
        ("fdr_by", multiple::benjamini_yekutieli(&p)),
    ] {
        for (found, expected) in found.unwrap().iter().zip(numbers(&all["adjusted"][name])) {
            assert!((found - expected).abs() < 1e-12, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn overfitting_as_computed_from_the_returns_with_numpy() {
    let all = fixture();
    let trials = columns(&all["trials"]);
    for case in all["pbo"].as_array().unwrap() {
        let blocks = case["blocks"].as_u64().unwrap() as usize;
        let found = pbo(&views(&trials), &Cscv { blocks, ..Cscv::default() }).unwrap();
        assert_eq!(found.halves as u64, case["halves"].as_u64().unwrap());
        close(found.pbo, &case["pbo"]);
        close(found.probability_of_loss, &case["loss"]);
        let degradation = found.degradation.unwrap();
        close(degradation.slope, &case["slope"]);
        close(degradation.intercept, &case["intercept"]);
        close(degradation.r2, &case["r2"]);
        let size = found.halves as f64;
        let average = |of: &dyn Fn(&proofmark_stats::selection::Pick) -> f64| {
            found.picks.iter().map(of).sum::<f64>() / size
        };
        close(average(&|p| p.in_sample), &case["inside_mean"]);
        close(average(&|p| p.out_of_sample), &case["outside_mean"]);
        let logit = average(&|p| p.logit);
        close(logit, &case["logit_mean"]);
        close(average(&|p| (p.logit - logit).powi(2)).sqrt(), &case["logit_sd"]);
        let counted: f64 = found.logits.iter().map(|l| l.logit * l.count as f64).sum();
        assert!((counted / size - logit).abs() < 1e-12);
        assert_eq!(found.candidate.trial as u64, case["best"].as_u64().unwrap());
        close(found.candidate.performance, &case["best_sharpe"]);
        close(found.candidate.picked, &case["best_picked"]);
    }
}
