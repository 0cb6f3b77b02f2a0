//! Alpha158 over 50 simulated symbols of 5,000 bars each; the peers are qlib and polars.

use std::path::Path;

use proofmark_benches::{Failure, factors, program};

fn main() -> Result<(), Failure> {
    program(|folder: &Path| factors::input(folder, 50, 5_000), factors::run)
}
