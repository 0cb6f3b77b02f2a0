//! TA-Lib's functions on 1,000,000 simulated bars of one symbol; the peer is TA-Lib's C library through its Python wheel.

use std::path::Path;

use proofmark_benches::walk::{bars, walk};
use proofmark_benches::{Failure, program, read_columns, timed, write_columns};
use proofmark_features::{Feature, compute_set, registry};
use serde_json::{Value, json};

const BARS: usize = 1_000_000;

/// Rows of which one is compared: all would be 1.7 GB a turn. `parity sets` compares every row of fewer bars.
const EVERY: usize = 7;

/// Functions that the wheel's library has, a line each; the peer refuses to run where the list is not its own.
const PEERS: &str = include_str!("../../../peers/features/talib_functions.txt");

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// The bars, and the names of the columns that both sides compute.
fn input(folder: &Path) -> Result<(), Failure> {
    let names: Vec<&str> = outputs()?.iter().map(|feature| feature.name()).collect();
    std::fs::write(folder.join("names.txt"), names.join("\n"))?;
    write_columns(&folder.join("bars.f64"), &walk(BARS))
}

/// Outputs of the set whose function the peer has too.
fn outputs() -> Result<Vec<&'static dyn Feature>, Failure> {
    let set = registry().iter().find(|set| set.name == "talib").ok_or("the set is not registered")?;
    let has_peer = |feature: &&dyn Feature| {
        let is_known = |function: &str| PEERS.lines().any(|line| line == function);
        feature.one_of().is_some_and(|(functions, _)| functions.name().split(", ").all(is_known))
    };
    Ok(set.features.iter().copied().filter(has_peer).collect())
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let outputs = outputs()?;
    let bars = bars(&read_columns(&folder.join("bars.f64"), 5)?)?;
    let (set, seconds) = timed(|| compute_set(&outputs, &bars));
    let figures = json!({
        "bars": bars.len(),
        "columns": set.columns.len(),
        // The peer reads our columns and reports how far they are from its own.
        "largest_difference": 0.0,
    });
    let thinned = |column: &Vec<f64>| column.iter().copied().step_by(EVERY).collect();
    let thinned: Vec<Vec<f64>> = set.columns.iter().map(thinned).collect();
    write_columns(&folder.join("ours.f64"), &thinned)?;
    Ok(json!({"timings": {"compute": seconds}, "figures": figures}))
}
