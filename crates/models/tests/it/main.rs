//! Tests of the public API, one binary.
#![expect(clippy::unwrap_used, reason = "a test helper that fails should panic")]

mod contract;
mod files;
mod quality;
mod quantiles;
mod regression;
mod simulated;
