//! Market data in one SQLite file, both ways: tables with keys and checks that other programs query.
//!
//! `schema.sql` is the contract. What the lake holds is written to `assets`, `series`, `corporate_actions`, `listing`,
//! `alt_observations` and `dataset_manifest`; the other tables are there for programs that compute them.

mod cell;
mod read;
mod write;

pub use read::{MarketRead, SeriesRows, read_market_sqlite, read_market_sqlite_metered};
pub use write::{LeftOut, MarketWriter, WriteMarketError};

/// The version of `schema.sql`, and the newest that is read.
const VERSION: i64 = 1;
const SCHEMA: &str = include_str!("schema.sql");
