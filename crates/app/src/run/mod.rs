//! A run: eight phases over one task store, with `run.json` as the only hand-over.
//!
//! Everything heavy is a cached task, so a resumed run walks the same phases and finds its work done; a replay is the
//! same walk over an empty store with the recorded inputs.

mod artefacts;
mod audit;
mod brief;
pub(crate) mod canaries;
pub(crate) mod champion;
pub(crate) mod context;
mod cross_validation;
pub(crate) mod curves;
mod engine;
mod fit;
mod frozen_model;
mod holdout;
mod ingestion;
mod inputs;
pub(crate) mod later;
pub(crate) mod lists;
mod prepare;
mod reports;
mod request;
mod rewards;
mod scarce;
mod scores;
mod statistics;
pub mod stress;
mod summary;
mod training;
mod validate;
pub(crate) mod view;
pub(crate) mod weights;
mod windows;

pub use inputs::{Champion, PriorTrial, RunInputs, Windows};
pub use request::{RunRequest, read_symbols_file, start};
pub use summary::{CandidateSummary, PhaseSummary, RunSummary, VerdictSummary};

pub(crate) use artefacts::{Artefacts, EvidenceFile};
pub(crate) use engine::{author, replay};
pub(crate) use fit::training;
pub(crate) use frozen_model::FrozenModel;
pub(crate) use holdout::{HoldoutResult, Opening, opening};
pub(crate) use ingestion::{open_errors, papers};
pub(crate) use prepare::{
    Frame, Loaded, Prepared, combinatorial, load, prepare, train_rules, unsealed_raw, walk_forward,
};
pub(crate) use request::{free_id, recorded, stored};
pub(crate) use scarce::too_few_rows;
pub(crate) use statistics::other_trials;
pub(crate) use summary::summarise;
pub(crate) use validate::{rows, validation};
