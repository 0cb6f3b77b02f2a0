//! A workspace: the folder with `proofmark.toml`, pipelines, lake, ledger and artefacts.

use std::fs;
use std::path::{Path, PathBuf};

use proofmark_lake::durable;

use crate::error::{AppError, Result};
use crate::settings::{self, Settings};

/// Layout version of the folder; a newer one is refused.
const FORMAT: i64 = 1;

/// Pipelines that `init` writes, and the lists that they can name.
pub const PIPELINES: &[(&str, &str)] = &[
    ("nse_liquid.toml", include_str!("../../../pipelines/nse_liquid.toml")),
    ("nse_sectors.csv", include_str!("../../../pipelines/nse_sectors.csv")),
    ("nse_swing.toml", include_str!("../../../pipelines/nse_swing.toml")),
    ("nse_swing_context.toml", include_str!("../../../pipelines/nse_swing_context.toml")),
    ("usdcop_h5.toml", include_str!("../../../pipelines/usdcop_h5.toml")),
    ("usdcop_h1.toml", include_str!("../../../pipelines/usdcop_h1.toml")),
    ("demo.toml", include_str!("../../../pipelines/demo.toml")),
];

/// An opened workspace. Dry runs use the same layout below `dry_run/`, so they can never touch the real one.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    settings: Settings,
    dry_run: bool,
}

impl Workspace {
    /// Creates a workspace in `root`; existing files are kept.
    ///
    /// # Errors
    /// The folder cannot be written, or already is a workspace.
    pub fn init(root: &Path) -> Result<Vec<PathBuf>> {
        if root.join("proofmark.toml").exists() {
            return Err(AppError::input(format!("`{}` already is a workspace", root.display()))
                .hint("`proofmark doctor` checks it; nothing was changed"));
        }
        let mut written = Vec::new();
        let pipelines = root.join("pipelines");
        for folder in [root, &pipelines, &root.join("lake")] {
            fs::create_dir_all(folder).map_err(|source| AppError::io("create", folder, source))?;
        }
        for (name, text) in PIPELINES {
            let path = pipelines.join(name);
            if !path.exists() {
                write(&path, text.as_bytes())?;
                written.push(path);
            }
        }
        let path = root.join("proofmark.toml");
        write(&path, settings::template().as_bytes())?;
        written.push(path);
        Ok(written)
    }

    /// Opens the workspace in `root`.
    ///
    /// # Errors
    /// There is none, its settings are wrong, or it was written by a newer version.
    pub fn open(root: &Path) -> Result<Self> {
        let file = root.join("proofmark.toml");
        if !file.is_file() {
            return Err(AppError::input(format!(
                "`{}` is not a workspace: it has no `proofmark.toml`",
                root.display()
            ))
            .hint("`proofmark init` makes one here, or name one with `-C DIR`"));
        }
        let settings = Settings::resolve(&file, &|name| std::env::var(name).ok())?;
        let text = fs::read_to_string(&file).map_err(|source| AppError::io("read", &file, source))?;
        let format =
            text.parse::<toml::Table>().ok().and_then(|t| t.get("format").and_then(toml::Value::as_integer));
        match format {
            Some(FORMAT) => Ok(Self { root: root.to_owned(), settings, dry_run: false }),
            Some(newer) if newer > FORMAT => Err(AppError::input(format!(
                "workspace `{}` has format {newer}; this version knows up to {FORMAT}",
                root.display()
            ))
            .hint("use the newer `proofmark` that made it")),
            _ => Err(AppError::input(format!("`{}` states no known `format`", file.display()))
                .hint("add `format = 1`")),
        }
    }

    /// The dry-run twin: own root, own ledger, nothing shared.
    #[must_use]
    pub fn dry_run(&self) -> Self {
        Self { root: self.root.join("dry_run"), settings: self.settings.clone(), dry_run: true }
    }

    /// A workspace with these settings in another folder: where a replay writes.
    #[must_use]
    pub fn elsewhere(&self, root: &Path) -> Self {
        Self { root: root.to_owned(), ..self.clone() }
    }

    /// Whether this is the dry-run twin.
    pub const fn is_dry_run(&self) -> bool {
        self.dry_run
    }
    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Effective settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
    /// The lake's folder.
    pub fn lake(&self) -> PathBuf {
        self.root.join("lake")
    }
    /// The ledger's file.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.sqlite")
    }
    /// Where snapshots are written.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }
    /// Where signing keys are.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }
    /// Models of a run.
    pub fn models(&self, run: &str) -> PathBuf {
        self.root.join("data").join("models").join(run)
    }
    /// Evidence, reports and votes of a run.
    pub fn audit(&self, run: &str) -> PathBuf {
        self.root.join("release").join(format!("audit_{run}"))
    }
    /// Where an artefact of any run is looked up by its path in records.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
    /// `path` as records write it: relative to the workspace, with `/`.
    pub fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}

/// Writes `bytes` to `path`, creating its folder; atomically.
///
/// # Errors
/// The folder or file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| AppError::io("create", folder, source))?;
    }
    durable::write_atomically(path, bytes).map_err(AppError::write)
}

/// Reads a file of the workspace.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| AppError::io("read", path, source))
}
