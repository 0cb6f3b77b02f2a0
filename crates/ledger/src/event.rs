//! Events: facts that do not change.

use std::fmt;
use std::str::FromStr;

use proofmark_lifecycle::RunId;
use proofmark_units::{Digest, Instant};
use serde::{Deserialize, Serialize};

/// What happened. The names are written into the ledger and never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Facts were taken into the lake.
    DataIngested,
    /// A run began, or began again.
    RunStarted,
    /// A task of a run finished and its artefact exists.
    TaskFinished,
    /// A phase of a run ended.
    PhaseFinished,
    /// A run ended.
    RunFinished,
    /// A configuration was scored.
    TrialRecorded,
    /// A run's candidate was judged.
    CandidateRecorded,
    /// A sealed hold-out is about to be looked at.
    HoldoutOpened,
    /// The hold-out's verdict.
    HoldoutJudged,
    /// A frozen candidate is about to be scored on later data.
    ValidationOpened,
    /// What that validation said.
    ValidationJudged,
    /// A person approved, rejected, reset or revoked.
    CandidateDecided,
    /// A signing key was made.
    KeyCreated,
}

impl EventKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::DataIngested,
        Self::RunStarted,
        Self::TaskFinished,
        Self::PhaseFinished,
        Self::RunFinished,
        Self::TrialRecorded,
        Self::CandidateRecorded,
        Self::HoldoutOpened,
        Self::HoldoutJudged,
        Self::ValidationOpened,
        Self::ValidationJudged,
        Self::CandidateDecided,
        Self::KeyCreated,
    ];

    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataIngested => "data_ingested",
            Self::RunStarted => "run_started",
            Self::TaskFinished => "task_finished",
            Self::PhaseFinished => "phase_finished",
            Self::RunFinished => "run_finished",
            Self::TrialRecorded => "trial_recorded",
            Self::CandidateRecorded => "candidate_recorded",
            Self::HoldoutOpened => "holdout_opened",
            Self::HoldoutJudged => "holdout_judged",
            Self::ValidationOpened => "validation_opened",
            Self::ValidationJudged => "validation_judged",
            Self::CandidateDecided => "candidate_decided",
            Self::KeyCreated => "key_created",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(())
    }
}

/// Which world a ledger speaks of; each has its own file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Namespace {
    /// Runs that count.
    Real,
    /// Rehearsals.
    DryRun,
}

impl Namespace {
    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::DryRun => "dry_run",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Real, Self::DryRun].into_iter().find(|namespace| namespace.name() == text)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One event, as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub kind: EventKind,
    /// The run it belongs to.
    pub run_id: Option<RunId>,
    /// The world it belongs to.
    pub namespace: Namespace,
    /// What there is to say, by kind.
    pub body: serde_json::Value,
    /// Digest of the event before.
    pub prev_digest: Digest,
    /// Digest of this event, over everything above and the exact text of the body.
    pub digest: Digest,
}

/// Which events to read; the default is all.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only this kind.
    pub kind: Option<EventKind>,
    /// Only this run.
    pub run: Option<RunId>,
    /// Only events after this number.
    pub after: u64,
    /// At most so many, the oldest first.
    pub limit: Option<u32>,
}
