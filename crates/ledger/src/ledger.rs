//! The ledger itself: opening, appending, reading, verifying, rebuilding.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use proofmark_lifecycle::RunId;
use proofmark_units::Instant;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::Serialize;

use crate::chain::{self, COLUMNS, ChainReport, Head, StoredEvent};
use crate::error::LedgerError;
use crate::event::{Event, EventFilter, EventKind, Namespace};
use crate::{projection, schema};

/// Events checked on opening; [`Ledger::verify_chain`] checks all.
const TAIL: u64 = 256;

/// An open ledger. Shared between threads by reference; other processes may read and write the same file.
///
/// Every write is one transaction with `synchronous = FULL` on a write-ahead log: after kill -9 or power loss an event
/// is there with its projection, or not at all.
#[derive(Debug)]
pub struct Ledger {
    connection: Mutex<Connection>,
    path: PathBuf,
    namespace: Namespace,
}

impl Ledger {
    /// Opens a ledger for reading and writing; creates it when there is none, migrates an older one after a backup.
    ///
    /// # Errors
    /// A damaged, foreign or newer file, the other namespace, or a chain that does not hold at its end; the file is
    /// left untouched in all these cases.
    pub fn open(path: &Path, namespace: Namespace) -> Result<Self, LedgerError> {
        let connection = schema::open(path, namespace)?;
        let ledger = Self { connection: Mutex::new(connection), path: path.to_owned(), namespace };
        ledger.tail("check the newest events", TAIL)?;
        Ok(ledger)
    }

    /// Opens an existing ledger for reading only, also one whose chain is broken, so that it can be examined.
    ///
    /// # Errors
    /// A missing, damaged, foreign or newer file.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        let (connection, namespace) = schema::open_read_only(path)?;
        Ok(Self { connection: Mutex::new(connection), path: path.to_owned(), namespace })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The world it speaks of.
    pub const fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// A panic elsewhere never leaves half a write: transactions roll back when dropped.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn error(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        LedgerError::sqlite(&self.path, doing)
    }

    /// Runs `work` in one write transaction; an error leaves nothing behind.
    pub(crate) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Writer<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let error = self.error(doing);
        let mut connection = self.lock();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&error)?;
        let result = work(&Writer { transaction: &transaction, ledger: self, doing })?;
        transaction.commit().map_err(error)?;
        Ok(result)
    }

    /// Appends an event and updates what follows from it. A body that its kind does not allow, or an action that the
    /// candidate's state machine refuses, is an error and leaves nothing.
    ///
    /// # Errors
    /// [`LedgerError`] says what was refused.
    pub fn append(
        &self,
        kind: EventKind,
        run: Option<&RunId>,
        body: &impl Serialize,
        at: Instant,
    ) -> Result<Event, LedgerError> {
        self.write("append an event", |writer| writer.append(kind, run, body, at))
    }

    /// Events in order.
    ///
    /// # Errors
    /// A database error, or an event of a kind this build does not know.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, LedgerError> {
        let error = self.error("read events");
        let connection = self.lock();
        let sql = format!(
            "SELECT {COLUMNS} FROM events WHERE seq > ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR run_id = ?3) \
             ORDER BY seq LIMIT ?4"
        );
        let mut statement = connection.prepare_cached(&sql).map_err(&error)?;
        let kind = filter.kind.map(EventKind::name);
        let run = filter.run.as_ref().map(RunId::as_str);
        let limit = filter.limit.map_or(-1, i64::from);
        let rows = statement
            .query_map(params![filter.after.cast_signed(), kind, run, limit], StoredEvent::read)
            .map_err(&error)?;
        rows.map(|row| self.meaning(row.map_err(&error)?)).collect()
    }

    /// Gives a stored event its types.
    pub(crate) fn meaning(&self, stored: StoredEvent) -> Result<Event, LedgerError> {
        let seq = stored.seq;
        let corrupt = |what: &str| LedgerError::Corrupt {
            path: self.path.clone(),
            detail: format!("event {seq} has an unreadable {what}"),
        };
        let kind: EventKind = stored.kind.parse().map_err(|()| corrupt("kind"))?;
        Ok(Event {
            seq,
            at: stored.at,
            kind,
            run_id: stored.run_id.map(|id| id.parse()).transpose().map_err(|_| corrupt("run id"))?,
            namespace: Namespace::read(&stored.namespace).ok_or_else(|| corrupt("namespace"))?,
            body: serde_json::from_str(&stored.body).map_err(|source| LedgerError::Body { kind, source })?,
            prev_digest: stored.prev_digest.parse().map_err(|_| corrupt("digest"))?,
            digest: stored.digest.parse().map_err(|_| corrupt("digest"))?,
        })
    }

    /// The newest event's number and digest: write it down elsewhere to notice a shortened ledger.
    ///
    /// # Errors
    /// [`LedgerError::Chain`] when the newest event does not hold.
    pub fn head(&self) -> Result<Head, LedgerError> {
        self.tail("read the newest event", 1)
    }

    /// Checks the newest events in one read transaction: a writer beside us must not come between event and head.
    fn tail(&self, doing: &'static str, depth: u64) -> Result<Head, LedgerError> {
        let error = self.error(doing);
        let connection = self.lock();
        let transaction = connection.unchecked_transaction().map_err(&error)?;
        chain::checked_tail(&transaction, self.namespace, depth, &error)
    }

    /// Checks every event against the one before.
    ///
    /// # Errors
    /// [`LedgerError::Chain`] names the first event that does not hold.
    pub fn verify_chain(&self) -> Result<ChainReport, LedgerError> {
        let head = self.tail("verify the chain", u64::MAX)?;
        Ok(ChainReport { events: head.seq, head })
    }

    /// Empties the projections and fills them again from the events, after verifying the chain.
    ///
    /// # Errors
    /// A broken chain or an event that cannot be applied; the projections stay as they were.
    pub fn rebuild(&self) -> Result<(), LedgerError> {
        self.write("rebuild the projections", |writer| {
            let error = writer.error();
            chain::checked_tail(writer.transaction, self.namespace, u64::MAX, &error)?;
            for table in schema::PROJECTIONS {
                writer.transaction.execute(&format!("DELETE FROM {table}"), []).map_err(&error)?;
            }
            let sql = format!("SELECT {COLUMNS} FROM events ORDER BY seq");
            let mut statement = writer.transaction.prepare(&sql).map_err(&error)?;
            let rows = statement.query_map([], StoredEvent::read).map_err(&error)?;
            for row in rows {
                projection::apply(writer, &self.meaning(row.map_err(&error)?)?)?;
            }
            Ok(())
        })
    }
}

/// An open write transaction.
pub(crate) struct Writer<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) ledger: &'a Ledger,
    doing: &'static str,
}

impl Writer<'_> {
    pub(crate) fn error(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        self.ledger.error(self.doing)
    }

    /// Appends an event after checking the newest one, and applies its projection.
    pub(crate) fn append(
        &self,
        kind: EventKind,
        run: Option<&RunId>,
        body: &impl Serialize,
        at: Instant,
    ) -> Result<Event, LedgerError> {
        let error = self.error();
        let body = serde_json::to_string(body).map_err(|source| LedgerError::Body { kind, source })?;
        let head = chain::checked_tail(self.transaction, self.ledger.namespace, 1, &error)?;
        let mut stored = StoredEvent {
            seq: head.seq + 1,
            at,
            kind: kind.name().to_owned(),
            run_id: run.map(|id| id.as_str().to_owned()),
            namespace: self.ledger.namespace.name().to_owned(),
            body,
            prev_digest: head.digest.to_string(),
            digest: String::new(),
        };
        let digest = stored.compute_digest();
        stored.digest = digest.to_string();
        let sql = format!("INSERT INTO events({COLUMNS}) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        let values = params![
            stored.seq.cast_signed(),
            stored.at.nanos(),
            stored.kind,
            stored.run_id,
            stored.namespace,
            stored.body,
            stored.prev_digest,
            stored.digest
        ];
        self.transaction.prepare_cached(&sql).and_then(|mut s| s.execute(values)).map_err(&error)?;
        chain::record_head(self.transaction, Head { seq: stored.seq, digest }).map_err(&error)?;
        let event = self.ledger.meaning(stored)?;
        projection::apply(self, &event)?;
        Ok(event)
    }
}
