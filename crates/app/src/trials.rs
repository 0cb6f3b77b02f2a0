//! Every configuration ever scored here: what deflation counts.

use proofmark_units::{DateSpan, Digest, Instant};
use serde::Serialize;

use crate::error::Result;
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
