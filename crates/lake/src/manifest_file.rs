//! The manifest as it is written: a file that several names share is listed once, with what each name has of it.

use std::collections::BTreeSet;

use proofmark_units::{Date, Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::manifest::{FileEntry, Manifest, Table};

#[derive(Serialize, Deserialize)]
pub(crate) struct Written {
    format: u32,
    files: Vec<WrittenFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<WrittenFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    table: Table,
    /// Whose rows they are; absent where `names` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    symbol: Option<Symbol>,
    digest: Digest,
    bytes: u64,
    rows: u64,
    first: Date,
    last: Date,
    source: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also_from: Vec<String>,
    /// Of a shared file, in the order of its rows: names ascend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<WrittenName>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenName {
    name: Symbol,
    rows: u64,
    first: Date,
    last: Date,
    /// Which of the file's sources, counted from 0; absent where it is all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    from: Vec<usize>,
}

impl From<Manifest> for Written {
    fn from(Manifest { format, files, retired }: Manifest) -> Self {
        Self { format, files: written(files), retired: written(retired) }
    }
}

fn written(entries: Vec<FileEntry>) -> Vec<WrittenFile> {
    let mut files: Vec<WrittenFile> = Vec::new();
    let mut entries = entries.into_iter().peekable();
    while let Some(first) = entries.next() {
        if first.first_row.is_none() {
            files.push(own(first));
            continue;
        }
        let mut parts = vec![first];
        while let Some(next) = entries.next_if(|next| follows(next, &parts[0])) {
            parts.push(next);
        }
        files.extend(shared(parts));
    }
    files
}

/// Whether `next` is a further part of the file that `first` is the first part of.
fn follows(next: &FileEntry, first: &FileEntry) -> bool {
    next.first_row.is_some_and(|at| at > 0) && (next.table, next.digest) == (first.table, first.digest)
}

fn own(entry: FileEntry) -> WrittenFile {
    let FileEntry { table, symbol, digest, bytes, rows, first, last, source, also_from, first_row: _ } =
        entry;
    let (symbol, names) = (Some(symbol), Vec::new());
    WrittenFile { table, symbol, digest, bytes, rows, first, last, source, also_from, names }
}

/// `None` without a part.
fn shared(parts: Vec<FileEntry>) -> Option<WrittenFile> {
    let mut sources: Vec<String> = Vec::new();
    let mut places: Vec<Vec<usize>> = Vec::with_capacity(parts.len());
    for part in &parts {
        let place = |source: &str| {
            let known = sources.iter().position(|known| known == source);
            known.unwrap_or_else(|| {
                sources.push(source.to_owned());
                sources.len() - 1
            })
        };
        places.push(part.sources().map(place).collect());
    }
    let head = parts.first()?;
    let (table, digest, bytes) = (head.table, head.digest, head.bytes);
    let rows = parts.iter().map(|part| part.rows).sum();
    let first = parts.iter().map(|part| part.first).min()?;
    let last = parts.iter().map(|part| part.last).max()?;
    let all = |from: &[usize]| from.iter().copied().eq(0..sources.len());
    let names = parts.into_iter().zip(places).map(|(part, from)| WrittenName {
        name: part.symbol,
        rows: part.rows,
        first: part.first,
        last: part.last,
        from: if all(&from) { Vec::new() } else { from },
    });
    let names = names.collect();
    let mut sources = sources.into_iter();
    let (source, also_from) = (sources.next()?, sources.collect());
    Some(WrittenFile { table, symbol: None, digest, bytes, rows, first, last, source, also_from, names })
}

impl TryFrom<Written> for Manifest {
    type Error = String;

    fn try_from(Written { format, files, retired }: Written) -> Result<Self, String> {
        Ok(Self { format, files: entries(files)?, retired: entries(retired)? })
    }
}

fn entries(files: Vec<WrittenFile>) -> Result<Vec<FileEntry>, String> {
    let mut list = Vec::with_capacity(files.len());
    let mut seen = BTreeSet::new();
    for file in files {
        match file.symbol {
            Some(symbol) if file.names.is_empty() => {
                let WrittenFile { table, digest, bytes, rows, first, last, source, also_from, .. } = file;
                let first_row = None;
                list.push(FileEntry {
                    table,
                    symbol,
                    digest,
                    bytes,
                    rows,
                    first,
                    last,
                    source,
                    also_from,
                    first_row,
                });
            }
            None if !seen.insert((file.table, file.digest)) => {
                return Err(format!("the file {} is listed twice", file.digest.short()));
            }
            _ => list.extend(parts(file)?),
        }
    }
    Ok(list)
}

fn parts(file: WrittenFile) -> Result<Vec<FileEntry>, String> {
    let wrong = |what: &str| Err(format!("the file {} {what}", file.digest.short()));
    if file.symbol.is_some() || file.names.is_empty() {
        return wrong("must have either one symbol or names");
    }
    if !file.table.shares() {
        return wrong("is of a table in which no file is shared");
    }
    if !file.names.is_sorted_by(|a, b| a.name < b.name) {
        return wrong("does not list each name once, ascending");
    }
    let sources: Vec<&String> = std::iter::once(&file.source).chain(&file.also_from).collect();
    let mut first_row: u64 = 0;
    let mut list = Vec::with_capacity(file.names.len());
    for WrittenName { name, rows, first, last, from } in &file.names {
        let places = if from.is_empty() { (0..sources.len()).collect() } else { from.clone() };
        let own: Option<Vec<String>> =
            places.iter().map(|place| sources.get(*place).map(|source| (*source).clone())).collect();
        let Some(own) = own else { return wrong("names a source that it does not list") };
        let mut own = own.into_iter();
        list.push(FileEntry {
            table: file.table,
            symbol: name.clone(),
            digest: file.digest,
            bytes: file.bytes,
            rows: *rows,
            first: *first,
            last: *last,
            source: own.next().unwrap_or_default(),
            also_from: own.collect(),
            first_row: Some(first_row),
        });
        first_row = first_row.saturating_add(*rows);
    }
    if first_row != file.rows || file.names.iter().any(|name| name.rows == 0) {
        return wrong("has other rows than its names together");
    }
    Ok(list)
}
