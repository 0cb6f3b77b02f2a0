//! Alpha158, Alpha360 and TA-Lib's functions on real daily bars; the peers are their formulas in pandas, qlib and TA-Lib.

use std::fmt::Write as _;
use std::path::Path;

use proofmark_benches::walk::bars;
use proofmark_benches::{Failure, program, read_columns, timed, write_columns};
use proofmark_features::{Feature, compute_set, registry};
use proofmark_sources::{RawRow, ReadOptions, read_bars_parquet};
use serde_json::{Value, json};

/// Below the shared data, with the market's name in files.
const FILES: [&str; 2] = [
    "us/us_stocks_daily_adjusted_2004_2025.parquet",
    "india/nse_nifty50_daily_split_adjusted_2000_2024.parquet",
];
/// Names of each file, the first in the alphabet with enough bars.
const NAMES: usize = 4;
/// The latest bars of each.
const BARS: usize = 3_000;
const SETS: [&str; 3] = ["alpha158", "alpha360", "talib"];

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Real bars, rounded to 32 bits: qlib stores no more, and both sides should read the same numbers.
fn input(folder: &Path) -> Result<(), Failure> {
    let shared = std::env::var_os("SHARED_DATA").ok_or("SHARED_DATA does not say where the files are")?;
    let mut k = 0;
    for file in FILES {
        let read = read_bars_parquet(Path::new(&shared).join(file), &ReadOptions::default())?;
        for rows in read.bars.values().filter(|rows| rows.len() >= BARS).take(NAMES) {
            let rows = &rows[rows.len() - BARS..];
            let column = |of: fn(&RawRow) -> f64| rows.iter().map(|row| f64::from(of(row) as f32)).collect();
            let columns: [Vec<f64>; 5] = [
                column(|row| row.open),
                column(|row| row.high),
                column(|row| row.low),
                column(|row| row.close),
                column(|row| row.volume),
            ];
            write_columns(&folder.join(format!("bars_{k}.f64")), &columns)?;
            k += 1;
        }
    }
    Ok(())
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let mut features: Vec<&dyn Feature> = Vec::new();
    let mut names = String::new();
    for set in SETS {
        let set = registry().iter().find(|known| known.name == set).ok_or("a set is not registered")?;
        for feature in &set.features {
            writeln!(names, "{}\t{}", set.name, feature.name())?;
        }
        features.extend(&set.features);
    }
    std::fs::write(folder.join("names.txt"), names)?;
    let (mut k, mut rows, mut seconds) = (0, 0, 0.0);
    while folder.join(format!("bars_{k}.f64")).exists() {
        let bars = bars(&read_columns(&folder.join(format!("bars_{k}.f64")), 5)?)?;
        let (set, took) = timed(|| compute_set(&features, &bars));
        write_columns(&folder.join(format!("ours_{k}.f64")), &set.columns)?;
        (k, rows, seconds) = (k + 1, rows + bars.len(), seconds + took);
    }
    Ok(json!({
        "timings": {"compute": seconds},
        // The peer reads our columns and reports how far they are from its own.
        "figures": {
            "names": k,
            "bars": rows,
            "alpha158_formulas": 0.0,
            "alpha360_formulas": 0.0,
            "alpha158_qlib": 0.0,
            "alpha360_qlib": 0.0,
            "talib": 0.0,
        },
    }))
}
