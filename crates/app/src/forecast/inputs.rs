//! What a back-test was made from, as its run keeps it: enough to make the same bytes again.

use proofmark_lifecycle::{NamedPolicy, RunId};
use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use super::definition::ForecastPipeline;
use crate::error::{AppError, Result};
use crate::run::PriorTrial;
use crate::workspace::{self, Workspace};

/// The file's name in the model folder of a run.
pub(super) const INPUTS: &str = "forecast.json";

/// `forecast.json` of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastInputs {
    pub(super) pipeline: ForecastPipeline,
    pub(super) seed: u64,
    pub(super) snapshot: Digest,
    /// Digest of the bars within sessions that orders met; they are no part of a snapshot.
    pub(super) intraday: Option<Digest>,
    pub(super) synthetic: bool,
    pub(super) pictures: bool,
    pub(super) prior_trials: Vec<PriorTrial>,
    pub(super) named_policy: Option<NamedPolicy>,
}

impl ForecastInputs {
    /// The inputs that a run recorded.
    pub(super) fn stored(workspace: &Workspace, run: &RunId) -> Result<Self> {
        let path = workspace.models(run.as_str()).join(INPUTS);
        serde_json::from_slice(&workspace::read(&path)?)
            .map_err(|e| AppError::environment(format!("`{}` is damaged", path.display())).because(e))
    }

    /// The trial's identity: what is scored, on which data.
    pub(super) fn trial_key(&self) -> Digest {
        crate::json::digest(&(self.pipeline.score_slice(), self.snapshot, self.intraday, self.seed))
    }
}

/// Whether a run is one of a forecast pipeline.
pub(crate) fn is_forecast_run(workspace: &Workspace, run: &RunId) -> bool {
    workspace.models(run.as_str()).join(INPUTS).is_file()
}
