//! Oracles, hand-checked tables and properties of the execution engine.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod accounting;
mod costs;
mod exits;
mod limits;
mod locked;
mod nulls;
mod properties;
mod sizing;
mod support;
