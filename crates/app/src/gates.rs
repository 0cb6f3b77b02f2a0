//! The gates of this build, explained with the thresholds of the shipped policy.

use proofmark_lifecycle::explain::{ExplainedRule, explain_named};
use proofmark_lifecycle::gates::HoldOut;
use proofmark_lifecycle::named::named_policy;
use proofmark_lifecycle::{GATES, Gate, NamedPolicy, Policy, named_policies};
use serde::Serialize;

use crate::error::{AppError, Result};

/// One gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateInfo {
    /// Stable name.
    pub name: String,
    /// The rule, its unit, where the formula comes from.
    pub doc: String,
    /// The numbers it compares with; none where every check is a flag.
    pub thresholds: Vec<ThresholdInfo>,
}

/// One number that a gate compares with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdInfo {
    /// Dotted path in the policy file.
    pub path: String,
    /// The number, in `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// Why it has this value.
    pub reason: String,
    /// Where the rule comes from.
    pub source: String,
}

/// Every gate in the order of the reports, the hold-out last.
pub fn all() -> Vec<GateInfo> {
    let policy = Policy::default();
    let gates = GATES.iter().copied().chain([&HoldOut as &dyn Gate]);
    gates.map(|gate| info(gate, &policy)).collect()
}

/// The rules of a named policy, which is judged beside the default one: it can lower a verdict and never raise it.
///
/// # Errors
/// There is no such policy.
pub fn of_policy(name: &str) -> Result<(&'static NamedPolicy, Vec<ExplainedRule>)> {
    let policy = named_policy(name).ok_or_else(|| {
        let known: Vec<&str> = named_policies().iter().map(|p| p.name.as_str()).collect();
        AppError::input(format!("there is no policy `{name}`"))
            .hint(format!("the policies are default, {}", known.join(", ")))
    })?;
    Ok((policy, explain_named(policy, None)))
}

fn info(gate: &dyn Gate, policy: &Policy) -> GateInfo {
    let belongs = |path: &str| path.split_once('.').is_some_and(|(owner, _)| owner == gate.name());
    let thresholds = policy.thresholds().into_iter().filter(|(path, _)| belongs(path));
    GateInfo {
        name: gate.name().to_owned(),
        doc: gate.doc().to_owned(),
        thresholds: thresholds
            .map(|(path, t)| ThresholdInfo {
                path: path.to_owned(),
                value: t.value,
                unit: t.unit.clone(),
                reason: t.reason.clone(),
                source: t.source.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_of_the_policy_belongs_to_exactly_one_gate() {
        let all = all();
        let explained: usize = all.iter().map(|gate| gate.thresholds.len()).sum();
        assert_eq!(explained, Policy::default().thresholds().len());
        assert_eq!(all.len(), GATES.len() + 1);
        let bare: Vec<&str> =
            all.iter().filter(|g| g.thresholds.is_empty()).map(|g| g.name.as_str()).collect();
        assert_eq!(bare, [] as [&str; 0], "every gate has a threshold");
    }
}
