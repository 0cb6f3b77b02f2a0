//! The feature library against simulated bars, real bars, TA-Lib and planted answers.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test helper may fail loudly")]

mod bars;
mod columns;
mod expr;
mod fixtures;
mod formula;
mod cross_market;
mod look_back;
mod micro;
mod planted_leaks;
mod planted_signal;
mod prefix_invariance;
mod reference;
mod schema;
mod sets;
mod surface;
