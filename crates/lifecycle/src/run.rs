//! `run.json`: what a run did, and the only hand-over between its phases.

mod id;
mod phase;

use std::collections::BTreeMap;

use proofmark_units::{Digest, Instant};
use serde::{Deserialize, Serialize};

pub use id::{ParseRunIdError, RunId};
pub use phase::{Phase, PhaseStatus};

use crate::candidate::CandidateStatus;
use crate::gates::GateResult;
use crate::named::{ChosenPolicy, NamedVerdict, decide_with};
use crate::verdict::Verdict;

/// Format version of `run.json` this build writes.
pub const RUN_FORMAT: u32 = 1;

/// A file a phase read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// Path relative to the run's root.
    pub path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
}

/// A file a phase wrote; also an entry of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Artifact {
    /// Path relative to the run's root.
    pub path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Size in bytes.
    pub bytes: u64,
}

/// One phase of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// Which phase.
    pub name: Phase,
    /// How far it got.
    pub status: PhaseStatus,
    /// When the last attempt began.
    pub started: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// Seconds of work, over all attempts.
    pub seconds: f64,
    /// Files it read.
    pub inputs: Vec<Input>,
    /// Files it wrote.
    pub outputs: Vec<Artifact>,
    /// Counts and measures for the operator, by name.
    pub metrics: BTreeMap<String, serde_json::Value>,
    /// Why it was skipped, is partial or failed.
    pub reason: Option<String>,
    /// How often it was begun.
    pub attempts: u32,
}

impl PhaseRecord {
    fn pending(name: Phase) -> Self {
        Self {
            name,
            status: PhaseStatus::Pending,
            started: None,
            ended: None,
            seconds: 0.0,
            inputs: Vec::new(),
            outputs: Vec::new(),
            metrics: BTreeMap::new(),
            reason: None,
            attempts: 0,
        }
    }
}

/// A gate and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateVerdict {
    /// The gate's name.
    pub gate: String,
    /// Its verdict.
    pub verdict: Verdict,
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunVerdict {
    /// Status of the candidate.
    pub status: CandidateStatus,
    /// What each gate said, in order.
    pub gates: Vec<GateVerdict>,
    /// The named policy that the pipeline chose, which may have lowered the status; empty: the default policy alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ChosenPolicy>,
}

impl RunVerdict {
    /// The outcome from the gates' results, the phase that failed, if one did, and the named policies that were chosen.
    pub fn new(gates: &[GateResult], failed: Option<Phase>, chosen: &[NamedVerdict]) -> Self {
        let one = |result: &GateResult| GateVerdict { gate: result.gate.clone(), verdict: result.verdict };
        Self {
            status: decide_with(gates, failed, chosen),
            gates: gates.iter().map(one).collect(),
            policies: chosen.iter().map(ChosenPolicy::new).collect(),
        }
    }
}

/// `run.json`. Identity, clock, timings, machine and worker count live here and in the mark, nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Format version of the file.
    pub format: u32,
    /// Name of the run.
    pub run_id: RunId,
    /// When it was created.
    pub created: Instant,
    /// Root of the seed tree, as the user wrote it.
    pub seed: u64,
    /// A rehearsal on a tiny slice; never approvable.
    pub dry_run: bool,
    /// The bars were simulated.
    pub synthetic: bool,
    /// Digest of the pipeline file's content.
    pub pipeline: Digest,
    /// Digest of the gate policy.
    pub policy: Digest,
    /// The data snapshot; known once data ingestion finished.
    pub snapshot: Option<Digest>,
    /// Version of the program.
    pub code_version: String,
    /// Trials on the lineage when the run began; known once the snapshot is.
    pub trials_at_start: Option<u64>,
    /// Worker threads.
    pub workers: Option<u32>,
    /// The machine, for timings only.
    pub machine: Option<String>,
    /// The eight phases, in order.
    pub phases: Vec<PhaseRecord>,
    /// The outcome, once judged.
    pub verdict: Option<RunVerdict>,
}

/// What a new run is made of.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Name of the run.
    pub run_id: RunId,
    /// When it was created.
    pub created: Instant,
    /// Root of the seed tree.
    pub seed: u64,
    /// A rehearsal on a tiny slice.
    pub dry_run: bool,
    /// The bars are simulated.
    pub synthetic: bool,
    /// Digest of the pipeline file's content.
    pub pipeline: Digest,
    /// Digest of the gate policy.
    pub policy: Digest,
    /// Version of the program.
    pub code_version: String,
}

/// A `run.json` was refused.
#[derive(Debug, thiserror::Error)]
pub enum RunRecordError {
    /// Not JSON, or not of this shape.
    #[error("failed to read the run record")]
    Parse(#[from] serde_json::Error),
    /// Written by a newer build.
    #[error(
        "the run record has format {found}, this build reads up to {RUN_FORMAT}; hint: use a newer build"
    )]
    Newer {
        /// The format found.
        found: u32,
    },
    /// The phases are not the eight phases in order.
    #[error("the run record does not list the eight phases in order")]
    Phases,
}

impl RunRecord {
    /// A run with every phase pending.
    pub fn new(new: NewRun) -> Self {
        Self {
            format: RUN_FORMAT,
            run_id: new.run_id,
            created: new.created,
            seed: new.seed,
            dry_run: new.dry_run,
            synthetic: new.synthetic,
            pipeline: new.pipeline,
            policy: new.policy,
            snapshot: None,
            code_version: new.code_version,
            trials_at_start: None,
            workers: None,
            machine: None,
            phases: Phase::ALL.map(PhaseRecord::pending).to_vec(),
            verdict: None,
        }
    }

    /// The same run with every phase pending: what a replay starts from.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            workers: None,
            machine: None,
            phases: Phase::ALL.map(PhaseRecord::pending).to_vec(),
            verdict: None,
            ..self.clone()
        }
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    /// [`RunRecordError`]; a newer format is refused before its content is looked at.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RunRecordError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes)?;
        if version.format > RUN_FORMAT {
            return Err(RunRecordError::Newer { found: version.format });
        }
        let record: Self = serde_json::from_slice(bytes)?;
        match record.phases.iter().map(|phase| phase.name).eq(Phase::ALL) {
            true => Ok(record),
            false => Err(RunRecordError::Phases),
        }
    }

    /// The text of `run.json`.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a run record always serialises");
        text + "\n"
    }

    /// The record of a phase.
    pub fn phase(&self, phase: Phase) -> &PhaseRecord {
        &self.phases[phase as usize]
    }

    /// The record of a phase, to fill in.
    pub fn phase_mut(&mut self, phase: Phase) -> &mut PhaseRecord {
        &mut self.phases[phase as usize]
    }

    /// Marks a phase as begun: one attempt more, what an earlier attempt left behind is cleared.
    pub fn start(&mut self, phase: Phase, at: Instant) {
        let record = self.phase_mut(phase);
        let (seconds, attempts) = (record.seconds, record.attempts + 1);
        *record = PhaseRecord {
            status: PhaseStatus::Running,
            started: Some(at),
            seconds,
            attempts,
            ..PhaseRecord::pending(phase)
        };
    }

    /// Marks a phase as ended with this status; its seconds are added up from the instants.
    pub fn finish(&mut self, phase: Phase, status: PhaseStatus, at: Instant, reason: Option<String>) {
        let record = self.phase_mut(phase);
        if let Some(started) = record.started {
            #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
            let seconds = (at.nanos() - started.nanos()).max(0) as f64 / 1e9;
            record.seconds += seconds;
        }
        record.status = status;
        record.ended = Some(at);
        record.reason = reason;
    }

    /// The first phase that still has to run; `None` when all are done.
    pub fn resume_point(&self) -> Option<Phase> {
        self.phases.iter().find(|phase| !phase.status.is_done()).map(|phase| phase.name)
    }

    /// The phase that failed, if one did.
    pub fn failed_phase(&self) -> Option<&PhaseRecord> {
        self.phases.iter().find(|phase| phase.status == PhaseStatus::Failed)
    }

    /// Every file the phases wrote, in order of path.
    pub fn artifacts(&self) -> Vec<Artifact> {
        let mut all: Vec<Artifact> =
            self.phases.iter().flat_map(|phase| phase.outputs.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}

#[cfg(test)]
pub(crate) mod tests;
