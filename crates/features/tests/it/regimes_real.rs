//! On real markets every filter fires: each level occurs, and most bars have one.

use std::path::Path;

use proofmark_features::regimes::{
    Bands, FitOptions, History, Labeller, Refit, RegimeSpec, Sectors, label_regimes,
};
use proofmark_market::{BarRow, Bars};
use proofmark_sources::{RawRow, ReadOptions, read_bars_parquet};
use proofmark_units::{Date, DateSpan};

use crate::regimes::hurst;

/// Bars of a file below `../shared/data`; `None` where the folder is absent.
fn real(file: &str, symbols: &[&str]) -> Option<Vec<Bars>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return None;
    }
    let outcome = read_bars_parquet(folder.join(file), &ReadOptions::default()).unwrap();
    let wanted =
        outcome.bars.into_iter().filter(|(name, _)| symbols.is_empty() || symbols.contains(&name.as_str()));
    let usable = |rows: Vec<RawRow>| -> Vec<BarRow> {
        let bar = |raw: RawRow| raw.at(raw.date.midnight_utc(), raw.date.midnight_utc());
        let mut rows: Vec<BarRow> = rows.into_iter().map(bar).filter(BarRow::has_valid_prices).collect();
        rows.sort_by_key(|row| row.date);
        rows.dedup_by_key(|row| row.date);
        rows
    };
    Some(wanted.map(|(name, rows)| Bars::from_rows(name, &usable(rows)).unwrap()).collect())
}

fn span(from: i32, to: i32) -> DateSpan {
    DateSpan::new(Date::from_ymd(from, 1, 1).unwrap(), Date::from_ymd(to, 12, 31).unwrap()).unwrap()
}

/// Two years of sessions, half a year at least.
const HISTORY: History = History::Trailing { window: 504, minimum: 126 };

fn of_one_name(fit: DateSpan) -> Vec<Labeller> {
    vec![
        Labeller::Volatility {
            window: 64,
            min_returns: 32,
            history: HISTORY,
            bands: Bands { lower: 0.40, upper: 0.75 },
        },
        Labeller::Trend { fast: 10, slow: 50, change: 10 },
        hurst(60),
        Labeller::Hmm {
            span: Some(fit),
            refit: None,
            fit: FitOptions { states: 2, restarts: 3, max_iterations: 500, tolerance: 1e-6 },
            seed: 1,
        },
        Labeller::ChangePoint { prior_returns: 250, expected_run: 250.0, recent: 10, probability: 0.5 },
    ]
}

fn liquidity() -> Labeller {
    Labeller::Liquidity {
        window: 48,
        min_bars: 16,
        history: HISTORY,
        bands: Bands { lower: 0.30, upper: 0.70 },
    }
}

#[track_caller]
fn fires(bars: &[Bars], labellers: Vec<Labeller>) {
    for labeller in labellers {
        let table = label_regimes(bars, &[], &RegimeSpec { labeller, min_dwell: 3 }).unwrap();
        let (counts, unknown) = table.counts();
        eprintln!("{} {:?} {counts:?} unknown {unknown}", table.name, table.values);
        assert!(counts.iter().all(|count| *count > 0), "{} {counts:?}", table.name);
        assert!(table.unlabelled.is_empty(), "{:?}", table.unlabelled);
    }
}

#[test]
fn the_nifty_index() {
    let Some(bars) = real("india/nse_indices_daily_2000_2025.parquet", &["NIFTY50"]) else { return };
    assert_eq!(bars.len(), 1);
    fires(&bars, of_one_name(span(2001, 2010)));
    // Fitted again every year on all that came before: labels on the whole history after the first two years.
    fires(
        &bars,
        vec![
            Labeller::Volatility {
                window: 64,
                min_returns: 32,
                history: History::Refit { every: 252, minimum: 504 },
                bands: Bands { lower: 0.40, upper: 0.75 },
            },
            Labeller::Hmm {
                span: None,
                refit: Some(Refit { every: 252, minimum: 504 }),
                fit: FitOptions { states: 2, restarts: 3, max_iterations: 500, tolerance: 1e-6 },
                seed: 1,
            },
        ],
    );
}

#[test]
fn nse_shares_with_volume_and_sectors() {
    let names = ["HDFCBANK", "ICICIBANK", "SBIN", "AXISBANK", "INFY", "TCS", "WIPRO", "HCLTECH"];
    let Some(bars) = real("india/nse_nifty50_daily_split_adjusted_2000_2024.parquet", &names) else { return };
    assert!(bars.len() >= 7, "{} shares", bars.len());
    let sector =
        |bars: &Bars| if names[..4].contains(&bars.symbol().as_str()) { "banks" } else { "software" };
    let sectors = bars.iter().map(|bars| (bars.symbol().clone(), sector(bars).to_owned())).collect();
    let bands = Bands { lower: 0.25, upper: 0.75 };
    fires(
        &bars,
        vec![
            liquidity(),
            Labeller::Rotation { momentum: 96, sectors: Sectors::Always(sectors), min_names: 3, bands },
        ],
    );
}

#[test]
fn the_dollar_in_colombian_pesos() {
    let Some(bars) =
        real("fx/usdcop_usdinr_daily_yahoo_2006_2024.parquet", &["USDCOP", "USD/COP", "USD-COP"])
    else {
        return;
    };
    assert_eq!(bars.len(), 1);
    fires(&bars, of_one_name(span(2007, 2012)));
}

#[test]
fn bitcoin() {
    let Some(bars) = real("crypto/btcusdt_spot_daily_2017_2026.parquet", &[]) else { return };
    assert_eq!(bars.len(), 1);
    let mut labellers = of_one_name(span(2018, 2020));
    labellers.push(liquidity());
    fires(&bars, labellers);
}
