//! Arguments of `proofmark data books`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use proofmark_units::{Date, Symbol};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BookFormatArg {
    /// Parquet: local_ns, exch_ms, kind, side, price, qty, id; one level a row.
    Binance,
    /// Binance's raw stream as recorded: `<received ns> <json>` a line, plain or gzip.
    BinanceFeed,
    /// A LOBSTER message file; its book file is found by name.
    Lobster,
    /// JSON files of `proofmark ingest binance --depth` or `breeze --quote`; one row each.
    Snapshots,
    /// A recording in the lake, by `ingest book`; the symbol stands in place of the file.
    Lake,
}

/// A book is known from a snapshot on. A gap in the sequence, an impossible size or a damaged message loses it until the next
/// snapshot: the time between is counted as missing. Rows hold what was known at their instant, and nothing later.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  proofmark data books events.parquet --format binance --every 1s --levels 10\n  proofmark data books AMZN_2012-06-21_34200000_57600000_message_1.csv --format lobster --every 1m\n  proofmark data books feed.jsonl.gz --format binance-feed --to books.parquet\nExit code 1 means that the book was never known."
)]
pub(crate) struct BooksArgs {
    /// One file of messages, or several snapshots of one instrument; with `--format lake` a symbol.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What kind of files.
    #[arg(long, value_enum)]
    pub(crate) format: BookFormatArg,
    /// One row every so often, such as 100ms, 1s, 5m; on multiples of it since 1970 in UTC.
    #[arg(long, default_value = "1s", value_parser = duration)]
    pub(crate) every: i64,
    /// Levels a side of each row.
    #[arg(long, default_value_t = 10)]
    pub(crate) levels: usize,
    /// Name of the instrument, where the file does not say it.
    #[arg(long)]
    pub(crate) symbol: Option<String>,
    /// Of the lake: which recording, by the beginning of its name; not needed where there is one.
    #[arg(long, value_name = "NAME")]
    pub(crate) recording: Option<String>,
    /// LOBSTER: the book file, when it is not named like its message file.
    #[arg(long, value_name = "FILE")]
    pub(crate) books: Option<PathBuf>,
    /// LOBSTER: the date; that of the file's name when left out.
    #[arg(long)]
    pub(crate) date: Option<Date>,
    /// LOBSTER: the zone of its times.
    #[arg(long, default_value = "America/New_York")]
    pub(crate) zone: String,
    /// Write all rows to a Parquet file (zstd).
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamArg {
    /// Parquet: local_ns, exch_ms, kind, side, price, qty, id; one level a row.
    Binance,
    /// Binance's raw stream as recorded: `<received ns> <json>` a line, plain or gzip.
    BinanceFeed,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// Recorded streams of one instrument.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What kind of files.
    #[arg(long, value_enum)]
    pub(crate) format: StreamArg,
    /// The instrument.
    #[arg(long)]
    pub(crate) symbol: Symbol,
    /// Who sent the messages, such as `binance-spot`.
    #[arg(long)]
    pub(crate) venue: String,
}

fn duration(text: &str) -> Result<i64, String> {
    proofmark_app::data::books::nanos_of(text)
        .ok_or_else(|| format!("`{text}` is not a duration such as 100ms, 1s, 5m or 1h"))
}
