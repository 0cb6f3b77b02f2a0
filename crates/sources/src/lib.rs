//! Adapters from files, vendors and the market simulator to rows and row problems.
//!
//! Invariant: an adapter delivers what the source says, wild or not. It refuses only what cannot be read, and every
//! row it leaves out is listed.

mod books;
mod chains;
mod collect;
mod columns;
mod csv_bars;
mod delimited;
mod error;
mod input;
mod options;
mod parquet_bars;
mod parquet_columns;
mod row;
mod stamp;
mod text;

pub mod fetch;
pub mod net;
pub mod simulator;
pub mod vendors;

pub use books::{
    BookFile, book_files_of, read_binance_events, read_binance_feed, read_book_snapshot, read_lobster,
};
pub use chains::{
    ChainFile, ChainOptions, Futures, OptionRow, read_chain_csv, read_chain_parquet, read_chain_snapshot,
    read_discount_curve, read_futures_csv,
};
pub use csv_bars::read_bars_csv;
pub use error::ReadError;
pub use options::{ColumnMap, ReadOptions};
pub use parquet_bars::{read_bars_parquet, read_observations_parquet};
pub use row::{ColumnsUsed, ObservationOutcome, RawRow, ReadOutcome, RowProblem};
pub use stamp::{StampError, WrittenTime, instant_of};
