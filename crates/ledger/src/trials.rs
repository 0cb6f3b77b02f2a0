//! Trials: every configuration ever scored, by data lineage.

use std::collections::BTreeSet;
use std::fmt;

use proofmark_lifecycle::RunId;
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::event::{Event, EventKind};
use crate::ledger::{Ledger, Writer};
use crate::projection;

/// One configuration scored on one data lineage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialEntry {
    /// Identity: the pipeline slice that affects the score, the data lineage, the seed.
    pub key: Digest,
    /// The run that scored it first.
    pub run_id: RunId,
    /// Symbols of the snapshot.
    pub symbols: Vec<Symbol>,
    /// Dates of the snapshot.
    pub span: DateSpan,
    /// Pipeline file's content.
    pub pipeline: Digest,
    /// Root of the seed tree.
    pub seed: u64,
    /// Where its per-period out-of-sample active returns are written, relative to the workspace.
    pub returns_path: String,
    /// Digest of that file; absent until it is written. A trial counts from the moment it is about to be scored.
    pub returns_sha256: Option<Digest>,
}

/// The number of a trial in its ledger, from 1, in order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialNumber(pub u64);

impl fmt::Display for TrialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A recorded trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number.
    pub number: TrialNumber,
    /// When it was recorded.
    pub at: Instant,
    /// What was scored.
    pub entry: TrialEntry,
}

impl Ledger {
    /// Records a trial and gives its number. A key that is known gives its number and adds no trial: replaying is not
    /// another look. Returns that were still missing are filled in; returns that are known are never replaced.
    ///
    /// # Errors
    /// A database error.
    pub fn record_trial(&self, entry: &TrialEntry, at: Instant) -> Result<TrialNumber, LedgerError> {
        self.write("record a trial", |writer| {
            let number = match known(writer, entry.key)? {
                Some((number, true)) => return Ok(number),
                Some((number, false)) if entry.returns_sha256.is_none() => return Ok(number),
                Some((number, false)) => Some(number),
                None => None,
            };
            writer.append(EventKind::TrialRecorded, Some(&entry.run_id), entry, at)?;
            match number {
                Some(number) => Ok(number),
                None => Ok(known(writer, entry.key)?.expect("the trial was inserted in this transaction").0),
            }
        })
    }

    /// Every trial, in order of recording.
    ///
    /// # Errors
    /// A database error.
    pub fn trials(&self) -> Result<Vec<Trial>, LedgerError> {
        self.trials_within(i32::MIN, i32::MAX)
    }

    /// Trials on the lineage of these symbols and dates: they share at least one symbol and one date. One more bar, or
    /// one symbol less, does not start a new lineage.
    ///
    /// # Errors
    /// A database error.
    pub fn trials_on_lineage(&self, symbols: &[Symbol], span: DateSpan) -> Result<Vec<Trial>, LedgerError> {
        let symbols: BTreeSet<&Symbol> = symbols.iter().collect();
        let mut trials = self.trials_within(span.start.days(), span.end.days())?;
        trials.retain(|trial| trial.entry.symbols.iter().any(|symbol| symbols.contains(symbol)));
        Ok(trials)
    }

    fn trials_within(&self, first: i32, last: i32) -> Result<Vec<Trial>, LedgerError> {
        let error = self.error("read the trials");
        let connection = self.lock();
        let sql =
            "SELECT number, at, entry FROM trials WHERE first_day <= ?2 AND last_day >= ?1 ORDER BY number";
        let mut statement = connection.prepare_cached(sql).map_err(&error)?;
        let rows = statement
            .query_map([first, last], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
            })
            .map_err(&error)?;
        rows.map(|row| {
            let (number, at, entry) = row.map_err(&error)?;
            let entry = serde_json::from_str(&entry)
                .map_err(|source| LedgerError::Body { kind: EventKind::TrialRecorded, source })?;
            Ok(Trial { number: TrialNumber(number), at: Instant::from_nanos(at), entry })
        })
        .collect()
    }
}

/// The number of a trial, and whether its returns are known.
fn known(writer: &Writer<'_>, key: Digest) -> Result<Option<(TrialNumber, bool)>, LedgerError> {
    let sql = "SELECT number, json_extract(entry, '$.returns_sha256') IS NOT NULL FROM trials WHERE key = ?1";
    let found: Option<(i64, bool)> = writer
        .transaction
        .query_row(sql, [key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(writer.error())?;
    Ok(found.map(|(number, returns)| (TrialNumber(number.unsigned_abs()), returns)))
}

pub(crate) fn recorded(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let entry: TrialEntry = projection::body(event)?;
    let text =
        serde_json::to_string(&entry).map_err(|source| LedgerError::Body { kind: event.kind, source })?;
    let sql = "INSERT INTO trials(number, key, first_day, last_day, at, entry)
               VALUES((SELECT coalesce(max(number), 0) + 1 FROM trials), ?1, ?2, ?3, ?4, ?5)
               ON CONFLICT(key) DO UPDATE SET entry = excluded.entry";
    let values = params![
        entry.key.to_string(),
        entry.span.start.days(),
        entry.span.end.days(),
        event.at.nanos(),
        text
    ];
    writer.transaction.execute(sql, values).map(drop).map_err(writer.error())
}
