//! The fast path on 5,000,000 simulated minute bars.

use proofmark_benches::{Failure, cross, program};

fn main() -> Result<(), Failure> {
    program(|folder| cross::input(folder, 5_000_000), cross::fast)
}
