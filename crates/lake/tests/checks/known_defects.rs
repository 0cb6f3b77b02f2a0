//! The named defects of the shared files, file by file: each must be found by the check that is for it.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_lake::checks::{CheckContext, Label, Series, SeriesReport, StampedBar, compare, scan};
use proofmark_sources::{ReadOptions, instant_of, read_bars_csv, read_bars_parquet};
use proofmark_units::{Symbol, Zone};

use crate::nse;

/// One known defect: file, symbol (all when empty), check, and the fewest and most findings that are right.
type Known = (&'static str, &'static str, &'static str, usize, usize);

const MANY: usize = usize::MAX;

const KNOWN: &[Known] = &[
    // Two names lack 321 sessions.
    ("india/nse_nifty50_daily_raw_2000_2021.parquet", "GAIL", "session_gap", 1, 1),
    ("india/nse_nifty50_daily_raw_2000_2021.parquet", "INDUSINDBK", "session_gap", 1, 1),
    ("india/nse_nifty50_daily_raw_2000_2021.parquet", "BAJFINANCE", "missing_session", 1, MANY),
    // Turnover in paise times a thousand.
    ("india/raw_vendor_csv/HDFCBANK.csv.gz", "HDFCBANK", "turnover_unit", 1, 1),
    ("india/nse_liquid_daily_raw_2019_2026.parquet", "RELIANCE", "session_gap", 1, 1),
    ("india/nse_liquid_daily_raw_2019_2026.parquet", "HDFC", "stale_series", 1, 1),
    // Carried prices.
    ("india/nse_nifty50_daily_split_adjusted_2000_2024.parquet", "", "zero_volume", 3_839, 3_839),
    // Close-only starts, zero rows, a rebasing, a hole, a base value on a holiday.
    ("india/nse_indices_daily_2000_2025.parquet", "NIFTYBANK", "missing_price", 1, MANY),
    ("india/nse_indices_daily_2000_2025.parquet", "NIFTYPHARMA", "missing_price", 1, MANY),
    ("india/nse_indices_daily_2000_2025.parquet", "NIFTYAUTO", "missing_price", 1, MANY),
    ("india/nse_indices_daily_2000_2025.parquet", "NIFTYIT", "positive_finite_price", 1, MANY),
    ("india/nse_indices_daily_2000_2025.parquet", "INDIAVIX", "positive_finite_price", 2, 2),
    ("india/nse_indices_daily_2000_2025.parquet", "NIFTYIT", "unit_change", 1, 1),
    ("india/nse_indices_daily_2000_2025.parquet", "INDIAVIX", "session_gap", 1, MANY),
    // 2009-05-18 has two bars; no volume.
    ("india/nse_index_1min_2009_2024.parquet", "NIFTY50", "short_session", 1, MANY),
    ("india/nse_index_1min_2009_2024.parquet", "NIFTY50", "zero_volume", 1, 1),
    ("india/niftybank_15min_2018_2023.parquet", "NIFTYBANK", "ohlc_order", 696, 696),
    ("fx/usdcop_5min_2020_2024.parquet", "", "flat_bars", 1, MANY),
    ("fx/usdcop_5min_2020_2024.parquet", "", "zero_volume", 1, 1),
    ("fx/usdcop_5min_2020_2024.parquet", "", "short_session", 1, MANY),
    ("fx/usdcop_5min_2020_2024.parquet", "", "outlier_return", 1, MANY),
    // 1,463 rows carry Bogota's clock, every one of them outside the session.
    ("fx/raw_vendor_csv/usdcop_m5_vendor_export_b.csv.gz", "", "time_zone_mix", 1_463, 1_463),
    ("fx/raw_vendor_csv/usdcop_m5_vendor_export_a.csv.gz", "", "flat_bars", 1, MANY),
    ("fx/usdcop_usdinr_daily_yahoo_2006_2024.parquet", "", "scale_error", 9, MANY),
    ("fx/usdcop_usdinr_daily_yahoo_2006_2024.parquet", "", "ohlc_order", 350, MANY),
    // Decimal marks lost for good.
    ("fx/macro_daily_1998_2026.parquet", "", "unit_change", 2, MANY),
    ("fx/macro_daily_1998_2026.parquet", "", "stale_series", 1, MANY),
    ("fx/xauusd_daily_2004_2026.parquet", "", "zero_volume", 1, 1),
    ("us/us_etfs_daily_split_adjusted_2009_2026.parquet", "SOXS", "zero_volume", 2_386, 2_386),
    ("us/us_indices_daily_1990_2026.parquet", "VIX", "ohlc_order", 47, MANY),
    ("us/us_indices_daily_1990_2026.parquet", "SOX", "zero_volume", 1, 1),
];

fn load(path: &Path) -> Vec<Series> {
    let mut options = ReadOptions { keep_missing: true, ..ReadOptions::default() };
    if path.to_string_lossy().contains("usdcop_m5") {
        options.symbol_override = Some("USDCOP".parse().unwrap());
    }
    let parquet = path.extension().is_some_and(|e| e == "parquet");
    let read = if parquet { read_bars_parquet(path, &options) } else { read_bars_csv(path, &options) };
    let outcome = read.unwrap();
    let intraday = outcome.is_intraday();
    let label = if intraday { Label::Open } else { Label::Session };
    let utc = Zone::named("UTC").unwrap();
    let series = |(symbol, rows): (Symbol, Vec<proofmark_sources::RawRow>)| {
        let bars = rows.into_iter().map(|row| StampedBar {
            at: match row.time.filter(|_| intraday) {
                Some(time) => instant_of(row.date, time, Some(&utc)).unwrap(),
                None => row.date.midnight_utc(),
            },
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            turnover: row.turnover,
        });
        Series::new(symbol, label, bars)
    };
    outcome.bars.into_iter().map(series).collect()
}

#[test]
fn every_named_defect_of_the_shared_files_is_found() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return;
    }
    let calendar = nse();
    let mut reports: BTreeMap<&str, Vec<SeriesReport>> = BTreeMap::new();
    let mut missed = Vec::new();
    for (file, symbol, check, least, most) in KNOWN {
        let reports = reports.entry(file).or_insert_with(|| {
            let series = load(&data.join(file));
            let calendar = file.starts_with("india/").then_some(&calendar);
            let newest = series.iter().filter_map(Series::newest).max();
            scan(&series, &CheckContext { calendar, newest, ..CheckContext::default() })
        });
        let of_symbol = reports.iter().filter(|r| symbol.is_empty() || r.symbol.as_str() == *symbol);
        let count: usize =
            of_symbol.flat_map(|r| &r.findings).filter(|f| f.id == *check).map(|f| f.count).sum();
        println!("{count:>7}  {check:<22} {symbol:<12} {file}");
        if !(*least..=*most).contains(&count) {
            missed.push(format!("{file} {symbol}: {check} gives {count}, not {least} to {most}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn hours_put_together_give_the_four_hour_bars_but_for_the_last_cut_one() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/crypto");
    if !data.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return;
    }
    let hours = load(&data.join("binance_perp_1h_2020_2024.parquet"));
    let long = load(&data.join("binance_perp_4h_2020_2026.parquet"));
    let mut compared = 0;
    for one in &hours {
        let Some(four) = long.iter().find(|series| series.symbol == one.symbol) else { continue };
        compared += 1;
        let found = compare(one, four, &CheckContext::default(), 1e-9);
        let differences: usize = found.iter().map(|(_, list)| list.len()).sum();
        println!("{}: {differences} differences {:?}", one.symbol, found.first().map(|(_, list)| &list[0]));
        assert!(differences <= 1, "{}: {differences}", one.symbol);
    }
    assert!(compared >= 2, "BTC and ETH are in both files");
}
