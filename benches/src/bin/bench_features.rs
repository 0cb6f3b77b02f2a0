//! The teacher's 15 features on 1,000,000 simulated bars of one symbol; the peer is TA-Lib.

use std::path::Path;

use proofmark_benches::walk::{bars, walk};
use proofmark_benches::{Failure, program, read_columns, timed, write_columns};
use proofmark_features::{TEACHER15, compute_set};
use serde_json::{Value, json};

const BARS: usize = 1_000_000;

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    write_columns(&folder.join("bars.f64"), &walk(BARS))
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let bars = bars(&read_columns(&folder.join("bars.f64"), 5)?)?;
    let (set, seconds) = timed(|| compute_set(TEACHER15, &bars));
    write_columns(&folder.join("ours.f64"), &set.columns)?;
    Ok(json!({
        "timings": {"compute": seconds},
        // The peer reads our columns and reports how far they are from its own.
        "figures": {"bars": bars.len(), "columns": set.columns.len(), "largest_difference": 0.0},
    }))
}
