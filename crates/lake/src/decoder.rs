//! Parquet files are decoded by a library that panics on some hostile bytes; nobody else's panic is a user's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;

/// Runs a step of the Parquet decoder; a panic inside it becomes an error of the file. What the step was working on must not be used
/// afterwards.
///
/// # Errors
/// What the step gave, or that the decoder gave up.
pub fn guarded<T>(step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(step))
        .unwrap_or_else(|_| Err(ParquetError::General("the decoder gave up".to_owned())))
}
