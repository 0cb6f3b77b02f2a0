//! Oracles, hand-checked tables and properties of the execution engine.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod accounting;
mod cost_documents;
mod cost_holding;
mod cost_products;
mod cost_properties;
mod cost_tiers;
mod costs;
mod engine;
mod exits;
mod fast;
mod follow;
mod limits;
mod locked;
mod nulls;
mod optimiser;
mod properties;
mod replay;
mod sizing;
mod strategies;
mod support;
