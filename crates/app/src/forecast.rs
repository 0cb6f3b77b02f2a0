//! Forecast pipelines: one instrument, a zoo of regressions refitted on what was over by then, a rule that trades them, and the files
//! of the lifecycle around it.
//!
//! Invariant: back-test and production walk through the same code; production asks for an approved candidate of the same pipeline.
//! Invariant: no file but `run.json` holds a run id or a clock.

mod books;
mod canaries;
mod columns;
mod definition;
mod evidence;
mod files;
mod holdout;
mod inputs;
mod pictures;
mod production;
mod raster;
mod run;
mod schedule;
mod seal;
mod series;
mod signals;
mod simulate;
mod stress;
mod tables;
mod walk;
mod years;
mod zoo;

use std::path::PathBuf;

use proofmark_ledger::Ledger;
use serde::Serialize;

pub(crate) use self::columns::Columns;
pub(crate) use self::definition::says_forecast;
pub use self::definition::{ForecastPipeline, RuleSpec, is_forecast};
pub(crate) use self::holdout::opening;
pub(crate) use self::inputs::is_forecast_run;
pub use self::production::Produced;
pub(crate) use self::run::replay;
pub use self::years::{Year, YearBook};
use crate::error::{AppError, Result};
use crate::journal;
use crate::progress::Reporter;
use crate::run::RunSummary;
use crate::workspace::Workspace;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Out-of-sample evidence, the automatic vote and its files.
    Backtest,
    /// Signals and trades up to the newest bar, of an approved candidate.
    Production,
    /// One after the other.
    Both,
}

/// What is asked of a forecast pipeline.
#[derive(Debug, Clone)]
pub struct ForecastRequest {
    /// The file.
    pub pipeline: PathBuf,
    /// How far to go.
    pub stage: Stage,
    /// Whether PNG pictures are drawn.
    pub pictures: bool,
    /// Root of the seed tree of a back-test; the setting `run.seed` when absent. Production takes that of the approved candidate.
    pub seed: Option<u64>,
    /// Threads; 0 means one a core; the setting `run.workers` when absent.
    pub workers: Option<usize>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForecastSummary {
    /// The back-test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backtest: Option<Tested>,
    /// The production phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub production: Option<Produced>,
}

/// A back-test of a forecast pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tested {
    /// The run as every run is summed up.
    #[serde(flatten)]
    pub run: RunSummary,
    /// Each year out of sample.
    pub years: Vec<Year>,
    /// What the automatic vote of the pipeline's policy advises.
    pub recommendation: Option<String>,
    /// Files written, relative to the workspace, pictures apart.
    pub files: Vec<String>,
    /// Pictures drawn.
    pub pictures: usize,
}

/// Runs the phases that are asked for.
///
/// # Errors
/// Bad input or a broken environment; production without an approved candidate of this pipeline.
pub fn start(
    ws: &Workspace,
    request: &ForecastRequest,
    reporters: &[&dyn Reporter],
) -> Result<ForecastSummary> {
    let workers = match request.workers {
        Some(n) => n,
        None => usize::try_from(ws.settings().number("run.workers")).unwrap_or(0),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build();
    let pool = pool.map_err(|e| AppError::environment("failed to start the worker threads").because(e))?;
    pool.install(|| {
        let pipeline = ForecastPipeline::read(&request.pipeline)?;
        let seed = request.seed.unwrap_or_else(|| ws.settings().number("run.seed"));
        let ledger: Ledger = journal::open(ws)?;
        if request.stage == Stage::Both {
            // Only a person can approve, so what would be refused at the end is refused now.
            production::approved(ws, &ledger, &pipeline)?;
        }
        let backtest = match request.stage {
            Stage::Production => None,
            Stage::Backtest | Stage::Both => {
                Some(run::backtest(ws, &ledger, &pipeline, seed, request.pictures, reporters)?)
            }
        };
        let production = match request.stage {
            Stage::Backtest => None,
            Stage::Production | Stage::Both => Some(production::produce(ws, &ledger, &pipeline, reporters)?),
        };
        Ok(ForecastSummary { backtest, production })
    })
}
