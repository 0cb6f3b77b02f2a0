//! The candidate's manifest: every file of the run by digest.

use std::collections::BTreeMap;

use proofmark_lifecycle::CandidateManifest;
use proofmark_lifecycle::gates::verdicts_digest;
use proofmark_lifecycle::manifest::{TestSummary, TrainingSummary, TrialCount, ValidationSummary};
use proofmark_lifecycle::run::Artifact;

use crate::error::{AppError, Result};
use crate::run::engine::Run;

/// Everything the run wrote, with digests; `run.json` is the one file that also holds clock and machine.
pub(super) fn manifest(run: &mut Run<'_>) -> Result<()> {
    let audited = run.state.audited()?;
    let mut artifacts: Vec<Artifact> = run.record.artifacts();
    artifacts.extend(run.artefacts.written().iter().cloned());
    artifacts.sort();
    artifacts.dedup_by(|a, b| a.path == b.path);
    let value = |name: &str| audited.evidence.value(name);
    let validated = &run.state.validated()?.file;
    let beside = |name: &str| validated.get(name).and_then(|e| e.value);
    let manifest = CandidateManifest {
        format: proofmark_lifecycle::manifest::MANIFEST_FORMAT,
        release_id: run.record.run_id.clone(),
        status: audited.status(),
        dry_run: run.record.dry_run,
        synthetic: run.data.synthetic,
        training: TrainingSummary {
            symbols: run.data.universe.symbols.clone(),
            date_range: run.data.snapshot.content.span,
        },
        validation: ValidationSummary {
            teacher_precision: beside("teacher.precision"),
            student_accuracy: beside("student.accuracy"),
        },
        statistical_tests: TestSummary {
            sharpe_ratio: value("money.candidate.sharpe"),
            bootstrap_significant: value("active_return.p_bootstrap")
                .map(|p| p <= run.policy.active_return.p_max.value),
        },
        trials: TrialCount {
            n: value("trials.n").map_or(0, |n| n as u64),
            n_effective: value("trials.n_effective"),
        },
        parent_champion: run.inputs.champion.as_ref().map(|champion| champion.run.clone()),
        snapshot: run.inputs.snapshot,
        pipeline: run.record.pipeline,
        policy: run.record.policy,
        feature_schema: proofmark_features::schema_digest(&run.data.features()),
        evidence: audited.evidence.digest(),
        verdicts: verdicts_digest(&audited.gates),
        seeds: BTreeMap::from([("run".to_owned(), run.inputs.seed)]),
        versions: BTreeMap::from([("proofmark".to_owned(), run.record.code_version.clone())]),
        artifacts,
    }
    .checked()
    .map_err(|e| AppError::bug("the manifest contradicts itself").because(e))?;
    let path = run.artefacts.audit.join("manifest.yaml");
    run.artefacts.bytes(&path, manifest.to_yaml().as_bytes())?;
    Ok(())
}
