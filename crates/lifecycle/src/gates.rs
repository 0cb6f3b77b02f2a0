//! The gates: named rules over evidence, each in its own file, all in one list.
//!
//! To add a gate: write a file, add a line to [`GATES`], add its thresholds to the policy.

mod active_return;
mod bound;
pub(crate) mod check;
mod costs;
mod data;
mod deflated;
mod frozen;
mod hold_out;
mod leaks;
mod prediction;
mod risk;
mod score_skill;
mod selection;
mod snooping;

use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

pub use bound::Bound;
pub use check::{Check, Reported};
pub use frozen::Frozen;
pub use hold_out::HoldOut;

use crate::evidence::{EvidenceSet, Interval};
use crate::policy::{Policy, Waiver};
use crate::verdict::Verdict;

/// A named rule over evidence.
pub trait Gate: Sync {
    /// Stable name, used in policy files and in the ledger; never renamed.
    fn name(&self) -> &'static str;
    /// What an approver reads: the rule, its unit, where the formula comes from.
    fn doc(&self) -> &'static str;
    /// Judges; every check is reported, not only the first that fails.
    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult;
}

/// Every gate judged before the hold-out is opened, in the order reports print them.
pub const GATES: &[&dyn Gate] = &[
    &active_return::ActiveReturn,
    &deflated::Deflated,
    &score_skill::ScoreSkill,
    &snooping::Snooping,
    &selection::Selection,
    &costs::Costs,
    &risk::Risk,
    &leaks::Leaks,
    &data::Data,
];

/// Gates judged on data that no run has read: the sealed last span, and later windows.
pub const LATER_GATES: &[&dyn Gate] = &[&HoldOut, &Frozen];

/// What a gate says, with everything a reader needs to check it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate's name.
    pub gate: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Value of its primary check, in `unit`.
    pub value: Option<f64>,
    /// Unit of `value`.
    pub unit: String,
    /// Interval of `value`.
    pub interval: Option<Interval>,
    /// Observations behind `value`.
    pub n: u64,
    /// The rule with its thresholds.
    pub rule: String,
    /// Why the verdict is what it is, in plain language.
    pub reason: String,
    /// What would have to change for a pass; `None` when it passed.
    pub what_would_change: Option<String>,
    /// Every check of the gate, the primary one first.
    pub checks: Vec<Check>,
    /// Numbers printed beside the verdict that no rule reads.
    pub reported: Vec<Reported>,
}

impl GateResult {
    /// The gate's result from its checks (the primary one first) and the numbers reported beside them.
    fn from_checks(gate: &'static str, checks: Vec<Check>, reported: Vec<Reported>) -> Self {
        let verdict = Verdict::combine(checks.iter().map(|check| check.verdict));
        let primary = checks.first();
        let deciding = || checks.iter().filter(|check| check.verdict != Verdict::Pass);
        let reasons: Vec<&str> = match verdict {
            Verdict::Pass => checks
                .iter()
                .enumerate()
                .filter(|(i, check)| *i == 0 || check.waiver.is_some())
                .map(|(_, check)| check.reason.as_str())
                .collect(),
            _ => deciding().map(|check| check.reason.as_str()).collect(),
        };
        let all_hold = match (verdict, checks.len()) {
            (Verdict::Pass, 2..) => format!(" All {} checks of this gate hold.", checks.len()),
            _ => String::new(),
        };
        let changes: Vec<&str> = deciding().filter_map(|check| check.what_would_change.as_deref()).collect();
        let rules: Vec<&str> = checks.iter().map(|check| check.rule.as_str()).collect();
        Self {
            gate: gate.to_owned(),
            verdict,
            value: primary.and_then(|check| check.value),
            unit: primary.map_or_else(String::new, |check| check.unit.clone()),
            interval: primary.and_then(|check| check.interval.clone()),
            n: primary.map_or(0, |check| check.n),
            rule: rules.join("; "),
            reason: reasons.join(" ") + &all_hold,
            what_would_change: (verdict != Verdict::Pass).then(|| changes.join(" ")),
            checks,
            reported,
        }
    }

    /// The waivers this result leans on.
    pub fn waivers(&self) -> impl Iterator<Item = &Waiver> {
        self.checks.iter().filter_map(|check| check.waiver.as_ref())
    }
}

/// Judges every gate of [`GATES`], in order.
pub fn judge_all(evidence: &EvidenceSet, policy: &Policy) -> Vec<GateResult> {
    GATES.iter().map(|gate| gate.judge(evidence, policy)).collect()
}

/// Judges the opened hold-out: a veto, not a confirmation.
pub fn judge_holdout(evidence: &EvidenceSet, policy: &Policy) -> GateResult {
    HoldOut.judge(evidence, policy)
}

/// Judges a frozen candidate on a window later than its training.
pub fn judge_frozen(evidence: &EvidenceSet, policy: &Policy) -> GateResult {
    Frozen.judge(evidence, policy)
}

/// Digest of verdicts with everything they print, over their JSON text.
pub fn verdicts_digest(results: &[GateResult]) -> Digest {
    Digest::of(&serde_json::to_vec(results).expect("gate results always serialise"))
}

/// The canaries that the gate `leaks` requires, as a canary calls itself: `vintage`, not `canary.vintage`.
pub fn canaries() -> impl Iterator<Item = &'static str> {
    leaks::CANARIES.iter().filter_map(|name| name.strip_prefix("canary."))
}

/// Whether this build judges `name` (a gate of either list, or a canary), so that no policy can declare it not run.
pub(crate) fn is_implemented(name: &str) -> bool {
    GATES.iter().chain(LATER_GATES).any(|gate| gate.name() == name) || leaks::CANARIES.contains(&name)
}

#[cfg(test)]
pub(crate) mod tests;
