//! Parquet tables of market facts, quality rules, coverage, snapshots.
//!
//! Invariants: files are immutable and named by their digest, the manifest is replaced last, and a file that it does
//! not list does not exist. Raw rows stay as delivered; cleaning is a view by declared rules that lists every row it
//! drops. Every row has two times, and a read can ask what was known at an instant.

pub mod aligned;
mod append;
mod asof;
pub mod checks;
mod clean;
mod compact;
pub mod coverage;
pub mod decoder;
pub mod derived;
pub mod durable;
mod encode;
pub mod facts;
mod intraday;
pub mod known;
mod lake;
mod lake_error;
mod manifest;
mod manifest_file;
mod members;
mod part;
pub mod plain;
pub mod quality;
mod recordings;
mod retention;
pub mod seed;
mod shared;
mod snapshot;
mod table;
mod tables;
mod versions;

pub use asof::{AsOfError, AsOfValue, Found, Timed, asof_join, asof_values};
pub use clean::{CleanOptions, CleanOutcome, RuleFindings, clean};
pub use compact::{CompactError, CompactReport};
pub use coverage::Coverage;
pub use lake::{BarDelivery, Delivery, IngestReport, Lake, LakeProblem, Meter, Observation};
pub use lake_error::LakeError;
pub use manifest::{FileEntry, Table};
pub use recordings::{Recording, RecordingReport, RecordingWriter};
pub use snapshot::{
    FindingSample, RuleSummary, Snapshot, SnapshotContent, SnapshotError, SnapshotRequest, SymbolContent,
};
pub use tables::TableInfo;
