//! Candidates: what the gates said, looks at the hold-out, and what people decided.

use proofmark_lifecycle::candidate::{Action, Candidate, CandidateStatus, apply};
use proofmark_lifecycle::mark::{Environment, same_person};
use proofmark_lifecycle::run::GateVerdict;
use proofmark_lifecycle::{RunId, Verdict};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::event::{Event, EventKind, Namespace};
use crate::ledger::{Ledger, Writer};
use crate::validations::RecordedValidation;
use crate::{looks, projection};

/// A run's candidate, as its gates left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCandidate {
    /// What the gates say together.
    pub status: CandidateStatus,
    /// A rehearsal; must agree with the ledger's namespace.
    pub dry_run: bool,
    /// The bars were simulated.
    pub synthetic: bool,
    /// Who ran the pipeline.
    pub author: String,
    /// What each gate said.
    pub verdicts: Vec<GateVerdict>,
    /// All evidence records.
    pub evidence: Option<Digest>,
    /// The manifest's bytes.
    pub manifest: Option<Digest>,
    /// Folder of the models, relative to the workspace.
    pub model_dir: Option<String>,
    /// Folder of the audit bundle, relative to the workspace.
    pub audit_dir: Option<String>,
}

/// A look at a sealed hold-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldoutLook {
    /// The trial that looks; looking again with the same trial is not another look.
    pub trial_key: Digest,
    /// Symbols of the lineage.
    pub symbols: Vec<Symbol>,
    /// The sealed span.
    pub span: DateSpan,
    /// Who looks.
    pub actor: String,
    /// Why.
    pub reason: String,
}

/// What the hold-out said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldoutJudgement {
    /// Its verdict.
    pub verdict: Verdict,
    /// Digest of its evidence.
    pub evidence: Digest,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the decisions")]
pub enum DecisionKind {
    Approve,
    Reject,
    Reset,
    Revoke,
}

/// A decision of a named person. The name is asserted; the key is the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    pub decision: DecisionKind,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Where the model may run; approvals only.
    pub environment: Option<Environment>,
    /// Digest of the signed mark; approvals only.
    pub mark: Option<Digest>,
    /// The key that signed; approvals only.
    pub key_id: Option<Digest>,
}

/// A decision and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedDecision {
    /// When.
    pub at: Instant,
    /// What.
    #[serde(flatten)]
    pub decision: Decision,
}

/// A candidate as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRecord {
    /// The run.
    pub run_id: RunId,
    /// When it was recorded.
    pub recorded: Instant,
    /// Where it stands.
    pub state: Candidate,
    /// What it is.
    pub candidate: NewCandidate,
    /// When its hold-out was opened, and by whom.
    pub look: Option<(Instant, HoldoutLook)>,
    /// What the hold-out said.
    pub holdout: Option<HoldoutJudgement>,
    /// Its validations on later data, in order.
    #[serde(default)]
    pub validations: Vec<RecordedValidation>,
    /// What people decided, in order.
    pub decisions: Vec<RecordedDecision>,
}

impl Ledger {
    /// Records a run's candidate. Recording the same content again adds nothing; a candidate that stood as `failed` may
    /// be replaced by its resumed run.
    ///
    /// # Errors
    /// [`LedgerError::CandidateExists`] with other content, [`LedgerError::WrongNamespace`], or a database error.
    pub fn record_candidate(
        &self,
        run: &RunId,
        candidate: &NewCandidate,
        at: Instant,
    ) -> Result<CandidateRecord, LedgerError> {
        self.write("record a candidate", |writer| {
            match find(writer, run)? {
                Some(known) if known.candidate == *candidate => return Ok(known),
                _ => writer.append(EventKind::CandidateRecorded, Some(run), candidate, at)?,
            };
            find_known(writer, run)
        })
    }

    /// Every candidate, the newest first.
    ///
    /// # Errors
    /// A database error.
    pub fn candidates(&self) -> Result<Vec<CandidateRecord>, LedgerError> {
        let error = self.error("read the candidates");
        let connection = self.lock();
        let sql = "SELECT record FROM candidates ORDER BY seq DESC";
        let mut statement = connection.prepare_cached(sql).map_err(&error)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).map_err(&error)?;
        rows.map(|row| read(&row.map_err(&error)?)).collect()
    }

    /// One candidate.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCandidate`], or a database error.
    pub fn candidate(&self, run: &RunId) -> Result<CandidateRecord, LedgerError> {
        let sql = "SELECT record FROM candidates WHERE run_id = ?1";
        let connection = self.lock();
        let found: Option<String> = connection
            .query_row(sql, [run.as_str()], |row| row.get(0))
            .optional()
            .map_err(self.error("read a candidate"))?;
        read(&found.ok_or_else(|| unknown(run))?)
    }

    /// Records that a candidate's hold-out is about to be looked at, *before* it is scored, so that a crash cannot
    /// hide a look. Gives the number of looks at this lineage's sealed dates, this one included. Opening again after a
    /// crash adds nothing.
    ///
    /// # Errors
    /// [`LedgerError::Transition`] when the candidate is not ready for review or its hold-out was judged, and others.
    pub fn open_holdout(&self, run: &RunId, look: &HoldoutLook, at: Instant) -> Result<u64, LedgerError> {
        self.write("open the hold-out", |writer| {
            let known = find_known(writer, run)?;
            if known.look.is_none() || known.holdout.is_some() {
                writer.append(EventKind::HoldoutOpened, Some(run), look, at)?;
            }
            looks::count(writer, &look.symbols, look.span, None)
        })
    }

    /// Records what an opened hold-out said.
    ///
    /// # Errors
    /// [`LedgerError::Incomplete`] when it was not opened, [`LedgerError::Transition`] when it was judged before.
    pub fn judge_holdout(
        &self,
        run: &RunId,
        judgement: &HoldoutJudgement,
        at: Instant,
    ) -> Result<CandidateRecord, LedgerError> {
        self.write("record the hold-out's verdict", |writer| {
            writer.append(EventKind::HoldoutJudged, Some(run), judgement, at)?;
            find_known(writer, run)
        })
    }

    /// Records a person's decision. For an approval, `changed` lists the artefacts whose bytes differ from the
    /// manifest, as the caller found them just now; it must be empty.
    ///
    /// # Errors
    /// Unknown candidate, nobody or no reason named, an approval without a mark, or what the state machine refuses.
    pub fn vote(
        &self,
        run: &RunId,
        decision: &Decision,
        changed: &[String],
        at: Instant,
    ) -> Result<CandidateRecord, LedgerError> {
        self.write("record a decision", |writer| {
            let known = find_known(writer, run)?;
            let action = match action(decision.decision) {
                Action::Approve { .. } => Action::Approve { changed: changed.to_vec() },
                other => other,
            };
            transition(&known, &action)?;
            writer.append(EventKind::CandidateDecided, Some(run), decision, at)?;
            find_known(writer, run)
        })
    }
}

fn unknown(run: &RunId) -> LedgerError {
    LedgerError::UnknownCandidate { run: run.as_str().to_owned() }
}

fn read(record: &str) -> Result<CandidateRecord, LedgerError> {
    serde_json::from_str(record)
        .map_err(|source| LedgerError::Body { kind: EventKind::CandidateRecorded, source })
}

fn find(writer: &Writer<'_>, run: &RunId) -> Result<Option<CandidateRecord>, LedgerError> {
    let sql = "SELECT record FROM candidates WHERE run_id = ?1";
    let found: Option<String> = writer
        .transaction
        .query_row(sql, [run.as_str()], |row| row.get(0))
        .optional()
        .map_err(writer.error())?;
    found.as_deref().map(read).transpose()
}

pub(crate) fn find_known(writer: &Writer<'_>, run: &RunId) -> Result<CandidateRecord, LedgerError> {
    find(writer, run)?.ok_or_else(|| unknown(run))
}

pub(crate) fn store(writer: &Writer<'_>, event: &Event, record: &CandidateRecord) -> Result<(), LedgerError> {
    let text =
        serde_json::to_string(record).map_err(|source| LedgerError::Body { kind: event.kind, source })?;
    let sql = "INSERT INTO candidates(run_id, seq, record) VALUES(?1, ?2, ?3)
               ON CONFLICT(run_id) DO UPDATE SET record = excluded.record";
    let values = params![record.run_id.as_str(), event.seq.cast_signed(), text];
    writer.transaction.execute(sql, values).map(drop).map_err(writer.error())
}

fn transition(record: &CandidateRecord, action: &Action) -> Result<Candidate, LedgerError> {
    apply(record.state, action)
        .map_err(|source| LedgerError::Transition { run: record.run_id.as_str().to_owned(), source })
}

const fn action(decision: DecisionKind) -> Action {
    match decision {
        DecisionKind::Approve => Action::Approve { changed: Vec::new() },
        DecisionKind::Reject => Action::Reject,
        DecisionKind::Reset => Action::Reset,
        DecisionKind::Revoke => Action::Revoke,
    }
}

fn named(actor: &str, reason: &str) -> Result<(), LedgerError> {
    match (actor.trim().is_empty(), reason.trim().is_empty()) {
        (true, _) => Err(LedgerError::Incomplete { what: "named person" }),
        (_, true) => Err(LedgerError::Incomplete { what: "reason" }),
        _ => Ok(()),
    }
}

pub(crate) fn recorded(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let run_id = projection::run(event)?;
    let candidate: NewCandidate = projection::body(event)?;
    let namespace = writer.ledger.namespace();
    if candidate.dry_run != (namespace == Namespace::DryRun) {
        return Err(LedgerError::WrongNamespace { dry_run: candidate.dry_run, namespace });
    }
    use CandidateStatus::{Approved, Rejected, Revoked};
    let judged_only = !matches!(candidate.status, Approved | Rejected | Revoked);
    let replaceable = find(writer, run_id)?.is_none_or(|known| known.state.status == CandidateStatus::Failed);
    if !judged_only || !replaceable {
        return Err(LedgerError::CandidateExists { run: run_id.as_str().to_owned() });
    }
    let record = CandidateRecord {
        run_id: run_id.clone(),
        recorded: event.at,
        state: Candidate::new(candidate.status, candidate.dry_run),
        candidate,
        look: None,
        holdout: None,
        validations: Vec::new(),
        decisions: Vec::new(),
    };
    store(writer, event, &record)
}

pub(crate) fn holdout_opened(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let look: HoldoutLook = projection::body(event)?;
    named(&look.actor, &look.reason)?;
    let mut record = find_known(writer, projection::run(event)?)?;
    // The verdict is not known yet; that the action is allowed is checked with any.
    transition(&record, &Action::OpenHoldout { verdict: Verdict::CannotTell })?;
    looks::keep(writer, &look.trial_key, &look.symbols, look.span)?;
    record.look.get_or_insert((event.at, look)); // the first look stands
    store(writer, event, &record)
}

pub(crate) fn holdout_judged(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let judgement: HoldoutJudgement = projection::body(event)?;
    let mut record = find_known(writer, projection::run(event)?)?;
    if record.look.is_none() {
        return Err(LedgerError::Incomplete { what: "recorded look at the hold-out" });
    }
    record.state = transition(&record, &Action::OpenHoldout { verdict: judgement.verdict })?;
    record.holdout = Some(judgement);
    store(writer, event, &record)
}

pub(crate) fn decided(writer: &Writer<'_>, event: &Event) -> Result<(), LedgerError> {
    let decision: Decision = projection::body(event)?;
    named(&decision.actor, &decision.reason)?;
    let mut record = find_known(writer, projection::run(event)?)?;
    record.state = transition(&record, &action(decision.decision))?;
    let approves = decision.decision == DecisionKind::Approve;
    if approves && (decision.mark.is_none() || decision.key_id.is_none() || decision.environment.is_none()) {
        return Err(LedgerError::Incomplete { what: "signed mark (digest, key and environment)" });
    }
    let live = decision.environment == Some(Environment::Live);
    if approves && live && same_person(&decision.actor, &record.candidate.author) {
        return Err(LedgerError::SamePerson { actor: decision.actor });
    }
    record.decisions.push(RecordedDecision { at: event.at, decision });
    store(writer, event, &record)
}
