//! `data seed`: the whole lake as plain files, and a workspace from them.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SeedCommand {
    /// Write every version of every row as Parquet files with a manifest; the same lake gives the same bytes.
    ///
    /// A folder with an earlier seed is brought up to date: killed at any moment it holds the earlier seed or the new one, so
    /// the command can run daily.
    Backup {
        /// The folder: new, empty, or with an earlier seed.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Add what the lake lacks of a seed, after every byte of it was checked; makes the workspace if there is none.
    ///
    /// Rows keep both of their times and their source. Nothing is replaced or moved, so that restoring twice, or over newer
    /// rows, ends in the same lake.
    Restore {
        /// The seed's folder.
        from: PathBuf,
        /// Check the seed and say what would be added; nothing is written.
        #[arg(long)]
        dry_run: bool,
    },
}
