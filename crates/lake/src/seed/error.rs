//! What can go wrong with a seed, and what mends it.

use std::path::PathBuf;

use super::manifest::FORMAT;
use crate::durable::WriteError;
use crate::lake_error::LakeError;

/// A seed could not be written or restored. A lake is as it was then, and so is an earlier seed in the same folder.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The lake failed.
    #[error("the lake cannot be read or written")]
    Lake(#[from] LakeError),
    /// A file could not be written.
    #[error("cannot write the seed")]
    Write(#[from] WriteError),
    /// The lake has no row.
    #[error("the lake holds nothing to back up")]
    Empty,
    /// The folder for a seed holds something else.
    #[error("`{}` holds `{found}`, which belongs to no seed", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: String,
    },
    /// There is no manifest.
    #[error("`{}` is not a seed: it has no `seed.json`", path.display())]
    NotASeed {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is not what this program writes.
    #[error("the seed's manifest `{}` is damaged", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A newer program wrote the seed.
    #[error("the seed `{}` has format {found}; this program reads up to {FORMAT}", path.display())]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The manifest names a file where a seed keeps none.
    #[error("the seed's manifest names `{given}`, where that file would be `{}`", expected.display())]
    Elsewhere {
        /// The path as written.
        given: String,
        /// The path that follows from table, name and digest.
        expected: PathBuf,
    },
    /// Two parts of the manifest do not go together.
    #[error("the seed's manifest `{}` contradicts itself: {what}", path.display())]
    Contradiction {
        /// The manifest.
        path: PathBuf,
        /// How.
        what: String,
    },
    /// A listed file is not there.
    #[error("`{path}` of the seed is missing")]
    Missing {
        /// The file below the seed's folder.
        path: String,
    },
    /// A listed file has other bytes.
    #[error("`{path}` of the seed was changed or cut after it was written")]
    Changed {
        /// The file below the seed's folder.
        path: String,
    },
    /// A file holds rows that its table cannot, or others than the manifest says.
    #[error("`{path}` of the seed does not hold what its manifest says")]
    Content {
        /// The file below the seed's folder.
        path: String,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
}

impl SeedError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::Empty => "fill it first: `proofmark ingest --help` shows how",
            Self::Occupied { .. } => "name a new or empty folder, or one that holds an earlier seed",
            Self::NotASeed { .. } => "name the folder that `proofmark data seed backup --to` wrote",
            Self::Read { .. } => "check the folder and its permissions",
            Self::Newer { .. } => "use the newer program that wrote it",
            Self::Manifest { .. }
            | Self::Elsewhere { .. }
            | Self::Contradiction { .. }
            | Self::Missing { .. }
            | Self::Changed { .. }
            | Self::Content { .. } => "copy the seed again from where it was made; nothing was changed here",
        }
    }
}
