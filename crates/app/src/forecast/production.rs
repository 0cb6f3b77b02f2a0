//! The production phase: the approved recipe, refitted through the newest bar, and what it says now.

use proofmark_ledger::{CandidateRecord, Ledger};
use proofmark_lifecycle::CandidateStatus;
use proofmark_lifecycle::EvidenceSet;
use proofmark_training::TrialKey;
use proofmark_units::{Date, Seed};
use serde::Serialize;
use serde_json::json;

use super::books::Books;
use super::definition::ForecastPipeline;
use super::files::{self, Scope};
use super::schedule::{Wanted, decisions};
use super::series::Series;
use super::signals::calls;
use super::simulate::Market;
use super::walk::walk;
use crate::error::{AppError, Result};
use crate::journal::{self, AlreadyRecorded};
use crate::progress::{Reporter, Work};
use crate::run::recorded;
use crate::workspace::{self, Workspace};

/// What the production phase wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Produced {
    /// The approved candidate whose recipe it is.
    pub candidate: String,
    /// The newest session it knows.
    pub known_to: Option<Date>,
    /// The newest signal: the one for the session after the last bar, where the rule decides then.
    pub signal: Option<serde_json::Value>,
    /// Files written, relative to the workspace.
    pub files: Vec<String>,
}

/// The approved candidate of exactly this pipeline whose bytes are as they were marked.
pub(super) fn approved(
    ws: &Workspace,
    ledger: &Ledger,
    pipeline: &ForecastPipeline,
) -> Result<CandidateRecord> {
    let known = ledger.candidates().map_err(journal::failed("read the candidates"))?;
    let own: Vec<CandidateRecord> = known
        .into_iter()
        .filter(|c| recorded(ws, &c.run_id).is_ok_and(|record| record.pipeline == pipeline.digest()))
        .collect();
    let Some(found) = own.iter().find(|c| c.state.status == CandidateStatus::Approved) else {
        let last = own.first().map_or_else(
            || "no candidate of this pipeline was ever recorded".to_owned(),
            |c| format!("the newest candidate of it, {}, is {}", c.run_id, c.state.status.name()),
        );
        return Err(AppError::input(format!(
            "production of `{}` is refused: it has no approved candidate; {last}",
            pipeline.name
        ))
        .hint("`--phase backtest` makes a candidate; `proofmark candidates briefing` says what stands in its way"));
    };
    crate::candidates::unchanged(ws, found.run_id.as_str())
}

/// Refits the approved recipe on everything known and writes its files below `production/<pipeline>/`.
///
/// # Errors
/// There is no approved candidate of exactly this pipeline, or its bytes changed.
pub(super) fn produce(
    ws: &Workspace,
    ledger: &Ledger,
    pipeline: &ForecastPipeline,
    reporters: &[&dyn Reporter],
) -> Result<Produced> {
    let candidate = approved(ws, ledger, pipeline)?;
    let work = Work::begin("production", 1, 1, reporters.to_vec());
    work.expect(3);
    let series = Series::read(&ws.lake(), pipeline, None)?;
    let decided = decisions(pipeline, &series, Wanted::UpToNext)?;
    // The approved recipe is the file and its seed.
    let seed = Seed::root(recorded(ws, &candidate.run_id)?.seed);
    work.step();
    // No new look at anything: the trial is the approved one, and what comes now is traded, not chosen by.
    let trial =
        TrialKey { pipeline_slice: pipeline.score_slice(), lineage: series.snapshot.id, seed: seed.as_u64() };
    let walked = walk(pipeline, &series, &decided, &seed, &AlreadyRecorded, &trial)?;
    let calls = calls(pipeline, &series, &decided, &walked)?;
    let market = Market::new(pipeline, &series, &decided)?;
    let books = Books::trade(pipeline, &series, &market, &calls, &seed.child("books"))?;
    work.step();
    let folder = ws.root().join("production").join(&pipeline.name);
    let nothing = EvidenceSet::default();
    let id = &pipeline.strategy.id;
    let files = [
        ("summary.json".to_owned(), files::summary(Scope::All, pipeline, &series, &books, &calls, &nothing)),
        (format!("trades/{id}.json"), files::trades(Scope::All, pipeline, &series, &books, &calls, &nothing)),
        (format!("signals/{id}.json"), json!({ "signals": files::signals(&calls) })),
    ];
    let mut written = Vec::new();
    for (name, value) in files {
        let path = folder.join(name);
        workspace::write(&path, &crate::json::bytes(&value))?;
        written.push(ws.relative(&path));
    }
    work.step();
    work.end("done");
    Ok(Produced {
        candidate: candidate.run_id.to_string(),
        known_to: series.dates().last().copied(),
        signal: calls.last().and_then(|call| serde_json::to_value(&call.signal).ok()),
        files: written,
    })
}
