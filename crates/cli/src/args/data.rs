//! `data`: what is in the lake, what is wrong with it, and what can be made of it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use proofmark_market::Interval;
use proofmark_units::{Date, Instant, Symbol};

use super::key_value;

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Apply every quality rule and check to the lake, or to files, and print what they find; nothing is changed.
    Check(Box<CheckArgs>),
    /// Observed against expected sessions of every symbol and year, and the likely cause of each hole.
    Coverage {
        /// Exchange calendar.
        #[arg(long, default_value = "XNSE")]
        calendar: String,
        /// Folder for `coverage.json` and `coverage.html`; the workspace's `reports` when left out.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// List the symbols with their first and last bar.
    Symbols,
    /// List every table of the lake: names, rows, versions, dates.
    Tables,
    /// The whole lake as plain files with a manifest, and a workspace from them.
    #[command(subcommand)]
    Seed(super::seed::SeedCommand),
    /// How old the newest row of each name is; ends with exit code 1 while one is older than its limit.
    Freshness {
        /// Exchange calendar whose finished sessions count for bars.
        #[arg(long, default_value = "XNSE")]
        calendar: String,
        /// Most finished sessions without a bar.
        #[arg(long, value_name = "SESSIONS", default_value_t = 3)]
        bars: usize,
        /// Most calendar days without a value of a series.
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        series: usize,
    },
    /// Splits and other gaps found in raw prices, held against what was declared; prices in the lake stay as they are.
    Actions {
        /// Exchange calendar.
        #[arg(long, default_value = "XNSE")]
        calendar: String,
        /// Declared actions: a CSV file with the columns symbol,ex_date,kind,value,announced.
        #[arg(long, value_name = "FILE")]
        declared: Option<PathBuf>,
        /// Store declared and detected actions in the lake's table `corporate_actions` as well.
        #[arg(long)]
        store: bool,
        /// Folder for `actions.json` and `actions.html`; the workspace's `reports` when left out.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Who may be held when, by a pipeline's rank or list; nothing is trained.
    Universe {
        /// The pipeline file.
        pipeline: PathBuf,
        /// Name the members at this date.
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
    /// What state each name's market was in at each bar, by what was known then: volatility, trend, liquidity and others.
    Regimes(RegimesArgs),
    /// Features of quotes, option chains, other series and news, one value a session, by what was known then.
    Context(ContextArgs),
    /// Write the bars, as known at an instant, as files that other programs read.
    Export(ExportArgs),
    /// Put many names on one calendar's sessions: a long table, and a dense tensor with a mask.
    Align(Box<super::align::AlignArgs>),
    /// Merge small files of each symbol; every read and every snapshot gives the same bits as before.
    Compact,
    /// Immutable records of clean data, by content; a run makes its own.
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// One SELECT over the lake, read-only: bars, bars_5m, observations, funding, ... as last known, and bars_versions, ... with
    /// every version. Needs a build with `--features sql`.
    Sql(SqlArgs),
    /// The listed sources of observations: units, publication lags, vintages, documents.
    Sources,
    /// Which observations the lake holds in which year.
    Signals {
        /// Also write the matrix and the table of sources as Markdown.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Observations as they were known at each close of a calendar, and how much of it is there.
    View(ViewArgs),
    /// Scorers of headlines: train on your own labelled texts, measure, try one out.
    #[command(subcommand)]
    Sentiment(super::sentiment::SentimentCommand),
    /// Rebuild an order book from messages or snapshots and sample it; what is wrong with them is listed.
    Books(Box<super::books::BooksArgs>),
    /// Value an option chain: forward, implied volatilities and Greeks, one line an expiry.
    Options(Box<super::options::OptionsArgs>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotCommand {
    /// Take one. The same data give the same id.
    Create(SnapshotArgs),
    /// All of them, also those of runs.
    List,
    /// What one holds, what the rules set aside, and the files it was made from.
    Show {
        /// Its id, or the start of it.
        id: String,
    },
    /// Read its files again, clean them again, and compare every digest.
    Verify {
        /// Its id, or the start of it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// Only these symbols; all with bars when left out.
    #[arg(long, value_delimiter = ',')]
    pub(crate) symbols: Vec<Symbol>,
    /// First date; that of the first bar when left out.
    #[arg(long)]
    pub(crate) start_date: Option<Date>,
    /// Last date; that of the last bar when left out.
    #[arg(long)]
    pub(crate) end_date: Option<Date>,
    /// Only what was known then: an instant such as 2024-01-31T10:00:00Z, or a date, which means its end in UTC.
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub(crate) as_of: Option<Instant>,
    /// The benchmark's symbol, cleaned like the others.
    #[arg(long)]
    pub(crate) benchmark: Option<Symbol>,
    /// Series of dated values to hold.
    #[arg(long, value_delimiter = ',')]
    pub(crate) observations: Vec<Symbol>,
    /// Exchange calendar.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
}

#[derive(Debug, Args)]
#[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "read by builds with the engine"))]
pub(crate) struct SqlArgs {
    /// The query, such as "SELECT symbol, count(*) FROM bars GROUP BY symbol ORDER BY symbol".
    pub(crate) query: String,
    /// Only what was known then: an instant such as 2024-01-31T10:00:00Z, or a date, which means its end in UTC.
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub(crate) as_of: Option<Instant>,
    /// Rows shown at most.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) limit: usize,
    /// Memory that sorts, joins and groups may take, MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1_024)]
    pub(crate) memory: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One Parquet file a symbol.
    Parquet,
    /// One comma-separated file a symbol.
    Csv,
    /// One SQLite file: bars, dated values, corporate actions and listings, with keys and checks.
    Sqlite,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The folder to make (it must not exist or be empty), or the SQLite file.
    #[arg(long, value_name = "PATH")]
    pub(crate) to: PathBuf,
    /// The form of the files.
    #[arg(long, value_enum, default_value = "parquet")]
    pub(crate) format: ExportFormat,
    /// Only these symbols; all when left out.
    #[arg(long, value_delimiter = ',')]
    pub(crate) symbols: Vec<Symbol>,
    /// How long the bars last: 1d, 1h, 30m, 15m, 5m or 1m.
    #[arg(long, default_value = "1d")]
    pub(crate) interval: Interval,
    /// Only what was known then: an instant such as 2024-01-31T10:00:00Z, or a date, which means its end in UTC.
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub(crate) as_of: Option<Instant>,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// Series of the lake, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) series: Vec<Symbol>,
    /// First session.
    #[arg(long)]
    pub(crate) start_date: Date,
    /// Last session.
    #[arg(long)]
    pub(crate) end_date: Date,
    /// Calendar whose closes are the decisions.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// Largest age, days from the end of the date a value describes to the decision; any when left out.
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_age: Option<u32>,
    /// Write the view as CSV: a date and one column a series, empty where nothing was known.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// CSV or Parquet files, daily or intraday; the lake when left out.
    pub(crate) files: Vec<PathBuf>,
    /// Exchange calendar: XNSE for the lake when left out; files are then not held against one.
    #[arg(long)]
    pub(crate) calendar: Option<String>,
    /// End with exit code 1 while an error is open: found, and not waived in `waivers.toml`.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Folder for `quality.json` and `quality.html`; the workspace's `reports` when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    /// Zone of stamps that state no offset, and of times of day: UTC, +05:30, Asia/Kolkata. Never guessed.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// First and last time of day at which a bar opens, such as 09:15-15:29; learned when left out.
    #[arg(long, value_parser = times)]
    pub(crate) session: Option<(String, String)>,
    /// Hold the files against another one: another interval or another vendor of the same symbols.
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Largest relative difference of prices that is none, a fraction.
    #[arg(long, default_value_t = 0.001)]
    pub(crate) tolerance: f64,
    /// Store every row under this symbol.
    #[arg(long)]
    pub(crate) symbol: Option<Symbol>,
    /// Name a column: `--column close=Last`. Repeat as needed.
    #[arg(long = "column", value_name = "NAME=HEADER", value_parser = key_value)]
    pub(crate) columns: Vec<(String, String)>,
    /// How dates are written, such as `%d-%m-%Y`.
    #[arg(long)]
    pub(crate) date_format: Option<String>,
    /// Write a repaired copy of the one file: `time_zone_mix` moves rows of another zone's clock home.
    #[arg(long, value_enum, requires = "repair_to")]
    pub(crate) repair: Option<RepairKind>,
    /// The new CSV file; its lineage goes beside it.
    #[arg(long, value_name = "FILE", requires = "repair")]
    pub(crate) repair_to: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepairKind {
    /// Move rows of another zone's clock into the session.
    #[value(name = "time_zone_mix")]
    TimeZoneMix,
}

/// An instant, or the last microsecond of a UTC date: what was known when the day was over.
pub(super) fn as_of(text: &str) -> Result<Instant, String> {
    if let Ok(date) = text.parse::<Date>() {
        return Ok(Instant::from_micros(date.plus_days(1).midnight_utc().micros() - 1));
    }
    text.parse().map_err(|_| {
        format!(
            "`{text}` is neither a date (2024-01-31) nor an instant with its offset (2024-01-31T10:00:00Z)"
        )
    })
}

fn times(text: &str) -> Result<(String, String), String> {
    text.split_once('-')
        .map(|(open, last)| (open.trim().to_owned(), last.trim().to_owned()))
        .ok_or_else(|| format!("`{text}` is not HH:MM-HH:MM"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_date_means_its_end_and_an_instant_needs_an_offset() {
        let at = |text: &str| super::as_of(text).map(|instant| instant.to_string());
        assert_eq!(at("2024-01-31").unwrap(), "2024-01-31T23:59:59.999999Z");
        assert_eq!(at("2024-01-31T10:00:00+05:30").unwrap(), "2024-01-31T04:30:00Z");
        assert!(at("2024-01-31T10:00:00").is_err() && at("yesterday").is_err());
    }
}

#[derive(Debug, Args)]
pub(crate) struct RegimesArgs {
    /// The labeller and its settings, a TOML file; docs/REGIMES.md has one of each kind.
    pub(crate) spec: PathBuf,
    /// Only these names, separated by commas or spaces.
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub(crate) symbols: Vec<Symbol>,
    /// Exchange calendar.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// Store the levels, 0 the lowest, as series PREFIX.SYMBOL, which `[[observations]]` of a pipeline and `data align` read.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) store_as: Option<String>,
    /// Write the labels to a file that ends in .csv or .parquet: one row a bar, with both times.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  proofmark data context beta.toml --store-as NIFTY\n  proofmark data context book.toml events.parquet --store-as BOOK\nExit code 1 means that no session has a value."
)]
pub(crate) struct ContextArgs {
    /// Features, calendar and input, a TOML file; docs/CONTEXT_FEATURES.md has one of each kind.
    pub(crate) spec: PathBuf,
    /// Files of books or chains, for the kinds of input that read files.
    pub(crate) files: Vec<PathBuf>,
    /// Store the values as series PREFIX.NAME, or PREFIX.NAME.SYMBOL where each name has its own, which `[[observations]]` of a
    /// pipeline and `data align` read.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) store_as: Option<String>,
}
