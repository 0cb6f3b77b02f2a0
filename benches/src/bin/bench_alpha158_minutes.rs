//! Alpha158 over 5,000,000 simulated bars, 100,000 of each of 50 symbols; the peers are qlib and polars.

use std::path::Path;

use proofmark_benches::{Failure, factors, program};

fn main() -> Result<(), Failure> {
    program(|folder: &Path| factors::input(folder, 50, 100_000), factors::run)
}
