//! The hash chain over events.

use proofmark_units::{Digest, Instant};
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use crate::error::LedgerError;
use crate::event::Namespace;

/// The newest event, or the chain's beginning when there is none (`seq` 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Number of the newest event.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
}

/// A chain that holds. Taking the newest events away together with the recorded head cannot be seen from inside:
/// compare `head` with one that was written down elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// Number of events checked.
    pub events: u64,
    /// The newest one.
    pub head: Head,
}

/// An event as stored, before its columns are given meaning.
pub(crate) struct StoredEvent {
    pub(crate) seq: u64,
    pub(crate) at: Instant,
    pub(crate) kind: String,
    pub(crate) run_id: Option<String>,
    pub(crate) namespace: String,
    pub(crate) body: String,
    pub(crate) prev_digest: String,
    pub(crate) digest: String,
}

pub(crate) const COLUMNS: &str = "seq, at, kind, run_id, namespace, body, prev_digest, digest";

impl StoredEvent {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get::<_, i64>(0)?.unsigned_abs(),
            at: Instant::from_nanos(row.get(1)?),
            kind: row.get(2)?,
            run_id: row.get(3)?,
            namespace: row.get(4)?,
            body: row.get(5)?,
            prev_digest: row.get(6)?,
            digest: row.get(7)?,
        })
    }

    /// Digest over everything but itself; a run id is never empty, so no run and a run cannot be confused.
    pub(crate) fn compute_digest(&self) -> Digest {
        Digest::of_parts([
            b"proofmark-event-v1".as_slice(),
            self.prev_digest.as_bytes(),
            &self.seq.to_le_bytes(),
            &self.at.nanos().to_le_bytes(),
            self.kind.as_bytes(),
            self.run_id.as_deref().unwrap_or("").as_bytes(),
            self.namespace.as_bytes(),
            self.body.as_bytes(),
        ])
    }

    /// Checks that this event follows `before`; gives the new head.
    pub(crate) fn follow(&self, before: Head) -> Result<Head, LedgerError> {
        let error = |problem| LedgerError::Chain { seq: self.seq, problem };
        if self.seq != before.seq + 1 {
            return Err(LedgerError::Chain { seq: before.seq + 1, problem: "the event is missing" });
        }
        if self.prev_digest != before.digest.to_string() {
            return Err(error("it does not follow the event before"));
        }
        let digest = self.compute_digest();
        match self.digest == digest.to_string() {
            true => Ok(Head { seq: self.seq, digest }),
            false => Err(error("its content was changed")),
        }
    }
}

/// What the first event follows.
pub(crate) fn genesis(namespace: Namespace) -> Head {
    Head {
        seq: 0,
        digest: Digest::of_parts([b"proofmark-ledger-v1".as_slice(), namespace.name().as_bytes()]),
    }
}

/// The head as recorded beside the events.
fn recorded_head(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = 'head'", [], |row| row.get(0)).optional()
}

pub(crate) fn record_head(connection: &Connection, head: Head) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta(key, value) VALUES('head', ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute([head.digest.to_string()]).map(drop)
}

/// The head after checking the newest `depth` events against each other and the recorded head; to be called inside a
/// transaction.
pub(crate) fn checked_tail(
    connection: &Connection,
    namespace: Namespace,
    depth: u64,
    sql_error: &dyn Fn(rusqlite::Error) -> LedgerError,
) -> Result<Head, LedgerError> {
    let newest: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM events")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(sql_error)?;
    let newest = newest.unsigned_abs();
    let start = newest.saturating_sub(depth);
    let mut head = genesis(namespace);
    if start > 0 {
        let digest: Option<String> = connection
            .query_row("SELECT digest FROM events WHERE seq = ?1", [start.cast_signed()], |row| row.get(0))
            .optional()
            .map_err(sql_error)?;
        let digest = digest.ok_or(LedgerError::Chain { seq: start, problem: "the event is missing" })?;
        let digest = digest
            .parse()
            .map_err(|_| LedgerError::Chain { seq: start, problem: "its digest is not a digest" })?;
        head = Head { seq: start, digest };
    }
    let head = follow_all(connection, head, sql_error)?;
    let recorded = recorded_head(connection).map_err(sql_error)?;
    let expected = recorded.unwrap_or_else(|| genesis(namespace).digest.to_string());
    match expected == head.digest.to_string() {
        true => Ok(head),
        false => Err(LedgerError::Chain { seq: head.seq + 1, problem: "the newest events are missing" }),
    }
}

fn follow_all(
    connection: &Connection,
    mut head: Head,
    sql_error: &dyn Fn(rusqlite::Error) -> LedgerError,
) -> Result<Head, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > ?1 ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql).map_err(sql_error)?;
    let rows = statement.query_map([head.seq.cast_signed()], StoredEvent::read).map_err(sql_error)?;
    for event in rows {
        head = event.map_err(sql_error)?.follow(head)?;
    }
    Ok(head)
}
