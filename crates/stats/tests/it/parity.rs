//! `stats_parity.json` was written by `tests/fixtures/make_stats_fixtures.py`, versions inside.

use proofmark_stats::{auc, bootstrap, calibration, clusters, moments, normal, rank, regression};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/stats_parity.json")).unwrap()
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
fn regression_as_in_statsmodels() {
    let all = fixture();
    let case = &all["regression"];
    let (y, x1, x2) = (numbers(&case["y"]), numbers(&case["x1"]), numbers(&case["x2"]));
    for lag in [0, 5, 15] {
        let fit = regression::ols_hac(&y, &[&x1, &x2], lag).unwrap();
        let expected = &case["hac"][lag.to_string()];
        let slopes = fit.slopes.iter().map(|s| s.as_ref().unwrap());
        for (i, found) in std::iter::once(&fit.intercept).chain(slopes).enumerate() {
            close(found.estimate, number(&expected["coef"][i]), 1e-10);
            close(found.std_error, number(&expected["se"][i]), 1e-10);
            close(found.t.unwrap(), number(&expected["t"][i]), 1e-9);
            let p = number(&expected["p"][i]);
            assert!((found.p_two_sided.unwrap() - p).abs() < 1e-9 * p + 1e-16, "{found:?} {p}");
        }
        close(fit.r2.unwrap(), number(&case["r2"]), 1e-12);
        for (found, expected) in fit.residuals.iter().zip(numbers(&case["resid_first"])) {
            assert!((found - expected).abs() < 1e-14);
        }
        let mean = regression::hac_mean(&y, lag).unwrap();
        let expected = &case["mean"][lag.to_string()];
        close(mean.mean, number(&expected["mean"]), 1e-10);
        close(mean.std_error, number(&expected["se"]), 1e-10);
        close(mean.p_one_sided.unwrap(), number(&expected["p_one_sided"]), 1e-9);
    }
}

#[test]
fn moments_as_in_scipy() {
    let all = fixture();
    let y = numbers(&all["regression"]["y"]);
    let found = moments::moments(&y).unwrap();
    let expected = &all["moments"];
    close(found.mean, number(&expected["mean"]), 1e-12);
    close(found.sd, number(&expected["sd"]), 1e-12);
    close(found.skewness, number(&expected["skew"]), 1e-10);
    close(found.kurtosis, number(&expected["kurtosis"]), 1e-12);
    close(moments::quantile(&y, 0.05).unwrap(), number(&expected["quantile_0.05"]), 1e-12);
}

#[test]
fn block_length_as_in_arch() {
    for case in fixture()["blocks"].as_array().unwrap() {
        let found = bootstrap::optimal_block_length(&numbers(&case["series"])).unwrap();
        // Deliberate difference: never below one observation.
        close(found.stationary, number(&case["stationary"]).max(1.0), 1e-10);
        close(found.circular, number(&case["circular"]).max(1.0), 1e-10);
    }
}

#[test]
fn ranks_auc_and_scores_as_in_scipy_and_scikit_learn() {
    let all = fixture();
    let case = &all["rank"];
    let (scores, other) = (numbers(&case["scores"]), numbers(&case["other"]));
    let labels: Vec<bool> = numbers(&case["labels"]).iter().map(|v| *v > 0.5).collect();
    assert_eq!(rank::average_ranks(&scores).unwrap()[..8], numbers(&case["ranks_first"]));
    close(rank::spearman(&scores, &other).unwrap(), number(&case["spearman"]), 1e-12);
    close(auc::auc(&scores, &labels).unwrap(), number(&case["auc"]), 1e-14);
    let calibrated = &all["calibration"];
    let p = numbers(&calibrated["p"]);
    close(calibration::brier(&p, &labels).unwrap(), number(&calibrated["brier"]), 1e-13);
    close(calibration::log_loss(&p, &labels).unwrap(), number(&calibrated["log_loss"]), 1e-13);
}

#[test]
fn clusters_as_in_scipy() {
    let all = fixture();
    let case = &all["clusters"];
    let series: Vec<Vec<f64>> = case["series"].as_array().unwrap().iter().map(numbers).collect();
    let views: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
    let matrix = clusters::correlation_matrix(&views).unwrap();
    for (j, expected) in numbers(&case["corr_0"]).into_iter().enumerate() {
        close(matrix.get(0, j), expected, 1e-12);
    }
    for (threshold, ids) in case["cuts"].as_object().unwrap() {
        let found = clusters::clusters(&views, threshold.parse().unwrap()).unwrap();
        let expected = numbers(ids);
        for i in 0..series.len() {
            for j in 0..series.len() {
                assert_eq!(
                    found.ids[i] == found.ids[j],
                    expected[i] == expected[j],
                    "{threshold}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn normal_as_in_scipy() {
    let all = fixture();
    for case in all["normal"].as_array().unwrap() {
        let x = number(&case["x"]);
        close(normal::cdf(x), number(&case["cdf"]), 1e-9);
        close(normal::upper_tail(x), number(&case["sf"]), 1e-9);
        close(normal::pdf(x), number(&case["pdf"]), 1e-12);
    }
    for case in all["quantile"].as_array().unwrap() {
        close(normal::quantile(number(&case["p"])).unwrap(), number(&case["z"]), 1e-9);
    }
}
