//! Use cases: pipelines, the stage runner, demo worlds, reports, candidates.
//!
//! Invariant: results depend on snapshot, pipeline, seed and program, never on threads, clock or paths.

pub mod audit;
pub mod backtest;
pub mod candidates;
pub mod certify;
mod clock;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod features;
pub mod forecast;
pub mod gates;
pub mod ingest;
mod journal;
mod json;
pub mod keys;
pub mod labels;
pub mod pipeline;
pub mod progress;
mod rehearsal;
mod report;
pub mod run;
pub mod runs;
pub mod sentiment;
pub mod settings;
pub mod splits;
mod tasks;
mod toml_text;
pub mod trials;
pub mod workspace;
