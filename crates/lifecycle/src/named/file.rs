//! The file of a named policy: its rules as written, and reading it.

use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use super::NAMED_POLICY_FORMAT;
use super::admission::AdmissionPolicy;
use super::grade::GradeStep;
use super::soundness::{NamedPolicyError, checked};
use crate::evidence::SpanKind;
use crate::gates::Bound;
use crate::gates::check::Domain;
use crate::verdict::Verdict;

/// What a value that cannot be read means. One answer exists, and a file has to write it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// Missing, not finite, outside the domain, another unit, another span, too few observations: cannot tell.
    CannotTell,
}

/// What a readable value on the wrong side of the limit means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// The candidate breaks the rule.
    #[default]
    Fail,
    /// The rule is a precondition or a plausibility ceiling: nothing can be concluded until a person has looked.
    CannotTell,
}

impl Breach {
    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Fail => Verdict::Fail,
            Self::CannotTell => Verdict::CannotTell,
        }
    }
}

/// Which number of the evidence record a rule reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// Its value.
    #[default]
    Value,
    /// The lower bound of its interval.
    IntervalLow,
    /// The upper bound of its interval.
    IntervalHigh,
}

/// What a value can be at all; a number outside is a mistake of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueDomain {
    /// 0 to 1.
    Probability,
    /// 0 to 1: a part of a whole, also a drawdown written as a positive fraction of the peak.
    Share,
    /// -1 to 1: a correlation, or the difference of two shares.
    SignedShare,
    /// At least -1: more than everything cannot be lost.
    Return,
    /// At least 0.
    NotNegative,
    /// 1 (yes, clear) or 0 (no, caught).
    Flag,
    /// Any finite number.
    Any,
}

impl ValueDomain {
    pub(super) const fn domain(self) -> Domain {
        match self {
            Self::Probability => Domain::PROBABILITY,
            Self::Share => Domain::SHARE,
            Self::SignedShare => Domain::Between(-1.0, 1.0),
            Self::Return => Domain::RETURN,
            Self::NotNegative => Domain::NOT_NEGATIVE,
            Self::Flag => Domain::Flag,
            Self::Any => Domain::ANY,
        }
    }

    /// Smallest and largest possible value.
    pub(super) const fn range(self) -> (f64, f64) {
        match self.domain() {
            Domain::Between(low, high) => (low, high),
            Domain::Flag => (0.0, 1.0),
        }
    }
}

/// A rule that only makes sense from some number on, declared in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesFrom {
    /// Evidence that says how many there are.
    pub evidence: String,
    /// The rule applies from this many on.
    pub at_least: f64,
    /// Unit of both.
    pub unit: String,
    /// Flag that must be 1 before "too few" is believed: too few is never a way round missing files.
    pub complete: String,
    /// Why the rule says nothing below.
    pub reason: String,
}

/// One rule of a named policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRule {
    /// Stable name of the rule, unique in the file.
    pub id: String,
    /// The gate it belongs to; rules of one gate stand together.
    pub gate: String,
    /// What the value is, to begin a sentence with.
    pub label: String,
    /// Evidence record it reads.
    pub evidence: String,
    /// Which number of the record.
    #[serde(default)]
    pub reads: Reads,
    /// Level the interval must have been built at; needed when an interval is read, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// A second record whose value is subtracted; same unit, same kinds of span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<String>,
    /// Which side passes; `above` and `below` are strict.
    pub bound: Bound,
    /// The threshold, in `unit`.
    pub limit: f64,
    /// Unit the record must be written in; a number in another unit is never compared.
    pub unit: String,
    /// What the value can be at all.
    pub domain: ValueDomain,
    /// Kinds of span the number may come from.
    pub spans: Vec<SpanKind>,
    /// A failed critical rule refuses; an unknown critical rule leaves the candidate inconclusive.
    pub critical: bool,
    /// What a breach means.
    #[serde(default)]
    pub breach: Breach,
    /// Counts towards the grade.
    #[serde(default)]
    pub graded: bool,
    /// Fewest observations behind the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_min: Option<u64>,
    /// Fewest effective observations behind the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_min: Option<f64>,
    /// From where on the rule applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_from: Option<AppliesFrom>,
    /// What a breach means for a reader, as a full sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_means: Option<String>,
    /// What a person can do about a breach, as a full sentence.
    pub remedy: String,
    /// Why the threshold has this value.
    pub reason: String,
    /// Where the rule comes from, and what was repaired.
    pub source: String,
    /// The formula of the number, with author and year where there is a paper.
    pub formula: String,
}

/// A named policy, checked. See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPolicy {
    /// Format version of the file.
    pub format: u32,
    /// Its name; never `default`.
    pub name: String,
    /// What it is, in one sentence.
    pub about: String,
    /// What an unreadable value means.
    pub unknown: Unknown,
    /// The rules, in the order reports print them.
    pub rules: Vec<NamedRule>,
    /// Labels by share of graded rules passed, best first; empty: no grade is given.
    #[serde(default)]
    pub grades: Vec<GradeStep>,
    /// How many candidates go on at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<AdmissionPolicy>,
}

impl NamedPolicy {
    /// Reads and checks a policy file.
    ///
    /// # Errors
    /// Any [`NamedPolicyError`]; unknown and missing keys are refused with line and column.
    pub fn from_toml(text: &str) -> Result<Self, NamedPolicyError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let parse = |error| NamedPolicyError::Parse(Box::new(error));
        let version: Version = toml::from_str(text).map_err(parse)?;
        if version.format > NAMED_POLICY_FORMAT {
            return Err(NamedPolicyError::Newer { found: version.format });
        }
        checked(toml::from_str(text).map_err(parse)?)
    }

    /// Digest of the policy's content; comments and layout do not count.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a policy always serialises"))
    }

    /// Its gates, in the order of the file.
    pub fn gates(&self) -> Vec<&str> {
        let mut gates: Vec<&str> = self.rules.iter().map(|rule| rule.gate.as_str()).collect();
        gates.dedup(); // rules of one gate stand together: checked on reading
        gates
    }
}
