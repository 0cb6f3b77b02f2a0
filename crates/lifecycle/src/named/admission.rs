//! How many candidates go on: phases by trial count limit the number, never what one has to show.
//!
//! The source loosened and tightened its *thresholds* with the number of trials, so that noise passed early and the
//! verdict depended on when a trial was looked at. Here a phase carries a count and no threshold; the file format has no
//! key for one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::file::NamedPolicy;
use super::soundness::{NamedPolicyError, explained};
use super::verdict::NamedVerdict;
use crate::candidate::CandidateStatus;
use crate::evidence::EvidenceSet;
use crate::verdict::Verdict;

/// Evidence record with the number of trials.
const TRIALS: &str = "trials.n";

/// After which gate candidates are admitted, and how many in which phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionPolicy {
    /// The last gate a candidate must have passed; the gates before it count too.
    pub after: String,
    /// The phases, by rising number of trials.
    pub phases: Vec<AdmissionPhase>,
}

/// One phase: a count, and nothing that could soften a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionPhase {
    /// Its name.
    pub name: String,
    /// It ends below this many trials; missing on the last phase only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials_below: Option<u64>,
    /// Most candidates admitted at a time.
    pub admits: usize,
    /// Why this many.
    pub reason: String,
    /// Where the number comes from.
    pub source: String,
}

/// A candidate in the order the caller ranked it.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// What it is called; a name is admitted once.
    pub id: &'a str,
    /// The status its default gates earned.
    pub judged: CandidateStatus,
    /// What the named policy says about it.
    pub verdict: &'a NamedVerdict,
}

/// A candidate that does not go on, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The candidate.
    pub id: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// Who goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The phase's name.
    pub phase: String,
    /// Most that phase admits.
    pub admits: usize,
    /// The admitted, in rank order.
    pub admitted: Vec<String>,
    /// The others, in rank order.
    pub held_back: Vec<HeldBack>,
}

/// The phase cannot be told, so nobody is admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// The policy has no admission.
    #[error("policy `{policy}` admits nobody: it has no phases")]
    NoPhases {
        /// The policy.
        policy: String,
    },
    /// The number of trials is unknown; an unreadable ledger is not an empty one.
    #[error("failed to tell the phase: {why}")]
    TrialsUnknown {
        /// Why.
        why: String,
    },
}

impl AdmissionError {
    /// One thing to try.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoPhases { .. } => "use a policy with an `[admission]` table, such as `gated_pipeline`",
            Self::TrialsUnknown { .. } => "repair the trial ledger; until then nothing is admitted",
        }
    }
}

impl NamedPolicy {
    /// The phase at `trials`; `None` when the policy has no phases.
    pub fn phase_at(&self, trials: u64) -> Option<&AdmissionPhase> {
        let phases = &self.admission.as_ref()?.phases;
        phases.iter().find(|phase| phase.trials_below.is_none_or(|below| trials < below))
    }

    /// The phase that the recorded number of trials puts us in.
    ///
    /// # Errors
    /// [`AdmissionError`]; an unknown number of trials is never the first phase.
    pub fn phase(&self, evidence: &EvidenceSet) -> Result<&AdmissionPhase, AdmissionError> {
        let unknown = |why: &str| AdmissionError::TrialsUnknown { why: why.to_owned() };
        let record = evidence.get(TRIALS).ok_or_else(|| unknown("`trials.n` was not recorded"))?;
        let trials = record
            .value
            .ok_or_else(|| unknown(record.note.as_deref().unwrap_or("`trials.n` has no value")))?;
        if record.unit != "trials" {
            return Err(unknown("`trials.n` is not counted in trials"));
        }
        if trials < 0.0 || trials.fract() != 0.0 || trials > 1e12 {
            return Err(unknown("`trials.n` is not a number of trials"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number in 0 to 1e12"
        )]
        let trials = trials as u64;
        self.phase_at(trials).ok_or_else(|| AdmissionError::NoPhases { policy: self.name.clone() })
    }

    /// The first `phase.admits` candidates that passed, in the given order.
    ///
    /// Passed means: the default gates earned `ready-for-review` (or a person has since approved), this policy judged it,
    /// and every gate up to the admission's passed. The phase decides how many, so no phase admits one that did not pass.
    pub fn admit(&self, candidates: &[Ranked<'_>], phase: &AdmissionPhase) -> Admission {
        let mut seen = BTreeSet::new();
        let (mut admitted, mut held_back) = (Vec::new(), Vec::new());
        for candidate in candidates {
            let id = candidate.id.to_owned();
            let obstacle = match seen.insert(candidate.id) {
                false => Some("It is listed twice and counts once.".to_owned()),
                true => self.obstacle(candidate),
            };
            match obstacle {
                None if admitted.len() < phase.admits => admitted.push(id),
                None => {
                    let reason = format!(
                        "It passed, but phase `{}` admits {} at a time and better ones stand before it.",
                        phase.name, phase.admits
                    );
                    held_back.push(HeldBack { id, reason });
                }
                Some(reason) => held_back.push(HeldBack { id, reason }),
            }
        }
        Admission { phase: phase.name.clone(), admits: phase.admits, admitted, held_back }
    }

    /// What a candidate lacks for admission in any phase.
    fn obstacle(&self, candidate: &Ranked<'_>) -> Option<String> {
        let verdict = candidate.verdict;
        let Some(admission) = &self.admission else {
            return Some("The policy admits nobody: it has no phases.".to_owned());
        };
        if !matches!(candidate.judged, CandidateStatus::ReadyForReview | CandidateStatus::Approved) {
            return Some(format!("The default policy leaves it {}.", candidate.judged));
        }
        if verdict.policy_digest != self.digest() {
            return Some("It was judged by another policy.".to_owned());
        }
        for gate in self.gates() {
            match verdict.gate(gate).map(|gate| (gate.verdict, gate.applicable)) {
                Some((Verdict::Pass, _)) => {}
                Some((verdict, _)) => return Some(format!("Gate `{gate}`: {verdict}.")),
                None => return Some(format!("Gate `{gate}` was not judged.")),
            }
            if gate == admission.after {
                return None;
            }
        }
        Some(format!("Gate `{}` was not judged.", admission.after))
    }
}

pub(super) fn checked(admission: &AdmissionPolicy, gates: &[&str]) -> Result<(), NamedPolicyError> {
    let wrong = |what: String| Err(NamedPolicyError::Admission { what });
    if !gates.contains(&admission.after.as_str()) {
        return wrong(format!("stands after `{}`, which is no gate of the file", admission.after));
    }
    let Some((last, earlier)) = admission.phases.split_last() else {
        return wrong("has no phases".to_owned());
    };
    for phase in &admission.phases {
        let path = format!("admission.{}", phase.name);
        explained(&path, "name", &phase.name)?;
        explained(&path, "reason", &phase.reason)?;
        explained(&path, "source", &phase.source)?;
        if phase.admits == 0 {
            return wrong(format!("phase `{}` admits nobody, ever", phase.name));
        }
    }
    if last.trials_below.is_some() {
        return wrong(format!("ends: nothing is said from the end of `{}` on", last.name));
    }
    let mut ends = Vec::new();
    for phase in earlier {
        match phase.trials_below {
            Some(below) => ends.push(below),
            None => return wrong(format!("phase `{}` has no end, but another follows", phase.name)),
        }
    }
    match ends.first().is_none_or(|first| *first > 0) && ends.windows(2).all(|pair| pair[0] < pair[1]) {
        true => Ok(()),
        false => wrong("has phases that no number of trials reaches".to_owned()),
    }
}
