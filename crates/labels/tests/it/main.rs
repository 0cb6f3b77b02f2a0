//! Labels against hand tables and properties.

#![allow(clippy::unwrap_used, reason = "a test helper may fail loudly")]

mod barriers;
mod fixed_horizon;
mod kinds;
mod meta;
mod properties;
mod tables;
mod weights;
