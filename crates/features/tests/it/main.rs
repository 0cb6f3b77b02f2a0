//! The feature library against simulated bars, real bars, TA-Lib and planted answers.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test helper may fail loudly")]

mod alpha101;
mod bars;
mod columns;
mod cross_market;
mod expr;
mod fixtures;
mod formula;
mod levels;
mod look_back;
mod micro;
mod page;
mod planted_leaks;
mod planted_signal;
mod prefix_invariance;
mod reference;
mod regimes;
mod regimes_real;
mod schema;
mod sets;
mod source_sets;
mod surface;
