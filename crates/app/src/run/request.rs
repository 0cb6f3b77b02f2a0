//! Starting, resuming and rehearsing a run.

use std::path::{Path, PathBuf};

use proofmark_ledger::{Ledger, RunStarted};
use proofmark_lifecycle::run::NewRun;
use proofmark_lifecycle::{GateResult, NamedPolicy, Policy, RunId, RunRecord};
use proofmark_units::{Seed, Symbol};

use super::artefacts::Artefacts;
use super::champion;
use super::engine::{Run, State, execute};
use super::inputs::{PriorTrial, RunInputs, Windows};
use super::lists;
use super::prepare::{Prepared, prepare};
use super::summary::{RunSummary, summarise};
use crate::clock;
use crate::error::{AppError, Result};
use crate::gates;
use crate::journal;
use crate::pipeline::{Overrides, Pipeline};
use crate::progress::Reporter;
use crate::rehearsal;
use crate::tasks::TaskStore;
use crate::workspace::{self, Workspace};

/// What the command line asks of `run`.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// The pipeline file; may be absent when resuming.
    pub pipeline: Option<PathBuf>,
    /// What the command line overrides in it.
    pub overrides: Overrides,
    /// Root of the seed tree; the setting `run.seed` when absent.
    pub seed: Option<u64>,
    /// Threads; 0 means one a core; the setting `run.workers` when absent.
    pub workers: Option<usize>,
    /// Trust the lake as it is.
    pub skip_fetch: bool,
    /// Rehearse on a tiny simulated market.
    pub dry_run: bool,
    /// Run to continue.
    pub resume: Option<String>,
    /// Per symbol-window models.
    pub windows: Windows,
    /// The champion's run, or `none`; the approved candidate of the same pipeline when absent.
    pub champion: Option<String>,
}

/// Symbols from a file: one a line or separated by spaces or commas; `#` starts a comment.
///
/// # Errors
/// The file cannot be read, holds no symbol, or a word is not one (with its line).
pub fn read_symbols_file(path: &Path) -> Result<Vec<Symbol>> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        AppError::input(format!("failed to read the symbols file `{}`", path.display()))
            .hint("check the path")
            .because(e)
    })?;
    let mut symbols: Vec<Symbol> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        for word in line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
            symbols.push(word.parse().map_err(|e| {
                AppError::input(format!("`{}`, line {}", path.display(), number + 1)).because(e)
            })?);
        }
    }
    if symbols.is_empty() {
        return Err(
            AppError::input(format!("`{}` names no symbol", path.display())).hint("write one symbol a line")
        );
    }
    symbols.sort();
    symbols.dedup();
    Ok(symbols)
}

/// Runs, resumes or rehearses, on as many threads as asked for.
///
/// # Errors
/// Bad input or a broken environment; a failed phase or a failed gate is an outcome in the summary.
pub fn start(workspace: &Workspace, request: &RunRequest, reporters: &[&dyn Reporter]) -> Result<RunSummary> {
    let workers = match request.workers {
        Some(n) => n,
        None => usize::try_from(workspace.settings().number("run.workers")).unwrap_or(0),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build();
    let pool = pool.map_err(|e| AppError::environment("failed to start the worker threads").because(e))?;
    pool.install(|| {
        if request.dry_run {
            return rehearse(workspace, request, reporters);
        }
        match &request.resume {
            Some(run) => resume(workspace, run, request, reporters),
            None => begin(workspace, request, reporters),
        }
    })
}

fn read_pipeline(request: &RunRequest) -> Result<Pipeline> {
    let path = request.pipeline.as_ref().ok_or_else(|| AppError::input("no pipeline named"))?;
    Ok(Pipeline::read(path)?.with(&request.overrides))
}

fn rehearse(workspace: &Workspace, request: &RunRequest, reporters: &[&dyn Reporter]) -> Result<RunSummary> {
    let pipeline = rehearsal::shrink(&read_pipeline(request)?);
    let policy = chosen(workspace, &pipeline)?;
    let own = workspace.dry_run();
    rehearsal::fill(&own, &pipeline)?;
    launch(&own, pipeline, policy, request, reporters)
}

fn begin(workspace: &Workspace, request: &RunRequest, reporters: &[&dyn Reporter]) -> Result<RunSummary> {
    let pipeline = read_pipeline(request)?;
    let policy = chosen(workspace, &pipeline)?;
    launch(workspace, pipeline, policy, request, reporters)
}

/// The policy that the pipeline names beside the default one.
fn chosen(workspace: &Workspace, pipeline: &Pipeline) -> Result<Option<NamedPolicy>> {
    pipeline.gates.policy.as_deref().map(|policy| gates::find(policy, workspace.root())).transpose()
}

/// Everything that can be wrong with the input is found here, before a run exists.
fn launch(
    workspace: &Workspace,
    pipeline: Pipeline,
    named_policy: Option<NamedPolicy>,
    request: &RunRequest,
    reporters: &[&dyn Reporter],
) -> Result<RunSummary> {
    let pipeline = lists::keep(&workspace.lake(), &pipeline)?;
    let data = prepare(&workspace.lake(), &pipeline, None)?;
    let ledger = journal::open(workspace)?;
    let seed = request.seed.unwrap_or_else(|| workspace.settings().number("run.seed"));
    let symbols = data.universe.symbols.clone();
    let key = crate::json::digest(&(pipeline.score_slice(), data.snapshot.id, seed));
    let prior_trials = ledger
        .trials_on_lineage(&symbols, data.snapshot.content.span)
        .map_err(journal::failed("read the trials"))?
        .into_iter()
        .filter(|trial| trial.entry.key != key)
        .map(|trial| PriorTrial { key: trial.entry.key, returns: trial.entry.returns_sha256 })
        .collect();
    let inputs = RunInputs {
        seed,
        snapshot: data.snapshot.id,
        symbols,
        synthetic: data.synthetic,
        dry_run: workspace.is_dry_run(),
        champion: champion::choose(workspace, request.champion.as_deref(), &pipeline.name)?,
        prior_trials,
        named_policy,
        windows: request.windows,
        pipeline,
    };
    let created = clock::now();
    let run_id = free_id(workspace, created)?;
    let policy = policy(&inputs)?;
    let mut record = RunRecord::new(NewRun {
        run_id: run_id.clone(),
        created,
        seed,
        dry_run: inputs.dry_run,
        synthetic: inputs.synthetic,
        pipeline: inputs.pipeline.digest(),
        policy: policy.digest(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    record.snapshot = Some(inputs.snapshot);
    record.trials_at_start = Some(inputs.prior_trials.len() as u64 + inputs.pipeline.trials.prior_declared);
    // The inputs first: a run that is killed right here can be resumed, one without inputs never existed.
    workspace::write(&workspace.models(run_id.as_str()).join("inputs.json"), &crate::json::bytes(&inputs))?;
    carry_out(workspace, &ledger, record, inputs, data, reporters)
}

fn resume(
    workspace: &Workspace,
    run: &str,
    request: &RunRequest,
    reporters: &[&dyn Reporter],
) -> Result<RunSummary> {
    let id = journal::run_id(run)?;
    if request.overrides != Overrides::default() || request.seed.is_some() || request.champion.is_some() {
        return Err(AppError::input("a resumed run keeps its symbols, dates, seed and champion")
            .hint("leave those options out, or start a new run"));
    }
    let (record, inputs) = stored(workspace, &id)?;
    let data = prepare(&workspace.lake(), &inputs.pipeline, Some(inputs.snapshot))?;
    let ledger = journal::open(workspace)?;
    carry_out(workspace, &ledger, record, inputs, data, reporters)
}

/// `run.json` and `inputs.json` of a run that ranks names.
pub(crate) fn stored(workspace: &Workspace, id: &RunId) -> Result<(RunRecord, RunInputs)> {
    let record = recorded(workspace, id)?;
    let path = workspace.models(id.as_str()).join("inputs.json");
    if !path.is_file() {
        return Err(AppError::input(format!(
            "`{id}` forecasts one instrument, and this is not built for such runs"
        ))
        .hint("`proofmark candidates verify RUN --replay` computes it again and compares every byte"));
    }
    let inputs: RunInputs = serde_json::from_slice(&workspace::read(&path)?)
        .map_err(|e| AppError::environment(format!("`{}` is damaged", path.display())).because(e))?;
    Ok((record, inputs))
}

/// `run.json` of any run.
pub(crate) fn recorded(workspace: &Workspace, id: &RunId) -> Result<RunRecord> {
    let path = workspace.models(id.as_str()).join("run.json");
    if !path.is_file() {
        return Err(
            AppError::input(format!("there is no run `{id}`")).hint("`proofmark runs list` names them")
        );
    }
    RunRecord::from_json(&workspace::read(&path)?)
        .map_err(|e| AppError::environment(format!("`{}` is damaged", path.display())).because(e))
}

fn carry_out(
    workspace: &Workspace,
    ledger: &Ledger,
    record: RunRecord,
    inputs: RunInputs,
    data: Prepared,
    reporters: &[&dyn Reporter],
) -> Result<RunSummary> {
    let id = record.run_id.clone();
    let started = RunStarted {
        seed: record.seed,
        synthetic: record.synthetic,
        pipeline: record.pipeline,
        policy: record.policy,
        code_version: record.code_version.clone(),
    };
    let path = workspace.models(id.as_str()).join("run.json");
    workspace::write(&path, record.to_json().as_bytes())?;
    ledger.start_run(&id, &started, clock::now()).map_err(journal::failed("record the start of the run"))?;
    let mut run = assemble(workspace, workspace, Some(ledger), inputs, record, data)?;
    run.record.workers = u32::try_from(rayon::current_num_threads()).ok();
    run.record.machine = Some(format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    let gates: Vec<GateResult> = execute(&mut run, reporters)?;
    Ok(summarise(workspace, &run.record, &gates))
}

/// A run over recorded inputs that writes into `scratch`.
pub(crate) fn build<'a>(
    workspace: &'a Workspace,
    scratch: &'a Workspace,
    ledger: Option<&'a Ledger>,
    inputs: RunInputs,
    record: &RunRecord,
) -> Result<Run<'a>> {
    let data = prepare(&workspace.lake(), &inputs.pipeline, Some(inputs.snapshot))?;
    let path = scratch.models(record.run_id.as_str()).join("inputs.json");
    workspace::write(&path, &crate::json::bytes(&inputs))?;
    assemble(scratch, workspace, ledger, inputs, record.again(), data)
}

fn assemble<'a>(
    workspace: &'a Workspace,
    origin: &'a Workspace,
    ledger: Option<&'a Ledger>,
    inputs: RunInputs,
    record: RunRecord,
    data: Prepared,
) -> Result<Run<'a>> {
    Ok(Run {
        workspace,
        ledger,
        origin,
        store: TaskStore::new(workspace.root()),
        policy: policy(&inputs)?,
        dataset_digest: data.frame.dataset.digest(),
        seed: Seed::root(inputs.seed),
        artefacts: Artefacts::new(workspace, record.run_id.as_str(), data.synthetic),
        inputs,
        record,
        data,
        state: State::default(),
    })
}

/// The shipped policy with the pipeline's waivers.
fn policy(inputs: &RunInputs) -> Result<Policy> {
    Policy::default().with_waivers(inputs.pipeline.waiver.iter().cloned()).map_err(|e| {
        let hint = e.hint();
        AppError::input("the pipeline's waivers").hint(hint).because(e)
    })
}

/// A run id nobody has: the clock's second, then the next free one.
pub(crate) fn free_id(workspace: &Workspace, created: proofmark_units::Instant) -> Result<RunId> {
    (0..10_000)
        .map(|k| RunId::live_candidate(created.plus_seconds(k)))
        .find(|id| !workspace.models(id.as_str()).exists())
        .ok_or_else(|| AppError::environment("no run id is free"))
}
