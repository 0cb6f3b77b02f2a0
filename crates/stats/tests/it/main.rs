//! Parity with reference packages, published numbers, and the measured size of the tests.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "clippy exempts test functions, not their helpers"
)]

mod column_parity;
mod known_answers;
mod measure_coverage;
mod parity;
mod parity_comparison;
mod size;
mod size_many;
mod size_suite;
mod suite_known_answers;
mod suite_parity;
