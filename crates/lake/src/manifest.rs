//! The list of the lake's files: what is not in it does not exist.

use std::path::{Path, PathBuf};

use proofmark_market::Interval;
use proofmark_units::{Date, Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::facts::{Shape, shape_of};
use crate::manifest_file::Written;

/// Below a table's folder, where the files lie that several names share.
const SHARED: &str = "shared";

/// The newest format this program reads and writes. 2 adds tables of facts, merged and retired files; 3 intraday bars, order
/// books and option chains; 4 recorded events of books; 5 files that several names share.
pub(crate) const FORMAT: u32 = 5;

/// Which table a file belongs to; written by its [`name`](Table::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Table {
    /// Daily bars by symbol.
    Bars,
    /// Bars shorter than a session, by symbol; [`Table::bars`] makes it of an interval.
    Intraday(Interval),
    /// Dated values by series.
    Observations,
    /// Splits, dividends and unexplained gaps by symbol, declared and detected.
    CorporateActions,
    /// When a symbol was listed, and what became of it.
    Listings,
    /// Members of an index, by index.
    IndexMembership,
    /// Funding payments of perpetual contracts by symbol.
    Funding,
    /// Articles by symbol or topic.
    News,
    /// Scores of mood by symbol or topic.
    Sentiment,
    /// Order books as seen once, by symbol.
    BookSnapshots,
    /// Messages about order books as recorded, by symbol.
    BookEvents,
    /// Option chains as seen once, by underlying.
    OptionChains,
}

impl Table {
    /// The table of bars that last so long.
    pub const fn bars(interval: Interval) -> Self {
        match interval {
            Interval::Day1 => Self::Bars,
            shorter => Self::Intraday(shorter),
        }
    }

    /// Every table, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [
            Self::Observations,
            Self::CorporateActions,
            Self::Listings,
            Self::IndexMembership,
            Self::Funding,
            Self::News,
            Self::Sentiment,
            Self::BookSnapshots,
            Self::BookEvents,
            Self::OptionChains,
        ];
        let intraday = Interval::INTRADAY.into_iter().map(Self::Intraday);
        std::iter::once(Self::Bars).chain(intraday).chain(others)
    }

    /// Folder, and what its parts are named by.
    pub(crate) const fn folder(self) -> (&'static str, &'static str) {
        match self {
            Self::Bars => ("bars/interval=1d", "symbol"),
            Self::Intraday(Interval::Minute1) => ("bars/interval=1m", "symbol"),
            Self::Intraday(Interval::Minute5) => ("bars/interval=5m", "symbol"),
            Self::Intraday(Interval::Minute15) => ("bars/interval=15m", "symbol"),
            Self::Intraday(Interval::Minute30) => ("bars/interval=30m", "symbol"),
            Self::Intraday(Interval::Hour1) => ("bars/interval=1h", "symbol"),
            // Never stored: appending refuses it.
            Self::Intraday(Interval::Day1) => ("bars/interval=1d", "symbol"),
            Self::Observations => ("observations", "series"),
            Self::CorporateActions => ("corporate_actions", "symbol"),
            Self::Listings => ("listings", "symbol"),
            Self::IndexMembership => ("index_membership", "index"),
            Self::Funding => ("funding", "symbol"),
            Self::News => ("news", "topic"),
            Self::Sentiment => ("sentiment", "topic"),
            Self::BookSnapshots => ("book_snapshots", "symbol"),
            Self::BookEvents => ("book_events", "symbol"),
            Self::OptionChains => ("option_chains", "underlying"),
        }
    }

    /// What a name of this table is: `symbol`, `series`, `index` or `topic`.
    pub const fn part(self) -> &'static str {
        self.folder().1
    }

    /// Its name in words for people and queries: `bars`, `bars_5m`, `funding`.
    pub fn name(self) -> String {
        match self {
            Self::Intraday(interval) => format!("bars_{interval}"),
            Self::Bars => "bars".to_owned(),
            other => other.folder().0.to_owned(),
        }
    }

    /// Whether a file may hold rows of several names: not where rows are forgotten or where a part is one of a recording.
    pub(crate) const fn shares(self) -> bool {
        !matches!(self, Self::BookSnapshots | Self::BookEvents | Self::OptionChains)
    }

    /// The columns that say what a row of a name is about: rows that agree in them are versions of one fact.
    pub fn key(self) -> Vec<&'static str> {
        match self {
            Self::Bars => vec!["session"],
            Self::Intraday(_) => vec!["session", "start"],
            Self::Observations => vec!["date"],
            facts => shape_of(facts).map(Shape::key).unwrap_or_default(),
        }
    }
}

impl From<Table> for String {
    fn from(table: Table) -> Self {
        table.name()
    }
}

impl TryFrom<String> for Table {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::all().find(|table| table.name() == name).ok_or_else(|| format!("there is no table `{name}`"))
    }
}

/// The rows of one name in one immutable Parquet file of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// The table.
    pub table: Table,
    /// The symbol, or the name of the series, index or topic.
    pub symbol: Symbol,
    /// SHA-256 of the file's bytes; part of its name.
    pub digest: Digest,
    /// Length, bytes.
    pub bytes: u64,
    /// Rows of the name.
    pub rows: u64,
    /// Earliest date of these.
    pub first: Date,
    /// Latest date of these.
    pub last: Date,
    /// Where the rows came from, as the caller named it; of a merged file, where the first ones came from.
    pub source: String,
    /// Where further rows of a merged file came from, in the order of arrival.
    pub also_from: Vec<String>,
    /// How many rows of other names come before, in a file that several names share; `None` for a file of its own.
    pub first_row: Option<u64>,
}

impl FileEntry {
    /// The file below the lake's root. Follows from the entry, so that no manifest can point elsewhere.
    pub fn path(&self) -> PathBuf {
        match self.first_row {
            Some(_) => Path::new(self.table.folder().0).join(SHARED).join(file_name(&self.digest)),
            None => path_of(self.table, &self.symbol, &self.digest),
        }
    }

    /// Every source of the file's rows.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.source).chain(&self.also_from).map(String::as_str)
    }
}

/// Where a file with these rows lies below its root.
pub(crate) fn path_of(table: Table, name: &Symbol, digest: &Digest) -> PathBuf {
    let (folder, part) = table.folder();
    Path::new(folder).join(format!("{part}={name}")).join(file_name(digest))
}

fn file_name(digest: &Digest) -> String {
    format!("part-{}.parquet", digest.short())
}

/// What the lake consists of; `manifest_file` has its written form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    /// In the order of arrival. The parts of a shared file follow one another, all of them, by their rows.
    pub(crate) files: Vec<FileEntry>,
    /// Files whose rows live on in a merged one, kept for the snapshots that name them.
    pub(crate) retired: Vec<FileEntry>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { format: 1, files: Vec::new(), retired: Vec::new() }
    }
}

impl Manifest {
    pub(crate) fn of(&self, table: Table) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(move |file| file.table == table)
    }

    /// Files that read, and files kept for snapshots.
    pub(crate) fn all(&self) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().chain(&self.retired)
    }

    /// The oldest format that can say what this manifest says, so that an older program reads what it can.
    pub(crate) fn format_needed(&self) -> u32 {
        let needed = |file: &FileEntry| match file.table {
            _ if file.first_row.is_some() => FORMAT,
            Table::Bars | Table::Observations if file.also_from.is_empty() => 1,
            Table::Intraday(_) | Table::BookSnapshots | Table::OptionChains => 3,
            Table::BookEvents => 4,
            _ => 2,
        };
        let retired = self.retired.iter().map(|file| needed(file).max(2));
        self.files.iter().map(needed).chain(retired).max().unwrap_or(1)
    }
}
