//! 1,000 variants of one rule on 100,000 simulated minute bars.

use proofmark_benches::{Failure, cross, program};

fn main() -> Result<(), Failure> {
    program(|folder| cross::input(folder, 100_000), cross::sweep)
}
