//! The fast path on 1,000,000 simulated minute bars.

use proofmark_benches::{Failure, cross, program};

fn main() -> Result<(), Failure> {
    program(|folder| cross::input(folder, 1_000_000), cross::fast)
}
