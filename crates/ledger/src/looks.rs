//! Looks at spans that were to be judged once: sealed hold-outs and later windows.

use std::collections::BTreeSet;

use proofmark_units::{DateSpan, Digest, Symbol};
use rusqlite::params;

use crate::error::LedgerError;
use crate::ledger::Writer;

/// Keeps a look; the same trial at the same span is the same look.
pub(crate) fn keep(
    writer: &Writer<'_>,
    trial: &Digest,
    symbols: &[Symbol],
    span: DateSpan,
) -> Result<(), LedgerError> {
    let symbols: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
    let sql = "INSERT INTO looks(trial_key, first_day, last_day, symbols) VALUES(?1, ?2, ?3, ?4)
               ON CONFLICT DO NOTHING";
    let values = params![trial.to_string(), span.start.days(), span.end.days(), symbols.join(" ")];
    writer.transaction.execute(sql, values).map(drop).map_err(writer.error())
}

/// Trials, other than `besides`, that looked at spans which share a symbol and a date with this one, each counted once.
pub(crate) fn count(
    writer: &Writer<'_>,
    symbols: &[Symbol],
    span: DateSpan,
    besides: Option<&Digest>,
) -> Result<u64, LedgerError> {
    let error = writer.error();
    let wanted: BTreeSet<&str> = symbols.iter().map(Symbol::as_str).collect();
    let sql = "SELECT trial_key, symbols FROM looks WHERE first_day <= ?2 AND last_day >= ?1";
    let mut statement = writer.transaction.prepare_cached(sql).map_err(&error)?;
    let rows = statement
        .query_map([span.start.days(), span.end.days()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .map_err(&error)?;
    let besides = besides.map(ToString::to_string);
    let mut trials = BTreeSet::new();
    for row in rows {
        let (trial, text) = row.map_err(&error)?;
        if besides.as_ref() != Some(&trial) && text.split(' ').any(|symbol| wanted.contains(symbol)) {
            trials.insert(trial);
        }
    }
    Ok(trials.len() as u64)
}
