//! The 101 alphas over panels of real and simulated daily bars; the peer is the paper's formulas in NumPy and pandas.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_features::expr::Grouped;
use proofmark_features::panel_registry;
use proofmark_market::{BarRow, Bars, Calendar};
use proofmark_sources::simulator::{Scenario, WorldSpec, simulate};
use proofmark_sources::{ReadOptions, read_bars_parquet};
use proofmark_units::{Date, DateSpan, Instant};
use serde_json::{Value, json};

/// Below the shared data, each a panel of its own.
const FILES: [&str; 2] = [
    "us/us_stocks_daily_adjusted_2004_2025.parquet",
    "india/nse_nifty50_daily_split_adjusted_2000_2024.parquet",
];
/// Names of a panel, the first in the alphabet with enough bars.
const NAMES: usize = 12;
/// The latest bars of each, more than twice the longest window.
const BARS: usize = 1_000;
/// Name, day, open, high, low, close, volume: a row of a panel's file, its names one after the other.
const COLUMNS: usize = 7;

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    let shared = std::env::var_os("SHARED_DATA").ok_or("SHARED_DATA does not say where the files are")?;
    let mut panels: Vec<Vec<Vec<BarRow>>> = Vec::new();
    for file in FILES {
        let read = read_bars_parquet(Path::new(&shared).join(file), &ReadOptions::default())?;
        let long = read.bars.values().filter(|rows| rows.len() >= BARS).take(NAMES);
        let latest =
            long.map(|rows| rows[rows.len() - BARS..].iter().map(|row| row.at(NO_TIME, NO_TIME)).collect());
        panels.push(latest.collect());
    }
    let calendar = Calendar::named("XNSE")?;
    let span = DateSpan { start: "2012-01-01".parse()?, end: "2015-12-31".parse()? };
    let world =
        simulate(&WorldSpec::on_calendar(Scenario::Null, NAMES, &calendar, span, 0.0, seed("alpha101")))?;
    panels.push(world.bars.into_iter().map(|symbol| symbol.rows).collect());
    for (k, names) in panels.iter().enumerate() {
        let mut columns = vec![Vec::new(); COLUMNS];
        for (name, row) in
            names.iter().enumerate().flat_map(|(name, rows)| rows.iter().map(move |row| (name, row)))
        {
            let BarRow { date, open, high, low, close, volume, .. } = *row;
            let cells = [name as f64, f64::from(date.days()), open, high, low, close, volume];
            columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        }
        write_columns(&folder.join(format!("panel_{k}.f64")), &columns)?;
    }
    Ok(())
}

/// No column reads a time of day.
const NO_TIME: Instant = Instant::from_nanos(0);

fn read(file: &Path) -> Result<Vec<Bars>, Failure> {
    let columns = read_columns(file, COLUMNS)?;
    let mut names: Vec<Vec<BarRow>> = Vec::new();
    for (t, name) in columns[0].iter().map(|name| *name as usize).enumerate() {
        let cell = |k: usize| columns[k][t];
        names.resize_with(names.len().max(name + 1), Vec::new);
        names[name].push(BarRow {
            date: Date::from_days(cell(1) as i32),
            event_time: NO_TIME,
            known_at: NO_TIME,
            open: cell(2),
            high: cell(3),
            low: cell(4),
            close: cell(5),
            volume: cell(6),
        });
    }
    let bars = |(k, rows): (usize, &Vec<BarRow>)| Ok(Bars::from_rows(format!("N{k}").parse()?, rows)?);
    names.iter().enumerate().map(bars).collect()
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let set =
        panel_registry().iter().find(|set| set.name == "alpha101").ok_or("the set is not registered")?;
    let program = set.program(true)?;
    std::fs::write(folder.join("names.txt"), program.names().join("\n"))?;
    // Three groups, by turns; the peer deals them the same way.
    let groups = Grouped(|k: usize| u32::try_from(k % 3).ok());
    let (mut k, mut rows, mut seconds) = (0, 0, 0.0);
    while folder.join(format!("panel_{k}.f64")).exists() {
        let bars = read(&folder.join(format!("panel_{k}.f64")))?;
        let (values, took) = timed(|| program.panel(&bars, &groups));
        let column = |c: usize| values.iter().flat_map(|name| name[c].iter().copied()).collect();
        let columns: Vec<Vec<f64>> = (0..program.names().len()).map(column).collect();
        write_columns(&folder.join(format!("ours_{k}.f64")), &columns)?;
        (k, rows, seconds) = (k + 1, rows + bars.iter().map(Bars::len).sum::<usize>(), seconds + took);
    }
    Ok(json!({
        "timings": {"compute": seconds},
        // The peer reads our columns and reports how many disagree with its own.
        "figures": {
            "panels": k,
            "rows": rows,
            "alphas": program.names().len(),
            "alphas_apart": 0,
            // 029, 045 and 098 rank what is equal in exact arithmetic (docs/FEATURES.md).
            "alphas_of_rounding": 3,
        },
    }))
}
