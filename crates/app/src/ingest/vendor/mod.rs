//! Market data from vendors: a plan, the chunks that are missing, and what the lake makes of them.
//!
//! Invariant: what was fetched is kept under `fetched/` before anything is done with it; a second command for the same
//! days makes no request.
//! Invariant: no credential is in any file, message or log.

mod codes;
mod credentials;
mod fetch;
pub mod mood;
mod news;
mod observed;
mod snapshot;

use std::path::PathBuf;

use proofmark_lake::Table;
use proofmark_market::Interval;
use proofmark_sources::fetch::{ChunkStore, FetchLog, Instrument, Plan, Refetch};
use proofmark_sources::net::FetchError;
use proofmark_sources::vendors::{
    Alpaca, Binance, Breeze, BreezeLogin, Charts, Fred, HttpSource, Market, NewsApi, Release, TwelveData,
};
use proofmark_units::{Date, Symbol};
use serde::Serialize;

use super::summary::Summary;
use crate::error::{AppError, Result};
use crate::progress::Reporter;
use crate::workspace::Workspace;

use credentials::Credentials;
use fetch::Fetch;
pub use snapshot::{Snapshot, SnapshotSummary, snapshot};

/// Who is asked for a range, and what only this vendor needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vendor {
    /// Bars of Binance.
    Binance {
        /// USD-margined futures instead of spot.
        futures: bool,
    },
    /// Funding payments of Binance's perpetuals, added up by UTC day.
    BinanceFunding,
    /// Bars of ICICI Breeze.
    Breeze {
        /// Exchange, such as `NSE`.
        exchange: String,
        /// Version 1 of the historical charts instead of version 2.
        version_1: bool,
    },
    /// Bars of Twelve Data.
    TwelveData,
    /// Bars of Alpaca.
    Alpaca {
        /// `iex` or `sip`.
        feed: String,
    },
    /// Observations of FRED.
    Fred(Vintage),
    /// Articles of NewsAPI.
    News,
    /// Daily bars of any vendor, by a TOML file.
    Http {
        /// The file.
        config: PathBuf,
    },
}

/// Which of the values that a date has had is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vintage {
    /// The first release of each date, known from then on.
    First,
    /// Every release, each known from then on.
    All,
    /// Today's value, taken as known so many days after its date.
    Latest(u32),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorRequest {
    /// The instruments; a code that equals the symbol may be looked up.
    pub instruments: Vec<Instrument>,
    /// How long a bar lasts; only bars have one.
    pub interval: Interval,
    /// First day; where the lake's rows of the instruments end, the earliest of these, when left out.
    pub start: Option<Date>,
    /// Last day; the last finished one when left out.
    pub end: Option<Date>,
    /// Calendar whose sessions are asked for and whose close makes a bar known.
    pub calendar: String,
    /// File with credentials.
    pub credentials: Option<PathBuf>,
    /// Address instead of the vendor's own.
    pub base_url: Option<String>,
    /// Only plan.
    pub dry_run: bool,
    /// Which days that are there are fetched once more.
    pub refetch: Refetch,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VendorReport {
    /// What was missing and what it was expected to take.
    pub plan: Plan,
    /// Whether only the plan was made.
    pub dry_run: bool,
    /// What was fetched; `None` when only the plan was made.
    pub fetched: Option<Fetched>,
    /// What the lake made of it; `None` when only the plan was made.
    pub stored: Option<Summary>,
    /// What the lake made of single funding payments, whose daily sums are in `stored`.
    pub payments: Option<Summary>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

impl VendorReport {
    /// The plan in a line.
    pub fn plan_line(&self) -> String {
        fetch::plan_line(&self.plan)
    }
}

/// What the requests gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Chunks fetched and kept.
    pub chunks: u64,
    /// Chunks not tried, because a failure ended the job.
    pub chunks_not_tried: u64,
    /// Rows in them.
    pub rows: u64,
    /// Rows left out, each listed.
    pub rows_left_out: u64,
    /// Requests made.
    pub requests: u64,
    /// Of these, repetitions.
    pub retries: u64,
    /// Seconds spent waiting for rate limits and retries.
    pub seconds_waited: u64,
    /// Days asked for of which a symbol has no row.
    pub days_without_rows: Vec<DaysWithoutRows>,
    /// Chunks that failed.
    pub failures: Vec<FailedChunk>,
}

/// Days of which a symbol has no row: before its listing, a halt, or a hole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DaysWithoutRows {
    /// The symbol.
    pub symbol: Symbol,
    /// How many.
    pub days: usize,
    /// The first of them.
    pub first: Date,
    /// The last of them.
    pub last: Date,
}

/// A chunk that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedChunk {
    /// The symbol.
    pub symbol: Symbol,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// Why, with what lies below.
    pub error: String,
    /// What to do about it.
    pub hint: String,
}

/// Fetches what is missing and brings it into the lake.
///
/// # Errors
/// The request cannot be understood, a credential is missing, the network is switched off, or the workspace cannot be
/// read or written. A chunk that a vendor does not deliver is in the report instead.
pub fn vendor(
    ws: &Workspace,
    vendor: &Vendor,
    request: &VendorRequest,
    reporter: &dyn Reporter,
) -> Result<VendorReport> {
    let keys = Credentials::load(ws, request.credentials.as_deref(), &|name| std::env::var(name).ok())?;
    let base = request.base_url.as_deref();
    let table = match vendor {
        Vendor::BinanceFunding | Vendor::Fred(_) => Table::Observations,
        Vendor::News => Table::News,
        _ => Table::bars(request.interval),
    };
    let fetch = Fetch::new(ws, request, table, reporter)?;
    match vendor {
        Vendor::Binance { futures } => {
            let market = if *futures { Market::UsdM } else { Market::Spot };
            fetch.bars(&Binance::bars(market, request.interval, base), Vec::new(), &|| Ok(()))
        }
        Vendor::BinanceFunding => {
            let source = Binance::bars(Market::UsdM, request.interval, base).funding();
            fetch.funding(&source)
        }
        Vendor::Breeze { exchange, version_1 } => {
            let charts = if *version_1 { Charts::V1 } else { Charts::V2 };
            let source = Breeze::new(breeze_login(&keys), request.interval, charts, exchange, base);
            let (fetch, note) = codes::resolve(fetch, &source, exchange)?;
            let mut report = fetch.bars(&source, Vec::new(), &|| keys.need(BREEZE))?;
            report.notes.splice(0..0, note);
            Ok(report)
        }
        Vendor::TwelveData => {
            let source = TwelveData::new(request.interval, base);
            let names = &["TWELVEDATA_API_KEYS"];
            fetch.bars(&source, keys.list(names[0]), &|| keys.need(names))
        }
        Vendor::Alpaca { feed } => {
            let names = &["ALPACA_KEY_ID", "ALPACA_SECRET_KEY"];
            let [id, secret] = names.map(|name| keys.secret(name));
            let source = Alpaca::new(id, secret, request.interval, feed, base);
            fetch.bars(&source, Vec::new(), &|| keys.need(names))
        }
        Vendor::Fred(vintage) => {
            let release = match vintage {
                Vintage::First => Release::First,
                Vintage::All => Release::All,
                Vintage::Latest(lag_days) => Release::Latest { lag_days: *lag_days },
            };
            let names = &["FRED_API_KEY"];
            fetch.observations(&Fred::new(release, base), keys.list(names[0]), &|| keys.need(names))
        }
        Vendor::News => {
            let names = &["NEWSAPI_KEY"];
            fetch.articles(&NewsApi::new(base), keys.list(names[0]), &|| keys.need(names))
        }
        Vendor::Http { config } => {
            let text = std::fs::read_to_string(config)
                .map_err(|source| AppError::named_file("read the source's configuration", config, source))?;
            let source = HttpSource::from_toml(&text).map_err(|what| {
                AppError::input(format!("`{}` describes no source: {what}", config.display()))
                    .hint("docs/SOURCES.md shows a whole one")
            })?;
            if request.interval != Interval::Day1 {
                return Err(AppError::input("a source by configuration delivers daily bars only")
                    .hint("leave `--interval` out"));
            }
            let names: &[&str] = if source.wants_key() { &["HTTP_SOURCE_KEY"] } else { &[] };
            fetch.bars(&source, keys.list("HTTP_SOURCE_KEY"), &|| keys.need(names))
        }
    }
}

const BREEZE: &[&str] = &["BREEZE_API_KEY", "BREEZE_API_SECRET", "BREEZE_SESSION_TOKEN"];

fn breeze_login(keys: &Credentials) -> BreezeLogin {
    let [app_key, secret_key, api_session] =
        ["BREEZE_API_KEY", "BREEZE_API_SECRET", "BREEZE_SESSION_TOKEN"].map(|name| keys.secret(name));
    BreezeLogin { app_key, secret_key, api_session }
}

/// Where fetched chunks are kept.
fn store(ws: &Workspace) -> ChunkStore {
    ChunkStore::new(ws.root().join("fetched"))
}

/// The log of every chunk.
fn log(ws: &Workspace) -> FetchLog {
    FetchLog::new(ws.root().join("fetched").join("fetch_log.jsonl"))
}

/// That the workspace allows connections.
fn network(ws: &Workspace) -> Result<()> {
    if ws.settings().is_on("safety.network") {
        return Ok(());
    }
    Err(AppError::input("this workspace does not ask anybody over the network").hint(
        "set `network = true` under `[safety]` in proofmark.toml, or PROOFMARK_SAFETY_NETWORK=true; `--dry-run` needs neither",
    ))
}

/// A vendor's failure as the end of a command.
fn failed(doing: &str, error: FetchError) -> AppError {
    let hint = error.hint();
    AppError::environment(doing.to_owned()).hint(hint).because(error)
}
