//! Labels against hand tables and properties.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test helper may fail loudly")]

mod barriers;
mod fixed_horizon;
mod kinds;
mod meta;
mod parity;
mod properties;
mod real_files;
mod tables;
mod weights;
