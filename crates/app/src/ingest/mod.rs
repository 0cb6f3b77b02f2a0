//! Bringing market data into the lake: files, vendors, dated values and simulated worlds.
//!
//! Invariant: every row read is accounted for, as added, known, restated, not asked for, or a listed problem.
//! Invariant: all files are read before the first row is stored, so a file that cannot be used changes nothing.

mod book;
mod catalogued;
mod daily;
mod files;
mod headlines;
mod membership;
mod observations;
mod placed;
mod roles;
mod simulated;
mod sqlite;
mod summary;
pub mod vendor;

pub use book::{BookSummary, RecordRequest, Recorded, book};
pub use catalogued::{SeriesStored, SourceSummary, catalogued, listed_sources};
pub use files::{Request, csv, parquet, tickers};
pub(crate) use files::{read_error, read_options, source, zone};
pub use headlines::{HeadlineRequest, HeadlineSummary, NewsCoverage, Stamps, headlines};
pub use membership::{MembershipRequest, membership};
pub use observations::observations;
pub use simulated::{STRESS_PERIODS_FILE, Synthetic, is_simulated, synthetic};
pub use sqlite::sqlite;
pub use summary::{FileRead, Problem, Sample, Summary};
