//! Runs: when they began and how they ended.

use proofmark_lifecycle::{CandidateStatus, RunId};
use proofmark_units::{Digest, Instant};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::event::{Event, EventKind};
use crate::ledger::{Ledger, Writer};
use crate::projection;

/// What is known when a run begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Root of the seed tree.
    pub seed: u64,
    /// The bars are simulated.
    pub synthetic: bool,
    /// Pipeline file's content.
    pub pipeline: Digest,
    /// Gate policy.
    pub policy: Digest,
    /// Version of the program.
    pub code_version: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// Status of its candidate.
    pub status: CandidateStatus,
}

/// A run as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub run_id: RunId,
    /// What was known when it began.
    pub start: RunStarted,
    /// When it first began.
    pub started: Instant,
    /// When it last ended; `None` while it runs, or after it was killed.
    pub ended: Option<Instant>,
    /// How it last ended.
    pub status: Option<CandidateStatus>,
    /// How often it began: resuming counts.
    pub attempts: u32,
}

impl Ledger {
    /// Records that a run begins, or begins again.
    ///
    /// # Errors
    /// A database error.
    pub fn start_run(&self, run: &RunId, start: &RunStarted, at: Instant) -> Result<Event, LedgerError> {
        self.append(EventKind::RunStarted, Some(run), start, at)
    }

    /// Records that a run ended.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRun`], or a database error.
    pub fn finish_run(
        &self,
        run: &RunId,
        status: CandidateStatus,
        at: Instant,
    ) -> Result<Event, LedgerError> {
        self.append(EventKind::RunFinished, Some(run), &RunFinished { status }, at)
    }

    /// Every run, the newest first.
    ///
    /// # Errors
    /// A database error.
    pub fn runs(&self) -> Result<Vec<RunSummary>, LedgerError> {
        let error = self.error("read the runs");
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT summary FROM runs ORDER BY seq DESC").map_err(&error)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).map_err(&error)?;
        rows.map(|row| read(&row.map_err(&error)?)).collect()
    }
}

fn read(summary: &str) -> Result<RunSummary, LedgerError> {
    serde_json::from_str(summary).map_err(|source| LedgerError::Body { kind: EventKind::RunStarted, source })
}

fn find(writer: &Writer<'_>, run: &RunId) -> Result<Option<RunSummary>, LedgerError> {
    let sql = "SELECT summary FROM runs WHERE run_id = ?1";
    let found: Option<String> = writer
        .transaction
        .query_row(sql, [run.as_str()], |row| row.get(0))
        .optional()
        .map_err(writer.error())?;
    found.as_deref().map(read).transpose()
}

fn store(writer: &Writer<'_>, event: &Event, summary: &RunSummary) -> Result<(), LedgerError> {
    let text =
        serde_json::to_string(summary).map_err(|source| LedgerError::Body { kind: event.kind, source })?;
    let sql = "INSERT INTO runs(run_id, seq, summary) VALUES(?1, ?2, ?3)
               ON CONFLICT(run_id) DO UPDATE SET summary = excluded.summary";
    let values = params![summary.run_id.as_str(), event.seq.cast_signed(), text];
    writer.transaction.execute(sql, values).map(drop).map_err(writer.error())
}

pub(crate) fn started(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let run_id = projection::run(event)?;
    let start: RunStarted = projection::body(event)?;
    let before = find(writer, run_id)?;
    let summary = RunSummary {
        run_id: run_id.clone(),
        start,
        started: before.as_ref().map_or(event.at, |run| run.started),
        ended: None,
        status: None,
        attempts: before.map_or(0, |run| run.attempts) + 1,
    };
    store(writer, event, &summary)
}

pub(crate) fn finished(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let run_id = projection::run(event)?;
    let end: RunFinished = projection::body(event)?;
    let before =
        find(writer, run_id)?.ok_or_else(|| LedgerError::UnknownRun { run: run_id.as_str().to_owned() })?;
    store(writer, event, &RunSummary { ended: Some(event.at), status: Some(end.status), ..before })
}
