//! Shocks, faults, paths and the cost, delay and capital table, with the frozen students: one cached task.

use proofmark_units::Digest;
use proofmark_validation::stress::{
    SCENARIOS, ScenarioOutcome, Sensitivity, StressDesk, StressError, sensitivity,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::grounds::{Grounds, stressed};
use crate::error::{AppError, Result};
use crate::progress::Work;
use crate::run::engine::Run;
use crate::run::validate::validation;
use crate::tasks::TaskKey;

/// Raise when a change to the code changes what a scenario does; old results are then left alone.
const VERSION: u32 = 1;

/// Everything but the periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Suite {
    pub(super) scenarios: Vec<ScenarioOutcome>,
    pub(super) paths: Vec<ScenarioOutcome>,
    pub(super) sensitivity: Sensitivity,
}

pub(super) fn run(grounds: &Grounds<'_>, run: &Run<'_>, work: &Work<'_>) -> Result<Suite> {
    let scores = &run.state.validated()?.grid.student;
    let inputs = (
        (run.inputs.snapshot, run.data.holdout.start, run.inputs.pipeline.digest(), run.inputs.seed),
        (crate::json::digest(&grounds.models), Digest::of_f64s(scores), grounds.drawdown_limit),
        (proofmark_lake::quality::RULES_VERSION, proofmark_features::schema_digest(grounds.features)),
    );
    let key = TaskKey::new("stress_suite", VERSION, &inputs);
    let bytes = run.store.one(&key, || {
        let suite = compute(grounds, scores, work)?;
        serde_json::to_vec(&suite).map_err(|e| AppError::bug("a stress suite does not serialise").because(e))
    })?;
    serde_json::from_slice(&bytes).map_err(|e| AppError::bug("a stress suite does not parse").because(e))
}

fn compute(grounds: &Grounds<'_>, scores: &[f64], work: &Work<'_>) -> Result<Suite> {
    let paths = grounds.paths();
    work.expect((SCENARIOS.len() + paths.count + 1) as u64);
    let desk = StressDesk::new(grounds.inputs()).map_err(stressed)?;
    let feed = grounds.feed();
    let scenarios: Vec<_> = SCENARIOS
        .par_iter()
        .map(|scenario| {
            let outcome = desk.run(*scenario, &feed);
            work.step();
            outcome
        })
        .collect();
    let dealt: Vec<_> = (0..paths.count)
        .into_par_iter()
        .map(|k| {
            let outcome = desk.path(&paths, k);
            work.step();
            outcome
        })
        .collect();
    let own = grounds.candidate(scores, grounds.data.out_of_sample);
    let sensitivity = sensitivity(&own).map_err(validation)?;
    work.step();
    let whole = |all: Vec<std::result::Result<ScenarioOutcome, StressError>>| {
        all.into_iter().collect::<std::result::Result<Vec<_>, _>>().map_err(stressed)
    };
    Ok(Suite { scenarios: whole(scenarios)?, paths: whole(dealt)?, sensitivity })
}
