//! Looking at runs, also while they work.

use proofmark_lifecycle::{PhaseStatus, RunId};
use proofmark_units::Instant;
use serde::Serialize;

use crate::clock;
use crate::error::{AppError, Result};
use crate::journal;
use crate::run::{RunSummary, summarise};
use crate::workspace::Workspace;

/// One run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedRun {
    /// The run.
    pub run_id: String,
    /// Candidate status, or `running or interrupted`.
    pub status: String,
    /// Pipeline digest, short.
    pub pipeline: String,
    /// When it began.
    pub created: Instant,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunProgress {
    /// The run.
    pub run_id: String,
    /// Whether it ended.
    pub ended: bool,
    /// The eight phases.
    pub phases: Vec<PhaseProgress>,
}

/// Where a phase stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseProgress {
    /// Its name.
    pub name: String,
    /// `pending`, `running`, `success`, ...
    pub status: String,
    /// Tasks finished.
    pub done: u64,
    /// Tasks in all.
    pub total: u64,
    /// Seconds so far.
    pub seconds: f64,
    /// Expected seconds to its end.
    pub eta_seconds: Option<f64>,
}

/// All runs, newest first.
///
/// # Errors
/// The ledger cannot be read.
pub fn list(workspace: &Workspace) -> Result<Vec<ListedRun>> {
    let ledger = journal::open(workspace)?;
    let runs = ledger.runs().map_err(journal::failed("read the runs"))?;
    let listed = runs.into_iter().map(|run| ListedRun {
        run_id: run.run_id.to_string(),
        status: run.status.map_or_else(|| "running or interrupted".to_owned(), |s| s.name().to_owned()),
        pipeline: run.start.pipeline.short(),
        created: run.started,
    });
    Ok(listed.collect())
}

/// The named run, or the newest.
///
/// # Errors
/// There is no run, or the name is not one.
pub(crate) fn pick(workspace: &Workspace, run: Option<&str>) -> Result<RunId> {
    match run {
        Some(text) => journal::run_id(text),
        None => match list(workspace)?.first() {
            Some(newest) => journal::run_id(&newest.run_id),
            None => Err(AppError::input("there is no run yet")
                .hint("`proofmark run pipelines/nse_swing.toml` makes one")),
        },
    }
}

/// One run's phases and verdicts.
///
/// # Errors
/// There is no such run.
pub fn show(workspace: &Workspace, run: Option<&str>) -> Result<RunSummary> {
    let id = pick(workspace, run)?;
    let record = crate::run::recorded(workspace, &id)?;
    let gates = crate::candidates::gate_results(workspace, id.as_str()).unwrap_or_default();
    Ok(summarise(workspace, &record, &gates))
}

/// Where a run stands now, from the ledger: works from another terminal.
///
/// # Errors
/// There is no such run.
pub fn progress(workspace: &Workspace, run: Option<&str>) -> Result<RunProgress> {
    let id = pick(workspace, run)?;
    let record = crate::run::recorded(workspace, &id)?;
    let ledger = journal::open(workspace)?;
    let counts = ledger.read_progress(&id).map_err(journal::failed("read the progress"))?;
    let phases = record
        .phases
        .iter()
        .map(|phase| {
            let count = counts.iter().find(|c| c.phase == phase.name);
            let running = phase.status == PhaseStatus::Running;
            let since = phase
                .started
                .filter(|_| running)
                .map_or(0.0, |s| (clock::now().nanos() - s.nanos()) as f64 / 1e9);
            PhaseProgress {
                name: phase.name.to_string(),
                status: serde_json::to_value(phase.status)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                done: count.map_or(0, |c| c.done),
                total: count.map_or(0, |c| c.total),
                seconds: phase.seconds + since,
                eta_seconds: count.and_then(|c| c.eta_seconds).filter(|_| running),
            }
        })
        .collect();
    Ok(RunProgress { run_id: id.to_string(), ended: record.verdict.is_some(), phases })
}
