//! Certified and published numbers on data that lies beside the checkout; skipped, loudly, where it does not.

use std::path::PathBuf;

use proofmark_stats::{moments, performance, regression, sharpe};
use serde_json::Value;

pub(super) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/known_answers");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: ../shared/data is not here");
    None
}

/// Columns of a plain CSV of numbers by name.
pub(super) fn column(text: &str, name: &str) -> Vec<f64> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').map(|h| h.trim_matches('"')).collect();
    let at =
        header.iter().position(|h| *h == name).unwrap_or_else(|| panic!("no column {name} in {header:?}"));
    lines.map(|line| line.split(',').nth(at).unwrap().trim_matches('"').parse().unwrap()).collect()
}

#[test]
fn longley_as_certified_by_nist() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("longley.csv")).unwrap();
    let results: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("reference_results.json")).unwrap())
            .unwrap();
    let certified = &results["longley_ols"]["published"];
    let names = ["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"];
    let columns: Vec<Vec<f64>> = names.iter().map(|name| column(&text, name)).collect();
    let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let y = column(&text, "TOTEMP");
    let fit = regression::ols_hac(&y, &views, 0).unwrap();
    assert!(fit.dropped.is_empty());
    let close = |found: f64, name: &str| {
        let expected = certified["coef"][name].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-9, "{name}: {found} {expected}");
    };
    close(fit.intercept.estimate, "const");
    for (slope, name) in fit.slopes.iter().zip(names) {
        close(slope.as_ref().unwrap().estimate, name);
    }
    assert!((fit.r2.unwrap() - certified["r_squared"].as_f64().unwrap()).abs() < 1e-12);
    let squares: f64 = fit.residuals.iter().map(|e| e * e).sum();
    let residual_std = (squares / fit.degrees_of_freedom as f64).sqrt();
    assert!((residual_std / certified["residual_std"].as_f64().unwrap() - 1.0).abs() < 1e-10);
}

#[test]
fn exchange_rate_moments() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("dem2gbp_daily_returns.csv")).unwrap();
    let header = text.lines().next().unwrap();
    let name = header.split(',').next_back().unwrap().trim_matches('"').to_owned();
    let found = moments::moments(&column(&text, &name)).unwrap();
    // Bollerslev & Ghysels DEM/GBP, 1,974 returns in percent; scipy 1.17.1.
    assert_eq!(found.n, 1974);
    assert!((found.mean + 0.016_426_786_782_315_097).abs() < 1e-14);
    assert!((found.sd - 0.470_244_456_112_531_46).abs() < 1e-13);
    assert!((found.skewness + 0.249_514_157_502_446_27).abs() < 1e-11);
    assert!((found.kurtosis - 3.0 - 3.627_654_058_773_834_4).abs() < 1e-11);
}

#[test]
fn market_sharpe_and_its_probability() {
    // French market factor 1949-2017, monthly: sample moments from scipy 1.17.1, PSR by the formula of the paper.
    let (sr, g3, g4) = (0.152_187_222_186_098_4, -0.543_682_237_066_730_2, 4.929_846_045_008_013);
    let against = |star| sharpe::psr(sr, star, 819, g3, g4).unwrap();
    assert!((against(0.0) - 0.999_982_617_286_593_7).abs() < 1e-10);
    assert!((against(0.1) - 0.922_136_112_326_385_8).abs() < 1e-10);
    assert!((performance::annualised(sr, 12.0) - 0.527_192_002_178_197_1).abs() < 1e-14);
}
