//! Lists that a pipeline names by file: read where they are, kept by digest once a run begins.

use std::path::Path;

use proofmark_lake::durable::write_atomically;
use proofmark_lake::{Lake, LakeError};
use proofmark_market::actions::CorporateAction;
use proofmark_sources::{ListError, read_actions, read_members};
use proofmark_units::{DateSpan, Digest, Symbol};

use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::pipeline::{ListFile, OF_LAKE, Pipeline};

/// Where a workspace's lake keeps the lists of its runs.
const FOLDER: &str = "lists";

/// What the lists of a pipeline say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lists {
    pub(crate) members: Vec<(Symbol, DateSpan)>,
    pub(crate) groups: Vec<(Symbol, DateSpan, String)>,
    pub(crate) declared: Vec<CorporateAction>,
}

/// The pipeline with a copy of each of its lists in the lake, named by digest: what a run records and reads again.
pub(crate) fn keep(lake_root: &Path, pipeline: &Pipeline) -> Result<Pipeline> {
    let mut kept = pipeline.clone();
    for list in
        [&mut kept.universe.list, &mut kept.universe.groups, &mut kept.data.actions].into_iter().flatten()
    {
        let (name, bytes) = load(lake_root, list)?;
        let sha256 = Digest::of(&bytes);
        let path = path_of(lake_root, sha256);
        if !path.is_file() {
            write_atomically(&path, &bytes)
                .map_err(|e| AppError::environment(format!("failed to keep `{name}`")).because(e))?;
        }
        *list = ListFile::Kept { name, sha256 };
    }
    Ok(kept)
}

/// What the lists of `pipeline` say.
pub(crate) fn read(lake_root: &Path, pipeline: &Pipeline) -> Result<Lists> {
    let mut lists = Lists::default();
    if let Some(list) = &pipeline.universe.list {
        let (name, bytes) = load(lake_root, list)?;
        let members = read_members(bytes.as_slice()).map_err(|e| refused("universe.list", &name, e))?;
        let category = pipeline.universe.category.as_deref();
        let wanted = members.into_iter().filter(|m| category.is_none_or(|c| c == m.category));
        lists.members = wanted.map(|m| (m.symbol, m.span)).collect();
        if lists.members.is_empty() {
            let category = category.unwrap_or_default();
            return Err(AppError::input(format!("`{name}` lists nothing under `{category}`"))
                .hint("`universe.category` must be written as in the list's column `category`"));
        }
    }
    if let Some(list) = &pipeline.universe.groups {
        let (name, bytes) = load(lake_root, list)?;
        lists.groups = groups(&bytes, "universe.groups", &name)?;
    }
    if let Some(list) = &pipeline.data.actions {
        let (name, bytes) = load(lake_root, list)?;
        lists.declared =
            read_actions(bytes.as_slice(), &name).map_err(|e| refused("data.actions", &name, e))?;
    }
    Ok(lists)
}

/// The groups of a list by the days on which each was known, ascending; `key` names the list `name`.
///
/// # Errors
/// A row is wrong or has no group.
pub(crate) fn groups(bytes: &[u8], key: &str, name: &str) -> Result<Vec<(Symbol, DateSpan, String)>> {
    let told = read_members(bytes).map_err(|e| refused(key, name, e))?;
    if let Some(unnamed) = told.iter().find(|told| told.category.is_empty()) {
        return Err(AppError::input(format!("`{name}` gives `{}` no group", unnamed.symbol))
            .hint("the group is the list's column `category`; leave a name out that belongs to none"));
    }
    Ok(told.into_iter().map(|told| (told.symbol, told.span, told.category)).collect())
}

fn refused(key: &str, name: &str, error: ListError) -> AppError {
    AppError::input(format!("the list `{name}` of key `{key}` cannot be used"))
        .hint("a list decides a result, so every row must be right: docs/UNIVERSES.md shows the columns")
        .because(error)
}

fn path_of(lake_root: &Path, sha256: Digest) -> std::path::PathBuf {
    lake_root.join(FOLDER).join(format!("{sha256}.csv"))
}

/// The members of an index, by the days on which each was known to belong to it, in the form of a list of a file.
fn index_members(lake_root: &Path, index: &str) -> Result<Vec<u8>> {
    let failed = |error| lake_error(&format!("failed to read the members of `{index}` from the lake"), error);
    let name: Symbol = index.parse().map_err(|error: proofmark_units::ParseSymbolError| {
        AppError::input(format!("`{index}` in pipeline key `universe.list` names no index")).because(error)
    })?;
    let lake = Lake::open(lake_root).map_err(failed)?;
    let spans = lake.members_as_known(&name).map_err(|error| match error {
        unknown @ LakeError::Unknown { .. } => {
            failed(unknown).hint("`proofmark ingest membership FILE --index NAME` brings members in")
        }
        other => failed(other),
    })?;
    let mut text = "symbol,start,end\n".to_owned();
    for (symbol, span) in spans {
        text.push_str(&format!("{symbol},{},{}\n", span.start, span.end));
    }
    Ok(text.into_bytes())
}

fn load(lake_root: &Path, list: &ListFile) -> Result<(String, Vec<u8>)> {
    if let ListFile::Path(name) = list
        && let Some(index) = name.strip_prefix(OF_LAKE)
    {
        return Ok((name.clone(), index_members(lake_root, index)?));
    }
    let (name, path, expected) = match list {
        ListFile::Path(name) => (name.clone(), lake_root.parent().unwrap_or(lake_root).join(name), None),
        ListFile::Kept { name, sha256 } => (name.clone(), path_of(lake_root, *sha256), Some(*sha256)),
    };
    let bytes = std::fs::read(&path).map_err(|e| {
        AppError::input(format!("failed to read the list `{}`", path.display()))
            .hint("a path in a pipeline starts at the workspace")
            .because(e)
    })?;
    if expected.is_some_and(|sha256| sha256 != Digest::of(&bytes)) {
        return Err(AppError::environment(format!("the kept list `{}` was changed", path.display()))
            .hint("restore it from a backup; a run reads the bytes that it began with"));
    }
    Ok((name, bytes))
}
