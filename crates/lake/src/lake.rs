//! The lake: immutable Parquet files under a manifest, appended to and read as of an instant.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use proofmark_market::BarRow;
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

use crate::append::{Decode, Delivered};
use crate::durable::{self, WriteError};
use crate::lake_error::LakeError;
use crate::manifest::{FORMAT, FileEntry, Manifest, Table};
use crate::part::Footers;
use crate::shared;
use crate::table;
use crate::versions::{Version as _, latest};

const MANIFEST: &str = "manifest.json";
const LOCK: &str = ".lock";

/// A dated value of a series, such as an index's dividend yield, in the source's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The date that the value describes.
    pub date: Date,
    /// First instant a subscriber could have read it.
    pub known_at: Instant,
    /// The value.
    pub value: f64,
}

/// Where a delivery comes from and when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The source's name, kept beside every row: a file name or a vendor, never a machine's path.
    pub source: String,
    /// When rows that *restate* a held date become known: the clock, read by the caller. Rows of new dates keep their
    /// own `known_at` (for a backfill: session close and the vendor's delay).
    pub arrived_at: Instant,
}

/// Told how many more rows were written, from any thread.
pub type Meter<'a> = &'a (dyn Fn(u64) + Sync);

/// A delivery of daily bars, by symbol.
pub type BarDelivery<'a> = (Delivery, &'a [(Symbol, Vec<BarRow>)]);

/// What one delivery changed for one symbol or series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IngestReport {
    /// The symbol or the series.
    pub symbol: Symbol,
    /// Rows delivered.
    pub rows_given: u64,
    /// Rows written: new dates and new versions of held ones.
    pub rows_added: u64,
    /// Rows that were held already with the same values.
    pub rows_unchanged: u64,
    /// Rows of the delivery with other values than those held of the same key; a part of the added ones.
    pub rows_restated: u64,
    /// Held dates that now have a later version with other values.
    pub restated: Vec<Date>,
    /// The new file, if any row was written.
    pub file: Option<Digest>,
}

/// What [`Lake::verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LakeProblem {
    /// A listed file is gone.
    Missing {
        /// The file below the root.
        path: PathBuf,
    },
    /// A listed file has other bytes than it had.
    Changed {
        /// The file below the root.
        path: PathBuf,
    },
}

/// A folder of market facts. Reads never write; appends hold a lock and replace the manifest last.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
    manifest: Manifest,
    footers: Footers,
}

impl Lake {
    /// Opens the lake at `root`; an empty or missing folder is an empty lake.
    ///
    /// # Errors
    /// [`LakeError`] when the manifest is unreadable, damaged or newer than this program.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, LakeError> {
        let root = root.into();
        let manifest = read_manifest(&root)?;
        Ok(Self { root, manifest, footers: Footers::default() })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) const fn footers(&self) -> &Footers {
        &self.footers
    }

    /// What reads look at, in the order of arrival: files, and each name's part of those that several names share.
    pub fn files(&self) -> &[FileEntry] {
        &self.manifest.files
    }

    /// How many files these are.
    pub fn files_on_disk(&self) -> usize {
        shared::files(&self.manifest.files).count()
    }

    /// Symbols with bars, ascending.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.names(Table::Bars)
    }

    /// Names of the series of observations, ascending.
    pub fn series(&self) -> Vec<Symbol> {
        self.names(Table::Observations)
    }

    /// First and last date with a bar of `symbol`.
    pub fn span(&self, symbol: &Symbol) -> Option<DateSpan> {
        self.span_of(Table::Bars, symbol)
    }

    /// First and last date with a value of `series`.
    pub fn series_span(&self, series: &Symbol) -> Option<DateSpan> {
        self.span_of(Table::Observations, series)
    }

    /// First and last date of `name` in `table`.
    pub fn span_of(&self, table: Table, name: &Symbol) -> Option<DateSpan> {
        let files = || self.manifest.of(table).filter(|file| file.symbol == *name);
        DateSpan::new(files().map(|file| file.first).min()?, files().map(|file| file.last).max()?)
    }

    /// Adds daily bars of one symbol; rows that are held already add nothing.
    ///
    /// # Errors
    /// [`LakeError`]; nothing is changed then.
    pub fn append_bars(
        &mut self,
        symbol: &Symbol,
        rows: &[BarRow],
        delivery: &Delivery,
    ) -> Result<IngestReport, LakeError> {
        let batches = [(symbol.clone(), rows.to_vec())];
        let mut reports = self.append_many(&[(delivery.clone(), &batches[..])])?;
        Ok(reports.remove(0))
    }

    /// As [`append_bars`](Self::append_bars) for many symbols of several deliveries, in their order: all of them arrive or
    /// none. What they add to a symbol is one file, or a part of one where there are many symbols with few rows each. One
    /// report for each symbol, in the order of first appearance.
    ///
    /// # Errors
    /// [`LakeError`]; nothing is changed then.
    pub fn append_many(&mut self, deliveries: &[BarDelivery<'_>]) -> Result<Vec<IngestReport>, LakeError> {
        self.append_many_metered(deliveries, &|_| {})
    }

    /// As [`append_many`](Self::append_many), and tells `meter` how many more of the rows given are on the disk.
    ///
    /// # Errors
    /// [`LakeError`]; nothing is changed then.
    pub fn append_many_metered(
        &mut self,
        deliveries: &[BarDelivery<'_>],
        meter: Meter<'_>,
    ) -> Result<Vec<IngestReport>, LakeError> {
        for (symbol, rows) in deliveries.iter().flat_map(|(_, batches)| *batches) {
            if let Some(row) = rows.iter().find(|row| row.known_at < row.event_time) {
                return Err(LakeError::KnownBeforeEvent { symbol: symbol.clone(), date: row.date });
            }
        }
        let deliveries: Vec<Delivered<'_, BarRow>> =
            deliveries.iter().map(|(delivery, batches)| (delivery, *batches)).collect();
        self.append_metered(Table::Bars, &deliveries, &table::decode_bars, &table::encode_bars, meter)
    }

    /// Adds dated values of one series; values that are held already add nothing.
    ///
    /// # Errors
    /// [`LakeError`]; nothing is changed then.
    pub fn append_observations(
        &mut self,
        series: &Symbol,
        rows: &[Observation],
        delivery: &Delivery,
    ) -> Result<IngestReport, LakeError> {
        let batches = [(series.clone(), rows.to_vec())];
        let (decode, encode) = (&table::decode_observations, &table::encode_observations);
        let mut reports = self.append(Table::Observations, &[(delivery, &batches)], decode, encode)?;
        Ok(reports.remove(0))
    }

    /// Raw bars of `symbol` inside `span`, ascending by date, as known at `as_of` (`None`: everything known so far).
    ///
    /// These are the source's rows: a date may come twice and a price may be wild. [`crate::clean`] makes
    /// [`proofmark_market::Bars`] of them.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a symbol without bars; otherwise what reading gave.
    pub fn read_bars(
        &self,
        symbol: &Symbol,
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<BarRow>, LakeError> {
        let files = self.entries(Table::Bars, symbol)?;
        self.read_bar_files(&files, span, as_of)
    }

    /// Values of `series` inside `span`, ascending by date, as known at `as_of`. When one delivery held two values
    /// for a date, both are returned.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a series without values; otherwise what reading gave.
    pub fn read_observations(
        &self,
        series: &Symbol,
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<Observation>, LakeError> {
        let files = self.entries(Table::Observations, series)?;
        self.read_observation_files(&files, span, as_of)
    }

    /// Every version of every value of `series`, in the order of arrival: what an as-of join over many instants needs.
    ///
    /// # Errors
    /// As [`read_observations`](Self::read_observations).
    pub fn read_observation_versions(&self, series: &Symbol) -> Result<Vec<Observation>, LakeError> {
        self.decode_files(&self.entries(Table::Observations, series)?, &table::decode_observations)
    }

    /// Compares every listed file with its digest, those kept for snapshots included.
    ///
    /// # Errors
    /// [`LakeError::Read`] when a file that is there cannot be read.
    pub fn verify(&self) -> Result<Vec<LakeProblem>, LakeError> {
        let mut problems = Vec::new();
        for entry in shared::files(self.manifest.all()) {
            let path = self.root.join(entry.path());
            match File::open(&path).and_then(Digest::of_reader) {
                Ok(digest) if digest == entry.digest => {}
                Ok(_) => problems.push(LakeProblem::Changed { path: entry.path() }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    problems.push(LakeProblem::Missing { path: entry.path() });
                }
                Err(source) => return Err(LakeError::Read { path, source }),
            }
        }
        Ok(problems)
    }

    pub(crate) fn entries(&self, table: Table, name: &Symbol) -> Result<Vec<&FileEntry>, LakeError> {
        let files: Vec<&FileEntry> = self.manifest.of(table).filter(|file| file.symbol == *name).collect();
        if files.is_empty() {
            let kind = table.part();
            let names = self.names(table);
            let mut known = names.iter().take(8).map(Symbol::as_str).collect::<Vec<_>>().join(", ");
            if names.is_empty() {
                known = "none yet".to_owned();
            } else if names.len() > 8 {
                known = format!("{known} and {} more", names.len() - 8);
            }
            return Err(LakeError::Unknown { kind, name: name.clone(), known });
        }
        Ok(files)
    }

    pub(crate) fn read_bar_files(
        &self,
        files: &[&FileEntry],
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<BarRow>, LakeError> {
        let mut rows = latest(self.decode_files(files, &table::decode_bars)?, as_of);
        rows.retain(|row| span.contains(row.date));
        Ok(rows)
    }

    pub(crate) fn read_observation_files(
        &self,
        files: &[&FileEntry],
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<Observation>, LakeError> {
        let mut rows = latest(self.decode_files(files, &table::decode_observations)?, as_of);
        rows.retain(|row| span.contains(row.date));
        Ok(rows)
    }

    /// Every version of a series that a decision at a close inside `span` could know, in a canonical order: what came
    /// later, or describes later dates, is left out, so that it cannot change what a snapshot is. Dates before the span
    /// are in, since a monthly value is looked at long after its month.
    pub(crate) fn read_known_inside(
        &self,
        files: &[&FileEntry],
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<Observation>, LakeError> {
        let mut rows = self.decode_files(files, &table::decode_observations)?;
        // Every shipped calendar closes a session before the next day begins in UTC.
        let over = span.end.plus_days(1).midnight_utc();
        rows.retain(|row| {
            row.date <= span.end && row.known_at <= over && as_of.is_none_or(|as_of| row.known_at <= as_of)
        });
        rows.sort_by_key(|row| (row.date, row.known_at, row.fact()));
        rows.dedup_by_key(|row| (row.date, row.known_at, row.fact()));
        Ok(rows)
    }

    /// The files of `table` and `name` whose digest is in `wanted`, in that order, also those that a merge retired.
    pub(crate) fn entries_among(&self, table: Table, name: &Symbol, wanted: &[Digest]) -> Vec<&FileEntry> {
        let of_name = |file: &&FileEntry| file.table == table && file.symbol == *name;
        let files: Vec<&FileEntry> = self.manifest.all().filter(of_name).collect();
        let find = |digest: &Digest| files.iter().find(|file| file.digest == *digest).copied();
        wanted.iter().filter_map(find).collect()
    }

    /// Every listed file, those kept for snapshots included.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &FileEntry> {
        self.manifest.all()
    }

    /// Names with rows in `table`, ascending: symbols, series, indices or topics.
    pub fn names(&self, table: Table) -> Vec<Symbol> {
        let names: BTreeSet<&Symbol> = self.manifest.of(table).map(|file| &file.symbol).collect();
        names.into_iter().cloned().collect()
    }

    pub(crate) fn decode_files<V>(
        &self,
        files: &[&FileEntry],
        decode: &Decode<'_, V>,
    ) -> Result<Vec<V>, LakeError> {
        let mut rows = Vec::new();
        for file in files {
            let failed = |source| LakeError::Parquet { path: self.root.join(file.path()), source };
            rows.extend(decode(self.open_part(file)?).map_err(failed)?);
        }
        Ok(rows)
    }

    /// Holds off every other writer, and shows the manifest as it is now: another process may have written since this
    /// lake was opened.
    pub(crate) fn lock(&self) -> Result<(File, Manifest), LakeError> {
        durable::create_folder(&self.root)?;
        let path = self.root.join(LOCK);
        let locking = |source| WriteError { path: path.clone(), doing: "lock", source };
        let lock = File::create(&path).map_err(locking)?;
        lock.lock().map_err(locking)?;
        Ok((lock, read_manifest(&self.root)?))
    }

    /// Reads by the manifest that is in force, which another process may have replaced.
    pub(crate) fn adopt(&mut self, manifest: Manifest) {
        self.manifest = manifest;
    }

    /// Replaces the manifest: from here on its files are the lake.
    pub(crate) fn replace_manifest(&mut self, mut manifest: Manifest) -> Result<(), LakeError> {
        manifest.format = manifest.format.max(manifest.format_needed());
        let path = self.root.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&manifest)
            .map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
        text.push(b'\n');
        durable::write_atomically(&path, &text)?;
        self.manifest = manifest;
        Ok(())
    }
}

fn read_manifest(root: &Path) -> Result<Manifest, LakeError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let path = root.join(MANIFEST);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(source) => return Err(LakeError::Read { path, source }),
    };
    let damaged = |source| LakeError::Manifest { path: path.clone(), source };
    // The format first: a newer manifest may hold fields that this program does not know.
    let Format { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
    if format > FORMAT {
        return Err(LakeError::Newer { path, found: format });
    }
    serde_json::from_slice(&bytes).map_err(damaged)
}
