//! Where a run writes: model folder and audit folder, every file recorded with digest and size.

use std::path::{Path, PathBuf};

use proofmark_lifecycle::run::Artifact;
use proofmark_lifecycle::{Evidence, Source};
use proofmark_units::Digest;
use serde::Serialize;
use serde_json::Value;

use crate::error::{AppError, Result};
use crate::workspace::{self, Workspace};

/// The two folders of a run.
#[derive(Debug, Clone)]
pub(crate) struct Artefacts {
    pub(crate) models: PathBuf,
    pub(crate) audit: PathBuf,
    root: PathBuf,
    synthetic: bool,
    dry_run: bool,
    written: Vec<Artifact>,
}

impl Artefacts {
    pub(crate) fn new(workspace: &Workspace, run: &str, synthetic: bool) -> Self {
        Self {
            models: workspace.models(run),
            audit: workspace.audit(run),
            root: workspace.root().to_owned(),
            synthetic,
            dry_run: workspace.is_dry_run(),
            written: Vec::new(),
        }
    }

    /// Files written since the last call.
    pub(crate) fn take(&mut self) -> Vec<Artifact> {
        std::mem::take(&mut self.written)
    }

    /// Files written since the last [`Artefacts::take`].
    pub(crate) fn written(&self) -> &[Artifact] {
        &self.written
    }

    /// Writes bytes to `path`, one of this run's folders.
    pub(crate) fn bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<Digest> {
        workspace::write(path, bytes)?;
        let sha256 = Digest::of(bytes);
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        let path = relative.iter().map(|p| p.to_string_lossy()).collect::<Vec<_>>().join("/");
        self.written.retain(|a| a.path != path);
        self.written.push(Artifact { path, sha256, bytes: bytes.len() as u64 });
        Ok(sha256)
    }

    /// Writes a JSON object into the audit folder, marked with what kind of run it is from.
    pub(crate) fn json(&mut self, name: &str, value: &impl Serialize) -> Result<Digest> {
        let path = self.audit.join(name);
        let bytes = self.marked(value)?;
        self.bytes(&path, &bytes)
    }

    /// The bytes [`Artefacts::json`] writes.
    pub(crate) fn marked(&self, value: &impl Serialize) -> Result<Vec<u8>> {
        let bug = || AppError::bug("an artefact is not a JSON object");
        let Value::Object(fields) = serde_json::to_value(value).map_err(|e| bug().because(e))? else {
            return Err(bug());
        };
        let mut object = serde_json::Map::new();
        object.insert("dry_run".into(), self.dry_run.into());
        object.insert("synthetic".into(), self.synthetic.into());
        object.extend(fields);
        Ok(crate::json::bytes(&object))
    }
}

/// Evidence of one file, so that every figure can say where it stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EvidenceFile {
    #[serde(skip)]
    pub(crate) file: String,
    #[serde(skip)]
    pub(crate) sha256: Option<Digest>,
    pub(crate) evidence: Vec<Evidence>,
}

impl EvidenceFile {
    pub(crate) fn new(file: &str, evidence: Vec<Evidence>) -> Self {
        Self { file: file.to_owned(), sha256: None, evidence }
    }

    /// Where the value of `name` stands, once the file is written.
    pub(crate) fn locate(&self, name: &str) -> Option<Source> {
        let index = self.evidence.iter().position(|e| e.name == name)?;
        Some(Source {
            file: self.file.clone(),
            pointer: format!("/evidence/{index}/value"),
            sha256: self.sha256?,
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Evidence> {
        self.evidence.iter().find(|e| e.name == name)
    }
}
