//! The ledger from outside: what is recorded, what is refused, what survives.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod candidates;
mod chain;
mod crash;
mod trials;
mod validations;

use std::path::{Path, PathBuf};

use proofmark_ledger::{HoldoutLook, Ledger, Namespace, NewCandidate, RunStarted, TrialEntry};
use proofmark_lifecycle::{CandidateStatus, RunId};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use tempfile::TempDir;

pub(crate) struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::open(&self.path(), Namespace::Real).unwrap()
    }
}

pub(crate) fn at(seconds: i64) -> Instant {
    Instant::from_nanos(1_700_000_000_000_000_000).plus_seconds(seconds)
}

pub(crate) fn run(number: u32) -> RunId {
    format!("run_{number}").parse().unwrap()
}

pub(crate) fn span(start: &str, end: &str) -> DateSpan {
    DateSpan::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

pub(crate) fn symbols(names: &[&str]) -> Vec<Symbol> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub(crate) fn start() -> RunStarted {
    RunStarted {
        seed: 42,
        synthetic: true,
        pipeline: Digest::of(b"pipeline"),
        policy: Digest::of(b"policy"),
        code_version: "0.1.0".to_owned(),
    }
}

pub(crate) fn trial(key: &str, names: &[&str], dates: DateSpan) -> TrialEntry {
    TrialEntry {
        key: Digest::of(key.as_bytes()),
        run_id: run(1),
        symbols: symbols(names),
        span: dates,
        pipeline: Digest::of(b"pipeline"),
        seed: 42,
        returns_path: format!("data/models/run_1/{key}.json"),
        returns_sha256: Some(Digest::of(b"returns")),
    }
}

pub(crate) fn candidate(status: CandidateStatus) -> NewCandidate {
    NewCandidate {
        status,
        dry_run: false,
        synthetic: true,
        author: "Ann Author".to_owned(),
        verdicts: Vec::new(),
        evidence: Some(Digest::of(b"evidence")),
        manifest: Some(Digest::of(b"manifest")),
        model_dir: None,
        audit_dir: Some("release/audit_run_1".to_owned()),
    }
}

pub(crate) fn look(key: &str) -> HoldoutLook {
    HoldoutLook {
        trial_key: Digest::of(key.as_bytes()),
        symbols: symbols(&["TCS", "INFY"]),
        span: span("2024-01-01", "2024-12-31"),
        actor: "R. Reviewer".to_owned(),
        reason: "every gate passed".to_owned(),
    }
}

/// Every row of every projection, as text.
pub(crate) fn projections(path: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut rows = Vec::new();
    for table in ["runs", "trials", "candidates", "looks"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let width = statement.column_count();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<String> = (0..width).map(|i| format!("{:?}", row.get_ref(i).unwrap())).collect();
            rows.push(format!("{table}: {}", cells.join(" | ")));
        }
    }
    rows
}
