//! The command line, as types. Help texts teach: each says what happens and what to do next.

pub(crate) mod align;
pub(crate) mod backtest;
pub(crate) mod books;
pub(crate) mod data;
pub(crate) mod options;
pub(crate) mod seed;
pub(crate) mod sentiment;
pub(crate) mod vendors;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use proofmark_market::{Interval, ParseIntervalError};
use proofmark_units::{Date, Symbol};

/// Takes a trading model from market data to a promotion decision that anyone can replay.
///
/// New here? `proofmark demo` runs the whole life of a model on built-in data in under a minute.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The workspace folder.
    #[arg(short = 'C', long = "directory", value_name = "DIR", default_value = ".", global = true)]
    pub(crate) directory: PathBuf,
    /// Print one JSON object on stdout instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print more on stderr.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Print no progress on stderr.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole life of a model on built-in simulated data: a world with an edge and one without.
    Demo(DemoArgs),
    /// Make a workspace: settings, example pipelines, an empty lake.
    Init,
    /// Say what is wrong with this workspace and how to mend it.
    Doctor,
    /// Show every effective setting and where its value comes from.
    Config,
    /// Bring market data into the lake; bad rows are listed, never silently dropped.
    Ingest(Box<IngestArgs>),
    /// Look at what is in the lake.
    #[command(subcommand)]
    Data(data::DataCommand),
    /// The feature registry.
    #[command(subcommand)]
    Features(FeaturesCommand),
    /// What a pipeline's labels look like: classes by year and name, and how much they overlap; nothing is trained.
    Labels(LabelsArgs),
    /// Run a strategy of the registry on the lake's bars, beside what it has to beat. No evidence, no candidate.
    Backtest(Box<backtest::BacktestArgs>),
    /// Run a pipeline: data checks, teacher, student, validation, tests, stress, audit, briefing.
    Run(RunArgs),
    /// Look at runs, also while they work.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Every configuration ever scored on this workspace's data.
    #[command(subcommand)]
    Trials(TrialsCommand),
    /// Dates, counts and overlaps (none) of a pipeline's training and test parts; nothing is trained.
    ExplainSplit(SplitArgs),
    /// Compute one stress scenario of a run again, from its recorded inputs and frozen models.
    Stress(StressArgs),
    /// Pass rates on known-bad and known-good worlds. Goes on where it stopped.
    Certify(CertifyArgs),
    /// Review, approve, reject and verify candidates.
    #[command(subcommand)]
    Candidates(CandidatesCommand),
    /// The rules a candidate must pass.
    #[command(subcommand)]
    Gates(GatesCommand),
    /// The ledger of everything that happened.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The signing key that makes an approval a proof.
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Seed of the simulated worlds and of the runs.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Open the briefing of the edge world in the browser.
    #[arg(long)]
    pub(crate) open: bool,
    /// Threads; 0 means one per core.
    #[arg(long, default_value_t = 0)]
    pub(crate) workers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceKind {
    /// Comma-separated files, also gzipped, in the usual vendor forms.
    Csv,
    /// Parquet files with symbol, ts, open, high, low, close, volume.
    Parquet,
    /// SQLite files with a table `series` (timestamp, symbol, open, high, low, close, volume), as `data export` writes them.
    Sqlite,
    /// One value a date from a Parquet file, such as a dividend yield.
    Observations,
    /// A simulated market with known truth; marked as simulated for good.
    Synthetic,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct IngestArgs {
    /// A vendor, instead of files.
    #[command(subcommand)]
    pub(crate) vendor: Option<vendors::VendorCommand>,
    /// What kind of files.
    #[arg(value_enum, required = true)]
    pub(crate) kind: Option<SourceKind>,
    /// The files (none for `synthetic`).
    #[arg(required_unless_present = "scenario")]
    pub(crate) files: Vec<PathBuf>,
    /// For `synthetic`: null, edge, leak or crash.
    #[arg(long, default_value_if("kind", "synthetic", "edge"))]
    pub(crate) scenario: Option<String>,
    /// For `synthetic`: how many names.
    #[arg(long, default_value_t = 24)]
    pub(crate) names: usize,
    /// For `synthetic`: seed of the world.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// For `synthetic`: first session.
    #[arg(long, default_value = "2009-01-01")]
    pub(crate) start_date: Date,
    /// For `synthetic`: last session.
    #[arg(long, default_value = "2023-12-31")]
    pub(crate) end_date: Date,
    /// Synthetic: strength of the planted signal; the demo's when left out.
    #[arg(long)]
    pub(crate) strength: Option<f64>,
    /// Exchange calendar whose close makes a bar known.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// Store every row under this symbol (for files that follow ticker changes, or have no symbol column).
    #[arg(long)]
    pub(crate) symbol: Option<Symbol>,
    /// Take only these symbols.
    #[arg(long, value_delimiter = ',')]
    pub(crate) symbols: Vec<Symbol>,
    /// Name a column: `--column close=Last`. Repeat as needed.
    #[arg(long = "column", value_name = "NAME=HEADER", value_parser = key_value)]
    pub(crate) columns: Vec<(String, String)>,
    /// How dates are written, when it cannot be told, such as `%d-%m-%Y`.
    #[arg(long)]
    pub(crate) date_format: Option<String>,
    /// The date of every row, for a file without a date column; taken from the file's name when left out.
    #[arg(long)]
    pub(crate) file_date: Option<Date>,
    /// Take only rows of these NSE series, such as EQ, by the file's `series` column.
    #[arg(long, value_delimiter = ',')]
    pub(crate) only_series: Vec<String>,
    /// Zone of stamps that state no offset: UTC, +05:30, Asia/Kolkata. Never guessed.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Make one bar a session of intraday rows, by the clocks of --zone.
    #[arg(long)]
    pub(crate) to_daily: bool,
    /// How long an intraday bar lasts: 1m, 5m, 15m, 30m or 1h; told by the stamps when left out.
    #[arg(long, conflicts_with = "to_daily", value_parser = intraday)]
    pub(crate) interval: Option<Interval>,
    /// Intraday stamps say when a bar ends; when left out, when it begins.
    #[arg(long, conflicts_with = "to_daily")]
    pub(crate) stamped_at_end: bool,
    /// Who traded under which ticker when, so that a rename breaks no history: a CSV file isin,symbol,start,end. Rows are
    /// stored under the last ticker of their ISIN.
    #[arg(long, value_name = "FILE")]
    pub(crate) tickers: Option<PathBuf>,
    /// For `observations`: the series' name in the lake.
    #[arg(long, conflicts_with = "source")]
    pub(crate) series: Option<String>,
    /// For `observations`: every series of a listed source, each known from its publication on; `proofmark data sources`
    /// lists them.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// For `observations`: the value column.
    #[arg(long, default_value = "value")]
    pub(crate) value_column: String,
    /// For `observations`: multiply values, such as 0.01 for percent to fraction.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) scale: f64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FeaturesCommand {
    /// Every registered set: what a pipeline may name.
    Sets,
    /// Every registered feature with look-back and unit, or those that a pipeline names, its own expressions included.
    List {
        /// Only those of this set.
        #[arg(long)]
        set: Option<String>,
        /// Those of this pipeline file.
        #[arg(long, value_name = "FILE", conflicts_with = "set")]
        pipeline: Option<PathBuf>,
    },
    /// One feature's definition and source, in every set that has one of the name.
    Show {
        /// Its name.
        name: String,
    },
    /// Every operator of expressions with its rule and source, or one of them.
    Operators {
        /// Only this one.
        name: Option<String>,
    },
    /// Every context feature, of quotes, option chains, other series and news: inputs, look-back, lag, unit, source.
    Context {
        /// Only this one, in full.
        name: Option<String>,
    },
    /// What the features of a pipeline look like before its first test: missing and stale values, drift, skill and turnover.
    Study {
        /// The pipeline file.
        pipeline: PathBuf,
        /// Write study.json, study.md and the page study.html into this folder.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Try on this workspace's bars that no feature sees the future: with later bars taken away, with others in their place,
    /// and, for your own expressions, bar by bar. Exit code 1 if one does, or if an expression never has a value.
    Check {
        /// A pipeline file: its features, its own expressions and observations included, on its own bars and members.
        #[arg(conflicts_with_all = ["set", "expression", "calendar", "interval"])]
        pipeline: Option<PathBuf>,
        /// Only the features of this set; every set when nothing is said.
        #[arg(long, conflicts_with = "expression")]
        set: Option<String>,
        /// An expression of your own, such as `Mean($close, 5) / $close - 1`. Repeat as needed.
        #[arg(long)]
        expression: Vec<String>,
        /// Exchange calendar.
        #[arg(long, default_value = "XNSE")]
        calendar: String,
        /// Length of the bars, such as 5m: expressions, and those features of sets that are one. 1d when left out.
        #[arg(long, default_value = "1d")]
        interval: Interval,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LabelsArgs {
    /// The pipeline file.
    pub(crate) pipeline: PathBuf,
    /// Show every name over the whole span instead of every year over all names.
    #[arg(long)]
    pub(crate) by_symbol: bool,
    /// Write every label into this CSV file: date, symbol, class, returns, the dates it read, weight.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The pipeline file. May be left out with --resume.
    #[arg(required_unless_present = "resume")]
    pub(crate) pipeline: Option<PathBuf>,
    /// Only these symbols, separated by commas or spaces.
    #[arg(long, value_delimiter = ',', num_args = 1.., conflicts_with = "symbols_file", env = "HISTORICAL_RUN_SYMBOLS")]
    pub(crate) symbols: Vec<Symbol>,
    /// A file with one symbol a line; `#` starts a comment.
    #[arg(long)]
    pub(crate) symbols_file: Option<PathBuf>,
    /// First session used.
    #[arg(long, env = "HISTORICAL_RUN_START_DATE")]
    pub(crate) start_date: Option<Date>,
    /// Last session used.
    #[arg(long, env = "HISTORICAL_RUN_END_DATE")]
    pub(crate) end_date: Option<Date>,
    /// Trust the lake as it is. This version fetches nothing, so it only marks the phase.
    #[arg(long, env = "HISTORICAL_RUN_SKIP_FETCH")]
    pub(crate) skip_fetch: bool,
    /// Run the real stages on a tiny simulated market, in seconds, without touching anything real.
    #[arg(long, visible_alias = "dryrun", env = "HISTORICAL_RUN_DRYRUN")]
    pub(crate) dry_run: bool,
    /// Continue a run that was interrupted; finished work is not repeated.
    #[arg(long, value_name = "RUN")]
    pub(crate) resume: Option<String>,
    /// Threads; 0 means one per core.
    #[arg(long)]
    pub(crate) workers: Option<usize>,
    /// Root of the seed tree.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Run id of the champion to beat, or `none`; the approved candidate of the same pipeline when left out.
    #[arg(long, value_name = "RUN", conflicts_with = "dry_run")]
    pub(crate) champion: Option<String>,
    /// For a forecast pipeline: how far to go. Production needs an approved candidate of the same file.
    #[arg(long, value_enum, default_value_t = PhaseArg::Backtest)]
    pub(crate) phase: PhaseArg,
    /// For a forecast pipeline: draw no PNG pictures.
    #[arg(long)]
    pub(crate) no_png: bool,
    /// Also train per symbol-window models (operator artefacts, never promotable).
    #[arg(long)]
    pub(crate) windows: bool,
    /// Leave out the per symbol-window teachers.
    #[arg(long, requires = "windows")]
    pub(crate) skip_teacher: bool,
    /// Leave out the per symbol-window students.
    #[arg(long, requires = "windows")]
    pub(crate) skip_student: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PhaseArg {
    /// Evidence out of sample, the automatic vote and its files.
    Backtest,
    /// The approved recipe, refitted through the newest bar.
    Production,
    /// One after the other; refused without an approval.
    Both,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// All runs, newest first.
    List,
    /// One run's phases.
    Show {
        /// Run id; the newest when left out.
        run: Option<String>,
    },
    /// Where a run stands now; works from another terminal.
    Progress {
        /// Run id; the newest when left out.
        run: Option<String>,
        /// Keep printing until the run ends.
        #[arg(long)]
        watch: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrialsCommand {
    /// Every trial, with its lineage.
    List,
    /// One trial: what it saw, what its returns say, which trials share its data.
    Show {
        /// Its key, or the beginning of it.
        key: String,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum SplitKind {
    /// The pipeline's own walk-forward.
    WalkForward,
    /// Purged k-fold over the same rows.
    KFold,
    /// Combinatorial purged cross-validation over the same rows.
    Combinatorial,
    /// The walk-forward with purged k-fold inside the fit rows of every fold.
    Nested,
}

#[derive(Debug, Args)]
pub(crate) struct SplitArgs {
    /// The pipeline file.
    pub(crate) pipeline: PathBuf,
    /// Which division.
    #[arg(long, value_enum, default_value = "walk-forward")]
    pub(crate) kind: SplitKind,
    /// Folds of k-fold, also of the inner ones.
    #[arg(long, default_value_t = 5)]
    pub(crate) folds: usize,
    /// Groups of the combinatorial division.
    #[arg(long, default_value_t = 10)]
    pub(crate) groups: usize,
    /// Groups tested at a time.
    #[arg(long, default_value_t = 2)]
    pub(crate) test_groups: usize,
    /// Folds drawn; the others are counted.
    #[arg(long, default_value_t = 20)]
    pub(crate) show: usize,
}

#[derive(Debug, Args)]
pub(crate) struct StressArgs {
    /// Run id.
    pub(crate) run: String,
    /// The scenario, as `stress_summary.json` names it: `shock.*`, `fault.*`, `path.NN` or `period.ID`.
    #[arg(long)]
    pub(crate) scenario: String,
}

#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    /// Only these families; all when left out.
    #[arg(long, value_delimiter = ',')]
    pub(crate) families: Vec<String>,
    /// Worlds of each family and condition; each family's own number when left out.
    #[arg(long)]
    pub(crate) worlds: Option<usize>,
    /// Threads; 0 means one per core.
    #[arg(long, default_value_t = 0)]
    pub(crate) workers: usize,
    /// Folder of outcomes and report; outcomes that are there are not computed again.
    #[arg(long, default_value = "certification")]
    pub(crate) to: PathBuf,
    /// Also plant the leaks, and run the canaries on so many clean pipelines.
    #[arg(long, value_name = "N")]
    pub(crate) clean_pipelines: Option<u64>,
    /// Also plant skill into real bars: those this pipeline would take from the workspace of `-C`, before its seal.
    #[arg(long, value_name = "PIPELINE")]
    pub(crate) real: Option<PathBuf>,
    /// Name the families and end.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionArgs {
    /// Run id.
    pub(crate) run: String,
    /// Your name. A name is asserted; the key is the proof.
    #[arg(long)]
    pub(crate) actor: String,
    /// Why, in a sentence; it is recorded.
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Run id of the candidate; the newest when left out.
    #[arg(long, value_name = "RUN")]
    pub(crate) model: Option<String>,
    /// Run id of the champion, or `none`; the approved candidate of the same pipeline when left out.
    #[arg(long, value_name = "RUN")]
    pub(crate) baseline: Option<String>,
    /// Calendar days to the end of the window.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500), conflicts_with = "start_date")]
    pub(crate) window: u32,
    /// First date of the window.
    #[arg(long)]
    pub(crate) start_date: Option<Date>,
    /// Last date of the window; the last bar of the lake when left out.
    #[arg(long)]
    pub(crate) end_date: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CandidatesCommand {
    /// All candidates, newest first.
    List {
        /// Only this status, such as `ready-for-review`.
        #[arg(long)]
        status: Option<String>,
    },
    /// One candidate with every verdict.
    Show {
        /// Run id; the newest when left out.
        run: Option<String>,
    },
    /// Print the promotion briefing.
    Briefing {
        /// Run id; the newest when left out.
        run: Option<String>,
        /// Open the HTML briefing in the browser.
        #[arg(long)]
        open: bool,
    },
    /// Open the sealed last span once. Every look is counted.
    Holdout(DecisionArgs),
    /// Score the frozen model on later data, beside the champion, naive rules and null books; nothing is trained.
    Validate(ValidateArgs),
    /// Approve a candidate: every gate passed, the hold-out opened and not failed.
    Approve(DecisionArgs),
    /// Reject a candidate.
    Reject(DecisionArgs),
    /// Take back a rejection.
    Reset(DecisionArgs),
    /// Take back an approval: the mark no longer counts.
    Revoke(DecisionArgs),
    /// Check every byte, or replay everything and compare.
    Verify {
        /// Run id; the newest when left out.
        run: Option<String>,
        /// Compute everything again from the snapshot and compare digests.
        #[arg(long)]
        replay: bool,
        /// Check an exported bundle instead, needing nothing but the public key.
        #[arg(long, value_name = "DIR", requires = "public_key", conflicts_with_all = ["run", "replay"])]
        bundle: Option<PathBuf>,
        /// The public key the bundle's mark must hold for.
        #[arg(long, value_name = "FILE", requires = "bundle")]
        public_key: Option<PathBuf>,
    },
    /// Copy an approved candidate into a folder that anyone with the public key can verify.
    Export {
        /// Run id; the newest when left out.
        run: Option<String>,
        /// The folder to make; it must not exist or be empty.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GatesCommand {
    /// Every gate in a line.
    List,
    /// One gate: rule, unit, reason, formula source.
    Explain {
        /// Its name; all when left out.
        gate: Option<String>,
        /// A named policy (`sensequant`, `usdcop_h5`, `gated_pipeline`) instead of the default one.
        #[arg(long)]
        policy: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check the hash chain of the ledger and the bytes of every candidate.
    Verify,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a signing key (mode 0600). Refused if there is one.
    New,
    /// Print the public key.
    Show,
}

fn intraday(text: &str) -> Result<Interval, String> {
    let interval: Interval = text.parse().map_err(|error: ParseIntervalError| error.to_string())?;
    match interval {
        Interval::Day1 => Err("bars of a session need no interval".to_owned()),
        shorter => Ok(shorter),
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, header)| (name.trim().to_owned(), header.to_owned()))
        .ok_or_else(|| format!("`{text}` is not NAME=HEADER"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
