//! Event log with hash chain, trials, runs, approvals in SQLite; signing keys.
