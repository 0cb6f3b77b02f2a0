//! Decisions about a candidate, each by a named person for a reason.

use proofmark_ledger::{
    CandidateRecord, Decision as Recorded, DecisionKind, HoldoutJudgement, HoldoutLook, LedgerError,
};
use proofmark_lifecycle::mark::{Environment, PersonVote, Predicate, Statement, Votes, sign};
use proofmark_lifecycle::{CandidateStatus, TransitionError, Verdict};
use proofmark_units::Digest;
use serde::Serialize;

use super::verify::{changed, present};
use super::{find, gate_results};
use crate::clock;
use crate::error::{AppError, Result};
use crate::forecast::{self, is_forecast_run};
use crate::journal;
use crate::keys;
use crate::run::{HoldoutResult, recorded};
use crate::workspace::{self, Workspace};

/// Who decides, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    name: String,
    reason: String,
}

impl Actor {
    /// A named person with a reason.
    ///
    /// # Errors
    /// Either is empty.
    pub fn new(name: &str, reason: &str) -> Result<Self> {
        let (name, reason) = (name.trim(), reason.trim());
        if name.is_empty() || reason.is_empty() {
            return Err(AppError::input("a decision needs a named person and a reason")
                .hint("--actor \"Your Name\" --reason \"why\""));
        }
        Ok(Self { name: name.to_owned(), reason: reason.to_owned() })
    }
}

/// What a decision led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The run.
    pub run_id: String,
    /// Its status now.
    pub status: String,
    /// Whether what was asked for came true; a hold-out that fails is an outcome with `false`.
    pub granted: bool,
    /// In a sentence.
    pub message: String,
}

fn refused(source: LedgerError) -> AppError {
    let hint = source.hint();
    let what = match &source {
        LedgerError::Transition { source, .. } => source.to_string(),
        other => other.to_string(),
    };
    AppError::input(format!("refused: {what}")).hint(hint)
}

fn transition(source: &TransitionError) -> AppError {
    AppError::input(format!("refused: {source}")).hint(source.hint())
}

/// Opens the sealed span once: the look is recorded before anything is read.
///
/// # Errors
/// The candidate is not ready for review, was looked at already, or its bytes changed.
pub fn holdout(workspace: &Workspace, run: &str, actor: &Actor) -> Result<Decision> {
    let found = find(workspace, Some(run))?;
    if let Some(judged) = found.holdout {
        return Err(transition(&TransitionError::HoldoutAlreadyOpened { verdict: judged.verdict }));
    }
    if found.state.status != CandidateStatus::ReadyForReview {
        return Err(transition(&TransitionError::NotReadyForReview { status: found.state.status }));
    }
    intact(workspace, &found)?;
    let record = recorded(workspace, &found.run_id)?;
    // What cannot be scored costs no look.
    let opening = match is_forecast_run(workspace, &found.run_id) {
        true => forecast::opening(workspace, &record)?,
        false => crate::run::opening(workspace, &record)?,
    };
    let ledger = journal::open(workspace)?;
    let look = HoldoutLook {
        trial_key: opening.trial_key,
        symbols: opening.symbols,
        span: opening.span,
        actor: actor.name.clone(),
        reason: actor.reason.clone(),
    };
    let looks = ledger.open_holdout(&found.run_id, &look, clock::now()).map_err(refused)?;
    let result = (opening.score)(looks)?;
    let path = workspace.audit(run).join("holdout.json");
    let bytes = crate::json::bytes(&result);
    workspace::write(&path, &bytes)?;
    let judgement = HoldoutJudgement { verdict: result.gate.verdict, evidence: Digest::of(&bytes) };
    let now = ledger.judge_holdout(&found.run_id, &judgement, clock::now()).map_err(refused)?;
    Ok(Decision {
        run_id: found.run_id.to_string(),
        status: now.state.status.name().to_owned(),
        granted: result.gate.verdict == Verdict::Pass,
        message: format!("{} Look number {looks} at this span.", result.gate.reason),
    })
}

/// Approves for paper trading: both votes, the hold-out, unchanged bytes, a key; then the mark.
///
/// # Errors
/// Any of them is missing.
pub fn approve(workspace: &Workspace, run: &str, actor: &Actor) -> Result<Decision> {
    let found = find(workspace, Some(run))?;
    let action = proofmark_lifecycle::Action::Approve { changed: Vec::new() };
    proofmark_lifecycle::candidate::apply(found.state, &action).map_err(|e| transition(&e))?;
    let differing = changed(workspace, &found)?;
    if !differing.is_empty() {
        return Err(transition(&TransitionError::BytesChanged { paths: differing }));
    }
    let key = keys::load(workspace)?;
    let record = recorded(workspace, &found.run_id)?;
    let (manifest, manifest_bytes) = present(workspace, &found)?;
    let mut gates = gate_results(workspace, run)?;
    let holdout: HoldoutResult =
        serde_json::from_slice(&workspace::read(&workspace.audit(run).join("holdout.json"))?)
            .map_err(|e| AppError::environment("`holdout.json` is damaged").because(e))?;
    gates.push(holdout.gate);
    let now = clock::now();
    let person = PersonVote { actor: actor.name.clone(), reason: actor.reason.clone(), at: now };
    let votes = Votes::new(Environment::Paper, &found.candidate.author, &gates, person)
        .map_err(|e| AppError::input("the votes do not carry a mark").because(e))?;
    let mut covered = manifest.artifacts.clone();
    let holdout_path = workspace.audit(run).join("holdout.json");
    covered.push(super::verify::artifact(workspace, &holdout_path)?);
    let predicate = Predicate {
        run_id: found.run_id.clone(),
        environment: Environment::Paper,
        snapshot: manifest.snapshot,
        pipeline: manifest.pipeline,
        policy: manifest.policy,
        evidence: manifest.evidence,
        manifest: Digest::of(&manifest_bytes),
        votes,
        binary_version: record.code_version,
    };
    let statement =
        Statement::new(&covered, predicate).map_err(|e| AppError::bug("the mark's statement").because(e))?;
    let bytes = crate::json::bytes(&sign(&statement, key.signing_key()));
    workspace::write(&workspace.audit(run).join("mark.json"), &bytes)?;
    let decision = Recorded {
        decision: DecisionKind::Approve,
        actor: actor.name.clone(),
        reason: actor.reason.clone(),
        environment: Some(Environment::Paper),
        mark: Some(Digest::of(&bytes)),
        key_id: Some(key.id()),
    };
    let ledger = journal::open(workspace)?;
    let after = ledger.vote(&found.run_id, &decision, &[], now).map_err(refused)?;
    Ok(outcome(
        &after,
        format!("Approved for paper by {}; the mark is in release/audit_{run}/mark.json.", actor.name),
    ))
}

/// Rejects a candidate.
///
/// # Errors
/// Its status does not allow it.
pub fn reject(workspace: &Workspace, run: &str, actor: &Actor) -> Result<Decision> {
    plain(workspace, run, actor, DecisionKind::Reject, "Rejected")
}

/// Takes back a rejection.
///
/// # Errors
/// Its status does not allow it.
pub fn reset(workspace: &Workspace, run: &str, actor: &Actor) -> Result<Decision> {
    plain(workspace, run, actor, DecisionKind::Reset, "Reset")
}

/// Takes back an approval.
///
/// # Errors
/// Its status does not allow it.
pub fn revoke(workspace: &Workspace, run: &str, actor: &Actor) -> Result<Decision> {
    plain(workspace, run, actor, DecisionKind::Revoke, "Revoked")
}

fn plain(
    workspace: &Workspace,
    run: &str,
    actor: &Actor,
    kind: DecisionKind,
    word: &str,
) -> Result<Decision> {
    let found = find(workspace, Some(run))?;
    let decision = Recorded {
        decision: kind,
        actor: actor.name.clone(),
        reason: actor.reason.clone(),
        environment: None,
        mark: None,
        key_id: None,
    };
    let ledger = journal::open(workspace)?;
    let after = ledger.vote(&found.run_id, &decision, &[], clock::now()).map_err(refused)?;
    Ok(outcome(&after, format!("{word} by {}.", actor.name)))
}

fn outcome(record: &CandidateRecord, message: String) -> Decision {
    Decision {
        run_id: record.run_id.to_string(),
        status: record.state.status.name().to_owned(),
        granted: true,
        message,
    }
}

fn intact(workspace: &Workspace, found: &CandidateRecord) -> Result<()> {
    let differing = changed(workspace, found)?;
    match differing.is_empty() {
        true => Ok(()),
        false => Err(transition(&TransitionError::BytesChanged { paths: differing })),
    }
}
