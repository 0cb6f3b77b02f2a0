//! `suite_parity.json` was written by `tests/fixtures/make_suite_fixtures.py`, versions inside.

use proofmark_stats::bootstrap::{BlockScheme, StationaryBootstrap, block_mean_test};
use proofmark_stats::calibration::{self, coverage_test, crps_ensemble, crps_ensemble_fair, pinball};
use proofmark_stats::skill::{DecisionMeasure, DecisionRule, confusion};
use proofmark_stats::{autocorrelation, performance, stability};
use proofmark_units::Seed;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/suite_parity.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs().max(1e-300), "{found} is not {expected}");
}

#[test]
fn performance_as_in_quantstats() {
    let all = fixture();
    let case = &all["performance"];
    let returns = numbers(&case["returns"]);
    let sharpe = performance::annualised(performance::sharpe_per_period(&returns).unwrap(), 252.0);
    close(sharpe, number(&case["sharpe"]), 1e-12);
    close(performance::sortino(&returns, 0.0, 252.0).unwrap(), number(&case["sortino"]), 1e-12);
    close(performance::calmar(&returns, 252.0).unwrap(), number(&case["calmar"]), 1e-10);
    close(performance::max_drawdown(&returns).unwrap().depth, -number(&case["max_drawdown"]), 1e-12);
    close(performance::cagr(&returns, 252.0).unwrap(), number(&case["cagr"]), 1e-11);
    close(performance::volatility(&returns, 252.0).unwrap(), number(&case["volatility"]), 1e-12);
    assert!(returns.iter().all(|r| *r != 0.0)); // where the two hit rates differ
    close(performance::hit_rate(&returns).unwrap(), number(&case["win_rate"]), 1e-12);
    close(performance::omega(&returns, 0.0).unwrap(), number(&case["omega"]), 1e-11);
}

#[test]
fn decisions_and_reliability_as_in_scikit_learn() {
    let all = fixture();
    let case = &all["classification"];
    let (p, labels) = (numbers(&case["p"]), numbers(&case["labels"]));
    let found = confusion(&p, &labels, 1, DecisionRule::AtLeast(0.5)).unwrap();
    let counts = [found.true_negatives, found.false_positives, found.false_negatives, found.true_positives];
    assert_eq!(counts.map(|c| c as f64).to_vec(), numbers(&case["confusion"]));
    for (measure, name) in [
        (DecisionMeasure::Precision, "precision"),
        (DecisionMeasure::Recall, "recall"),
        (DecisionMeasure::F1, "f1"),
        (DecisionMeasure::HitRate, "accuracy"),
    ] {
        close(found.measure(measure).unwrap(), number(&case[name]), 1e-14);
    }
    let outcomes: Vec<bool> = labels.iter().map(|l| *l > 0.5).collect();
    let curve = calibration::reliability(&p, &outcomes, 8, 0.95).unwrap();
    let (observed, stated) = (numbers(&case["curve_observed"]), numbers(&case["curve_stated"]));
    assert_eq!(curve.len(), 8);
    for (bin, (o, s)) in curve.iter().zip(observed.iter().zip(&stated)) {
        close(bin.observed_rate, *o, 1e-12);
        close(bin.mean_probability, *s, 1e-12);
    }
    let decomposition = calibration::brier_decomposition(&p, &outcomes, 8).unwrap();
    close(decomposition.brier, number(&case["brier"]), 1e-13);
    let reliability: f64 = observed.iter().zip(&stated).map(|(o, s)| (o - s).powi(2) / 8.0).sum();
    close(decomposition.reliability, reliability, 1e-10);
}

#[test]
fn uniformity_as_in_scipy() {
    let all = fixture();
    let case = &all["pit"];
    let u = numbers(&case["u"]);
    let found = calibration::pit_uniformity(&u, 10).unwrap();
    let counts: Vec<f64> = found.histogram.iter().map(|c| *c as f64).collect();
    assert_eq!(counts, numbers(&case["histogram"]));
    close(found.chi_squared, number(&case["chi2"]), 1e-12);
    close(found.chi_squared_p, number(&case["chi2_p"]), 1e-9);
    close(found.kolmogorov_smirnov, number(&case["ks"]), 1e-12);
    // Deliberate difference: the limit with Stephens' factor instead of the exact distribution.
    close(found.kolmogorov_smirnov_p, number(&case["ks_p"]), 0.01);
    close(autocorrelation::ljung_box(&u, 5).unwrap().p, number(&case["ljung_box_p"]), 1e-9);
}

#[test]
fn ensemble_scores_as_over_all_pairs() {
    let all = fixture();
    let case = &all["crps"];
    let (members, outcome) = (numbers(&case["members"]), number(&case["outcome"]));
    close(crps_ensemble(&members, outcome).unwrap(), number(&case["crps"]), 1e-12);
    close(crps_ensemble_fair(&members, outcome).unwrap(), number(&case["fair"]), 1e-12);
    for case in case["pinball"].as_array().unwrap() {
        let loss = pinball(outcome, number(&case["quantile"]), number(&case["level"])).unwrap();
        close(loss, number(&case["loss"]), 1e-12);
    }
}

#[test]
fn coverage_as_by_scipy_likelihoods() {
    let all = fixture();
    let case = &all["coverage"];
    let outside: Vec<bool> = numbers(&case["outside"]).iter().map(|v| *v > 0.5).collect();
    let found = coverage_test(&outside, number(&case["expected_rate"]), 999, Seed::root(1)).unwrap();
    close(found.unconditional.statistic, number(&case["pof"]), 1e-9);
    close(found.unconditional.p_asymptotic, number(&case["pof_p"]), 1e-8);
    close(found.unconditional.p, number(&case["pof_exact"]), 1e-8);
    close(found.independence.unwrap().statistic, number(&case["independence"]), 1e-7);
    close(found.conditional.statistic, number(&case["conditional"]), 1e-9);
}

#[test]
fn cusum_as_in_statsmodels() {
    let all = fixture();
    let case = &all["cusum"];
    let y = numbers(&case["y"]);
    let found = stability::ols_cusum(&y, 0).unwrap();
    close(found.statistic, number(&case["ols"]), 1e-10);
    close(found.p, number(&case["ols_p"]), 1e-8);
    close(stability::recursive_cusum(&y, 0).unwrap().statistic, number(&case["recursive"]), 1e-10);
}

#[test]
fn circular_blocks_as_in_arch() {
    let all = fixture();
    let case = &all["circular"];
    let settings = StationaryBootstrap { draws: 2000, min_block: 1.0, level: 0.95 };
    let series = numbers(&case["series"]);
    let found = block_mean_test(&series, BlockScheme::Circular, &settings, Seed::root(1)).unwrap();
    assert_eq!(found.block_length, number(&case["length"]));
    // 20,000 draws there: a relative error of 0.5 %.
    close(found.std_error, number(&case["std_error"]), 0.02);
    let width = numbers(&case["quantiles"]);
    let interval = found.interval.unwrap();
    // Studentised here, percentile there: the same width up to the spread of the studentising errors.
    assert!(((interval.high - interval.low) / (width[1] - width[0]) - 1.0).abs() < 0.25, "{interval:?}");
}
