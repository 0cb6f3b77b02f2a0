//! Tests of the public API, one binary.
#![expect(clippy::unwrap_used, reason = "a test helper that fails should panic")]

mod around;
mod batch;
mod combinatorial;
mod dataset;
mod explain;
mod k_fold;
mod leak;
mod nested;
mod pipeline;
mod split;
mod trap;
mod worlds;
