//! Parity with reference packages, published numbers, and the measured size of the tests.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "clippy exempts test functions, not their helpers"
)]

mod known_answers;
mod parity;
mod size;
