//! Read-only SQL over the lake, by DataFusion.
//!
//! Invariant: only files that the manifest lists are read, nothing is written, and a statement other than one query is
//! refused before it is planned.

mod answer;
mod query;
mod table;

pub use answer::Answer;
pub use query::{Query, SqlError, query};
