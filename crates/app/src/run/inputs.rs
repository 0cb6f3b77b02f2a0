//! What a run was given: enough to resume or replay it, and nothing that depends on when or where it runs.

use proofmark_lifecycle::{NamedPolicy, RunId};
use proofmark_units::{Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::pipeline::Pipeline;

/// `inputs.json` of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInputs {
    /// The pipeline with the command line's overrides applied.
    pub pipeline: Pipeline,
    /// Root of the seed tree.
    pub seed: u64,
    /// Data snapshot.
    pub snapshot: Digest,
    /// Symbols of the universe, ascending.
    pub symbols: Vec<Symbol>,
    /// Whether the data is simulated.
    pub synthetic: bool,
    /// Whether this is a dry run.
    pub dry_run: bool,
    /// Trials already on this data lineage when the run began, other than this run's own.
    pub prior_trials: Vec<PriorTrial>,
    /// The candidate that this one must beat; `None` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub champion: Option<Champion>,
    /// The policy that the pipeline names beside the default one, as it read when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_policy: Option<NamedPolicy>,
    /// Whether per symbol-window models are trained too, and which half is left out.
    pub windows: Windows,
}

/// An earlier candidate with the returns it is compared by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Champion {
    /// Its run.
    pub run: RunId,
    /// Digest of its `curves.json`.
    pub curves: Digest,
}

/// Which per symbol-window models are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// Teachers.
    pub teacher: bool,
    /// Students.
    pub student: bool,
}

/// A trial made earlier on the same lineage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorTrial {
    /// Its identity.
    pub key: Digest,
    /// Digest of its recorded returns; absent when it was scored but its returns were never kept.
    pub returns: Option<Digest>,
}
