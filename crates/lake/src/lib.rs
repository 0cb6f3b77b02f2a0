//! Parquet tables of market facts, quality rules, coverage, snapshots.
