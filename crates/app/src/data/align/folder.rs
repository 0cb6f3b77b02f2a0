//! The folder of a view: all of its files or none, and never in the place of something else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofmark_lake::aligned::{long_parquet, marks_npy, values_npy};
use proofmark_lake::durable;
use proofmark_market::align::{AlignedView, ViewCoverage};
use proofmark_units::Digest;
use serde::Serialize;
use serde_json::json;

use super::{AlignPapers, Doing};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// The account of the folder.
const MANIFEST: &str = "manifest.json";
/// What [`proofmark_market::align::Mark`] means in the files.
const MARKS: [&str; 5] = ["missing", "observed", "carried", "no_trade", "stale"];

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is not there yet.
    New,
    /// It is there with other bytes.
    Changed,
    /// It is there with the same bytes.
    Same,
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedFile {
    /// Its name.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256.
    pub digest: Digest,
    /// What becomes of it.
    pub change: Change,
}

/// Compares the files of a view with what `to` holds and, where asked, puts them there in one step.
pub(super) fn write(
    ws: &Workspace,
    to: &Path,
    doing: Doing,
    view: &AlignedView,
    papers: &AlignPapers,
    coverage: &ViewCoverage,
) -> Result<Vec<PlannedFile>> {
    refuse_input(ws, to)?;
    let files = files(view, papers, coverage)?;
    let planned: Vec<PlannedFile> = files
        .iter()
        .map(|(name, bytes)| {
            let digest = Digest::of(bytes);
            let change = match std::fs::read(to.join(name)) {
                Ok(held) if Digest::of(&held) == digest => Change::Same,
                Ok(_) => Change::Changed,
                Err(_) => Change::New,
            };
            PlannedFile { file: (*name).to_owned(), bytes: bytes.len() as u64, digest, change }
        })
        .collect();
    let there = there(to, &files)?;
    let same = planned.iter().all(|file| file.change == Change::Same) && there != There::Other;
    let Doing::Write { overwrite } = doing else { return Ok(planned) };
    match there {
        _ if same => return Ok(planned),
        There::Other => {
            return Err(AppError::input(format!("`{}` holds something else than a view", to.display()))
                .hint("name a new folder with `--to`; other files are never replaced"));
        }
        There::View if !overwrite => {
            return Err(AppError::input(format!("`{}` holds another view", to.display()))
                .hint("`--overwrite` replaces it; `--dry-run` shows what would change"));
        }
        There::View | There::Nothing => {}
    }
    durable::replace_folder(to, |new| {
        files.iter().try_for_each(|(name, bytes)| durable::write_atomically(&new.join(name), bytes))
    })
    .map_err(AppError::write)?;
    Ok(planned)
}

/// What stands where the view is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    View,
    Other,
}

fn there(to: &Path, files: &BTreeMap<&'static str, Vec<u8>>) -> Result<There> {
    let entries = match std::fs::read_dir(to) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(There::Other),
        Err(error) => return Err(AppError::io("look into", to, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|error| AppError::io("look into", to, error))?.file_name());
    }
    let ours = |name: &std::ffi::OsString| name.to_str().is_some_and(|name| files.contains_key(name));
    Ok(match names.len() {
        0 => There::Nothing,
        _ if names.iter().all(ours) && names.iter().any(|name| name.to_str() == Some(MANIFEST)) => {
            There::View
        }
        _ => There::Other,
    })
}

/// The workspace's own folders are what a view is made from.
fn refuse_input(ws: &Workspace, to: &Path) -> Result<()> {
    let whole = |path: &Path| -> PathBuf {
        std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
    };
    let (to, root, lake) = (whole(to), whole(ws.root()), whole(&ws.lake()));
    if to.starts_with(&lake) || root.starts_with(&to) {
        return Err(AppError::input(format!("`{}` is or holds what the view is made from", to.display()))
            .hint("name a folder of its own with `--to`"));
    }
    Ok(())
}

fn files(
    view: &AlignedView,
    papers: &AlignPapers,
    coverage: &ViewCoverage,
) -> Result<BTreeMap<&'static str, Vec<u8>>> {
    let long =
        long_parquet(view).map_err(|error| AppError::bug("the long table does not encode").because(error))?;
    let axes = json!({
        "format": papers.format,
        "order": ["session", "symbol", "column"],
        "sessions": view.sessions,
        "symbols": view.symbols,
        "columns": view.columns,
        "values": { "file": "values.npy", "kind": "float64, little-endian, C order", "missing": "NaN" },
        "marks": { "file": "marks.npy", "kind": "uint8, C order", "meaning": MARKS },
    });
    let mut files = BTreeMap::from([
        ("axes.json", crate::json::bytes(&axes)),
        ("long.parquet", long),
        ("marks.npy", marks_npy(view)),
        ("values.npy", values_npy(view)),
    ]);
    let digests: BTreeMap<&str, Digest> =
        files.iter().map(|(name, bytes)| (*name, Digest::of(bytes))).collect();
    let manifest = json!({ "papers": papers, "coverage": coverage, "files": digests });
    files.insert(MANIFEST, crate::json::bytes(&manifest));
    Ok(files)
}
