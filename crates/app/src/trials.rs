//! Every configuration ever scored here: what deflation counts.

use proofmark_stats::moments::mean;
use proofmark_stats::performance::{annualised, max_drawdown, sharpe_per_period};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use proofmark_validation::TrialReturns;
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::journal;
use crate::workspace::Workspace;

/// One trial in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedTrial {
    /// Its number in the ledger.
    pub number: u64,
    /// Its identity.
    pub key: Digest,
    /// The run that scored it first.
    pub run_id: String,
    /// When it was scored first.
    pub at: Instant,
    /// How many symbols it saw.
    pub symbols: usize,
    /// Which dates it saw.
    pub span: DateSpan,
    /// Whether its returns are kept and whole.
    pub returns_kept: bool,
}

/// Every trial, oldest first.
///
/// # Errors
/// The ledger cannot be read.
pub fn list(workspace: &Workspace) -> Result<Vec<ListedTrial>> {
    let ledger = journal::open(workspace)?;
    let trials = ledger.trials().map_err(journal::failed("read the trials"))?;
    let listed = trials.into_iter().map(|trial| {
        let bytes = std::fs::read(workspace.resolve(&trial.entry.returns_path)).ok();
        ListedTrial {
            number: trial.number.0,
            key: trial.entry.key,
            run_id: trial.entry.run_id.to_string(),
            at: trial.at,
            symbols: trial.entry.symbols.len(),
            span: trial.entry.span,
            returns_kept: bytes.is_some_and(|b| trial.entry.returns_sha256 == Some(Digest::of(&b))),
        }
    });
    Ok(listed.collect())
}

/// One trial in full, with what its kept returns say and which other trials stand on the same data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownTrial {
    /// As in the list.
    #[serde(flatten)]
    pub listed: ListedTrial,
    /// Symbols it saw.
    pub names: Vec<Symbol>,
    /// Root of its seed tree.
    pub seed: u64,
    /// Digest of its pipeline.
    pub pipeline: Digest,
    /// Out-of-sample periods with an active return; 0 where the returns are gone.
    pub periods: usize,
    /// Annual mean of the active returns, a fraction.
    pub annual_mean: Option<f64>,
    /// Annual appraisal ratio.
    pub appraisal_ratio: Option<f64>,
    /// Largest fall of the cumulated active returns, a fraction.
    pub max_drawdown: Option<f64>,
    /// Other trials whose symbols and dates overlap with its own: they count towards each other's N.
    pub lineage: Vec<Digest>,
}

/// Sessions a year that trials are annualised with; the run's own report has its calendar's.
const PERIODS_PER_YEAR: f64 = 252.0;

/// The trial whose key starts with `key`.
///
/// # Errors
/// None or several start so, or the ledger cannot be read.
pub fn show(workspace: &Workspace, key: &str) -> Result<ShownTrial> {
    let all = list(workspace)?;
    let mut found = all.into_iter().filter(|trial| trial.key.to_string().starts_with(key));
    let hint = "`proofmark trials list` names them";
    let Some(listed) = found.next() else {
        return Err(AppError::input(format!("there is no trial `{key}`")).hint(hint));
    };
    if found.next().is_some() {
        return Err(AppError::input(format!("several trials start with `{key}`")).hint(hint));
    }
    let ledger = journal::open(workspace)?;
    let trials = ledger.trials().map_err(journal::failed("read the trials"))?;
    let trial = trials.into_iter().find(|t| t.entry.key == listed.key);
    let entry = trial.ok_or_else(|| AppError::bug("a listed trial is gone"))?.entry;
    let lineage = ledger
        .trials_on_lineage(&entry.symbols, entry.span)
        .map_err(journal::failed("read the lineage"))?
        .into_iter()
        .map(|t| t.entry.key)
        .filter(|other| *other != entry.key)
        .collect();
    let kept = listed.returns_kept.then(|| workspace.resolve(&entry.returns_path));
    let returns: Option<TrialReturns> =
        kept.and_then(|path| std::fs::read(path).ok()).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let series = returns.map(|r| r.active).unwrap_or_default();
    Ok(ShownTrial {
        names: entry.symbols,
        seed: entry.seed,
        pipeline: entry.pipeline,
        periods: series.len(),
        annual_mean: mean(&series).map(|m| m * PERIODS_PER_YEAR),
        appraisal_ratio: sharpe_per_period(&series).map(|s| annualised(s, PERIODS_PER_YEAR)),
        max_drawdown: max_drawdown(&series).map(|d| d.depth),
        lineage,
        listed,
    })
}
