//! Integration tests of the lake.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "helpers of tests")]

mod cleaning;
mod compaction;
mod corporate_actions;
mod derived;
mod facts;
mod fixtures;
mod intraday;
mod real_nse;
mod recordings;
mod seeds;
mod shared;
mod snapshots;
mod storage;
mod universe;
