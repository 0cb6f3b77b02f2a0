//! Named gate policies: lists of rules over evidence records, as files beside `default.toml`.
//!
//! A named policy keeps the thresholds of one source (`sensequant`, `usdcop_h5`, `gated_pipeline`) under its own name,
//! repaired where the source passes nulls or refuses real skill. It is judged *in addition* to the default policy
//! ([`crate::Policy`] and [`crate::GATES`]), whose typed gates it cannot see, change or replace.
//!
//! Invariant: a named policy lowers or keeps a status, it never raises one. A [`NamedVerdict`] has one door to a
//! [`crate::CandidateStatus`], [`NamedVerdict::cap`], which takes the status the default gates earned and returns one
//! that is no better. It holds no [`crate::GateResult`], so it cannot be handed to [`crate::decide`] either:
//!
//! ```
//! use proofmark_lifecycle::{CandidateStatus, EvidenceSet, named::named_policy};
//! let verdict = named_policy("usdcop_h5").unwrap().judge(&EvidenceSet::new());
//! assert_eq!(verdict.cap(CandidateStatus::ReadyForReview), CandidateStatus::Inconclusive);
//! ```
//! ```compile_fail
//! use proofmark_lifecycle::{CandidateStatus, EvidenceSet, named::named_policy};
//! let verdict = named_policy("usdcop_h5").unwrap().judge(&EvidenceSet::new());
//! proofmark_lifecycle::decide(&verdict.checks, None);
//! ```
//!
//! Invariant: what is missing, not finite, outside its domain, in another unit, from another kind of span, or resting on
//! too few effective observations is cannot-tell. The file says so (`unknown = "cannot_tell"`), and no other word exists.
//! Invariant: fractions are stored and compared as fractions; percent exists only in [`exported`], for reports.
//! Invariant: the phases of an admission limit how many candidates go on, never what one has to show.
//!
//! A policy is one TOML text. A long one may be written over several files that are read one after another, as the
//! shipped ones are, a file a gate. To add one: write it, add it to [`SHIPPED`], and to the test that lists the names.

mod admission;
mod export;
mod file;
mod grade;
mod read;
mod soundness;
mod verdict;

use std::sync::LazyLock;

pub use admission::{Admission, AdmissionError, AdmissionPhase, AdmissionPolicy, HeldBack, Ranked};
pub use export::{Exported, ExportedGate, exported};
pub use file::{AppliesFrom, Breach, NamedPolicy, NamedRule, Reads, Unknown, ValueDomain};
pub use grade::{Grade, GradeStep};
pub use soundness::NamedPolicyError;
pub use verdict::{ChosenPolicy, NamedCheck, NamedGate, NamedVerdict, Recommendation, decide_with};

/// Format version of named policy files this build writes and reads.
pub const NAMED_POLICY_FORMAT: u32 = 1;

/// Name and TOML text of every named policy shipped with this build, in the order reports print them.
pub const SHIPPED: &[(&str, &str)] = &[
    (
        "sensequant",
        concat!(
            include_str!("../policies/sensequant.toml"),
            include_str!("../policies/sensequant/skill.toml"),
            include_str!("../policies/sensequant/money.toml"),
        ),
    ),
    ("usdcop_h5", include_str!("../policies/usdcop_h5.toml")),
    (
        "gated_pipeline",
        concat!(
            include_str!("../policies/gated_pipeline.toml"),
            include_str!("../policies/gated_pipeline/backtest.toml"),
            include_str!("../policies/gated_pipeline/stress.toml"),
            include_str!("../policies/gated_pipeline/paper.toml"),
        ),
    ),
];

/// Every named policy shipped with this build.
pub fn named_policies() -> &'static [NamedPolicy] {
    static READ: LazyLock<Vec<NamedPolicy>> = LazyLock::new(|| {
        let read = |(_, text): &(&str, &str)| {
            NamedPolicy::from_toml(text).expect("the shipped policies are valid: a test reads them")
        };
        SHIPPED.iter().map(read).collect()
    });
    &READ
}

/// The shipped policy of this name.
pub fn named_policy(name: &str) -> Option<&'static NamedPolicy> {
    named_policies().iter().find(|policy| policy.name == name)
}

#[cfg(test)]
mod tests;
