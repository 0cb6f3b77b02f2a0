//! A world through the whole pipeline: lake, snapshot, canaries, training, suite, stress, gates, briefing.

use proofmark_lifecycle::EvidenceSet;
use proofmark_units::Seed;
use proofmark_validation::TrialReturns;
use serde::Deserialize;

use super::{Outcome, Variant, dsr_at};
use crate::error::{AppError, Result};
use crate::ingest::{self, Synthetic};
use crate::pipeline::Pipeline;
use crate::run::{self, RunRequest};
use crate::workspace::{self, Workspace};

/// A quarter of them is four, as in the untrained worlds.
const NAMES: usize = 16;
const PIPELINE: &str = include_str!("../../../../pipelines/demo.toml");

#[derive(Deserialize)]
struct Tests {
    evidence: Vec<proofmark_lifecycle::Evidence>,
}

/// Runs the demo's pipeline on a market whose features carry a signal of `strength`.
pub(super) fn judge(strength: f64, variant: Variant, seed: &Seed) -> Result<Outcome> {
    let folder = tempfile::tempdir()
        .map_err(|e| AppError::io("create a folder for", std::path::Path::new("a certification world"), e))?;
    Workspace::init(folder.path())?;
    let ws = Workspace::open(folder.path())?;
    // As in the untrained worlds: room below the limit on one name for what a week's drift adds.
    let text = PIPELINE.replace("max_weight = 0.25", "max_weight = 0.2");
    let pipeline = Pipeline::parse(&text, "demo.toml")?;
    let file = folder.path().join("pipelines").join("certified.toml");
    workspace::write(&file, text.as_bytes())?;
    let end = pipeline.data.end.ok_or_else(|| AppError::bug("the demo pipeline has no end"))?;
    let world = Synthetic {
        scenario: if strength > 0.0 { "edge" } else { "null" }.to_owned(),
        names: NAMES,
        seed: seed.as_u64(),
        start: pipeline.data.start,
        end,
        strength: (strength > 0.0).then_some(strength),
    };
    ingest::synthetic(&ws, &world)?;
    let request = RunRequest {
        pipeline: Some(file),
        seed: Some(seed.as_u64()),
        workers: Some(1),
        ..RunRequest::default()
    };
    let summary = run::start(&ws, &request, &[])?;
    // A run without verdicts is no refusal: to count it as one would flatter the gates.
    if let Some(phase) = summary.phases.iter().find(|phase| phase.status == "failed") {
        let why = phase.reason.clone().unwrap_or_default();
        return Err(AppError::bug(format!(
            "phase `{}` of a world with seed {} failed: {why}",
            phase.name,
            seed.as_u64()
        )));
    }
    let bytes = workspace::read(&ws.audit(&summary.run_id).join("stat_tests.json"))?;
    let tests: Tests = serde_json::from_slice(&bytes)
        .map_err(|e| AppError::bug("`stat_tests.json` does not parse").because(e))?;
    let set = EvidenceSet::from_records(tests.evidence)
        .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
    Ok(Outcome {
        family: String::new(),
        variant,
        world: 0,
        gates: summary.candidate.verdicts.into_iter().map(|v| (v.gate, v.verdict)).collect(),
        appraisal: set.value("active_return.appraisal_ratio"),
        p: set.value("active_return.p_bootstrap"),
        dsr_at: dsr_at(&active(&ws)?),
        rank_ic: set.value("score_skill.rank_ic"),
        turnover: set.value("risk.turnover_per_year"),
    })
}

/// The active returns of the workspace's one trial.
fn active(ws: &Workspace) -> Result<Vec<f64>> {
    let folder = ws.root().join("trials");
    let mut entries = std::fs::read_dir(&folder).map_err(|e| AppError::io("read", &folder, e))?;
    let Some(entry) = entries.next() else { return Ok(Vec::new()) };
    let path = entry.map_err(|e| AppError::io("read", &folder, e))?.path();
    let trial: TrialReturns = serde_json::from_slice(&workspace::read(&path)?)
        .map_err(|e| AppError::bug("a trial's returns do not parse").because(e))?;
    Ok(trial.active)
}
