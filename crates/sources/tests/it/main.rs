//! Integration tests of the file adapters.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "helpers of tests")]

mod books;
mod chains;
mod parquet_types;
mod real_files;
mod replay;
mod sqlite;
mod vendors;
