//! The teacher's 15 features on 1,000,000 simulated bars of one symbol; the peer is TA-Lib.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_features::{TEACHER15, compute_set};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Value, json};

const BARS: usize = 1_000_000;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// A mean-reverting walk, so that a million bars stay within a few orders of magnitude.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut rng = seed("features").rng();
    let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
    let mut uniform = seed("features volume").rng();
    let mut columns = vec![Vec::new(); 5];
    let mut level = 0.0_f64;
    for _ in 0..BARS {
        let open = level + 0.004 * normal();
        let close = 0.9995 * open + 0.012 * normal();
        let (high, low) =
            (open.max(close) + 0.004 * normal().abs(), open.min(close) - 0.004 * normal().abs());
        for (column, log) in columns.iter_mut().zip([open, high, low, close]) {
            column.push(100.0 * log.exp());
        }
        columns[4].push((1e5 * (1.0 + 9.0 * uniform.random::<f64>())).floor());
        level = close;
    }
    write_columns(&folder.join("bars.f64"), &columns)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("bars.f64"), 5)?;
    // A million sessions do not fit the calendar of instants; no feature reads a time.
    let rows: Vec<BarRow> = (0..columns[0].len())
        .map(|t| BarRow {
            date: Date::from_days(i32::try_from(t).unwrap_or(i32::MAX)),
            event_time: Instant::from_nanos(0),
            known_at: Instant::from_nanos(0),
            open: columns[0][t],
            high: columns[1][t],
            low: columns[2][t],
            close: columns[3][t],
            volume: columns[4][t],
        })
        .collect();
    let bars = Bars::from_rows("WALK".parse()?, &rows)?;
    let (set, seconds) = timed(|| compute_set(TEACHER15, &bars));
    write_columns(&folder.join("ours.f64"), &set.columns)?;
    Ok(json!({
        "timings": {"compute": seconds},
        // The peer reads our columns and reports how far they are from its own.
        "figures": {"bars": bars.len(), "columns": set.columns.len(), "largest_difference": 0.0},
    }))
}
