//! Progress of running phases: counts for bars and other terminals. Not events, not part of the chain.

use proofmark_lifecycle::{Phase, RunId};
use proofmark_units::Instant;
use rusqlite::params;
use serde::Serialize;

use crate::error::LedgerError;
use crate::ledger::Ledger;

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The run.
    pub run_id: RunId,
    /// The phase.
    pub phase: Phase,
    /// Tasks done.
    pub done: u64,
    /// Tasks in all.
    pub total: u64,
    /// Estimated seconds to the end of the phase.
    pub eta_seconds: Option<f64>,
    /// When this was true.
    pub at: Instant,
}

impl Ledger {
    /// Records progress. Cheap: it waits for no disk, since losing the newest counts in a power cut costs nothing.
    ///
    /// # Errors
    /// A database error.
    pub fn progress(&self, progress: &Progress) -> Result<(), LedgerError> {
        let error = self.error("record progress");
        let connection = self.lock();
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(&error)?;
        let sql = "INSERT INTO progress(run_id, phase, done, total, eta_seconds, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT(run_id, phase) DO UPDATE SET
                   done = excluded.done, total = excluded.total, eta_seconds = excluded.eta_seconds, at = excluded.at";
        let values = params![
            progress.run_id.as_str(),
            progress.phase.name(),
            progress.done.cast_signed(),
            progress.total.cast_signed(),
            progress.eta_seconds.filter(|seconds| seconds.is_finite()),
            progress.at.nanos()
        ];
        let written = connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        connection.pragma_update(None, "synchronous", "FULL").map_err(&error)?;
        written.map(drop).map_err(error)
    }

    /// Progress of a run's phases, in order of phase.
    ///
    /// # Errors
    /// A database error.
    pub fn read_progress(&self, run: &RunId) -> Result<Vec<Progress>, LedgerError> {
        let error = self.error("read progress");
        let connection = self.lock();
        let sql = "SELECT phase, done, total, eta_seconds, at FROM progress WHERE run_id = ?1";
        let mut statement = connection.prepare_cached(sql).map_err(&error)?;
        let rows = statement
            .query_map([run.as_str()], |row| {
                let name: String = row.get(0)?;
                let phase = Phase::ALL.into_iter().find(|phase| phase.name() == name);
                Ok(phase.map(|phase| Progress {
                    run_id: run.clone(),
                    phase,
                    done: row.get::<_, i64>(1).unwrap_or(0).unsigned_abs(),
                    total: row.get::<_, i64>(2).unwrap_or(0).unsigned_abs(),
                    eta_seconds: row.get(3).unwrap_or(None),
                    at: Instant::from_nanos(row.get(4).unwrap_or(0)),
                }))
            })
            .map_err(&error)?;
        let mut all: Vec<Progress> =
            rows.filter_map(Result::transpose).collect::<rusqlite::Result<_>>().map_err(&error)?;
        all.sort_by_key(|progress| progress.phase);
        Ok(all)
    }
}
