//! Checking every byte of a candidate, or computing everything again and comparing.

use std::path::Path;

use proofmark_ledger::CandidateRecord;
use proofmark_ledger::keys::{load_public, public_path};
use proofmark_lifecycle::CandidateManifest;
use proofmark_lifecycle::manifest::Problem;
use proofmark_lifecycle::mark::Envelope;
use proofmark_lifecycle::run::Artifact;
use proofmark_units::Digest;
use serde::Serialize;

use super::find;
use crate::error::{AppError, Result};
use crate::forecast::{self, is_forecast_run};
use crate::journal;
use crate::progress::Reporter;
use crate::run::{recorded, replay, stored};
use crate::workspace::{self, Workspace};

/// What a check of a candidate found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The run.
    pub run_id: String,
    /// Artefacts compared.
    pub checked: usize,
    /// Whether everything was computed again.
    pub replayed: bool,
    /// Whether the approval's mark was checked.
    pub marked: bool,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// What is wrong or worth knowing, one a line.
    pub findings: Vec<String>,
}

/// The manifest of a candidate with its bytes.
pub(super) fn present(
    workspace: &Workspace,
    found: &CandidateRecord,
) -> Result<(CandidateManifest, Vec<u8>)> {
    let path = workspace.audit(found.run_id.as_str()).join("manifest.yaml");
    let bytes = workspace::read(&path)?;
    let manifest = CandidateManifest::from_yaml(&String::from_utf8_lossy(&bytes))
        .map_err(|e| AppError::environment(format!("`{}` is damaged", path.display())).because(e))?;
    Ok((manifest, bytes))
}

/// Digest and size of one file of the workspace.
pub(super) fn artifact(workspace: &Workspace, path: &Path) -> Result<Artifact> {
    let bytes = workspace::read(path)?;
    Ok(Artifact { path: workspace.relative(path), sha256: Digest::of(&bytes), bytes: bytes.len() as u64 })
}

/// Paths whose bytes are not the recorded ones, each with what is wrong; the mark included when there is one.
pub(crate) fn changed(workspace: &Workspace, found: &CandidateRecord) -> Result<Vec<String>> {
    let run = found.run_id.as_str();
    let path = workspace.audit(run).join("manifest.yaml");
    let Ok(bytes) = std::fs::read(&path) else {
        return Ok(vec![format!("{}: missing", workspace.relative(&path))]);
    };
    if found.candidate.manifest != Some(Digest::of(&bytes)) {
        return Ok(vec![format!("{}: not the bytes in the ledger", workspace.relative(&path))]);
    }
    let (manifest, _) = present(workspace, found)?;
    let files: Vec<Artifact> = manifest
        .artifacts
        .iter()
        .filter_map(|a| artifact(workspace, &workspace.resolve(&a.path)).ok())
        .collect();
    let mut lines: Vec<String> = manifest
        .differences(&files)
        .into_iter()
        .map(|d| match d.problem {
            Problem::Missing => format!("{}: missing", d.path),
            Problem::Size { expected, found } => format!("{}: {found} bytes, recorded {expected}", d.path),
            Problem::Bytes { expected, found } => {
                format!("{}: digest {}, recorded {}", d.path, found.short(), expected.short())
            }
            Problem::Unlisted => format!("{}: not in the manifest", d.path),
        })
        .collect();
    let holdout = workspace.audit(run).join("holdout.json");
    if let Some(judged) = found.holdout {
        let digest = std::fs::read(&holdout).ok().map(|b| Digest::of(&b));
        if digest != Some(judged.evidence) {
            lines.push(format!("{}: not the bytes in the ledger", workspace.relative(&holdout)));
        }
    }
    lines.extend(mark(workspace, found)?);
    Ok(lines)
}

/// A candidate all of whose bytes are as recorded.
pub(crate) fn unchanged(workspace: &Workspace, run: &str) -> Result<CandidateRecord> {
    let record = find(workspace, Some(run))?;
    match changed(workspace, &record)?.first() {
        None => Ok(record),
        Some(first) => Err(AppError::input(format!("`{run}` is not as recorded: {first}"))
            .hint(format!("`proofmark candidates verify {run}` lists every difference"))),
    }
}

/// What is wrong with the mark of an approved candidate.
fn mark(workspace: &Workspace, found: &CandidateRecord) -> Result<Vec<String>> {
    let Some(recorded) = found.decisions.iter().rev().find_map(|d| d.decision.mark) else {
        return Ok(Vec::new());
    };
    let run = found.run_id.as_str();
    let path = workspace.audit(run).join("mark.json");
    let name = workspace.relative(&path);
    let Ok(bytes) = std::fs::read(&path) else { return Ok(vec![format!("{name}: missing")]) };
    let mut lines = Vec::new();
    if Digest::of(&bytes) != recorded {
        lines.push(format!("{name}: not the bytes in the ledger"));
    }
    let key = load_public(&public_path(&journal::key_path(workspace)))
        .map_err(|e| AppError::environment("failed to read the public key").because(e))?;
    let envelope: Envelope = match serde_json::from_slice(&bytes) {
        Ok(envelope) => envelope,
        Err(error) => return Ok(vec![format!("{name}: not an envelope ({error})")]),
    };
    match proofmark_lifecycle::mark::verify(&envelope, &[key]) {
        Err(error) => lines.push(format!("{name}: {error}")),
        Ok((statement, _)) => {
            let files: Vec<Artifact> = statement
                .subject()
                .iter()
                .filter_map(|s| artifact(workspace, &workspace.resolve(&s.name)).ok())
                .collect();
            lines.extend(statement.changed(&files).into_iter().map(|p| format!("{p}: not the marked bytes")));
        }
    }
    Ok(lines)
}

/// Checks every byte of a candidate; with `again`, computes everything from the snapshot and compares digests.
///
/// # Errors
/// There is no such candidate, or the replay cannot run.
pub fn verify(
    workspace: &Workspace,
    run: Option<&str>,
    again: bool,
    reporter: &dyn Reporter,
) -> Result<Verification> {
    let found = find(workspace, run)?;
    let id = found.run_id.as_str();
    let mut findings = changed(workspace, &found)?;
    let mut checked = present(workspace, &found).map_or(0, |(m, _)| m.artifacts.len());
    if again && findings.is_empty() {
        let record = recorded(workspace, &found.run_id)?;
        let scratch = tempfile::tempdir().map_err(|e| {
            AppError::io("create a folder for the replay", Path::new("the temporary folder"), e)
        })?;
        let twin = workspace.elsewhere(scratch.path());
        if is_forecast_run(workspace, &found.run_id) {
            forecast::replay(workspace, &twin, &record, &[reporter])?;
        } else {
            let (_, inputs) = stored(workspace, &found.run_id)?;
            replay(workspace, &twin, &record, inputs, &[reporter])?;
        }
        let (manifest, _) = present(workspace, &found)?;
        for artifact in &manifest.artifacts {
            let bytes = std::fs::read(twin.resolve(&artifact.path)).ok();
            match bytes.map(|b| Digest::of(&b)) {
                Some(digest) if digest == artifact.sha256 => {}
                Some(digest) => findings.push(format!(
                    "{}: the replay gives {}, recorded {}",
                    artifact.path,
                    digest.short(),
                    artifact.sha256.short()
                )),
                None => findings.push(format!("{}: the replay does not write it", artifact.path)),
            }
        }
        checked += manifest.artifacts.len();
        let own = env!("CARGO_PKG_VERSION");
        if !findings.is_empty() && record.code_version != own {
            findings.push(format!(
                "made by version {}, replayed by {own}: the same bytes are promised for the same version only",
                record.code_version
            ));
        }
    }
    Ok(Verification {
        run_id: id.to_owned(),
        checked,
        replayed: again,
        marked: found.decisions.iter().any(|d| d.decision.mark.is_some()),
        sound: findings.is_empty(),
        findings,
    })
}
