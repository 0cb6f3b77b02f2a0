//! As-of join of 2,000,000 decisions with 2,000,000 facts of 1,000 series; the peers are polars and DuckDB.

use std::path::Path;

use proofmark_benches::{Failure, program, read_columns, seed, timed, write_columns};
use proofmark_lake::{Timed, asof_join};
use rand::RngExt as _;
use serde_json::{Value, json};

const ROWS: usize = 2_000_000;
const KEYS: u32 = 1_000;
/// Times between facts of all series are 1 to 1,000; a series hears of something every half a million on average.
const GAP: u64 = 1_000;
const MAX_AGE: i64 = 600_000;
const MODULUS: u64 = 2_147_483_647;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Facts have times of their own, so that all three agree on which of two is the newest; a decision may fall on one.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut rng = seed("asof").rng();
    let mut side = |name: &str, width: usize| -> Result<(), Failure> {
        let mut time = 0_u64;
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(ROWS); width];
        for _ in 0..ROWS {
            time += rng.random_range(1..=GAP);
            columns[0].push(time as f64);
            columns[1].push(f64::from(rng.random_range(0..KEYS)));
            if let Some(values) = columns.get_mut(2) {
                values.push(f64::from(rng.random_range(0_u32..1_000_000)));
            }
        }
        write_columns(&folder.join(name), &columns)
    };
    side("decisions.f64", 2)?;
    side("facts.f64", 3)?;
    Ok(std::fs::write(folder.join("settings.json"), serde_json::to_vec(&json!({"max_age": MAX_AGE}))?)?)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let whole = |column: &[f64]| -> Vec<i64> { column.iter().map(|v| *v as i64).collect() };
    let keys = |column: &[f64]| -> Vec<u32> { column.iter().map(|v| *v as u32).collect() };
    let decisions = read_columns(&folder.join("decisions.f64"), 2)?;
    let facts = read_columns(&folder.join("facts.f64"), 3)?;
    let (now, now_key) = (whole(&decisions[0]), keys(&decisions[1]));
    let (known, known_key) = (whole(&facts[0]), keys(&facts[1]));
    let (joined, seconds) = timed(|| {
        let found = asof_join(
            Timed { nanos: &now, key: &now_key },
            Timed { nanos: &known, key: &known_key },
            KEYS,
            Some(MAX_AGE),
        )?;
        let value = |f: &proofmark_lake::Found| f.row().map_or(f64::NAN, |row| facts[2][row]);
        Ok::<Vec<f64>, Failure>(found.iter().map(value).collect())
    });
    let joined = joined?;
    let found = joined.iter().filter(|v| !v.is_nan()).count();
    let sum: f64 = joined.iter().filter(|v| !v.is_nan()).sum();
    let weighted = joined
        .iter()
        .zip(1_u64..)
        .filter(|(v, _)| !v.is_nan())
        .fold(0_u64, |sum, (v, row)| (sum + (*v as u64) * (row % 1_000)) % MODULUS);
    Ok(json!({
        "timings": {"join": seconds},
        "figures": {"rows": joined.len(), "found": found, "sum": sum, "weighted": weighted},
    }))
}
