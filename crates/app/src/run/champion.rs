//! The champion: the candidate that a new one must beat.

use proofmark_lifecycle::{CandidateStatus, RunId};
use proofmark_units::{Date, Digest};

use super::curves::{CURVES, Curves};
use super::inputs::Champion;
use super::request::stored;
use crate::candidates::{find, unchanged};
use crate::error::Result;
use crate::journal;
use crate::workspace::{self, Workspace};

/// What the command line says for "there is none".
const NONE: &str = "none";

/// The candidate of pipelines of this name that was approved last and not revoked.
pub(crate) fn approved(
    workspace: &Workspace,
    pipeline: &str,
    besides: Option<&RunId>,
) -> Result<Option<RunId>> {
    let known = journal::open(workspace)?.candidates().map_err(journal::failed("read the candidates"))?;
    let mut found = Vec::new();
    for record in known {
        let stands = record.state.status == CandidateStatus::Approved && besides != Some(&record.run_id);
        if stands && stored(workspace, &record.run_id)?.1.pipeline.name == pipeline {
            found.push((record.decisions.last().map(|d| d.at), record.run_id));
        }
    }
    Ok(found.into_iter().max().map(|(_, run)| run))
}

/// The champion that was asked for, or the approved one; `none` says that there is none.
pub(crate) fn named(
    workspace: &Workspace,
    asked: Option<&str>,
    pipeline: &str,
    besides: Option<&RunId>,
) -> Result<Option<RunId>> {
    match asked {
        Some(NONE) => Ok(None),
        Some(run) => Ok(Some(find(workspace, Some(run))?.run_id)),
        None => approved(workspace, pipeline, besides),
    }
}

/// The champion as a run records it, its bytes checked.
pub(super) fn choose(workspace: &Workspace, asked: Option<&str>, pipeline: &str) -> Result<Option<Champion>> {
    let Some(run) = named(workspace, asked, pipeline, None)? else { return Ok(None) };
    let record = unchanged(workspace, run.as_str())?;
    let bytes = workspace::read(&workspace.audit(record.run_id.as_str()).join(CURVES))?;
    Ok(Some(Champion { run: record.run_id, curves: Digest::of(&bytes) }))
}

/// The champion's walk-forward net returns on `dates`, or why they cannot be compared.
pub(super) fn returns(
    origin: &Workspace,
    champion: &Champion,
    dates: &[Date],
) -> std::result::Result<Vec<f64>, String> {
    let run = &champion.run;
    let bytes = std::fs::read(origin.audit(run.as_str()).join(CURVES)).ok();
    let bytes = bytes.filter(|bytes| Digest::of(bytes) == champion.curves);
    let curves = bytes.and_then(|bytes| Curves::parse(&bytes).ok());
    let curves =
        curves.ok_or_else(|| format!("`{CURVES}` of the champion {run} is not the recorded bytes"))?;
    curves.net_on(dates).map_err(|first| {
        format!(
            "the champion {run} has no walk-forward return on {first}; run its pipeline over this span and name that run with --champion"
        )
    })
}
