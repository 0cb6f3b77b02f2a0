//! The back-test: eight phases, each recorded in `run.json`, with a candidate at the end.

mod audit;
mod begin;
mod briefing;
mod data;
mod evidence;
mod models;
mod stress;

use proofmark_ledger::{Ledger, NewCandidate};
use proofmark_lifecycle::run::RunVerdict;
use proofmark_lifecycle::{EvidenceSet, GateResult, NamedVerdict, Phase, PhaseStatus, Policy, RunRecord};
use proofmark_training::{TrialKey, TrialLog};
use proofmark_units::{Digest, Seed};

pub(super) use self::begin::backtest;
pub(crate) use self::begin::replay;
use super::Tested;
use super::inputs::ForecastInputs;
use super::schedule::Decision;
use super::seal::Seal;
use super::series::Series;
use super::years::years;
use crate::clock;
use crate::error::Result;
use crate::journal::{self, AlreadyRecorded, Trials};
use crate::progress::{Reporter, Work};
use crate::run::{Artefacts, author, summarise};
use crate::workspace::{self, Workspace};

/// A back-test under way.
struct Run<'a> {
    workspace: &'a Workspace,
    /// Where the returns of earlier trials lie: a replay writes elsewhere.
    origin: &'a Workspace,
    /// Absent in a replay: nothing is recorded then.
    ledger: Option<&'a Ledger>,
    inputs: ForecastInputs,
    seal: Option<Seal>,
    /// Nothing of the sealed span.
    series: Series,
    decisions: Vec<Decision>,
    record: RunRecord,
    policy: Policy,
    artefacts: Artefacts,
    reporters: Vec<&'a dyn Reporter>,
    seed: Seed,
}

impl Run<'_> {
    fn execute(mut self) -> Result<Tested> {
        match self.phases() {
            Ok(tested) => Ok(tested),
            Err(error) => {
                let _ = self.conclude(&[], None, None);
                Err(error)
            }
        }
    }

    fn phases(&mut self) -> Result<Tested> {
        let data = self.phase(Phase::DataIngestion, Self::data)?;
        let walked = self.phase(Phase::TeacherTraining, Self::train)?;
        self.record.start(Phase::StudentTraining, clock::now());
        let why = "a forecast pipeline distils nothing: the rule reads the models themselves".to_owned();
        self.record.finish(Phase::StudentTraining, PhaseStatus::Skipped, clock::now(), Some(why));
        let pictures = self.phase(Phase::ModelValidation, Self::compare)?;
        let (calls, books, active, tested) =
            self.phase(Phase::StatisticalTests, |run, work| run.test(&walked, work))?;
        let stressed = self.phase(Phase::StressTests, |run, _| run.stress(&calls, &books))?;
        let files = [&tested, &stressed.file, &data];
        let judged = self.phase(Phase::ReleaseAudit, |run, _| run.audit(&calls, &books, &files))?;
        let years = years(&self.series, &books, &calls, &active, self.inputs.pipeline.horizon(), &self.seed);
        self.phase(Phase::PromotionBriefing, |run, _| run.brief(&judged, &years, &files, &stressed))?;
        self.conclude(&judged.gates, judged.chosen.as_ref(), Some(&judged.evidence))?;
        let audit = self.workspace.relative(&self.artefacts.audit);
        let artifacts = self.record.artifacts();
        let written = artifacts
            .iter()
            .map(|a| a.path.clone())
            .filter(|p| p.starts_with(&audit) && !p.ends_with(".png"));
        Ok(Tested {
            files: written.collect(),
            run: summarise(self.workspace, &self.record, &judged.gates),
            years,
            recommendation: judged.chosen.map(|vote| vote.recommendation.to_string()),
            pictures,
        })
    }

    /// Runs one phase and records it, whatever comes of it.
    fn phase<T>(&mut self, phase: Phase, body: impl FnOnce(&mut Self, &Work<'_>) -> Result<T>) -> Result<T> {
        self.record.start(phase, clock::now());
        self.save()?;
        let work = Work::begin(phase.name(), phase.number(), Phase::ALL.len(), self.reporters.clone());
        let outcome = body(self, &work);
        let (status, reason) = match &outcome {
            Ok(_) => (PhaseStatus::Success, None),
            Err(error) => (PhaseStatus::Failed, Some(error.chain().join("; "))),
        };
        self.record.phase_mut(phase).outputs = self.artefacts.take();
        self.record.finish(phase, status, clock::now(), reason);
        work.end(if outcome.is_ok() { "done" } else { "failed" });
        self.save()?;
        outcome
    }

    fn save(&self) -> Result<()> {
        workspace::write(&self.artefacts.models.join("run.json"), self.record.to_json().as_bytes())
    }

    /// The run's entry among the trials; a replay has none.
    fn trials(&self) -> Option<Trials<'_>> {
        Some(Trials {
            ledger: self.ledger?,
            run: self.record.run_id.clone(),
            key: self.inputs.trial_key(),
            symbols: vec![self.inputs.pipeline.data.symbol.clone()],
            span: self.series.snapshot.content.span,
            pipeline: self.record.pipeline,
            seed: self.inputs.seed,
        })
    }

    /// Where looks are recorded.
    fn log(&self) -> Box<dyn TrialLog + '_> {
        match self.trials() {
            Some(trials) => Box::new(trials),
            None => Box::new(AlreadyRecorded),
        }
    }

    fn trial(&self) -> TrialKey {
        TrialKey {
            pipeline_slice: self.inputs.pipeline.score_slice(),
            lineage: self.inputs.snapshot,
            seed: self.inputs.seed,
        }
    }

    /// Writes the verdict into `run.json` and the ledger.
    fn conclude(
        &mut self,
        gates: &[GateResult],
        chosen: Option<&NamedVerdict>,
        evidence: Option<&EvidenceSet>,
    ) -> Result<()> {
        let failed = self.record.failed_phase().map(|phase| phase.name);
        let verdict = RunVerdict::new(gates, failed, chosen.map(std::slice::from_ref).unwrap_or_default());
        let status = verdict.status;
        self.record.verdict = Some(verdict.clone());
        self.save()?;
        let Some(ledger) = self.ledger else { return Ok(()) };
        let id = self.record.run_id.clone();
        let manifest = std::fs::read(self.artefacts.audit.join("manifest.yaml")).ok();
        let candidate = NewCandidate {
            status,
            dry_run: self.record.dry_run,
            synthetic: self.record.synthetic,
            author: author(),
            verdicts: verdict.gates,
            evidence: evidence.map(EvidenceSet::digest),
            manifest: manifest.map(|bytes| Digest::of(&bytes)),
            model_dir: Some(self.workspace.relative(&self.artefacts.models)),
            audit_dir: Some(self.workspace.relative(&self.artefacts.audit)),
        };
        ledger
            .record_candidate(&id, &candidate, clock::now())
            .map_err(journal::failed("record the candidate"))?;
        ledger
            .finish_run(&id, status, clock::now())
            .map_err(journal::failed("record the end of the run"))
            .map(drop)
    }
}
