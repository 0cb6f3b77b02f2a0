//! Tests of the public API, one binary.
#![expect(clippy::unwrap_used, reason = "a test helper that fails should panic")]

mod batch;
mod dataset;
mod pipeline;
mod split;
mod trap;
mod worlds;
