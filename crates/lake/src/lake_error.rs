//! What can go wrong with the lake, and what mends it.

use std::path::PathBuf;

use proofmark_market::Interval;
use proofmark_units::{Date, Symbol};

use crate::durable::WriteError;
use crate::manifest::{FORMAT, Table};

/// The lake could not be opened, read or appended to.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A file could not be read.
    #[error("cannot read `{}` of the lake", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot store in the lake")]
    Write(#[from] WriteError),
    /// The manifest is not what this program writes.
    #[error("the lake's manifest `{}` is damaged", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A newer program wrote this lake.
    #[error("the lake at `{}` has format {found}; this program reads up to {FORMAT}", path.display())]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// A Parquet file cannot be decoded or encoded.
    #[error("`{}` of the lake is damaged", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A file has other bytes than it had when it was stored.
    #[error("`{}` of the lake was changed after it was stored", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Nothing is stored under that name.
    #[error("the lake has no {kind} `{name}`; it has {known}")]
    Unknown {
        /// What it would name: `symbol`, `series`, `index` or `topic`.
        kind: &'static str,
        /// The name asked for.
        name: Symbol,
        /// Some names there are.
        known: String,
    },
    /// Rows of that table are never forgotten.
    #[error("the lake forgets no row of table {table:?}")]
    KeptForGood {
        /// The table.
        table: Table,
    },
    /// A row claims to be known before it happened.
    #[error("a row of `{symbol}` dated {date} is known before it happened")]
    KnownBeforeEvent {
        /// The symbol.
        symbol: Symbol,
        /// The date.
        date: Date,
    },
    /// Bars of a session have a table of their own.
    #[error("bars of `{interval}` are no intraday bars")]
    NotIntraday {
        /// The interval.
        interval: Interval,
    },
    /// A fact holds what its table cannot.
    #[error("the {table} of `{name}` dated {date} cannot be stored: {why}")]
    BadFact {
        /// The table's name.
        table: &'static str,
        /// The symbol, index or topic.
        name: Symbol,
        /// The fact's date.
        date: Date,
        /// The column and its trouble.
        why: String,
    },
}

impl LakeError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check the folder and its permissions",
            Self::Write(error) => error.hint(),
            Self::Manifest { .. } | Self::Parquet { .. } | Self::Changed { .. } => {
                "restore the lake from a copy, or ingest the source files into an empty one"
            }
            Self::Newer { .. } => "use the newer program that wrote it",
            Self::Unknown { .. } => "check the spelling, or ingest it first",
            Self::KeptForGood { .. } => "only order books and option chains have a retention",
            Self::KnownBeforeEvent { .. } => "set known_at to the session's close or later",
            Self::NotIntraday { .. } => "store them as daily bars",
            Self::BadFact { .. } => "leave an unknown number out instead of giving one that is none",
        }
    }
}
