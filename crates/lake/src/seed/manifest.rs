//! The list of a seed's files, written last.

use std::fs;
use std::path::Path;

use proofmark_units::{Date, Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::SeedError;
use crate::manifest::{Table, path_of};

/// The format this program writes and the newest it reads.
pub(super) const FORMAT: u32 = 1;

/// The manifest's name below the seed's folder.
pub(super) const MANIFEST: &str = "seed.json";

/// One Parquet file of a seed: every row of one name of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    /// The file below the seed's folder, with `/`. Follows from the other fields, and is refused when it does not.
    pub path: String,
    /// The lake's table.
    pub table: Table,
    /// The symbol, series, index or topic.
    pub name: Symbol,
    /// Rows, every version of every fact.
    pub rows: u64,
    /// Earliest date inside.
    pub first: Date,
    /// Latest date inside.
    pub last: Date,
    /// When the last of the rows became known.
    pub known_to: Instant,
    /// Length, bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub digest: Digest,
}

/// What a seed holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedManifest {
    pub(super) format: u32,
    /// The program and version that wrote it.
    pub made_by: String,
    /// Rows of all files.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Earliest date of all rows.
    pub first: Date,
    /// Latest date of all rows.
    pub last: Date,
    /// When the last of all rows became known. A seed carries no clock: the same lake gives the same bytes.
    pub known_to: Instant,
    /// The files, ascending by table and name.
    pub files: Vec<SeedFile>,
}

impl SeedManifest {
    /// The manifest of `files`; `None` without a file.
    pub(super) fn of(made_by: &str, files: Vec<SeedFile>) -> Option<Self> {
        let first = files.iter().map(|file| file.first).min()?;
        let last = files.iter().map(|file| file.last).max()?;
        let known_to = files.iter().map(|file| file.known_to).max()?;
        let rows = files.iter().map(|file| file.rows).fold(0, u64::saturating_add);
        let bytes = files.iter().map(|file| file.bytes).fold(0, u64::saturating_add);
        Some(Self { format: FORMAT, made_by: made_by.to_owned(), rows, bytes, first, last, known_to, files })
    }

    /// Reads the manifest below `root` and checks all that needs no other file.
    pub(super) fn read(root: &Path) -> Result<Self, SeedError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = root.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SeedError::NotASeed { path: root.to_owned() });
            }
            Err(source) => return Err(SeedError::Read { path, source }),
        };
        let damaged = |source| SeedError::Manifest { path: path.clone(), source };
        // The format first: a newer manifest may hold fields that this program does not know.
        let Format { format } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if format > FORMAT {
            return Err(SeedError::Newer { path, found: format });
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        manifest.check(&path)?;
        Ok(manifest)
    }

    fn check(&self, path: &Path) -> Result<(), SeedError> {
        let contradicts = |what: String| SeedError::Contradiction { path: path.to_owned(), what };
        for file in &self.files {
            let expected = path_of(file.table, &file.name, &file.digest);
            if Path::new(&file.path) != expected {
                return Err(SeedError::Elsewhere { given: file.path.clone(), expected });
            }
        }
        let key = |file: &SeedFile| (file.table, file.name.clone());
        if let Some(pair) = self.files.windows(2).find(|pair| key(&pair[0]) >= key(&pair[1])) {
            let name = &pair[1].path;
            return Err(contradicts(format!("`{name}` is listed twice or out of order")));
        }
        let sums = Self::of(&self.made_by, self.files.clone());
        if sums.as_ref() != Some(self) {
            return Err(contradicts("the totals are not those of the files".to_owned()));
        }
        Ok(())
    }
}
