//! Starting a back-test, and doing a recorded one again.

use proofmark_ledger::{Ledger, RunStarted};
use proofmark_lifecycle::run::NewRun;
use proofmark_lifecycle::{Policy, RunRecord};
use proofmark_units::Seed;

use super::Run;
use crate::clock;
use crate::error::Result;
use crate::forecast::Tested;
use crate::forecast::definition::ForecastPipeline;
use crate::forecast::inputs::{ForecastInputs, INPUTS};
use crate::forecast::schedule::{Wanted, decisions};
use crate::forecast::seal::{Seal, visible};
use crate::forecast::series::{Prices, Series};
use crate::forecast::simulate::Market;
use crate::gates;
use crate::journal::{self, ProgressLog};
use crate::progress::Reporter;
use crate::run::{Artefacts, PriorTrial, free_id};
use crate::workspace::{self, Workspace};

/// Runs the eight phases on what the lake holds now.
pub(crate) fn backtest(
    ws: &Workspace,
    ledger: &Ledger,
    pipeline: &ForecastPipeline,
    seed: u64,
    with_pictures: bool,
    reporters: &[&dyn Reporter],
) -> Result<Tested> {
    // Everything that can be wrong with the input is found here, before a run exists.
    let seal = Seal::set(&ws.lake(), pipeline)?;
    let series = Series::read(&ws.lake(), &visible(pipeline, seal.as_ref()), None)?;
    let decisions = decisions(pipeline, &series, Wanted::Over)?;
    series.expect_rows(pipeline.zoo.min_rows)?;
    Market::new(pipeline, &series, &decisions)?;
    let named_policy =
        pipeline.gates.policy.as_deref().map(|name| gates::find(name, ws.root())).transpose()?;
    let mut inputs = ForecastInputs {
        pipeline: pipeline.clone(),
        seed,
        snapshot: series.snapshot.id,
        intraday: series.intraday_digest,
        synthetic: series.synthetic,
        pictures: with_pictures,
        prior_trials: Vec::new(),
        named_policy,
    };
    let key = inputs.trial_key();
    inputs.prior_trials = ledger
        .trials_on_lineage(std::slice::from_ref(&pipeline.data.symbol), series.snapshot.content.span)
        .map_err(journal::failed("read the trials"))?
        .into_iter()
        .filter(|trial| trial.entry.key != key)
        .map(|trial| PriorTrial { key: trial.entry.key, returns: trial.entry.returns_sha256 })
        .collect();
    let created = clock::now();
    let run_id = free_id(ws, created)?;
    let policy = Policy::default();
    let mut record = RunRecord::new(NewRun {
        run_id: run_id.clone(),
        created,
        seed,
        dry_run: ws.is_dry_run(),
        synthetic: series.synthetic,
        pipeline: pipeline.digest(),
        policy: policy.digest(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    record.snapshot = Some(inputs.snapshot);
    record.trials_at_start = Some(inputs.prior_trials.len() as u64 + pipeline.trials.prior_declared);
    record.workers = u32::try_from(rayon::current_num_threads()).ok();
    record.machine = Some(format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    let started = RunStarted {
        seed,
        synthetic: record.synthetic,
        pipeline: record.pipeline,
        policy: record.policy,
        code_version: record.code_version.clone(),
    };
    let artefacts = Artefacts::new(ws, run_id.as_str(), series.synthetic);
    workspace::write(&artefacts.models.join(INPUTS), &crate::json::bytes(&inputs))?;
    workspace::write(&artefacts.models.join("run.json"), record.to_json().as_bytes())?;
    ledger
        .start_run(&run_id, &started, clock::now())
        .map_err(journal::failed("record the start of the run"))?;
    let log = ProgressLog::new(ledger, run_id);
    let mut all: Vec<&dyn Reporter> = reporters.to_vec();
    all.push(&log);
    let run = Run {
        workspace: ws,
        origin: ws,
        ledger: Some(ledger),
        inputs,
        seal,
        series,
        decisions,
        record,
        policy,
        artefacts,
        reporters: all,
        seed: Seed::root(seed),
    };
    run.execute()
}

/// The same phases from the recorded inputs and snapshot, written into `scratch`; the ledger is not touched.
///
/// # Errors
/// The lake no longer gives what the run read, or a phase fails.
pub(crate) fn replay(
    ws: &Workspace,
    scratch: &Workspace,
    record: &RunRecord,
    reporters: &[&dyn Reporter],
) -> Result<()> {
    let inputs = ForecastInputs::stored(ws, &record.run_id)?;
    let seal = Seal::stored(ws, &record.run_id)?;
    let pipeline = &inputs.pipeline;
    let prices = Prices::read(&ws.lake(), &visible(pipeline, seal.as_ref()), Some(inputs.snapshot))?;
    prices.expect_intraday(pipeline, inputs.intraday)?;
    let series = Series::of(prices, pipeline)?;
    let decisions = decisions(pipeline, &series, Wanted::Over)?;
    let policy = Policy::default();
    let run = Run {
        workspace: scratch,
        origin: ws,
        ledger: None,
        artefacts: Artefacts::new(scratch, record.run_id.as_str(), series.synthetic),
        seed: Seed::root(inputs.seed),
        inputs,
        seal,
        series,
        decisions,
        record: record.again(),
        policy,
        reporters: reporters.to_vec(),
    };
    run.execute().map(drop)
}
