//! The gates of this build, explained with the thresholds of the shipped policy.

use proofmark_lifecycle::explain::{ExplainedGate, ExplainedRule, explain_gates, explain_named};
use proofmark_lifecycle::named::named_policy;
use proofmark_lifecycle::{NamedPolicy, Policy, named_policies};

use crate::error::{AppError, Result};

/// Every gate with the thresholds of the shipped policy, those on later data last.
pub fn all() -> Vec<ExplainedGate> {
    explain_gates(&Policy::default(), None)
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

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::{GATES, LATER_GATES};

    use super::*;

    #[test]
    fn every_threshold_of_the_policy_belongs_to_exactly_one_gate() {
        let all = all();
        let explained: usize = all.iter().map(|gate| gate.thresholds.len()).sum();
        assert_eq!(explained, Policy::default().thresholds().len());
        assert_eq!(all.len(), GATES.len() + LATER_GATES.len());
        let bare: Vec<&str> =
            all.iter().filter(|g| g.thresholds.is_empty()).map(|g| g.gate.as_str()).collect();
        assert_eq!(bare, [] as [&str; 0], "every gate has a threshold");
    }
}
