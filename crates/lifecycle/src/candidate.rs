//! What may happen to a candidate, and what may not.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::gates::{GATES, GateResult};
use crate::run::Phase;
use crate::verdict::Verdict;

/// Where a candidate stands; written in kebab case, for example `ready-for-review`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateStatus {
    /// Every gate passed; a person may decide.
    ReadyForReview,
    /// A gate failed.
    Refused,
    /// A gate cannot tell and none failed.
    Inconclusive,
    /// A phase did not finish.
    Failed,
    /// A named person approved it.
    Approved,
    /// A named person rejected it.
    Rejected,
    /// It was approved, and the approval was taken back.
    Revoked,
}

impl CandidateStatus {
    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadyForReview => "ready-for-review",
            Self::Refused => "refused",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for CandidateStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The status a run earns: the failed phase first, then the combination of its gates.
///
/// A gate of [`GATES`] without a result counts as cannot-tell, so leaving one out never helps.
pub fn decide(gates: &[GateResult], failed: Option<Phase>) -> CandidateStatus {
    if failed.is_some() {
        return CandidateStatus::Failed;
    }
    let missing = GATES.iter().any(|gate| !gates.iter().any(|result| result.gate == gate.name()));
    let verdicts = gates.iter().map(|result| result.verdict);
    match Verdict::combine(verdicts.chain(missing.then_some(Verdict::CannotTell))) {
        Verdict::Pass => CandidateStatus::ReadyForReview,
        Verdict::Fail => CandidateStatus::Refused,
        Verdict::CannotTell => CandidateStatus::Inconclusive,
    }
}

/// What the life of a candidate depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Candidate {
    /// Where it stands.
    pub status: CandidateStatus,
    /// What gates and hold-out say; a rejection can be reset to this.
    pub judged: CandidateStatus,
    /// A rehearsal: never approvable.
    pub dry_run: bool,
    /// The hold-out's verdict, once opened.
    pub holdout: Option<Verdict>,
}

impl Candidate {
    /// A candidate fresh from its gates.
    pub const fn new(judged: CandidateStatus, dry_run: bool) -> Self {
        Self { status: judged, judged, dry_run, holdout: None }
    }
}

/// Something a named person does to a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Open the sealed hold-out; carries what [`crate::judge_holdout`] said.
    OpenHoldout {
        /// The hold-out's verdict.
        verdict: Verdict,
    },
    /// Approve; carries the paths whose bytes differ from the manifest, empty when all match.
    Approve {
        /// Changed, missing or unreadable artefacts.
        changed: Vec<String>,
    },
    /// Reject.
    Reject,
    /// Take a rejection back.
    Reset,
    /// Take an approval back.
    Revoke,
}

/// An action was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// A rehearsal cannot be approved, and has no hold-out worth opening.
    #[error("this is a dry run; it can never be approved")]
    DryRun,
    /// Only a candidate that passed every gate can be approved or have its hold-out opened.
    #[error("the candidate is `{status}`, not `ready-for-review`")]
    NotReadyForReview {
        /// Where it stands.
        status: CandidateStatus,
    },
    /// The hold-out has not been opened.
    #[error("the hold-out has not been opened")]
    HoldoutUnopened,
    /// The hold-out said no, or could not tell.
    #[error("the hold-out's verdict is `{verdict}`")]
    HoldoutNotPassed {
        /// What it said.
        verdict: Verdict,
    },
    /// The hold-out can be opened once.
    #[error("the hold-out has already been opened; its verdict is `{verdict}`")]
    HoldoutAlreadyOpened {
        /// What it said.
        verdict: Verdict,
    },
    /// Bytes changed since they were judged.
    #[error("{} artefact(s) differ from the manifest, the first is `{}`", paths.len(), paths[0])]
    BytesChanged {
        /// The paths, at least one.
        paths: Vec<String>,
    },
    /// The action does not exist from here.
    #[error("a candidate that is `{status}` cannot be {action}")]
    NotFromHere {
        /// Where it stands.
        status: CandidateStatus,
        /// What was asked, as a participle.
        action: &'static str,
    },
}

impl TransitionError {
    /// One thing to try.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::DryRun => "run the pipeline without `--dry-run`",
            Self::NotReadyForReview { .. } => {
                "read the briefing: it says which gate stands in the way and what would change it"
            }
            Self::HoldoutUnopened => {
                "open it with `proofmark candidates holdout RUN --actor NAME --reason TEXT`"
            }
            Self::HoldoutNotPassed { .. } => {
                "the hold-out is a veto; train a new candidate when new data has arrived"
            }
            Self::HoldoutAlreadyOpened { .. } => "a sealed span is looked at once; its verdict stands",
            Self::BytesChanged { .. } => {
                "restore the files, or run the pipeline again: changed bytes are another candidate"
            }
            Self::NotFromHere { .. } => "`proofmark candidates show RUN` lists what was decided",
        }
    }
}

/// The candidate after an action.
///
/// # Errors
/// [`TransitionError`] names the first thing in the way; the candidate is unchanged.
pub fn apply(candidate: Candidate, action: &Action) -> Result<Candidate, TransitionError> {
    use CandidateStatus::{Approved, Inconclusive, ReadyForReview, Refused, Rejected, Revoked};
    let Candidate { status, judged, dry_run, holdout } = candidate;
    match action {
        Action::OpenHoldout { verdict } => {
            if dry_run {
                return Err(TransitionError::DryRun);
            }
            if let Some(verdict) = holdout {
                return Err(TransitionError::HoldoutAlreadyOpened { verdict });
            }
            if status != ReadyForReview {
                return Err(TransitionError::NotReadyForReview { status });
            }
            let judged = match verdict {
                Verdict::Pass => ReadyForReview,
                Verdict::Fail => Refused,
                Verdict::CannotTell => Inconclusive,
            };
            Ok(Candidate { status: judged, judged, dry_run, holdout: Some(*verdict) })
        }
        Action::Approve { changed } => {
            if dry_run {
                return Err(TransitionError::DryRun);
            }
            match (status, holdout) {
                (Refused | Inconclusive, Some(verdict)) if verdict != Verdict::Pass => {
                    return Err(TransitionError::HoldoutNotPassed { verdict });
                }
                (ReadyForReview, Some(Verdict::Pass)) => {}
                (ReadyForReview, Some(verdict)) => return Err(TransitionError::HoldoutNotPassed { verdict }),
                (ReadyForReview, None) => return Err(TransitionError::HoldoutUnopened),
                _ => return Err(TransitionError::NotReadyForReview { status }),
            }
            match changed.is_empty() {
                true => Ok(Candidate { status: Approved, ..candidate }),
                false => Err(TransitionError::BytesChanged { paths: changed.clone() }),
            }
        }
        Action::Reject => match status {
            ReadyForReview | Refused | Inconclusive => Ok(Candidate { status: Rejected, ..candidate }),
            _ => Err(TransitionError::NotFromHere { status, action: "rejected" }),
        },
        Action::Reset => match status {
            Rejected => Ok(Candidate { status: judged, ..candidate }),
            _ => Err(TransitionError::NotFromHere { status, action: "reset" }),
        },
        Action::Revoke => match status {
            Approved => Ok(Candidate { status: Revoked, ..candidate }),
            _ => Err(TransitionError::NotFromHere { status, action: "revoked" }),
        },
    }
}

#[cfg(test)]
mod tests;
