//! What can go wrong with a snapshot, and what mends it.

use std::path::PathBuf;

use proofmark_units::{DateSpan, Digest, Symbol};

use super::FORMAT;
use crate::durable::WriteError;
use crate::lake_error::LakeError;
use crate::quality::RULES_VERSION;

/// A snapshot could not be taken, opened or loaded.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The lake failed.
    #[error("cannot read the data of the snapshot")]
    Lake(#[from] LakeError),
    /// The record could not be written.
    #[error("cannot store the snapshot")]
    Write(#[from] WriteError),
    /// No symbol has a clean bar in the span.
    #[error("none of the {symbols} symbols has a bar in {span}")]
    Empty {
        /// Symbols asked for.
        symbols: usize,
        /// The span.
        span: DateSpan,
    },
    /// The record cannot be read.
    #[error("cannot read snapshot `{}`", path.display())]
    Read {
        /// The record.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The record is not JSON of the expected shape.
    #[error("snapshot `{}` is damaged", path.display())]
    Damaged {
        /// The record.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A newer program wrote the record.
    #[error("snapshot `{}` has format {found}; this program reads up to {FORMAT}", path.display())]
    Newer {
        /// The record.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The record's content does not give its name.
    #[error("snapshot {id} was changed after it was taken: its content has digest {content}")]
    Changed {
        /// The id it carries.
        id: Digest,
        /// The digest its content has.
        content: Digest,
    },
    /// Other rules than the snapshot's are in force.
    #[error("snapshot {id} was cleaned by rules version {taken}; this program has {RULES_VERSION}")]
    OtherRules {
        /// The snapshot.
        id: Digest,
        /// Its version.
        taken: u32,
    },
    /// Another calendar than the snapshot's was handed in.
    #[error("snapshot {id} was cleaned with calendar `{taken}`, not `{given}`")]
    OtherCalendar {
        /// The snapshot.
        id: Digest,
        /// Its calendar.
        taken: String,
        /// The one given.
        given: String,
    },
    /// A raw file of the snapshot is no longer in the lake.
    #[error("raw file {file} of snapshot {id} is no longer in the lake")]
    FileGone {
        /// The snapshot.
        id: Digest,
        /// The file.
        file: Digest,
    },
    /// The data no longer give the recorded digest.
    #[error("`{symbol}` no longer gives the data of snapshot {id}")]
    Mismatch {
        /// The snapshot.
        id: Digest,
        /// The symbol or series.
        symbol: Symbol,
    },
    /// The series is not part of the snapshot.
    #[error("snapshot {id} holds no `{name}`")]
    NotPart {
        /// The snapshot.
        id: Digest,
        /// The name asked for.
        name: Symbol,
    },
}

impl SnapshotError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::Empty { .. } => "widen the dates, or look at what the quality rules dropped",
            Self::Read { .. } | Self::NotPart { .. } => {
                "check the name: `proofmark data snapshot list` shows all"
            }
            Self::Newer { .. } => "use the newer program that wrote it",
            Self::Damaged { .. } | Self::Changed { .. } => {
                "restore the file from a copy, or take a new snapshot"
            }
            Self::OtherRules { .. } => "replay with the program of that run, or take a new snapshot",
            Self::OtherCalendar { .. } => "hand in the calendar that the snapshot names",
            Self::FileGone { .. } | Self::Mismatch { .. } => {
                "the lake's files were changed: restore them from a copy"
            }
        }
    }
}
