//! The files under `../shared/data`, when they are there.

use std::path::{Path, PathBuf};

use proofmark_sources::{ReadOptions, read_bars_csv, read_bars_parquet, read_observations_parquet};

pub(crate) fn data(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    eprintln!("SKIPPED: ../shared/data is not here");
    None
}

#[test]
fn vendor_csv_carries_the_ticker_of_the_day() {
    let Some(path) = data("india/raw_vendor_csv/INFY.csv.gz") else { return };
    let as_written = read_bars_csv(&path, &ReadOptions::default()).unwrap();
    let symbols: Vec<&str> = as_written.bars.keys().map(|symbol| symbol.as_str()).collect();
    assert_eq!(symbols, ["INFOSYSTCH", "INFY"]);

    let options = ReadOptions { symbol_override: Some("INFY".parse().unwrap()), ..ReadOptions::default() };
    let outcome = read_bars_csv(&path, &options).unwrap();
    assert!(outcome.problems.is_empty());
    assert_eq!(outcome.rows_read, outcome.bars["INFY"].len() as u64);
    let first = outcome.bars["INFY"][0];
    assert_eq!((first.date.to_string().as_str(), first.open, first.close), ("2000-01-03", 15625.0, 15625.2));
    assert_eq!((first.volume, outcome.columns.close.as_str()), (5137.0, "Close"));
    assert_eq!(outcome.bars["INFY"].last().unwrap().close, 1354.35);
}

#[test]
fn every_vendor_csv_is_read_without_a_problem() {
    let Some(folder) = data("india/raw_vendor_csv") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let outcome = read_bars_csv(&path, &ReadOptions::default()).unwrap();
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems.first());
        assert!(outcome.rows() > 4_000, "{}", path.display());
    }
}

#[test]
fn bhavcopy_with_padded_fields_and_named_months() {
    let Some(path) = data("india/raw_bhavcopy/sec_bhavdata_2020-03-23.csv.gz") else { return };
    let options = ReadOptions { series: vec!["EQ".into()], ..ReadOptions::default() };
    let outcome = read_bars_csv(&path, &options).unwrap();
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems.first());
    let row = outcome.bars["20MICRONS"][0];
    assert_eq!(row.date.to_string(), "2020-03-23");
    assert_eq!((row.open, row.high, row.low, row.close, row.volume), (21.8, 22.85, 19.0, 19.9, 29446.0));
    assert_eq!(outcome.columns.volume.as_deref(), Some("TTL_TRD_QNTY"));
}

#[test]
fn nifty_parquet_indices_and_dividend_yield() {
    let Some(path) = data("india/nse_nifty50_daily_split_adjusted_2000_2024.parquet") else { return };
    let outcome = read_bars_parquet(&path, &ReadOptions::default()).unwrap();
    assert_eq!((outcome.bars.len(), outcome.rows(), outcome.problems.len()), (42, 232_850, 0));
    assert_eq!(outcome.columns.date.as_deref(), Some("ts"));

    let indices = read_bars_parquet(
        data("india/nse_indices_daily_2000_2025.parquet").unwrap(),
        &ReadOptions::default(),
    );
    let indices = indices.unwrap();
    assert_eq!(indices.rows_read, 31_651);
    assert_eq!(indices.problems.len() + indices.rows(), 31_651);
    assert!(indices.problems.iter().all(|p| p.rule == "missing_value"), "close-only history");
    assert!(indices.problems.iter().all(|p| p.symbol.as_deref() != Some("NIFTY50")));

    let file = data("india/nifty50_valuation_daily_2000_2022.parquet").unwrap();
    let error = read_observations_parquet(&file, "ts", "nope", &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("div_yield"), "{error}");
    let yields = read_observations_parquet(&file, "ts", "div_yield", &ReadOptions::default()).unwrap();
    assert_eq!((yields.values.len(), yields.problems.len()), (5_640, 0));
    assert!(
        yields.values.iter().all(|(_, percent)| (0.3..4.0).contains(percent)),
        "percent, as the file has it"
    );
}
