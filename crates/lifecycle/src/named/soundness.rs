//! What a named policy must satisfy before anything is judged by it.

use super::file::{NamedPolicy, NamedRule, Reads, ValueDomain};
use super::{NAMED_POLICY_FORMAT, admission, grade};
use crate::gates::Bound;

/// A named policy was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NamedPolicyError {
    /// Not TOML, a key missing, or a key nobody knows.
    #[error("failed to read the named policy: {0}")]
    Parse(#[source] Box<toml::de::Error>),
    /// Written by a newer build.
    #[error("the named policy has format {found}, this build reads up to {NAMED_POLICY_FORMAT}")]
    Newer {
        /// The format found.
        found: u32,
    },
    /// `default` is the typed policy that every candidate is judged by.
    #[error("a named policy cannot be called `{name}`")]
    Reserved {
        /// The name found.
        name: String,
    },
    /// No rule at all would be a policy that everything passes.
    #[error("the named policy has no rules")]
    NoRules,
    /// A text that must explain something is empty.
    #[error("`{path}` has an empty {what}")]
    Unexplained {
        /// Where.
        path: String,
        /// Which text.
        what: &'static str,
    },
    /// A name used twice.
    #[error("`{name}` is listed twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// Rules of one gate are scattered over the file.
    #[error("the rules of gate `{gate}` do not stand together")]
    Scattered {
        /// The gate.
        gate: String,
    },
    /// A number outside what it can be.
    #[error("`{path}` is {value}, possible are {low} to {high}")]
    OutOfRange {
        /// Where.
        path: String,
        /// The value found.
        value: f64,
        /// Smallest possible value.
        low: f64,
        /// Largest possible value.
        high: f64,
    },
    /// Every possible value passes the rule, or none does.
    #[error("rule `{rule}` decides nothing: {what}")]
    DecidesNothing {
        /// The rule.
        rule: String,
        /// Why.
        what: &'static str,
    },
    /// A rule that no kind of span can satisfy, or one that reads fitted rows.
    #[error("rule `{rule}` {what}")]
    Spans {
        /// The rule.
        rule: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Interval and level do not fit together.
    #[error("rule `{rule}` {what}")]
    Level {
        /// The rule.
        rule: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The grades do not cover every share, or nothing is graded.
    #[error("the grades {what}")]
    Grades {
        /// What is wrong.
        what: &'static str,
    },
    /// The phases do not cover every number of trials, or stand after a gate that does not exist.
    #[error("the admission {what}")]
    Admission {
        /// What is wrong.
        what: String,
    },
}

impl NamedPolicyError {
    /// One thing to try.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Parse(_) => {
                "compare with `policies/usdcop_h5.toml`: every rule has all its keys, and no key is unknown"
            }
            Self::Newer { .. } => "use the build that wrote it, or a newer one",
            Self::Reserved { .. } => "give it a name of its own; the default policy is judged in any case",
            Self::NoRules => "write at least one rule",
            Self::Unexplained { .. } => "say it in one sentence: an approver reads it",
            Self::Twice { .. } => "keep one of them, or give each its own name",
            Self::Scattered { .. } => "move them next to each other: a gate is counted once",
            Self::OutOfRange { .. } => "fractions are written as fractions: 15 % is 0.15",
            Self::DecidesNothing { .. } => "choose a limit that some value keeps and some value breaks",
            Self::Spans { .. } => "name `validation`, `out_of_sample` or `hold_out`",
            Self::Level { .. } => "write `level` exactly when `reads` is an interval bound, for example 0.95",
            Self::Grades { .. } => {
                "list the shares falling, the last one 0.0, and mark rules with `graded = true`"
            }
            Self::Admission { .. } => "list the phases with rising `trials_below`, and none on the last",
        }
    }
}

/// The error for an empty text.
pub(super) fn explained(path: &str, what: &'static str, text: &str) -> Result<(), NamedPolicyError> {
    match text.trim().is_empty() {
        true => Err(NamedPolicyError::Unexplained { path: path.to_owned(), what }),
        false => Ok(()),
    }
}

pub(super) fn checked(policy: NamedPolicy) -> Result<NamedPolicy, NamedPolicyError> {
    explained("policy", "name", &policy.name)?;
    explained("policy", "about", &policy.about)?;
    if policy.name == "default" {
        return Err(NamedPolicyError::Reserved { name: policy.name });
    }
    if policy.rules.is_empty() {
        return Err(NamedPolicyError::NoRules);
    }
    for (i, rule) in policy.rules.iter().enumerate() {
        if policy.rules[..i].iter().any(|earlier| earlier.id == rule.id) {
            return Err(NamedPolicyError::Twice { name: rule.id.clone() });
        }
        sound(rule)?;
    }
    let gates = policy.gates();
    if let Some((_, gate)) = gates.iter().enumerate().find(|(i, gate)| gates[..*i].contains(gate)) {
        return Err(NamedPolicyError::Scattered { gate: (*gate).to_owned() });
    }
    grade::checked(&policy.grades, policy.rules.iter().filter(|rule| rule.graded).count())?;
    if let Some(admission) = &policy.admission {
        admission::checked(admission, &gates)?;
    }
    Ok(policy)
}

fn sound(rule: &NamedRule) -> Result<(), NamedPolicyError> {
    let path = format!("rules.{}", rule.id);
    for (what, text) in [
        ("id", &rule.id),
        ("gate", &rule.gate),
        ("label", &rule.label),
        ("evidence", &rule.evidence),
        ("unit", &rule.unit),
        ("remedy", &rule.remedy),
        ("reason", &rule.reason),
        ("source", &rule.source),
        ("formula", &rule.formula),
    ] {
        explained(&path, what, text)?;
    }
    decides(rule, &path)?;
    let name = || rule.id.clone();
    if rule.spans.is_empty() {
        return Err(NamedPolicyError::Spans { rule: name(), what: "accepts no kind of span" });
    }
    if rule.spans.contains(&crate::SpanKind::InSample) {
        return Err(NamedPolicyError::Spans { rule: name(), what: "reads rows the model was fitted on" });
    }
    match (rule.reads, rule.level) {
        (Reads::Value, None) => {}
        (Reads::Value, Some(_)) => {
            return Err(NamedPolicyError::Level { rule: name(), what: "reads a value, which has no level" });
        }
        (_, None) => {
            return Err(NamedPolicyError::Level { rule: name(), what: "reads an interval without a level" });
        }
        (_, Some(level)) if level > 0.0 && level < 1.0 => {}
        (_, Some(value)) => {
            return Err(NamedPolicyError::OutOfRange {
                path: format!("{path}.level"),
                value,
                low: 0.0,
                high: 1.0,
            });
        }
    }
    if rule.minus.is_some() && (rule.reads != Reads::Value || rule.domain == ValueDomain::Flag) {
        return Err(NamedPolicyError::Level {
            rule: name(),
            what: "subtracts from something that is not a plain value",
        });
    }
    let positive = |what: &str, value: f64| match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(NamedPolicyError::OutOfRange {
            path: format!("{path}.{what}"),
            value,
            low: 0.0,
            high: f64::MAX,
        }),
    };
    if rule.n_min == Some(0) {
        positive("n_min", 0.0)?;
    }
    if let Some(least) = rule.effective_min {
        positive("effective_min", least)?;
    }
    if let Some(from) = &rule.applies_from {
        positive("applies_from.at_least", from.at_least)?;
        for (what, text) in [
            ("evidence", &from.evidence),
            ("unit", &from.unit),
            ("flag", &from.complete),
            ("reason", &from.reason),
        ] {
            explained(&format!("{path}.applies_from"), what, text)?;
        }
    }
    Ok(())
}

/// Some possible value must keep the rule and some must break it.
fn decides(rule: &NamedRule, path: &str) -> Result<(), NamedPolicyError> {
    let (value, (low, high)) = (rule.limit, rule.domain.range());
    if !(low..=high).contains(&value) {
        return Err(NamedPolicyError::OutOfRange { path: format!("{path}.limit"), value, low, high }); // also NaN
    }
    let nothing = |what| Err(NamedPolicyError::DecidesNothing { rule: rule.id.clone(), what });
    if rule.domain == ValueDomain::Flag && (rule.bound, value) != (Bound::AtLeast, 1.0) {
        return nothing("a flag is asked for by `at_least` 1");
    }
    match rule.bound {
        Bound::AtLeast if value <= low => nothing("every possible value passes"),
        Bound::AtMost if value >= high => nothing("every possible value passes"),
        Bound::Above if value >= high => nothing("no possible value passes"),
        Bound::Below if value <= low => nothing("no possible value passes"),
        _ => Ok(()),
    }
}
