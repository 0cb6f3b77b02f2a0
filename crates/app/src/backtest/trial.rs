//! A back-test in the ledger of trials: a look at data that later results are deflated for.

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::limits::Limits;
use proofmark_execution::strategies::Params;
use proofmark_lifecycle::RunId;
use proofmark_units::Digest;
use proofmark_validation::TrialReturns;
use serde::Serialize;

use super::request::BacktestRequest;
use super::simulate::Setting;
use crate::error::{AppError, Result};
use crate::journal::{self, Trials};
use crate::workspace::{self, Workspace};

/// A look, and how many its data has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SeenTrial {
    /// Its key: rule, settings, costs, account, span and data. The same look again is the same trial.
    pub key: Digest,
    /// Trials on data that shares names and dates with this one, this one among them.
    pub on_data: usize,
}

/// Records the look with its returns, before anybody sees them.
///
/// # Errors
/// The ledger or the file of the returns cannot be written: nothing is shown then.
pub(super) fn record(
    ws: &Workspace,
    setting: &Setting<'_>,
    (rule, params): (&'static str, &Params),
    series: &[f64],
) -> Result<SeenTrial> {
    let Setting { feed, request, costs } = *setting;
    let key = key(setting, rule, params);
    let span = feed.span();
    // After ruin there is no return.
    let whole = series.iter().take_while(|r| r.is_finite()).count();
    let returns =
        TrialReturns { key, dates: feed.dates()[..whole].to_vec(), active: series[..whole].to_vec() };
    let bytes = crate::json::bytes(&returns);
    let ledger = journal::open(ws)?;
    let run: RunId = format!("backtest_{}", key.short())
        .parse()
        .map_err(|error| AppError::bug("a back-test has no name for the ledger").because(error))?;
    let symbols = feed.symbols().to_vec();
    let trials = Trials {
        ledger: &ledger,
        run,
        key,
        symbols: symbols.clone(),
        span,
        pipeline: crate::json::digest(&(rule, params, costs)),
        seed: request.seed,
    };
    // Returns that are known are never replaced, not even by those of another version of this program.
    let path = ws.resolve(&journal::returns_path(&key));
    let held = std::fs::read(&path).ok().map(|held| Digest::of(&held));
    let before = ledger.trials_on_lineage(&symbols, span).map_err(journal::failed("read the trials"))?;
    let known = before.iter().find(|trial| trial.entry.key == key).and_then(|t| t.entry.returns_sha256);
    if known.is_none() || known != held {
        workspace::write(&path, &bytes)?;
    }
    trials.record_with(Some(Digest::of(&bytes))).map_err(journal::failed("record the look as a trial"))?;
    let on_data = before.iter().filter(|trial| trial.entry.key != key).count() + 1;
    Ok(SeenTrial { key, on_data })
}

fn key(setting: &Setting<'_>, rule: &str, params: &Params) -> Digest {
    let Setting { feed, request, costs } = *setting;
    crate::json::digest(&Identity {
        kind: "backtest",
        rule,
        params,
        costs,
        data: feed.digest(),
        request: BacktestRequest {
            // What is written in several ways is in the other fields, in one.
            strategy: String::new(),
            set: Vec::new(),
            costs: String::new(),
            symbols: feed.symbols().to_vec(),
            from: Some(feed.span().start),
            until: Some(feed.span().end),
            // Sectors are read by limits only; without them they change a table.
            sectors: match request.limits == Limits::default() {
                true => Default::default(),
                false => request.sectors.clone(),
            },
            ..request.clone()
        },
    })
}

/// What makes two looks the same.
#[derive(Serialize)]
struct Identity<'a> {
    kind: &'static str,
    rule: &'a str,
    params: &'a Params,
    costs: &'a CostSchedule,
    data: Digest,
    request: BacktestRequest,
}
