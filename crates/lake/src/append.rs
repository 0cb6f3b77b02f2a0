//! Adding deliveries: what they change for each name, and the files that say so.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use parquet::errors::ParquetError;
use proofmark_units::{Date, Digest, Symbol};
use rayon::prelude::*;

use crate::durable;
use crate::encode::parquet_bytes;
use crate::lake::{Delivery, IngestReport, Lake, Meter};
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Manifest, Table};
use crate::part::Part;
use crate::shared::{self, Member, NAMES_MIN, OWN_ROWS, packs};
use crate::table::Sources;
use crate::versions::{Version, delta};

/// A delivery and its rows by name.
pub(crate) type Delivered<'a, V> = (&'a Delivery, &'a [(Symbol, Vec<V>)]);

pub(crate) type Decode<'a, V> = dyn Fn(Part) -> Result<Vec<V>, ParquetError> + Sync + 'a;
pub(crate) type Encode<'a, V> = dyn Fn(&[V], Sources<'_>) -> Result<RecordBatch, ParquetError> + Sync + 'a;

type Given<'a, V> = Vec<(&'a Delivery, &'a [V])>;

impl Lake {
    /// Adds deliveries in their order: all of them arrive or none. One report for each name, in the order of first
    /// appearance.
    pub(crate) fn append<V: Version>(
        &mut self,
        table: Table,
        deliveries: &[Delivered<'_, V>],
        decode: &Decode<'_, V>,
        encode: &Encode<'_, V>,
    ) -> Result<Vec<IngestReport>, LakeError> {
        self.append_metered(table, deliveries, decode, encode, &|_| {})
    }

    pub(crate) fn append_metered<V: Version>(
        &mut self,
        table: Table,
        deliveries: &[Delivered<'_, V>],
        decode: &Decode<'_, V>,
        encode: &Encode<'_, V>,
        meter: Meter<'_>,
    ) -> Result<Vec<IngestReport>, LakeError> {
        let (_lock, mut manifest) = self.lock()?;
        let writer = Writer { lake: self, held: by_symbol(&manifest, table), table, decode, encode };
        let one = |(name, given): (&'_ Symbol, Given<'_, V>)| {
            let (report, addition) = writer.compare(name, &given)?;
            let wrote = match addition {
                Some(addition) if addition.is_small(table) => Wrote::Waits(addition.owned()),
                Some(addition) => Wrote::File(writer.own_file(&addition)?),
                None => Wrote::Nothing,
            };
            if !matches!(wrote, Wrote::Waits(_)) {
                meter(report.rows_given);
            }
            Ok((report, wrote))
        };
        let outcomes: Result<Vec<(IngestReport, Wrote<V>)>, LakeError> =
            by_name(deliveries).into_par_iter().map(one).collect();
        let (mut reports, mut small) = (Vec::new(), Vec::new());
        let mut files: Vec<(usize, FileEntry)> = Vec::new();
        for (at, (report, wrote)) in outcomes?.into_iter().enumerate() {
            reports.push(report);
            match wrote {
                Wrote::Nothing => {}
                Wrote::File(entry) => files.push((at, entry)),
                Wrote::Waits(addition) => small.push((at, addition)),
            }
        }
        let together = small.len() >= NAMES_MIN;
        let wrote = if together { writer.shared_files(small)? } else { writer.own_files(&small)? };
        wrote.iter().for_each(|(at, _)| meter(reports[*at].rows_given));
        files.extend(wrote);
        if !together {
            files.sort_by_key(|(at, _)| *at);
        }
        for (at, entry) in &files {
            reports[*at].file = Some(entry.digest);
        }
        let files: Vec<FileEntry> = files.into_iter().map(|(_, entry)| entry).collect();
        if files.is_empty() {
            self.adopt(manifest);
            return Ok(reports);
        }
        let paths: Vec<PathBuf> = shared::files(&files).map(|file| self.root().join(file.path())).collect();
        durable::flush(self.root(), &paths)?;
        manifest.files.extend(files);
        self.replace_manifest(manifest)?;
        Ok(reports)
    }
}

fn by_name<'a, V>(deliveries: &[Delivered<'a, V>]) -> Vec<(&'a Symbol, Given<'a, V>)> {
    let mut places: BTreeMap<&Symbol, usize> = BTreeMap::new();
    let mut names: Vec<(&Symbol, Given<'_, V>)> = Vec::new();
    for (delivery, batches) in deliveries {
        for (name, rows) in *batches {
            let place = *places.entry(name).or_insert(names.len());
            if place == names.len() {
                names.push((name, Vec::new()));
            }
            names[place].1.push((*delivery, &rows[..]));
        }
    }
    names
}

fn by_symbol(manifest: &Manifest, table: Table) -> BTreeMap<&Symbol, Vec<&FileEntry>> {
    let mut held: BTreeMap<&Symbol, Vec<&FileEntry>> = BTreeMap::new();
    for file in manifest.of(table) {
        held.entry(&file.symbol).or_default().push(file);
    }
    held
}

/// What became of what was added to a name.
enum Wrote<V: Clone + 'static> {
    Nothing,
    File(FileEntry),
    /// To be put into one file with others, if there are enough of them.
    Waits(Addition<'static, V>),
}

/// What deliveries add to one name, never nothing.
struct Addition<'a, V: Clone> {
    name: Symbol,
    /// Rows and where they came from, in the order of arrival.
    pieces: Vec<(String, Cow<'a, [V]>)>,
    rows: u64,
    first: Date,
    last: Date,
}

impl<V: Version> Addition<'_, V> {
    const fn is_small(&self, table: Table) -> bool {
        self.rows < OWN_ROWS && table.shares()
    }

    fn owned(self) -> Addition<'static, V> {
        let Self { name, pieces, rows, first, last } = self;
        let pieces = pieces.into_iter().map(|(from, rows)| (from, Cow::Owned(rows.into_owned()))).collect();
        Addition { name, pieces, rows, first, last }
    }

    /// Each source once, in the order of arrival.
    fn sources(&self) -> Vec<String> {
        let mut sources: Vec<String> = Vec::new();
        for (source, _) in &self.pieces {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        sources
    }
}

/// Writes what deliveries add to names. Nobody reads a file before the manifest lists it.
struct Writer<'a, V> {
    lake: &'a Lake,
    held: BTreeMap<&'a Symbol, Vec<&'a FileEntry>>,
    table: Table,
    decode: &'a Decode<'a, V>,
    encode: &'a Encode<'a, V>,
}

impl<V: Version + 'static> Writer<'_, V> {
    /// What `given` adds to what is held of `name`.
    fn compare<'g>(
        &self,
        name: &Symbol,
        given: &[(&Delivery, &'g [V])],
    ) -> Result<(IngestReport, Option<Addition<'g, V>>), LakeError> {
        let dates = || given.iter().flat_map(|(_, rows)| rows.iter().map(V::date));
        let span = dates().min().zip(dates().max());
        // A file whose dates lie elsewhere holds no version of what is given.
        let near =
            |file: &&FileEntry| span.is_some_and(|(first, last)| file.first <= last && file.last >= first);
        let listed = self.held.get(name).map(Vec::as_slice).unwrap_or_default();
        let files: Vec<&FileEntry> = listed.iter().copied().filter(near).collect();
        let mut held = self.lake.decode_files(&files, self.decode)?;
        let mut report = IngestReport {
            symbol: name.clone(),
            rows_given: 0,
            rows_added: 0,
            rows_unchanged: 0,
            rows_restated: 0,
            restated: Vec::new(),
            file: None,
        };
        let mut pieces: Vec<(String, Cow<'g, [V]>)> = Vec::new();
        let mut extent: Option<(Date, Date)> = None;
        for (at, (delivery, rows)) in given.iter().enumerate() {
            let last = at + 1 == given.len();
            let before = if last { std::mem::take(&mut held) } else { held.clone() };
            let delta = delta(before, rows, delivery.arrived_at);
            report.rows_given += rows.len() as u64;
            report.rows_added += delta.added.len() as u64;
            report.rows_unchanged += delta.unchanged;
            report.rows_restated += delta.rows_restated;
            report.restated.extend(&delta.restated);
            let (Some(first), Some(end)) = (delta.added.first(), delta.added.last()) else { continue };
            let (from, to) = extent.unwrap_or((first.date(), end.date()));
            extent = Some((from.min(first.date()), to.max(end.date())));
            if !last {
                held.extend_from_slice(&delta.added);
            }
            pieces.push((delivery.source.clone(), delta.added));
        }
        report.restated.sort_unstable();
        report.restated.dedup();
        let addition = extent.map(|(first, last)| Addition {
            name: name.clone(),
            pieces,
            rows: report.rows_added,
            first,
            last,
        });
        Ok((report, addition))
    }

    fn own_files(&self, list: &[(usize, Addition<'_, V>)]) -> Result<Vec<(usize, FileEntry)>, LakeError> {
        list.par_iter().map(|(at, addition)| Ok((*at, self.own_file(addition)?))).collect()
    }

    /// A file with what is added to one name.
    fn own_file(&self, addition: &Addition<'_, V>) -> Result<FileEntry, LakeError> {
        let parquet = |source| LakeError::Parquet { path: self.lake.root().to_owned(), source };
        let encode = |(source, rows): &(String, Cow<'_, [V]>)| (self.encode)(rows, &[(source, rows.len())]);
        let batches = addition.pieces.iter().map(encode).collect::<Result<Vec<_>, _>>();
        let bytes = batches.and_then(|batches| parquet_bytes(&batches)).map_err(parquet)?;
        let mut sources = addition.sources().into_iter();
        let entry = FileEntry {
            table: self.table,
            symbol: addition.name.clone(),
            digest: Digest::of(&bytes),
            bytes: bytes.len() as u64,
            rows: addition.rows,
            first: addition.first,
            last: addition.last,
            source: sources.next().unwrap_or_default(),
            also_from: sources.collect(),
            first_row: None,
        };
        durable::put(&self.lake.root().join(entry.path()), &bytes)?;
        Ok(entry)
    }

    /// Files that several names share, with what is added to each; names ascend.
    fn shared_files(
        &self,
        mut list: Vec<(usize, Addition<'_, V>)>,
    ) -> Result<Vec<(usize, FileEntry)>, LakeError> {
        list.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let packs = packs(list, |(_, addition)| addition.rows);
        let written = packs.par_iter().map(|pack| self.shared_file(pack));
        let written: Vec<_> = written.collect::<Result<_, LakeError>>()?;
        Ok(written.into_iter().flatten().collect())
    }

    fn shared_file(&self, pack: &[(usize, Addition<'_, V>)]) -> Result<Vec<(usize, FileEntry)>, LakeError> {
        let pieces = || pack.iter().flat_map(|(_, addition)| &addition.pieces);
        let rows: Vec<V> = pieces().flat_map(|(_, rows)| rows.iter().cloned()).collect();
        let sources: Vec<(&str, usize)> =
            pieces().map(|(source, rows)| (source.as_str(), rows.len())).collect();
        let batch = (self.encode)(&rows, &sources)
            .map_err(|source| LakeError::Parquet { path: self.lake.root().to_owned(), source })?;
        let members = pack.iter().map(|(_, addition)| Member {
            name: addition.name.clone(),
            rows: addition.rows,
            first: addition.first,
            last: addition.last,
            sources: addition.sources(),
        });
        let entries = shared::write(self.lake.root(), self.table, &batch, members.collect())?;
        Ok(pack.iter().map(|(at, _)| *at).zip(entries).collect())
    }
}
