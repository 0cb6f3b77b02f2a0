//! `ingest VENDOR`: what each vendor needs to know.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use proofmark_market::Interval;
use proofmark_units::{Date, Symbol};

/// Where a vendor's rows come from. Every one plans first, fetches only what is missing and goes on after a kill.
#[derive(Debug, Subcommand)]
pub(crate) enum VendorCommand {
    /// Bars, funding or the order book of Binance; public, no key.
    Binance(BinanceArgs),
    /// Bars, quotes or option chains of Indian exchanges by ICICI Breeze.
    ///
    /// Credentials: BREEZE_API_KEY, BREEZE_API_SECRET and BREEZE_SESSION_TOKEN (of today's login).
    Breeze(BreezeArgs),
    /// Bars of shares, currencies and crypto by Twelve Data.
    ///
    /// Credentials: TWELVEDATA_API_KEYS, up to 8 keys separated by commas, used in turn.
    Twelvedata(RangeArgs),
    /// Bars of US shares by Alpaca.
    ///
    /// Credentials: ALPACA_KEY_ID and ALPACA_SECRET_KEY.
    Alpaca(AlpacaArgs),
    /// Economic series of FRED, each value known from its release on.
    ///
    /// Credentials: FRED_API_KEY.
    Fred(FredArgs),
    /// Articles by NewsAPI's search, or the items of feeds as they are now.
    ///
    /// Credentials: NEWSAPI_KEY (not for feeds).
    News(NewsArgs),
    /// Headlines from CSV or Parquet files, scored: one value a symbol and session, series `NEWS.SYMBOL`.
    ///
    /// A headline is known when it was published, or fetched if the file says so; a date without a time at the end of that
    /// day. Sessions without news have no value.
    Headlines(HeadlineArgs),
    /// Members of an index from CSV or Parquet files, with the instant from which each stay was known.
    ///
    /// Columns: symbol, start, end (or `ranked_in`: chosen by that period, a member in the next), known_at, index. A pipeline reads
    /// them with `list = "lake:INDEX"`.
    Membership(MembershipArgs),
    /// Recorded streams of order books, message by message, as `data books --format lake` rebuilds them.
    ///
    /// A file is stored as a whole or not at all; the same bytes again add nothing.
    Book(super::books::RecordArgs),
    /// Daily bars as JSON or CSV from any address, by a TOML file.
    ///
    /// Credentials: HTTP_SOURCE_KEY, if the file names a header for it.
    Http(HttpArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HeadlineArgs {
    /// The files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Calendar whose sessions the values belong to.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// Zone of stamps without an offset and of dates without a time: UTC, +05:30, Asia/Kolkata. Never guessed.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Store every headline under this symbol.
    #[arg(long, conflicts_with = "names")]
    pub(crate) symbol: Option<Symbol>,
    /// CSV of `symbol,name`: a headline without a symbol belongs to the symbols whose names it mentions.
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,
    /// Name a column: `--column text=Headline`; roles are time, text, symbol, entity, fetched and provider.
    #[arg(long = "column", value_name = "NAME=HEADER", value_parser = super::key_value)]
    pub(crate) columns: Vec<(String, String)>,
    /// How dates are written, when it cannot be told, such as `%d-%m-%Y`.
    #[arg(long)]
    pub(crate) date_format: Option<String>,
    /// A model written by `data sentiment train`; the shipped lexicon when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Sessions after which a headline weighs half.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) half_life: f64,
    /// Sessions that count, the newest included.
    #[arg(long, default_value_t = 10)]
    pub(crate) window: usize,
    /// Blend providers by weight: `--weight news=0.6 --weight posts=0.4`. Those that are silent leave their weight to the
    /// others.
    #[arg(long = "weight", value_name = "PROVIDER=WEIGHT", value_parser = weight)]
    pub(crate) weights: Vec<(String, f64)>,
}

#[derive(Debug, Args)]
pub(crate) struct MembershipArgs {
    /// The files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The index of every row; not needed where the files have a column `index`.
    #[arg(long, value_name = "NAME")]
    pub(crate) index: Option<Symbol>,
    /// For rows without `known_at`: a start was known when its day began, an end when the day after it began (UTC).
    #[arg(long)]
    pub(crate) known_when_effective: bool,
    /// Zone of times in `known_at` without an offset. Never guessed; a date without a time counts from its end in UTC.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Name a column: `--column ranked_in=half_year`; roles are index, symbol, start, end, ranked_in and known_at.
    #[arg(long = "column", value_name = "NAME=HEADER", value_parser = super::key_value)]
    pub(crate) columns: Vec<(String, String)>,
    /// How dates are written, when it cannot be told, such as `%d-%m-%Y`.
    #[arg(long)]
    pub(crate) date_format: Option<String>,
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let (name, weight) = super::key_value(text)?;
    weight.trim().parse().map(|weight| (name, weight)).map_err(|_| format!("`{weight}` is not a number"))
}

#[derive(Debug, Args)]
pub(crate) struct RangeArgs {
    /// Instruments: `NAME`, or `NAME=CODE` where the vendor calls it otherwise. Separate by commas or repeat.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) symbols: Vec<String>,
    /// First day. Left out: where the lake ends, so the same command each day is an update.
    #[arg(long)]
    pub(crate) start_date: Option<Date>,
    /// Last day; the last finished one when left out.
    #[arg(long)]
    pub(crate) end_date: Option<Date>,
    /// Length of a bar: 1m, 5m, 15m, 30m, 1h or 1d.
    #[arg(long, default_value = "1d")]
    pub(crate) interval: Interval,
    /// Calendar whose sessions are asked for and whose close makes a bar known; the vendor's usual one when left out.
    #[arg(long)]
    pub(crate) calendar: Option<String>,
    /// A TOML file with credentials that only you can read; `credentials.toml` of the workspace when left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
    /// Print the plan (requests, quota, time) and touch nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also fetch what is there already.
    #[arg(long)]
    pub(crate) refetch: bool,
    /// Also fetch days that are there with fewer rows than this, such as `--interval 5m --refetch-below 10`.
    #[arg(long, value_name = "ROWS", conflicts_with = "refetch")]
    pub(crate) refetch_below: Option<u32>,
    /// Ask this address instead of the vendor's own, such as a mirror.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// For a snapshot: remove those of the same symbol that are older, from the lake too (articles stay).
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) keep_days: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct BinanceArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// USD-margined futures instead of spot.
    #[arg(long)]
    pub(crate) futures: bool,
    /// Funding payments of perpetuals instead of bars.
    #[arg(long, conflicts_with_all = ["depth", "futures"])]
    pub(crate) funding: bool,
    /// One snapshot of the order book with so many levels a side, instead of bars.
    #[arg(long, value_name = "LEVELS", conflicts_with = "dry_run")]
    pub(crate) depth: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct BreezeArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// The exchange.
    #[arg(long, default_value = "NSE")]
    pub(crate) exchange: String,
    /// Use version 1 of the historical charts.
    #[arg(long)]
    pub(crate) v1: bool,
    /// One snapshot of best bid and offer, instead of bars.
    #[arg(long, conflicts_with_all = ["dry_run", "chain"])]
    pub(crate) quote: bool,
    /// One snapshot of all strikes of this expiry, instead of bars.
    #[arg(long, value_name = "EXPIRY", conflicts_with = "dry_run")]
    pub(crate) chain: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct AlpacaArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// `iex`, or `sip` for all exchanges with a paid plan.
    #[arg(long, default_value = "iex")]
    pub(crate) feed: String,
}

#[derive(Debug, Args)]
pub(crate) struct FredArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// Every release of each date instead of the first one.
    #[arg(long, conflicts_with = "lag_days")]
    pub(crate) vintages: bool,
    /// Today's values, taken as known so many days after their date. Only for what is never revised.
    #[arg(long, value_name = "DAYS")]
    pub(crate) lag_days: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct NewsArgs {
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// The codes are addresses of feeds: one snapshot of each.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) feed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HttpArgs {
    /// The file that says how to ask and how to read the reply.
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
}
