//! Snapshots: the exact clean data of a run, by digest.

mod content;
mod error;
mod findings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proofmark_market::{Bars, Calendar};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::content::{SnapshotContent, SymbolContent};
use self::content::{content_of, content_of_observations};
pub use self::error::SnapshotError;
use self::findings::summarise;
pub use self::findings::{FindingSample, RuleSummary};
use crate::Coverage;
use crate::clean::{CleanOptions, CleanOutcome, clean};
use crate::durable;
use crate::lake::{Lake, Observation};
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::quality::RULES_VERSION;
use crate::shared;

/// The newest format that this program reads; what a record needs is written: 2 with versions of observations, else 1.
const FORMAT: u32 = 2;

/// Where the records are, below the lake.
const FOLDER: &str = "snapshots";

/// What a snapshot is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRequest {
    /// Symbols; order and repetition do not matter.
    pub symbols: Vec<Symbol>,
    /// Dates, both ends included.
    pub span: DateSpan,
    /// Only what was known then; `None` for everything known so far.
    pub as_of: Option<Instant>,
    /// The benchmark, cleaned like the symbols.
    pub benchmark: Option<Symbol>,
    /// Series of observations, as last known.
    pub observations: Vec<Symbol>,
    /// Series of observations with all their versions: what an as-of join over the span's decisions needs.
    pub observation_versions: Vec<Symbol>,
    /// Which cleaning rules act.
    pub cleaning: CleanOptions,
}

/// An immutable record of the clean data behind a run; stored as `snapshots/<id>.json` of the lake.
///
/// It names the raw files it was made from, so later deliveries to the lake do not touch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    format: u32,
    /// Digest of [`content`](Self::content).
    pub id: Digest,
    /// What the identity is made of.
    pub content: SnapshotContent,
    /// The instant as of which the lake was read.
    pub as_of: Option<Instant>,
    /// Raw files read, in the order of arrival.
    pub files: Vec<Digest>,
    /// Coverage by symbol, benchmark included.
    pub coverage: BTreeMap<Symbol, Coverage>,
    /// Symbols asked for that have no clean bar in the span.
    pub without_bars: Vec<Symbol>,
    /// Raw rows read, over symbols and benchmark.
    pub rows_read: u64,
    /// Raw rows dropped by rules, over symbols and benchmark.
    pub rows_dropped: u64,
    /// What each rule found.
    pub findings: Vec<RuleSummary>,
}

impl Snapshot {
    /// Reads, cleans and records the data of `request`. The same data give the same id, and the first record stays.
    ///
    /// # Errors
    /// [`SnapshotError`]; unknown symbols and series are [`LakeError::Unknown`] inside it.
    pub fn take(lake: &Lake, request: &SnapshotRequest, calendar: &Calendar) -> Result<Self, SnapshotError> {
        let mut symbols = request.symbols.clone();
        symbols.sort_unstable();
        symbols.dedup();
        let sorted = |names: &[Symbol]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names.dedup();
            names
        };
        let (series, versioned) = (sorted(&request.observations), sorted(&request.observation_versions));

        let cleaned = |symbol: &Symbol| -> Result<CleanOutcome, LakeError> {
            let files = lake.entries(Table::Bars, symbol)?;
            let rows = lake.read_bar_files(&files, request.span, request.as_of)?;
            Ok(clean(symbol, &rows, calendar, &request.cleaning))
        };
        let outcomes = symbols.par_iter().map(cleaned).collect::<Result<Vec<_>, _>>()?;
        let benchmark = request.benchmark.as_ref().map(cleaned).transpose()?;

        let present: Vec<SymbolContent> =
            outcomes.iter().filter_map(|outcome| content_of(&outcome.bars)).collect();
        if present.is_empty() {
            return Err(SnapshotError::Empty { symbols: symbols.len(), span: request.span });
        }
        let without_bars =
            outcomes.iter().filter(|o| o.bars.is_empty()).map(|o| o.bars.symbol().clone()).collect();
        let mut observations = Vec::new();
        for name in &series {
            let rows = lake.read_observations(name, request.span, request.as_of)?;
            observations.extend(content_of_observations(name, &rows));
        }
        let mut observation_versions = Vec::new();
        for name in &versioned {
            let files = lake.entries(Table::Observations, name)?;
            let rows = lake.read_known_inside(&files, request.span, request.as_of)?;
            observation_versions.extend(content_of_observations(name, &rows));
        }
        let content = SnapshotContent {
            span: request.span,
            calendar: calendar.id().to_owned(),
            rules_version: RULES_VERSION,
            cleaning: request.cleaning.clone(),
            symbols: present,
            benchmark: benchmark.as_ref().and_then(|outcome| content_of(&outcome.bars)),
            observations,
            observation_versions,
        };
        let id = content.digest();
        let path = path_of(lake, id);
        if path.exists() {
            return Self::open(lake, id);
        }
        let bars = |symbol: &Symbol| {
            request.benchmark.as_ref() == Some(symbol) || symbols.binary_search(symbol).is_ok()
        };
        let wanted = |file: &&FileEntry| match file.table {
            Table::Bars => bars(&file.symbol),
            Table::Observations => {
                series.binary_search(&file.symbol).is_ok() || versioned.binary_search(&file.symbol).is_ok()
            }
            _ => false,
        };
        let all: Vec<&CleanOutcome> = outcomes.iter().chain(&benchmark).collect();
        let snapshot = Self {
            format: if content.observation_versions.is_empty() { 1 } else { FORMAT },
            id,
            content,
            as_of: request.as_of,
            files: shared::files(lake.files().iter().filter(wanted)).map(|file| file.digest).collect(),
            coverage: all.iter().filter_map(|o| Some((o.bars.symbol().clone(), o.coverage?))).collect(),
            without_bars,
            rows_read: all.iter().map(|outcome| outcome.rows_in as u64).sum(),
            rows_dropped: all.iter().map(|outcome| outcome.rows_dropped() as u64).sum(),
            findings: summarise(&all),
        };
        let mut text = serde_json::to_vec_pretty(&snapshot)
            .map_err(|source| SnapshotError::Damaged { path: path.clone(), source })?;
        text.push(b'\n');
        // A merge that ran meanwhile did not know that these files are needed.
        let (_lock, now) = lake.lock()?;
        let listed: BTreeSet<Digest> = now.all().map(|file| file.digest).collect();
        if let Some(gone) = snapshot.files.iter().find(|digest| !listed.contains(digest)) {
            return Err(SnapshotError::FileGone { id, file: *gone });
        }
        durable::write_atomically(&path, &text)?;
        Ok(snapshot)
    }

    /// The record with that id.
    ///
    /// # Errors
    /// [`SnapshotError::Read`] if there is none; [`SnapshotError::Changed`] if its content is not what the id names.
    pub fn open(lake: &Lake, id: Digest) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = path_of(lake, id);
        let bytes =
            std::fs::read(&path).map_err(|source| SnapshotError::Read { path: path.clone(), source })?;
        let damaged = |source| SnapshotError::Damaged { path: path.clone(), source };
        let Format { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if format > FORMAT {
            return Err(SnapshotError::Newer { path, found: format });
        }
        let snapshot: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        let content = snapshot.content.digest();
        if content != id || snapshot.id != id {
            return Err(SnapshotError::Changed { id, content });
        }
        Ok(snapshot)
    }

    /// Every record of the lake, ascending by id.
    ///
    /// # Errors
    /// As [`open`](Self::open), for the first record that cannot be used.
    pub fn list(lake: &Lake) -> Result<Vec<Self>, SnapshotError> {
        let folder = lake.root().join(FOLDER);
        let failed = |source| SnapshotError::Read { path: folder.clone(), source };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            // What a write in progress or a stranger put there has no id for a name.
            ids.extend(name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<Digest>().ok()));
        }
        ids.sort_unstable();
        ids.into_iter().map(|id| Self::open(lake, id)).collect()
    }

    /// The clean bars of every symbol, ascending by symbol, checked against the recorded digests.
    ///
    /// # Errors
    /// [`SnapshotError::Mismatch`] when a digest differs; otherwise what reading gave.
    pub fn load_bars(&self, lake: &Lake, calendar: &Calendar) -> Result<Vec<Bars>, SnapshotError> {
        self.refuse_missing_files(lake)?;
        let load = |content| self.load_one(lake, calendar, content);
        self.content.symbols.par_iter().map(load).collect()
    }

    /// The clean bars of the benchmark, if the snapshot has one.
    ///
    /// # Errors
    /// As [`load_bars`](Self::load_bars).
    pub fn load_benchmark(&self, lake: &Lake, calendar: &Calendar) -> Result<Option<Bars>, SnapshotError> {
        self.refuse_missing_files(lake)?;
        let load = |content| self.load_one(lake, calendar, content);
        self.content.benchmark.as_ref().map(load).transpose()
    }

    /// The values of one series, ascending by date, checked against the recorded digest.
    ///
    /// # Errors
    /// [`SnapshotError::NotPart`] for a series that the snapshot does not hold; otherwise as
    /// [`load_bars`](Self::load_bars).
    pub fn load_observations(&self, lake: &Lake, series: &Symbol) -> Result<Vec<Observation>, SnapshotError> {
        let content = self.content.observations.iter().find(|content| content.symbol == *series);
        let content = content.ok_or_else(|| SnapshotError::NotPart { id: self.id, name: series.clone() })?;
        self.refuse_missing_files(lake)?;
        let files = lake.entries_among(Table::Observations, series, &self.files);
        let rows = lake.read_observation_files(&files, self.content.span, self.as_of)?;
        if content_of_observations(series, &rows).as_ref() != Some(content) {
            return Err(SnapshotError::Mismatch { id: self.id, symbol: series.clone() });
        }
        Ok(rows)
    }

    /// Every version of every value of one series that a decision inside the span could know, ascending by date and the
    /// instant of being known, checked against the recorded digest. A series of which nothing could be known has none.
    ///
    /// # Errors
    /// As [`load_bars`](Self::load_bars).
    pub fn load_observation_versions(
        &self,
        lake: &Lake,
        series: &Symbol,
    ) -> Result<Vec<Observation>, SnapshotError> {
        let Some(content) = self.content.observation_versions.iter().find(|c| c.symbol == *series) else {
            return Ok(Vec::new());
        };
        self.refuse_missing_files(lake)?;
        let files = lake.entries_among(Table::Observations, series, &self.files);
        let rows = lake.read_known_inside(&files, self.content.span, self.as_of)?;
        if content_of_observations(series, &rows).as_ref() != Some(content) {
            return Err(SnapshotError::Mismatch { id: self.id, symbol: series.clone() });
        }
        Ok(rows)
    }

    fn load_one(
        &self,
        lake: &Lake,
        calendar: &Calendar,
        content: &SymbolContent,
    ) -> Result<Bars, SnapshotError> {
        let (id, symbol) = (self.id, &content.symbol);
        if self.content.rules_version != RULES_VERSION {
            return Err(SnapshotError::OtherRules { id, taken: self.content.rules_version });
        }
        if self.content.calendar != calendar.id() {
            let (taken, given) = (self.content.calendar.clone(), calendar.id().to_owned());
            return Err(SnapshotError::OtherCalendar { id, taken, given });
        }
        let files = lake.entries_among(Table::Bars, symbol, &self.files);
        let rows = lake.read_bar_files(&files, self.content.span, self.as_of)?;
        let bars = clean(symbol, &rows, calendar, &self.content.cleaning).bars;
        if content_of(&bars).as_ref() != Some(content) {
            return Err(SnapshotError::Mismatch { id, symbol: symbol.clone() });
        }
        Ok(bars)
    }

    /// Every raw file of this snapshot is still listed by the lake; a merge keeps them.
    fn refuse_missing_files(&self, lake: &Lake) -> Result<(), SnapshotError> {
        let listed: BTreeSet<Digest> = lake.listed().map(|file| file.digest).collect();
        match self.files.iter().find(|digest| !listed.contains(digest)) {
            Some(gone) => Err(SnapshotError::FileGone { id: self.id, file: *gone }),
            None => Ok(()),
        }
    }
}

fn path_of(lake: &Lake, id: Digest) -> PathBuf {
    lake.root().join(FOLDER).join(format!("{id}.json"))
}
