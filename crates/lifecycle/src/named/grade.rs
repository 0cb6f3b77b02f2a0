//! A grade: a label for the share of graded rules that passed. It never decides.

use serde::{Deserialize, Serialize};

use super::soundness::{NamedPolicyError, explained};
use super::verdict::NamedCheck;
use crate::verdict::Verdict;

/// One label and the share from which it is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeStep {
    /// The label, for example `B`.
    pub name: String,
    /// Smallest share of graded rules passed, a fraction.
    pub share_min: f64,
}

/// The label of one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// The label.
    pub name: String,
    /// Graded rules passed.
    pub passed: usize,
    /// Graded rules in all.
    pub total: usize,
}

/// The grade; `None` when the policy gives none or a graded rule cannot tell: an outage is not a bad mark.
pub(super) fn grade(steps: &[GradeStep], checks: &[NamedCheck]) -> Option<Grade> {
    let graded: Vec<Verdict> = checks
        .iter()
        .filter(|check| check.graded && check.applicable)
        .map(|check| check.check.verdict)
        .collect();
    if graded.is_empty() || graded.contains(&Verdict::CannotTell) {
        return None;
    }
    let passed = graded.iter().filter(|verdict| **verdict == Verdict::Pass).count();
    let share = passed as f64 / graded.len() as f64;
    let step = steps.iter().find(|step| share >= step.share_min)?;
    Some(Grade { name: step.name.clone(), passed, total: graded.len() })
}

pub(super) fn checked(steps: &[GradeStep], graded: usize) -> Result<(), NamedPolicyError> {
    let wrong = |what| Err(NamedPolicyError::Grades { what });
    if steps.is_empty() {
        return if graded == 0 { Ok(()) } else { wrong("are missing although rules are graded") };
    }
    if graded == 0 {
        return wrong("have no graded rule to count");
    }
    for step in steps {
        explained("grades", "name", &step.name)?;
        if !(0.0..=1.0).contains(&step.share_min) {
            let path = format!("grades.{}.share_min", step.name);
            return Err(NamedPolicyError::OutOfRange { path, value: step.share_min, low: 0.0, high: 1.0 });
        }
    }
    if steps.windows(2).any(|pair| pair[1].share_min >= pair[0].share_min) {
        return wrong("do not fall from the best to the worst");
    }
    match steps.last().is_some_and(|step| step.share_min == 0.0) {
        true => Ok(()),
        false => wrong("leave low shares without a label"),
    }
}
