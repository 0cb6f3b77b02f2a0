//! Integration tests of the lake.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "helpers of tests")]

mod cleaning;
mod corporate_actions;
mod derived;
mod fixtures;
mod real_nse;
mod snapshots;
mod storage;
