//! The phase loop: runs each phase, records it in `run.json`, and leaves a briefing whatever happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofmark_ledger::{Ledger, NewCandidate};
use proofmark_lifecycle::run::{Input, RunVerdict};
use proofmark_lifecycle::{CandidateStatus, Evidence, GateResult, Phase, PhaseStatus, Policy, RunRecord};
use proofmark_training::TrainRules;
use proofmark_units::{Digest, Seed};

use super::artefacts::Artefacts;
use super::brief;
use super::fit::Fitter;
use super::inputs::RunInputs;
use super::prepare::Prepared;
use super::statistics::Tested;
use super::training::Trained;
use super::validate::Validated;
use super::windows::WindowBatch;
use crate::clock;
use crate::error::{AppError, Result};
use crate::journal::{self, ProgressLog};
use crate::progress::{Reporter, Work};
use crate::tasks::TaskStore;
use crate::workspace::{self, Workspace};

/// How a phase ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) status: PhaseStatus,
    pub(crate) reason: Option<String>,
    pub(crate) metrics: Arc<BTreeMap<String, serde_json::Value>>,
}

impl From<PhaseStatus> for Ended {
    fn from(status: PhaseStatus) -> Self {
        Self { status, reason: None, metrics: Arc::default() }
    }
}

/// What phases leave for later ones in this process; every part is also in files that `run.json` lists.
#[derive(Default)]
pub(crate) struct State {
    /// What the canaries saw before training.
    pub(crate) canaries: Vec<Evidence>,
    pub(crate) trained: Option<Trained>,
    pub(crate) windows: Option<WindowBatch>,
    pub(crate) validated: Option<Validated>,
    pub(crate) tested: Option<Tested>,
    pub(crate) stress: Option<super::stress::Stressed>,
    pub(crate) audited: Option<super::audit::Audited>,
}

impl State {
    pub(crate) fn trained(&self) -> Result<&Trained> {
        self.trained.as_ref().ok_or_else(|| AppError::bug("training has not run"))
    }
    pub(crate) fn trained_mut(&mut self) -> Result<&mut Trained> {
        self.trained.as_mut().ok_or_else(|| AppError::bug("training has not run"))
    }
    pub(crate) fn validated(&self) -> Result<&Validated> {
        self.validated.as_ref().ok_or_else(|| AppError::bug("validation has not run"))
    }
    pub(crate) fn tested(&self) -> Result<&Tested> {
        self.tested.as_ref().ok_or_else(|| AppError::bug("the statistical tests have not run"))
    }
    pub(crate) fn stressed(&self) -> Result<&super::stress::Stressed> {
        self.stress.as_ref().ok_or_else(|| AppError::bug("stress has not run"))
    }
    pub(crate) fn audited(&self) -> Result<&super::audit::Audited> {
        self.audited.as_ref().ok_or_else(|| AppError::bug("the audit has not run"))
    }
}

/// A run under way.
pub(crate) struct Run<'a> {
    pub(crate) workspace: &'a Workspace,
    /// Absent in a replay: nothing is recorded then.
    pub(crate) ledger: Option<&'a Ledger>,
    /// Where earlier trials' and the champion's returns lie: a replay writes elsewhere.
    pub(crate) origin: &'a Workspace,
    pub(crate) store: TaskStore,
    pub(crate) inputs: RunInputs,
    pub(crate) record: RunRecord,
    pub(crate) policy: Policy,
    pub(crate) data: Prepared,
    /// Digest of the dataset: the data part of every task key.
    pub(crate) dataset_digest: Digest,
    pub(crate) seed: Seed,
    pub(crate) artefacts: Artefacts,
    pub(crate) state: State,
}

impl Run<'_> {
    /// The fitter of this run's dataset.
    pub(crate) fn fitter<'b>(&'b self, rules: &'b TrainRules) -> Fitter<'b> {
        Fitter {
            store: &self.store,
            pipeline: &self.inputs.pipeline,
            rules,
            frame: &self.data.frame,
            data: self.dataset_digest,
            seed: self.seed,
        }
    }

    /// The trial's identity.
    pub(crate) fn trial_key(&self) -> Digest {
        crate::json::digest(&(self.inputs.pipeline.score_slice(), self.inputs.snapshot, self.inputs.seed))
    }

    fn save(&self) -> Result<()> {
        let path = self.workspace.models(self.record.run_id.as_str()).join("run.json");
        workspace::write(&path, self.record.to_json().as_bytes())
    }
}

type PhaseFn = for<'a, 'b, 'c> fn(&'a mut Run<'b>, &'a Work<'c>) -> Result<Ended>;

const PHASES: [(Phase, PhaseFn); 8] = [
    (Phase::DataIngestion, super::ingestion::data),
    (Phase::TeacherTraining, super::training::teacher),
    (Phase::StudentTraining, super::training::student),
    (Phase::ModelValidation, super::validate::model),
    (Phase::StatisticalTests, super::statistics::tests),
    (Phase::StressTests, super::stress::replay),
    (Phase::ReleaseAudit, super::audit::audit),
    (Phase::PromotionBriefing, brief::phase),
];

/// Walks the phases. A phase that fails ends the walk; what is there stays, and a partial briefing says what happened.
pub(crate) fn execute(run: &mut Run<'_>, reporters: &[&dyn Reporter]) -> Result<Vec<GateResult>> {
    let log = run.ledger.map(|ledger| ProgressLog::new(ledger, run.record.run_id.clone()));
    let mut all: Vec<&dyn Reporter> = reporters.to_vec();
    if let Some(log) = &log {
        all.push(log);
    }
    for (phase, body) in PHASES {
        run.record.start(phase, clock::now());
        let earlier =
            phase.number().checked_sub(2).map(|i| run.record.phases[i].outputs.clone()).unwrap_or_default();
        run.record.phase_mut(phase).inputs =
            earlier.iter().map(|a| Input { path: a.path.clone(), sha256: a.sha256 }).collect();
        run.save()?;
        let work = Work::begin(phase.name(), phase.number(), PHASES.len(), all.clone());
        let ended = body(run, &work);
        let (status, reason, error) = match ended {
            Ok(ended) => {
                run.record.phase_mut(phase).metrics = ended.metrics.as_ref().clone();
                (ended.status, ended.reason, None)
            }
            Err(error) => (PhaseStatus::Failed, Some(error.chain().join("; ")), Some(error)),
        };
        run.record.phase_mut(phase).outputs = run.artefacts.take();
        run.record.finish(phase, status, clock::now(), reason.clone());
        work.end(match status {
            PhaseStatus::Failed => "failed",
            PhaseStatus::Partial => "partial",
            PhaseStatus::Skipped => "skipped",
            _ => "done",
        });
        if status == PhaseStatus::Failed {
            let cause = reason.unwrap_or_default();
            work.note(&format!("{} failed: {cause}", phase.name()));
            brief::failed(run)?;
            conclude(run, &[])?;
            // A full disk or a lost ledger is the environment's fault, and the exit code says so.
            return match error {
                Some(error) if error.exit_code() != 2 => Err(error),
                _ => Ok(Vec::new()),
            };
        }
        run.save()?;
    }
    if let Some(failure) = log.as_ref().and_then(ProgressLog::failure) {
        all.iter().for_each(|r| r.note(&format!("progress could not be recorded: {failure}")));
    }
    let gates = run.state.audited()?.gates.clone();
    conclude(run, &gates)?;
    Ok(gates)
}

/// Writes the verdict into `run.json` and the ledger.
fn conclude(run: &mut Run<'_>, gates: &[GateResult]) -> Result<()> {
    let failed = run.record.failed_phase().map(|p| p.name);
    let chosen = run.state.audited.as_ref().and_then(|audited| audited.chosen.as_ref());
    let verdict = RunVerdict::new(gates, failed, chosen.map(std::slice::from_ref).unwrap_or_default());
    let status = verdict.status;
    run.record.verdict = Some(verdict.clone());
    run.save()?;
    let Some(ledger) = run.ledger else { return Ok(()) };
    let id = run.record.run_id.clone();
    let manifest = run.artefacts.audit.join("manifest.yaml");
    let candidate = NewCandidate {
        status,
        dry_run: run.record.dry_run,
        synthetic: run.record.synthetic,
        author: author(),
        verdicts: verdict.gates,
        evidence: run.state.audited.as_ref().map(|a| a.evidence.digest()),
        manifest: std::fs::read(&manifest).ok().map(|bytes| Digest::of(&bytes)),
        model_dir: Some(run.workspace.relative(&run.artefacts.models)),
        audit_dir: Some(run.workspace.relative(&run.artefacts.audit)),
    };
    ledger
        .record_candidate(&id, &candidate, clock::now())
        .map_err(journal::failed("record the candidate"))?;
    ledger.finish_run(&id, status, clock::now()).map_err(journal::failed("record the end of the run"))?;
    debug_assert!(status != CandidateStatus::Approved, "a run never approves");
    Ok(())
}

/// Who runs the pipeline: the login name, asserted like any name.
pub(crate) fn author() -> String {
    ["PROOFMARK_AUTHOR", "USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()))
        .unwrap_or_else(|| "unnamed".to_owned())
}

/// The same walk from recorded inputs over an empty store in `scratch`; the ledger is not touched.
pub(crate) fn replay(
    workspace: &Workspace,
    scratch: &Workspace,
    record: &RunRecord,
    inputs: RunInputs,
    reporters: &[&dyn Reporter],
) -> Result<()> {
    let mut run = super::request::build(workspace, scratch, None, inputs, record)?;
    execute(&mut run, reporters).map(drop)
}
