//! Seeds: a whole lake as plain Parquet files and a manifest, to start another one from.
//!
//! A seed holds every version of every row with both times and its source. It is written so that a killed backup leaves
//! the earlier seed of its folder or the new one. Restoring joins sets of rows: it adds what the lake lacks and moves nothing,
//! so that it can be repeated, interrupted and done in any order, and always ends in the same rows.

mod backup;
mod content;
mod error;
mod manifest;
mod restore;
mod rows;

pub use self::error::SeedError;
pub use self::manifest::{SeedFile, SeedManifest};
pub use self::restore::{RestoreReport, Restored, Seed};
