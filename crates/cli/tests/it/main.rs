//! Whole commands, as a user types them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests: a panic is the failure report"
)]

mod align;
mod alternative;
mod approval;
mod backtest;
mod context;
mod context_features;
mod crash;
mod demo;
mod evidence;
mod features;
mod input;
mod lake;
mod looks;
mod market_data;
mod meta_label;
mod pages;
mod planted_bars;
mod proofmark;
mod regimes;
mod universes;
mod validation;
mod vendors;
