//! Adapters from files, vendors and the market simulator to rows and row problems.
//!
//! Invariant: an adapter delivers what the source says, wild or not. It refuses only what cannot be read, and every
//! row it leaves out is listed.

mod catalogue;
mod collect;
mod columns;
mod csv_bars;
mod csv_table;
mod error;
mod input;
mod lists;
mod options;
mod parquet_bars;
mod parquet_columns;
mod records;
mod row;
mod stamp;
mod text;
mod tickers;

pub mod fetch;
pub mod net;
pub mod simulator;
pub mod sqlite;
pub mod vendors;

pub use catalogue::{
    CatalogueError, Combine, ObservationSource, Period, SeriesSpec, SourceOutcome, VintageKind,
    observation_sources,
};
pub use csv_bars::read_bars_csv;
pub use error::ReadError;
pub use lists::{ListError, Member, read_actions, read_members};
pub use options::{ColumnMap, ReadOptions};
pub use parquet_bars::{read_bars_parquet, read_observations_parquet};
pub use records::{Field, FieldKind, Record, Records, Wanted, read_records};
pub use row::{ColumnsUsed, ObservationOutcome, RawRow, ReadOutcome, RowProblem};
pub use stamp::{StampError, WrittenTime, instant_of};
pub use tickers::Tickers;
