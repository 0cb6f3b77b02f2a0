//! Reviewing, deciding and verifying candidates.

mod bundle;
mod decide;
pub(crate) mod frozen;
mod verify;

pub use bundle::{Bundle, export, verify_bundle};
pub use decide::{Actor, Decision, approve, holdout, reject, reset, revoke};
pub use frozen::{Report as ValidationReport, Request as ValidationRequest, Validated, Window, validate};
pub use verify::{Verification, verify};
pub(crate) use verify::{changed, unchanged};

use std::path::PathBuf;

use proofmark_ledger::{CandidateRecord, DecisionKind};
use proofmark_lifecycle::{CandidateStatus, ChosenPolicy, GateResult};
use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};
use crate::journal;
use crate::runs::pick;
use crate::workspace::{self, Workspace};

/// One candidate in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedCandidate {
    /// The run.
    pub run_id: String,
    /// Its status.
    pub status: String,
    /// The hold-out's verdict, once it was opened.
    pub holdout: Option<String>,
    /// Who decided last.
    pub decided_by: Option<String>,
    /// When it was recorded.
    pub recorded: Instant,
}

/// One candidate in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownCandidate {
    /// The run.
    pub run_id: String,
    /// Its status.
    pub status: String,
    /// Every gate of the default policy.
    pub gates: Vec<GateResult>,
    /// The named policy that the pipeline chose beside it.
    pub policies: Vec<ChosenPolicy>,
    /// What happened to it.
    pub history: Vec<HistoryLine>,
}

/// One event of a candidate's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// What, who and why.
    pub what: String,
}

/// A briefing in its three forms.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownBriefing {
    /// The JSON object.
    pub json: serde_json::Value,
    /// Markdown, headed by the run and its status now.
    pub markdown: String,
    /// The HTML file.
    pub html: PathBuf,
}

/// All candidates, newest first, of one status if named.
///
/// # Errors
/// The ledger cannot be read, or the status is unknown.
pub fn list(workspace: &Workspace, status: Option<&str>) -> Result<Vec<ListedCandidate>> {
    let wanted: Option<CandidateStatus> = match status {
        None => None,
        Some(text) => Some(serde_json::from_value(text.into()).map_err(|_| {
            AppError::input(format!("there is no status `{text}`"))
                .hint("ready-for-review, refused, inconclusive, failed, approved, rejected, revoked")
        })?),
    };
    let ledger = journal::open(workspace)?;
    let known = ledger.candidates().map_err(journal::failed("read the candidates"))?;
    let listed =
        known.into_iter().filter(|c| wanted.is_none_or(|w| c.state.status == w)).map(|c| ListedCandidate {
            run_id: c.run_id.to_string(),
            status: c.state.status.name().to_owned(),
            holdout: c.holdout.map(|h| h.verdict.to_string()),
            decided_by: c.decisions.last().map(|d| d.decision.actor.clone()),
            recorded: c.recorded,
        });
    Ok(listed.collect())
}

/// A candidate from the ledger.
pub(crate) fn find(workspace: &Workspace, run: Option<&str>) -> Result<CandidateRecord> {
    let id = pick(workspace, run)?;
    let ledger = journal::open(workspace)?;
    let known = ledger.candidates().map_err(journal::failed("read the candidates"))?;
    known.into_iter().find(|c| c.run_id == id).ok_or_else(|| {
        AppError::input(format!("there is no candidate `{id}`"))
            .hint("`proofmark candidates list` names them")
    })
}

/// What a run's report says about its gates.
#[derive(Default, Deserialize)]
struct GateReport {
    gates: Vec<GateResult>,
    #[serde(default)]
    chosen_policies: Vec<ChosenPolicy>,
}

/// The gate results of a run, from its report.
pub(crate) fn gate_results(workspace: &Workspace, run: &str) -> Result<Vec<GateResult>> {
    gate_report(workspace, run).map(|report| report.gates)
}

fn gate_report(workspace: &Workspace, run: &str) -> Result<GateReport> {
    let bytes = workspace::read(&workspace.audit(run).join("gate_report.json"))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| AppError::environment("`gate_report.json` is damaged").because(e))
}

/// One candidate with every verdict and its history.
///
/// # Errors
/// There is no such candidate.
pub fn show(workspace: &Workspace, run: Option<&str>) -> Result<ShownCandidate> {
    let found = find(workspace, run)?;
    let mut history = vec![HistoryLine {
        at: found.recorded,
        what: format!("recorded as {}", found.candidate.status.name()),
    }];
    if let Some((at, look)) = &found.look {
        let verdict = found.holdout.map_or_else(|| "not judged yet".to_owned(), |h| h.verdict.to_string());
        history.push(HistoryLine {
            at: *at,
            what: format!("hold-out opened by {}: {} ({verdict})", look.actor, look.reason),
        });
    }
    for validation in &found.validations {
        let said = &validation.judgement;
        let against = said.baseline.as_ref().map_or(String::new(), |run| format!(" against {run}"));
        let what = format!("validated on {}{against}: {}", said.span, said.verdict);
        history.push(HistoryLine { at: validation.at, what });
    }
    for decided in &found.decisions {
        let what = match decided.decision.decision {
            DecisionKind::Approve => "approved",
            DecisionKind::Reject => "rejected",
            DecisionKind::Reset => "reset",
            DecisionKind::Revoke => "revoked",
        };
        history.push(HistoryLine {
            at: decided.at,
            what: format!("{what} by {}: {}", decided.decision.actor, decided.decision.reason),
        });
    }
    history.sort_by_key(|line| line.at);
    let report = gate_report(workspace, found.run_id.as_str()).unwrap_or_default();
    Ok(ShownCandidate {
        run_id: found.run_id.to_string(),
        status: found.state.status.name().to_owned(),
        gates: report.gates,
        policies: report.chosen_policies,
        history,
    })
}

/// The promotion briefing of a run.
///
/// # Errors
/// There is none.
pub fn briefing(workspace: &Workspace, run: Option<&str>) -> Result<ShownBriefing> {
    let found = find(workspace, run)?;
    let run = found.run_id.as_str();
    let audit = workspace.audit(run);
    let json = workspace::read(&audit.join("promotion_briefing.json"))?;
    let json = serde_json::from_slice(&json)
        .map_err(|e| AppError::environment("`promotion_briefing.json` is damaged").because(e))?;
    let text = String::from_utf8_lossy(&workspace::read(&audit.join("promotion_briefing.md"))?).into_owned();
    let markdown = format!("<!-- {run}, now {} -->\n{text}", found.state.status.name());
    Ok(ShownBriefing { json, markdown, html: audit.join("reports").join("promotion_briefing.html") })
}
