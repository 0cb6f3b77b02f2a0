//! Snapshots as things of their own: taken, listed, shown and checked without a run.

use proofmark_lake::{CleanOptions, Lake, LakeProblem, Snapshot, SnapshotError, SnapshotRequest};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::Serialize;

use super::{calendar, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// What a snapshot is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotOrder {
    /// Symbols; empty means all with bars.
    pub symbols: Vec<Symbol>,
    /// First date; that of the first bar when left out.
    pub start: Option<Date>,
    /// Last date; that of the last bar when left out.
    pub end: Option<Date>,
    /// Only what was known then.
    pub as_of: Option<Instant>,
    /// The benchmark's symbol.
    pub benchmark: Option<Symbol>,
    /// Series of dated values.
    pub observations: Vec<Symbol>,
    /// Exchange calendar.
    pub calendar: String,
}

/// A snapshot in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotInfo {
    /// Digest of what it holds.
    pub id: Digest,
    /// Dates.
    pub span: DateSpan,
    /// The instant as of which the lake was read; `null` for everything known by then.
    pub as_of: Option<Instant>,
    /// Exchange calendar.
    pub calendar: String,
    /// Symbols with bars.
    pub symbols: usize,
    /// Clean bars, benchmark included.
    pub bars: u64,
    /// Raw files it was made from.
    pub files: usize,
}

impl From<&Snapshot> for SnapshotInfo {
    fn from(snapshot: &Snapshot) -> Self {
        let content = &snapshot.content;
        Self {
            id: snapshot.id,
            span: content.span,
            as_of: snapshot.as_of,
            calendar: content.calendar.clone(),
            symbols: content.symbols.len(),
            bars: content.symbols.iter().chain(&content.benchmark).map(|symbol| symbol.rows).sum(),
            files: snapshot.files.len(),
        }
    }
}

/// What a check of a snapshot found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotCheck {
    /// The snapshot.
    pub id: Digest,
    /// Whether every raw file has its bytes and gives the recorded columns.
    pub sound: bool,
    /// What is wrong, in words.
    pub findings: Vec<String>,
}

/// Takes a snapshot of clean bars by the default rules. The same data give the same id, whenever and however often.
///
/// # Errors
/// A name, the dates or the calendar cannot be used, or the lake cannot be read or written.
pub fn take_snapshot(ws: &Workspace, order: &SnapshotOrder) -> Result<Snapshot> {
    let lake = open_lake(ws)?;
    let symbols = if order.symbols.is_empty() { lake.symbols() } else { order.symbols.clone() };
    let held: Vec<DateSpan> = symbols.iter().filter_map(|symbol| lake.span(symbol)).collect();
    let first = order.start.or_else(|| held.iter().map(|span| span.start).min());
    let last = order.end.or_else(|| held.iter().map(|span| span.end).max());
    let (Some(first), Some(last)) = (first, last) else {
        return Err(AppError::input("the lake holds no bars for a snapshot")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    };
    let span = DateSpan::new(first, last).ok_or_else(|| {
        AppError::input(format!("a snapshot cannot end on {last}, before it starts on {first}"))
    })?;
    let request = SnapshotRequest {
        symbols,
        span,
        as_of: order.as_of,
        benchmark: order.benchmark.clone(),
        observations: order.observations.clone(),
        observation_versions: Vec::new(),
        cleaning: CleanOptions::default(),
    };
    Snapshot::take(&lake, &request, &calendar(&order.calendar)?)
        .map_err(|error| snapshot_error("failed to take a snapshot", error))
}

/// Every snapshot, ascending by id; runs make them too.
///
/// # Errors
/// A record cannot be read.
pub fn snapshots(ws: &Workspace) -> Result<Vec<SnapshotInfo>> {
    let list = list(&open_lake(ws)?)?;
    Ok(list.iter().map(SnapshotInfo::from).collect())
}

/// The snapshot whose id starts with `id`.
///
/// # Errors
/// There is none or more than one, or its record is damaged.
pub fn snapshot(ws: &Workspace, id: &str) -> Result<Snapshot> {
    find(&open_lake(ws)?, id)
}

/// Reads the snapshot's raw files again, cleans them again, and compares every digest.
///
/// # Errors
/// There is no such snapshot, or the lake cannot be opened. Damage is a finding.
pub fn verify_snapshot(ws: &Workspace, id: &str) -> Result<SnapshotCheck> {
    let lake = open_lake(ws)?;
    let snapshot = find(&lake, id)?;
    let calendar = calendar(&snapshot.content.calendar)?;
    let mut findings = Vec::new();
    let problems =
        lake.verify().map_err(|error| super::lake_error("failed to check the lake's files", error))?;
    for problem in problems {
        let (path, what) = match &problem {
            LakeProblem::Missing { path } => (path, "is gone"),
            LakeProblem::Changed { path } => (path, "was changed after it was stored"),
        };
        let named = snapshot.files.iter().any(|digest| {
            path.file_name().is_some_and(|name| name.to_string_lossy().contains(&digest.short()))
        });
        if named {
            findings.push(format!("`lake/{}` {what}", path.display()));
        }
    }
    let mut compare = |outcome: std::result::Result<(), SnapshotError>| {
        if let Err(error) = outcome {
            findings.push(error.to_string());
        }
    };
    compare(snapshot.load_bars(&lake, &calendar).map(drop));
    compare(snapshot.load_benchmark(&lake, &calendar).map(drop));
    for series in &snapshot.content.observations {
        compare(snapshot.load_observations(&lake, &series.symbol).map(drop));
    }
    for series in &snapshot.content.observation_versions {
        compare(snapshot.load_observation_versions(&lake, &series.symbol).map(drop));
    }
    findings.dedup();
    Ok(SnapshotCheck { id: snapshot.id, sound: findings.is_empty(), findings })
}

fn list(lake: &Lake) -> Result<Vec<Snapshot>> {
    Snapshot::list(lake).map_err(|error| snapshot_error("failed to list the snapshots", error))
}

fn find(lake: &Lake, id: &str) -> Result<Snapshot> {
    let mut found: Vec<Snapshot> =
        list(lake)?.into_iter().filter(|snapshot| snapshot.id.to_string().starts_with(id)).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(AppError::input(format!("there is no snapshot `{id}`"))
            .hint("`proofmark data snapshot list` shows all")),
        n => Err(AppError::input(format!("{n} snapshots start with `{id}`")).hint("give more of the id")),
    }
}

/// Names that are not there are the caller's; everything else is the workspace's.
fn snapshot_error(doing: &str, error: SnapshotError) -> AppError {
    let input = matches!(
        error,
        SnapshotError::Empty { .. } | SnapshotError::Lake(proofmark_lake::LakeError::Unknown { .. })
    );
    let kind = if input { AppError::input } else { AppError::environment };
    kind(doing.to_owned()).hint(error.hint()).because(error)
}
