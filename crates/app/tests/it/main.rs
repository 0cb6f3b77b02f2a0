//! Contracts between rooms that do not know each other.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is the failure report")]

mod backtest;
mod barriers;
mod cross_validation;
mod forecast;
mod forecast_lifecycle;
mod hostile;
mod own_pipeline;
mod stress;
mod universe;
