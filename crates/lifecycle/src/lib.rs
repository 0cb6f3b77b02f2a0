//! Evidence records, gates, votes, candidate state machine, run record, manifest, briefing, mark.
//!
//! Invariant: pure. No file, clock, network or thread is touched here; time, bytes and keys are handed in.
//! Invariant: a verdict is pass, fail or cannot-tell, and whatever is missing, NaN or too thin is cannot-tell.
//! Invariant: an outcome (a failed gate) is a value; errors are for contradictory or malformed input.

pub mod briefing;
pub mod candidate;
pub mod display;
pub mod evidence;
pub mod explain;
pub mod gates;
pub mod manifest;
pub mod mark;
pub mod named;
pub mod policy;
pub mod run;
pub mod verdict;
pub mod yaml;

pub use briefing::{Briefing, Figure};
pub use candidate::{Action, Candidate, CandidateStatus, TransitionError, decide};
pub use evidence::{Evidence, EvidenceError, EvidenceSet, Interval, Source, SpanKind};
pub use gates::{GATES, Gate, GateResult, LATER_GATES, canaries, judge_all, judge_frozen, judge_holdout};
pub use manifest::CandidateManifest;
pub use named::{ChosenPolicy, NamedPolicy, NamedPolicyError, NamedVerdict, named_policies};
pub use policy::{NotRun, Policy, PolicyError, Threshold, Waiver};
pub use run::{Phase, PhaseRecord, PhaseStatus, RunId, RunRecord};
pub use verdict::Verdict;
