//! From events to tables: the one place that decides what an event changes, on appending and on rebuilding.

use serde::de::DeserializeOwned;

use crate::error::LedgerError;
use crate::event::{Event, EventKind};
use crate::ledger::Writer;
use crate::{candidates, runs, trials, validations};

/// Applies an event to the projections; an event that is not allowed is an error, which undoes its append.
pub(crate) fn apply(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    match event.kind {
        EventKind::RunStarted => runs::started(writer, event),
        EventKind::RunFinished => runs::finished(writer, event),
        EventKind::TrialRecorded => trials::recorded(writer, event),
        EventKind::CandidateRecorded => candidates::recorded(writer, event),
        EventKind::HoldoutOpened => candidates::holdout_opened(writer, event),
        EventKind::HoldoutJudged => candidates::holdout_judged(writer, event),
        EventKind::ValidationOpened => validations::opened(writer, event),
        EventKind::ValidationJudged => validations::judged(writer, event),
        EventKind::CandidateDecided => candidates::decided(writer, event),
        EventKind::DataIngested
        | EventKind::TaskFinished
        | EventKind::PhaseFinished
        | EventKind::KeyCreated => Ok(()),
    }
}

/// The typed body of an event.
pub(crate) fn body<T: DeserializeOwned>(event: &Event) -> Result<T, LedgerError> {
    T::deserialize(&event.body).map_err(|source| LedgerError::Body { kind: event.kind, source })
}

/// The run an event belongs to.
pub(crate) fn run(event: &Event) -> Result<&proofmark_lifecycle::RunId, LedgerError> {
    event.run_id.as_ref().ok_or(LedgerError::NoRun { kind: event.kind })
}
