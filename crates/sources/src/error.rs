//! What can go wrong when a file is read, and what mends it.

use std::path::PathBuf;

use crate::RowProblem;

/// A file could not be read as a whole. A single unreadable row is a [`RowProblem`], not an error.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file does not exist.
    #[error("there is no file `{}`", file.display())]
    NotFound {
        /// The file.
        file: PathBuf,
    },
    /// The operating system refused, or a compressed stream is damaged.
    #[error("cannot read `{}`", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are of another format.
    #[error("`{}` is not {expected}: {found}", file.display())]
    WrongFormat {
        /// The file.
        file: PathBuf,
        /// The format asked for.
        expected: &'static str,
        /// What was seen instead.
        found: String,
    },
    /// The file starts like Parquet but cannot be decoded.
    #[error("`{}` is damaged or not Parquet", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The decoder's complaint.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// SQLite cannot read the file.
    #[error("`{}` is a damaged SQLite database", file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// SQLite's complaint.
        #[source]
        source: rusqlite::Error,
    },
    /// A needed table is not there.
    #[error("`{}` has no table `{table}`; its tables are {}", file.display(), found.join(", "))]
    MissingTable {
        /// The file.
        file: PathBuf,
        /// The table looked for.
        table: &'static str,
        /// Some tables there are.
        found: Vec<String>,
    },
    /// A newer program wrote the schema.
    #[error("`{}` has schema version {found}; this program reads up to {known}", file.display())]
    NewerSchema {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is read.
        known: i64,
    },
    /// There is no data row.
    #[error("`{}` has no data rows", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A needed column is not there.
    #[error("`{}` has no `{role}` column (looked for {wanted}); its columns are {}", file.display(), found.join(", "))]
    MissingColumn {
        /// The file.
        file: PathBuf,
        /// What the column is for.
        role: &'static str,
        /// Names that would have been taken.
        wanted: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// Two columns carry the same name.
    #[error("`{}` has more than one column `{column}`", file.display())]
    AmbiguousColumn {
        /// The file.
        file: PathBuf,
        /// The repeated name.
        column: String,
    },
    /// A Parquet column has a type that cannot hold what is wanted.
    #[error("column `{column}` of `{}` has type {found}, not {wanted}", file.display())]
    ColumnType {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What would do.
        wanted: &'static str,
    },
    /// `01-02-2020` can be the first of February or the second of January.
    #[error("row {row} of `{}`: the date `{text}` can be read in two ways", file.display())]
    AmbiguousDate {
        /// The file.
        file: PathBuf,
        /// One-based data row.
        row: u64,
        /// The text.
        text: String,
    },
    /// No symbol column, no symbol given, and the file's name is not a symbol.
    #[error("`{}` has no symbol column and its name is not a symbol", file.display())]
    NoSymbol {
        /// The file.
        file: PathBuf,
    },
    /// A record is longer than the limit, which a bar never is.
    #[error("near line {line} of `{}` a record is longer than {limit} bytes", file.display())]
    LineTooLong {
        /// The file.
        file: PathBuf,
        /// Last line read before it.
        line: u64,
        /// The limit, bytes.
        limit: usize,
    },
    /// The content is larger than the limit.
    #[error("`{}` holds more than {limit} bytes once unpacked", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The limit, bytes.
        limit: u64,
    },
    /// More rows are unreadable than can be listed.
    #[error("more than {limit} rows of `{}` cannot be read; the first: {first}", file.display())]
    TooManyProblems {
        /// The file.
        file: PathBuf,
        /// The limit.
        limit: usize,
        /// The first one.
        first: Box<RowProblem>,
    },
}

impl ReadError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { .. } => "check the path; a relative path starts at the current folder".into(),
            Self::Unreadable { .. } => {
                "check the file's permissions, and that a compressed file was copied whole".into()
            }
            Self::WrongFormat { expected, .. } => {
                format!("give a file that is {expected}, or read it as what it is")
            }
            Self::Malformed { .. } => {
                "copy the file again, or write it anew with a current Parquet writer".into()
            }
            Self::Database { .. } => {
                "check it with `sqlite3 FILE 'PRAGMA integrity_check'`; a file in use may have a `-wal` beside it".into()
            }
            Self::MissingTable { table, .. } => {
                format!("name the table of bars `{table}`, with timestamp, symbol, open, high, low and close")
            }
            Self::NewerSchema { .. } => "use the newer program that wrote it".into(),
            Self::Empty { .. } => "a bar file needs a header line and at least one row".into(),
            Self::MissingColumn { role, .. } => {
                format!("say which column it is in the column mapping: `{role} = \"<column name>\"`")
            }
            Self::AmbiguousColumn { .. } => "rename one of the two columns".into(),
            Self::ColumnType { wanted, .. } => format!("write the column as {wanted}, or map another column"),
            Self::AmbiguousDate { .. } => "give the date format, such as `%d-%m-%Y`".into(),
            Self::NoSymbol { .. } => "give the symbol, or name the file after it".into(),
            Self::LineTooLong { .. } => {
                "look for an unclosed quote there; raise `max_record_bytes` if it is meant".into()
            }
            Self::TooLarge { .. } => "split the file, or raise `max_decompressed_bytes`".into(),
            Self::TooManyProblems { .. } => "check the column mapping and the date format".into(),
        }
    }
}
