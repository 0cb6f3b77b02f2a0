//! The ledger: an append-only event log with a hash chain in SQLite, its projections, and signing keys.
//!
//! Invariant: events are never changed or removed; each carries the digest of the one before.
//! Invariant: runs, trials, candidates and hold-out looks are projections, and can be rebuilt from the events.
//! Invariant: an event and its projection are written in one transaction or not at all; a refused action leaves nothing.
//! Invariant: no clock is read here; time is handed in.
//!
//! Dry runs live in their own file: a ledger knows its namespace and refuses the other's candidates.

mod candidates;
mod chain;
mod error;
mod event;
pub mod keys;
mod ledger;
mod looks;
mod progress;
mod projection;
mod runs;
mod schema;
mod trials;
mod validations;

pub use candidates::{
    CandidateRecord, Decision, DecisionKind, HoldoutJudgement, HoldoutLook, NewCandidate, RecordedDecision,
};
pub use chain::{ChainReport, Head};
pub use error::LedgerError;
pub use event::{Event, EventFilter, EventKind, Namespace};
pub use ledger::Ledger;
pub use progress::Progress;
pub use runs::{RunFinished, RunStarted, RunSummary};
pub use schema::FORMAT;
pub use trials::{Trial, TrialEntry, TrialNumber};
pub use validations::{RecordedValidation, ValidationJudgement, ValidationLook};
