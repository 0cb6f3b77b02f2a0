//! Validations: a frozen candidate scored on data later than its training. The look is recorded before it is scored.

use proofmark_lifecycle::{RunId, Verdict};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

use crate::candidates::{CandidateRecord, find_known, store};
use crate::error::LedgerError;
use crate::event::{Event, EventKind};
use crate::ledger::{Ledger, Writer};
use crate::{looks, projection};

/// A look at a later window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationLook {
    /// The trial that looks; looking again with the same trial is not another look.
    pub trial_key: Digest,
    /// Symbols of the lineage.
    pub symbols: Vec<Symbol>,
    /// First and last session of the window.
    pub span: DateSpan,
    /// The champion it is compared with.
    pub baseline: Option<RunId>,
    /// The champion's trial: it was chosen before, so its own looks do not count against the candidate.
    pub baseline_key: Option<Digest>,
}

/// What a validation said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationJudgement {
    /// First and last session of the window.
    pub span: DateSpan,
    /// The champion it was compared with.
    pub baseline: Option<RunId>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Digest of `validation.json`.
    pub evidence: Digest,
}

/// A validation and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedValidation {
    /// When.
    pub at: Instant,
    /// What.
    #[serde(flatten)]
    pub judgement: ValidationJudgement,
}

impl Ledger {
    /// Records that a candidate is about to be scored on a later window, *before* it is, so that a crash cannot hide a
    /// look. Gives the number of trials that looked at these dates, this one included and the baseline's left out.
    /// Opening the same window again adds nothing.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCandidate`], or a database error.
    pub fn open_validation(
        &self,
        run: &RunId,
        look: &ValidationLook,
        at: Instant,
    ) -> Result<u64, LedgerError> {
        self.write("open a validation", |writer| {
            find_known(writer, run)?;
            if !known(writer, run, look)? {
                writer.append(EventKind::ValidationOpened, Some(run), look, at)?;
            }
            looks::count(writer, &look.symbols, look.span, look.baseline_key.as_ref())
        })
    }

    /// Records what a validation said; the same again adds nothing.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCandidate`], or a database error.
    pub fn judge_validation(
        &self,
        run: &RunId,
        judgement: &ValidationJudgement,
        at: Instant,
    ) -> Result<CandidateRecord, LedgerError> {
        self.write("record a validation", |writer| {
            let record = find_known(writer, run)?;
            if record.validations.iter().any(|past| past.judgement == *judgement) {
                return Ok(record);
            }
            writer.append(EventKind::ValidationJudged, Some(run), judgement, at)?;
            find_known(writer, run)
        })
    }
}

/// Whether this very look was opened before.
fn known(writer: &Writer<'_>, run: &RunId, look: &ValidationLook) -> Result<bool, LedgerError> {
    let kind = EventKind::ValidationOpened;
    let body = serde_json::to_string(look).map_err(|source| LedgerError::Body { kind, source })?;
    let sql = "SELECT EXISTS(SELECT 1 FROM events WHERE run_id = ?1 AND kind = ?2 AND body = ?3)";
    let values = [run.as_str(), kind.name(), body.as_str()];
    writer.transaction.query_row(sql, values, |row| row.get(0)).map_err(writer.error())
}

pub(crate) fn opened(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let look: ValidationLook = projection::body(event)?;
    find_known(writer, projection::run(event)?)?;
    looks::keep(writer, &look.trial_key, &look.symbols, look.span)
}

pub(crate) fn judged(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let judgement: ValidationJudgement = projection::body(event)?;
    let mut record = find_known(writer, projection::run(event)?)?;
    record.validations.push(RecordedValidation { at: event.at, judgement });
    store(writer, event, &record)
}
