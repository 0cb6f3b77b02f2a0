//! The two votes behind a mark.

use proofmark_units::{Digest, Instant};
use serde::{Deserialize, Serialize};

use super::Environment;
use crate::gates::{GATES, Gate as _, GateResult, HoldOut, verdicts_digest};
use crate::verdict::Verdict;

/// Vote 1: what the gates said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GateVote {
    /// Their combined verdict; a mark needs a pass.
    pub verdict: Verdict,
    /// Digest of all gate results, the hold-out's last.
    pub verdicts: Digest,
}

/// Vote 2: what a named person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonVote {
    /// The name, as asserted; the signature is the proof.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
}

/// Both votes, and who made the candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Votes {
    /// Who ran the pipeline.
    pub author: String,
    /// Vote 1.
    pub gates: GateVote,
    /// Vote 2.
    pub person: PersonVote,
}

/// The votes do not carry a mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// Vote 1 is not a pass.
    #[error("the gates say `{verdict}`; only a pass can be marked")]
    Gates {
        /// What they say together.
        verdict: Verdict,
    },
    /// A gate was not judged, or judged twice.
    #[error("gate `{gate}` has {results} results; each gate and the hold-out must have exactly one")]
    GateCount {
        /// The gate.
        gate: String,
        /// How many results it has.
        results: usize,
    },
    /// A name or reason is empty.
    #[error("the {what} is empty")]
    Empty {
        /// Which text.
        what: &'static str,
    },
    /// For live, author and approver are different people.
    #[error("`{actor}` made this candidate and cannot approve it for live")]
    SamePerson {
        /// The name.
        actor: String,
    },
}

impl Votes {
    /// The votes for an environment: every gate and the hold-out passed, a named person gave a reason, and for live
    /// the author is somebody else (compared without case and surrounding blanks).
    ///
    /// # Errors
    /// [`VoteError`] names the first thing missing.
    pub fn new(
        environment: Environment,
        author: &str,
        results: &[GateResult],
        person: PersonVote,
    ) -> Result<Self, VoteError> {
        for gate in GATES.iter().map(|gate| gate.name()).chain([HoldOut.name()]) {
            let count = results.iter().filter(|result| result.gate == gate).count();
            if count != 1 {
                return Err(VoteError::GateCount { gate: gate.to_owned(), results: count });
            }
        }
        let verdict = Verdict::combine(results.iter().map(|result| result.verdict));
        let gates = GateVote { verdict, verdicts: verdicts_digest(results) };
        let votes = Self { author: author.to_owned(), gates, person };
        votes.check(environment).map(|()| votes)
    }

    pub(super) fn check(&self, environment: Environment) -> Result<(), VoteError> {
        let actor = self.person.actor.trim();
        for (what, text) in [("author", self.author.trim()), ("name of the approver", actor)] {
            if text.is_empty() {
                return Err(VoteError::Empty { what });
            }
        }
        if self.person.reason.trim().is_empty() {
            return Err(VoteError::Empty { what: "reason of the approval" });
        }
        if self.gates.verdict != Verdict::Pass {
            return Err(VoteError::Gates { verdict: self.gates.verdict });
        }
        match same_person(&self.author, actor) && environment == Environment::Live {
            true => Err(VoteError::SamePerson { actor: actor.to_owned() }),
            false => Ok(()),
        }
    }
}

/// Whether two names mean one person: compared without case and surrounding blanks.
pub fn same_person(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}
