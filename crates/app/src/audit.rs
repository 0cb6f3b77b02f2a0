//! The ledger's hash chain and every candidate's bytes.

use serde::Serialize;

use crate::candidates;
use crate::error::Result;
use crate::journal;
use crate::workspace::Workspace;

/// What an audit of the workspace found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Events in the chain.
    pub events: u64,
    /// Candidates whose bytes were checked.
    pub candidates: usize,
    /// What is wrong, one a line; empty when nothing is.
    pub findings: Vec<String>,
}

/// Checks the whole chain, then the manifest and mark of every candidate.
///
/// # Errors
/// The ledger cannot be opened or its chain is broken.
pub fn verify(workspace: &Workspace) -> Result<AuditReport> {
    let ledger = journal::open(workspace)?;
    let chain = ledger.verify_chain().map_err(journal::failed("verify the ledger's chain"))?;
    let mut findings = Vec::new();
    let known = ledger.candidates().map_err(journal::failed("read the candidates"))?;
    let mut checked = 0;
    for candidate in &known {
        if candidate.candidate.manifest.is_none() {
            continue;
        }
        checked += 1;
        for line in candidates::changed(workspace, candidate)? {
            findings.push(format!("{}: {line}", candidate.run_id));
        }
    }
    Ok(AuditReport { events: chain.events, candidates: checked, findings })
}
