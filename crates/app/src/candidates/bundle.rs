//! Handing an approved candidate to someone who has only the public key.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proofmark_ledger::keys::{load_public, public_path};
use proofmark_lifecycle::mark::Envelope;
use proofmark_lifecycle::run::Artifact;
use proofmark_lifecycle::{CandidateManifest, CandidateStatus};
use proofmark_units::Digest;
use serde::Serialize;

use super::find;
use super::verify::{Verification, present, unchanged};
use crate::error::{AppError, Result};
use crate::journal;
use crate::workspace::{self, Workspace};

/// A candidate outside its workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// The run.
    pub run_id: String,
    /// The folder.
    pub folder: PathBuf,
    /// Files in it.
    pub files: usize,
    /// The key its mark holds for; not part of the bundle.
    pub public_key: PathBuf,
}

/// The file at the top of a bundle that holds the mark.
const MARK: &str = "mark.json";
/// The manifest the mark was set over.
const MANIFEST: &str = "manifest.yaml";

/// Copies everything the mark covers, the manifest and the mark into an empty folder.
///
/// # Errors
/// The candidate is not approved, its bytes changed, or the folder is in use.
pub fn export(workspace: &Workspace, run: Option<&str>, to: &Path) -> Result<Bundle> {
    let found = find(workspace, run)?;
    let id = found.run_id.as_str();
    if found.state.status != CandidateStatus::Approved {
        return Err(AppError::input(format!(
            "`{id}` is {}: there is no mark to export",
            found.state.status.name()
        ))
        .hint("a bundle is proved by its mark, which `candidates approve` sets"));
    }
    unchanged(workspace, id)?;
    if std::fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(AppError::input(format!("`{}` is not empty", to.display())).hint("name a new folder"));
    }
    let (manifest, manifest_bytes) = present(workspace, &found)?;
    let audit = workspace.audit(id);
    let holdout = workspace.relative(&audit.join("holdout.json"));
    let paths: Vec<&str> =
        manifest.artifacts.iter().map(|a| a.path.as_str()).chain([holdout.as_str()]).collect();
    for path in &paths {
        workspace::write(&to.join(path), &workspace::read(&workspace.resolve(path))?)?;
    }
    workspace::write(&to.join(MANIFEST), &manifest_bytes)?;
    workspace::write(&to.join(MARK), &workspace::read(&audit.join("mark.json"))?)?;
    Ok(Bundle {
        run_id: id.to_owned(),
        folder: to.to_owned(),
        files: paths.len() + 2,
        public_key: public_path(&journal::key_path(workspace)),
    })
}

/// Checks a bundle against a public key: the mark's signature and votes, the manifest, and every byte; a file the mark
/// does not cover is a finding too. Nothing of the bundle is trusted before the signature holds.
///
/// # Errors
/// The folder or the key cannot be read. A mark that does not hold is a finding, not an error.
pub fn verify_bundle(bundle: &Path, key: &Path) -> Result<Verification> {
    let public = load_public(key).map_err(|e| {
        AppError::input(format!("failed to read the public key `{}`", key.display())).because(e)
    })?;
    let mark = workspace::read(&bundle.join(MARK)).map_err(|e| {
        AppError::input(format!("`{}` is not a bundle", bundle.display()))
            .hint("`proofmark candidates export` makes one")
            .because(e)
    })?;
    let refused = |finding: String| Verification {
        run_id: bundle.display().to_string(),
        checked: 0,
        replayed: false,
        marked: false,
        sound: false,
        findings: vec![format!("{MARK}: {finding}")],
    };
    let statement = match Envelope::from_json(&mark) {
        Ok(envelope) => match proofmark_lifecycle::mark::verify(&envelope, &[public]) {
            Ok((statement, _)) => statement,
            Err(error) => return Ok(refused(error.to_string())),
        },
        Err(error) => return Ok(refused(error.to_string())),
    };
    let mut files = Vec::new();
    let mut folders = vec![bundle.to_owned()];
    let mut findings = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| AppError::io("read", &folder, e))? {
            let entry = entry.map_err(|e| AppError::io("read", &folder, e))?;
            let (path, kind) =
                (entry.path(), entry.file_type().map_err(|e| AppError::io("read", &folder, e))?);
            let name = path.strip_prefix(bundle).unwrap_or(&path);
            let name = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            if kind.is_dir() {
                folders.push(path);
            } else if !kind.is_file() {
                // A link could show other bytes to the next reader.
                findings.push(format!("{name}: not a plain file"));
            } else if name != MARK && name != MANIFEST {
                let bytes = workspace::read(&path)?;
                files.push(Artifact { path: name, sha256: Digest::of(&bytes), bytes: bytes.len() as u64 });
            }
        }
    }
    let known: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
    findings.extend(statement.changed(&files).into_iter().map(|path| {
        let covered = statement.subject().iter().any(|s| s.name == path);
        match (covered, known.contains(path.as_str())) {
            (true, true) => format!("{path}: not the marked bytes"),
            (true, false) => format!("{path}: missing"),
            (false, _) => format!("{path}: not covered by the mark"),
        }
    }));
    match std::fs::read(bundle.join(MANIFEST)) {
        Ok(bytes) if Digest::of(&bytes) != statement.predicate().manifest => {
            findings.push(format!("{MANIFEST}: not the marked bytes"));
        }
        Ok(bytes) => {
            if let Err(error) = CandidateManifest::from_yaml(&String::from_utf8_lossy(&bytes)) {
                findings.push(format!("{MANIFEST}: {error}"));
            }
        }
        Err(_) => findings.push(format!("{MANIFEST}: missing")),
    }
    findings.sort();
    Ok(Verification {
        run_id: statement.predicate().run_id.to_string(),
        checked: files.len() + 2,
        replayed: false,
        marked: true,
        sound: findings.is_empty(),
        findings,
    })
}
