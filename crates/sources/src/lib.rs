//! Adapters from files, vendors and the market simulator to rows and row problems.
//!
//! Invariant: an adapter delivers what the source says, wild or not. It refuses only what cannot be read, and every
//! row it leaves out is listed.

mod blocks;
mod books;
mod catalogue;
mod chains;
mod collect;
mod columns;
mod csv_bars;
mod delimited;
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

pub use books::{
    BookFile, book_files_of, read_article_snapshot, read_binance_events, read_binance_feed,
    read_book_snapshot, read_lobster,
};
pub use catalogue::{
    CatalogueError, Combine, ObservationSource, Period, SeriesSpec, SourceOutcome, VintageKind,
    observation_sources,
};
pub use chains::{
    ChainFile, ChainOptions, Futures, OptionRow, read_chain_csv, read_chain_parquet, read_chain_snapshot,
    read_discount_curve, read_futures_csv,
};
pub use csv_bars::{read_bars_csv, read_bars_csv_metered};
pub use error::ReadError;
pub use input::Meter;
pub use lists::{ListError, Member, period_after, read_actions, read_members};
pub use options::{ColumnMap, ReadOptions};
pub use parquet_bars::{read_bars_parquet, read_bars_parquet_metered, read_observations_parquet};
pub use records::{Field, FieldKind, Record, Records, Wanted, read_records};
pub use row::{ColumnsUsed, ObservationOutcome, RawRow, ReadOutcome, RowProblem};
pub use stamp::{Clocks, StampError, WrittenTime, instant_of};
pub use tickers::Tickers;
