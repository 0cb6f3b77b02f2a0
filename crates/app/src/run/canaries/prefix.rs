//! Features do not change when later bars are cut off or replaced.

use proofmark_validation::prefix_invariance;

use super::super::engine::Run;
use super::Seen;
use crate::error::{AppError, Result};
use crate::progress::Work;
use crate::tasks::TaskKey;

/// Remembered, since it is the same proof for the same bars and features.
pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let features = run.data.features();
    let schema = proofmark_features::schema_digest(&features);
    let key = TaskKey::new("prefix_invariance", 2, &(run.inputs.snapshot, schema, run.data.holdout.start));
    let bytes = run.store.one(&key, || {
        let outcome = prefix_invariance(&features, &run.data.bars, &run.data.universe);
        serde_json::to_vec(&outcome)
            .map_err(|e| AppError::bug("a canary's outcome does not serialise").because(e))
    })?;
    let outcome = serde_json::from_slice(&bytes)
        .map_err(|e| AppError::bug("a canary's outcome does not parse").because(e))?;
    Ok(Seen::of(run.data.bars.len() * features.len(), outcome))
}
