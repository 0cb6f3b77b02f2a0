//! What a named policy says about a candidate, and the one thing that may do to its status.

use std::fmt;

use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use super::file::NamedPolicy;
use super::grade::{Grade, grade};
use crate::candidate::{CandidateStatus, decide};
use crate::evidence::EvidenceSet;
use crate::gates::{Check, GateResult};
use crate::run::Phase;
use crate::verdict::Verdict;

/// What a named policy advises; written in capitals. It is advice beside the default policy's verdict, not a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Recommendation {
    /// A critical rule failed.
    Reject,
    /// No critical rule failed, but something did, or something is unknown.
    Review,
    /// Every rule that applies passed.
    Promote,
}

impl fmt::Display for Recommendation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reject => "REJECT",
            Self::Review => "REVIEW",
            Self::Promote => "PROMOTE",
        })
    }
}

/// The outcome of one named rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedCheck {
    /// The rule's id.
    pub rule: String,
    /// The gate it belongs to.
    pub gate: String,
    /// A failure refuses.
    pub critical: bool,
    /// Counts towards the grade.
    pub graded: bool,
    /// Whether the rule applied; one that did not is neither passed nor counted.
    pub applicable: bool,
    /// The comparison.
    pub check: Check,
}

/// All rules of one gate together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedGate {
    /// Its name.
    pub gate: String,
    /// Any fail fails; otherwise any unknown is cannot-tell.
    pub verdict: Verdict,
    /// Whether one of its rules is critical.
    pub critical: bool,
    /// Whether any of its rules applied; one without is not counted.
    pub applicable: bool,
}

/// What a named policy says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedVerdict {
    /// The policy's name.
    pub policy: String,
    /// The policy's digest.
    pub policy_digest: Digest,
    /// The advice.
    pub recommendation: Recommendation,
    /// The gates, in the order of the file.
    pub gates: Vec<NamedGate>,
    /// Gates that pass.
    pub gates_passed: usize,
    /// Gates that apply.
    pub gates_total: usize,
    /// Every rule, in the order of the file.
    pub checks: Vec<NamedCheck>,
    /// The label, where the policy gives one and nothing graded is unknown.
    pub grade: Option<Grade>,
    /// Why, in plain sentences.
    pub reason: String,
    /// What would have to change for `PROMOTE`; `None` when it is.
    pub what_would_change: Option<String>,
    /// Evidence the rules name that nobody recorded.
    pub without_evidence: Vec<String>,
}

impl NamedPolicy {
    /// Judges the evidence; every rule is reported, not only the first that fails.
    pub fn judge(&self, evidence: &EvidenceSet) -> NamedVerdict {
        let checks: Vec<NamedCheck> = self
            .rules
            .iter()
            .map(|rule| {
                let (check, applicable) = rule.judge(evidence);
                let (gate, critical, graded) = (rule.gate.clone(), rule.critical, rule.graded);
                NamedCheck { rule: rule.id.clone(), gate, critical, graded, applicable, check }
            })
            .collect();
        let gates: Vec<NamedGate> = self.gates().into_iter().map(|gate| gathered(gate, &checks)).collect();
        let counted = || gates.iter().filter(|gate| gate.applicable);
        let (gates_passed, gates_total) =
            (counted().filter(|gate| gate.verdict == Verdict::Pass).count(), counted().count());
        let refused = checks.iter().any(|check| check.critical && check.check.verdict == Verdict::Fail);
        let recommendation = match () {
            () if refused => Recommendation::Reject,
            () if gates_total > 0 && gates_passed == gates_total => Recommendation::Promote,
            () => Recommendation::Review, // also when nothing applied: an empty list proves nothing
        };
        let mut without_evidence: Vec<String> = self
            .rules
            .iter()
            .flat_map(|rule| std::iter::once(&rule.evidence).chain(rule.minus.as_ref()))
            .filter(|name| evidence.get(name).is_none())
            .cloned()
            .collect();
        without_evidence.sort_unstable();
        without_evidence.dedup();
        let changes: Vec<&str> = deciding(&checks)
            .into_iter()
            .filter_map(|check| check.check.what_would_change.as_deref())
            .collect();
        NamedVerdict {
            policy: self.name.clone(),
            policy_digest: self.digest(),
            recommendation,
            reason: reason(&self.name, recommendation, &checks, gates_passed, gates_total),
            what_would_change: (recommendation != Recommendation::Promote).then(|| changes.join(" ")),
            grade: grade(&self.grades, &checks),
            gates,
            gates_passed,
            gates_total,
            checks,
            without_evidence,
        }
    }
}

fn gathered(gate: &str, checks: &[NamedCheck]) -> NamedGate {
    let rules = || checks.iter().filter(|check| check.gate == gate);
    let applied = || rules().filter(|check| check.applicable);
    NamedGate {
        gate: gate.to_owned(),
        verdict: match applied().next() {
            Some(_) => Verdict::combine(applied().map(|check| check.check.verdict)),
            None => Verdict::Pass,
        },
        critical: rules().any(|check| check.critical),
        applicable: applied().next().is_some(),
    }
}

/// Rules that stand in the way: critical failures first, then failures, critical unknowns, the rest.
fn deciding(checks: &[NamedCheck]) -> Vec<&NamedCheck> {
    let mut deciding: Vec<&NamedCheck> =
        checks.iter().filter(|check| check.check.verdict != Verdict::Pass).collect();
    deciding.sort_by_key(|check| (check.check.verdict != Verdict::Fail, !check.critical)); // stable
    deciding
}

fn reason(
    policy: &str,
    recommendation: Recommendation,
    checks: &[NamedCheck],
    passed: usize,
    total: usize,
) -> String {
    let mut sentences = vec![format!("{recommendation} by `{policy}`: {passed} of {total} gates pass.")];
    for check in deciding(checks) {
        let weight = match (check.critical, check.check.verdict) {
            (true, Verdict::Fail) => "Critical: ",
            (true, _) => "Critical and unknown: ",
            (false, _) => "",
        };
        sentences.push(format!("{weight}{}", check.check.reason));
    }
    sentences.extend(checks.iter().filter(|check| !check.applicable).map(|check| check.check.reason.clone()));
    sentences.join(" ")
}

/// A named policy that a pipeline chose, and what it says: what reports print beside the default gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenPolicy {
    /// The policy's name.
    pub policy: String,
    /// The policy's digest.
    pub policy_digest: Digest,
    /// The advice.
    pub recommendation: Recommendation,
    /// Gates that failed.
    pub failed: Vec<String>,
    /// Gates that cannot tell.
    pub unknown: Vec<String>,
    /// Why, in plain sentences.
    pub reason: String,
    /// What would have to change for `PROMOTE`; `None` when it is.
    pub what_would_change: Option<String>,
}

impl fmt::Display for ChosenPolicy {
    /// The advice with the gates behind it, for example `REJECT: failed max_drawdown; cannot tell paper`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |what: &str, gates: &[String]| {
            (!gates.is_empty()).then(|| format!("{what} {}", gates.join(", ")))
        };
        let parts = [part("failed", &self.failed), part("cannot tell", &self.unknown)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => write!(f, "{}", self.recommendation),
            false => write!(f, "{}: {}", self.recommendation, parts.join("; ")),
        }
    }
}

impl ChosenPolicy {
    /// The advice with the gates behind it.
    pub fn new(verdict: &NamedVerdict) -> Self {
        let gates = |want: Verdict| {
            let all = verdict.gates.iter().filter(|gate| gate.applicable && gate.verdict == want);
            all.map(|gate| gate.gate.clone()).collect()
        };
        Self {
            policy: verdict.policy.clone(),
            policy_digest: verdict.policy_digest,
            recommendation: verdict.recommendation,
            failed: gates(Verdict::Fail),
            unknown: gates(Verdict::CannotTell),
            reason: verdict.reason.clone(),
            what_would_change: verdict.what_would_change.clone(),
        }
    }
}

impl NamedVerdict {
    /// The worse of `judged`, which the default policy earned, and what this verdict leaves of it.
    ///
    /// | default \ named | PROMOTE | REVIEW | REVIEW, a critical rule unknown | REJECT |
    /// |---|---|---|---|---|
    /// | ready-for-review | same | same: a person decides, with the reason before them | inconclusive | refused |
    /// | inconclusive | same | same | same | refused |
    /// | anything else | same | same | same | same |
    ///
    /// Nothing here is better than `judged`: a named policy can refuse or send to review, it cannot approve. What a
    /// person decided (approved, rejected, revoked) is left alone.
    pub fn cap(&self, judged: CandidateStatus) -> CandidateStatus {
        use CandidateStatus::{Inconclusive, ReadyForReview, Refused};
        let unknown = self
            .checks
            .iter()
            .any(|check| check.critical && check.applicable && check.check.verdict == Verdict::CannotTell);
        match (judged, self.recommendation) {
            (ReadyForReview | Inconclusive, Recommendation::Reject) => Refused,
            (ReadyForReview, _) if unknown => Inconclusive,
            (judged, _) => judged,
        }
    }

    /// Share of the counted gates that pass, a fraction; `None` when none is counted.
    pub fn confidence(&self) -> Option<f64> {
        (self.gates_total > 0).then(|| self.gates_passed as f64 / self.gates_total as f64)
    }

    /// The gate of this name.
    pub fn gate(&self, name: &str) -> Option<&NamedGate> {
        self.gates.iter().find(|gate| gate.gate == name)
    }

    /// The check of this rule.
    pub fn check(&self, rule: &str) -> Option<&NamedCheck> {
        self.checks.iter().find(|check| check.rule == rule)
    }
}

/// The status a run earns: [`decide`] on the default gates, then every named verdict may lower it.
pub fn decide_with(gates: &[GateResult], failed: Option<Phase>, named: &[NamedVerdict]) -> CandidateStatus {
    named.iter().fold(decide(gates, failed), |status, verdict| verdict.cap(status))
}
