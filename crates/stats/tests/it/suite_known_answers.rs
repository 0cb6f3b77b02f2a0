//! More published and reference numbers: on data beside the checkout where it is there, golden values of the suite.

use std::io::Read;

use proofmark_stats::{autocorrelation, moments, normal, performance, regression, sharpe};
use serde_json::Value;

use crate::known_answers::{column, folder};

fn results(folder: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("reference_results.json")).unwrap()).unwrap()
}

fn unpacked(path: std::path::PathBuf) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

#[track_caller]
fn close(found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= relative * expected.abs().max(1e-300), "{found} is not {expected}");
}

#[test]
fn four_factor_regression_with_newey_west() {
    let Some(folder) = folder() else { return };
    let text = unpacked(folder.join("french_factors_portfolios_monthly_1949_2017.csv.gz"));
    let all = results(&folder);
    let case = &all["ff_regression"];
    let (portfolio, rf) = (column(&text, "S1V5"), column(&text, "RF"));
    let y: Vec<f64> = portfolio.iter().zip(&rf).map(|(p, r)| p - r).collect();
    let columns = ["MktRF", "SMB", "HML", "Mom"].map(|name| column(&text, name));
    let fit = regression::ols_hac(&y, &columns.each_ref().map(Vec::as_slice), 6).unwrap();
    let slopes = fit.slopes.iter().map(|s| s.as_ref().unwrap());
    for (i, found) in std::iter::once(&fit.intercept).chain(slopes).enumerate() {
        close(found.estimate, &case["coef"][i], 1e-9);
        close(found.std_error, &case["se_newey_west_6_bartlett_no_small_sample_correction"][i], 1e-8);
    }
    close(fit.r2.unwrap(), &case["r2"], 1e-11);

    let case = &all["sharpe_mktrf"];
    let market = column(&text, "MktRF");
    let found = moments::moments(&market).unwrap();
    close(found.mean / found.sd, &case["sharpe_monthly_ddof1"], 1e-11);
    close(found.skewness, &case["skew"], 1e-9);
    close(found.kurtosis, &case["kurtosis_non_excess"], 1e-10);
    close(-performance::max_drawdown(&market).unwrap().depth, &case["max_drawdown_of_cumprod"], 1e-10);
}

#[test]
fn autocorrelation_and_tails_of_daily_returns() {
    let Some(folder) = folder() else { return };
    let all = results(&folder);
    let exchange = std::fs::read_to_string(folder.join("dem2gbp_daily_returns.csv")).unwrap();
    let stocks = unpacked(folder.join("sp500dge_daily_returns.csv.gz"));
    for (name, text) in [("dem2gbp", exchange), ("sp500dge", stocks)] {
        let case = &all[name]["descriptive"];
        let header = text.lines().next().unwrap();
        let returns = column(&text, header.split(',').next_back().unwrap().trim_matches('"'));
        assert_eq!(returns.len() as u64, case["n"].as_u64().unwrap());
        let found = moments::moments(&returns).unwrap();
        close(found.sd, &case["std_ddof1"], 1e-11);
        close(found.skewness, &case["skew_population"], 1e-8);
        close(found.kurtosis - 3.0, &case["excess_kurtosis_population"], 1e-8);
        for (k, rho) in autocorrelation::autocorrelations(&returns, 5).unwrap().into_iter().enumerate() {
            close(rho, &case["autocorr_1_to_5"][k], 1e-8);
        }
        for lags in [5, 10, 20] {
            let expected = &case["ljung_box"][lags.to_string()];
            let test = autocorrelation::ljung_box(&returns, lags).unwrap();
            close(test.statistic, &expected["stat"], 1e-9);
            close(test.p, &expected["p"], 1e-6);
        }
        close(moments::quantile(&returns, 0.05).unwrap(), &case["hist_var_5pct_linear_quantile"], 1e-10);
        let shortfall = performance::expected_shortfall(&returns, 0.05).unwrap();
        close(shortfall, &case["hist_es_5pct_mean_of_values_le_var"], 1e-10);
    }
}

#[test]
fn golden_performance() {
    let returns = [0.01, -0.02, 0.03, 0.0, -0.01];
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1.1e-7, "{found} {expected}");
    near(moments::mean(&returns).unwrap(), 0.002);
    near(moments::sd(&returns).unwrap(), 0.019_235_384_1);
    near(performance::annualised(performance::sharpe_per_period(&returns).unwrap(), 252.0), 1.650_552_8);
    near(performance::downside_deviation(&returns, 0.0).unwrap(), 0.01);
    near(performance::sortino(&returns, 0.0, 1.0).unwrap(), 0.2);
    near(performance::max_drawdown(&returns).unwrap().depth, 0.02);
    near((1.0 + performance::cagr(&returns, 5.0).unwrap()).ln(), 1.009_299_06_f64.ln());
    near(moments::quantile(&returns, 0.05).unwrap(), -0.018);
    near(performance::expected_shortfall(&returns, 0.05).unwrap(), -0.02);
    near(performance::omega(&returns, 0.0).unwrap(), 1.333_333_3);
    for (p, z) in [(0.05, -1.644_853_6), (0.25, -0.674_489_8), (0.9, 1.281_551_6)] {
        near(normal::quantile(p).unwrap(), z);
    }
}

#[test]
fn golden_deflation_of_hourly_bars() {
    // Annual Sharpe ratio 2 over 8,760 hourly bars, skewness -0.5, kurtosis 8, spread of the trials 1 / sqrt(T).
    let (n, sr) = (8760, 2.0 / 8760.0_f64.sqrt());
    assert!((sharpe::psr(sr, 0.0, n, -0.5, 8.0).unwrap() - 0.977).abs() < 5e-4);
    for (trials, expected) in [(10, 0.664), (50, 0.392), (200, 0.223), (500, 0.148)] {
        let found = sharpe::dsr(sr, n, -0.5, 8.0, trials, Some((n as f64).sqrt().recip())).unwrap().dsr;
        assert!((found - expected).abs() < 6e-4, "{trials}: {found}");
    }
    let bars = sharpe::min_track_record_length(sr, 0.0, -0.5, 8.0, 0.05).unwrap();
    assert!((bars - 5995.0).abs() < 1.0, "{bars}");
}
