//! What a market looks like now: one command, one snapshot, filed under the time at which it was seen.

use std::path::{Path, PathBuf};

use proofmark_lake::Lake;
use proofmark_sources::fetch::Instrument;
use proofmark_sources::net::{FetchError, Limits};
use proofmark_sources::vendors::{Binance, Breeze, Charts, Market, NewsApi, feed};
use proofmark_units::{Date, Instant, Symbol};
use serde::Serialize;
use serde_json::Value;

use super::credentials::Credentials;
use super::fetch::{client, transport};
use super::{BREEZE, breeze_login, failed, network, observed};
use crate::data::open_lake;
use crate::error::{AppError, Result};
use crate::workspace::{Workspace, write};
use crate::{clock, json};

/// Version of the files' form; it is part of the path.
const FOLDER: &str = "fetched/snapshots/v1";

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snapshot {
    /// The order book of Binance.
    Depth {
        /// USD-margined futures instead of spot.
        futures: bool,
        /// Levels a side.
        levels: u32,
    },
    /// Best bid and offer by Breeze.
    Quote {
        /// Exchange, such as `NSE`.
        exchange: String,
    },
    /// All strikes of one expiry by Breeze.
    Chain {
        /// Expiry.
        expiry: Date,
    },
    /// A feed of news; the instrument's code is its address.
    Feed,
}

impl Snapshot {
    pub(super) const fn folder(&self) -> &'static str {
        match self {
            Self::Depth { futures: false, .. } => "binance-spot/depth",
            Self::Depth { futures: true, .. } => "binance-usdm/depth",
            Self::Quote { .. } => "breeze/quote",
            Self::Chain { .. } => "breeze/chain",
            Self::Feed => "feed/articles",
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SnapshotSummary {
    /// New files, below the workspace.
    pub files: Vec<String>,
    /// Rows that the lake took: levels of books, contracts of chains, articles.
    pub rows_added: u64,
    /// Files that were older than the retention and are gone.
    pub removed: usize,
    /// Rows of the lake that were older than the retention and are gone; articles are kept for good.
    pub rows_forgotten: u64,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// One snapshot file.
#[derive(Serialize)]
struct Filed<'a> {
    symbol: &'a Symbol,
    kind: &'static str,
    /// When it was seen here. A snapshot is never filed under another time.
    observed_at: Instant,
    snapshot: Value,
}

/// Looks once at each instrument; what it sees is filed, and then goes into the lake. Files older than `keep_days` of the same
/// kind and symbol are removed, and so are their rows.
///
/// # Errors
/// A credential is missing, the network is switched off, the vendor does not answer, or a file cannot be written.
/// Snapshots that were taken are kept, and those of other instruments stored.
pub fn snapshot(
    ws: &Workspace,
    what: &Snapshot,
    instruments: &[Instrument],
    credentials: Option<&Path>,
    base: Option<&str>,
    keep_days: Option<u32>,
) -> Result<SnapshotSummary> {
    network(ws)?;
    let keys = Credentials::load(ws, credentials, &|name| std::env::var(name).ok())?;
    let transport = transport();
    let (vendor, limits): (&'static str, Limits) = match what {
        Snapshot::Depth { futures, .. } => {
            ("Binance", Binance::limits(if *futures { Market::UsdM } else { Market::Spot }))
        }
        Snapshot::Quote { .. } | Snapshot::Chain { .. } => {
            keys.need(BREEZE)?;
            ("Breeze", Breeze::LIMITS)
        }
        Snapshot::Feed => ("the feed", Limits { per_day: None, ..NewsApi::LIMITS }),
    };
    let mut client = client(vendor, &transport, Vec::new(), &limits);
    let exchange = if let Snapshot::Quote { exchange } = what { exchange.as_str() } else { "NSE" };
    let day = proofmark_market::Interval::Day1;
    let breeze = Breeze::new(breeze_login(&keys), day, Charts::V2, exchange, base);
    let mut summary = SnapshotSummary {
        files: Vec::new(),
        rows_added: 0,
        removed: 0,
        rows_forgotten: 0,
        notes: Vec::new(),
    };
    let mut lake = open_lake(ws)?;
    let mut failure = None;
    for instrument in instruments {
        let code = instrument.code.as_str();
        let seen: std::result::Result<Value, FetchError> = match what {
            Snapshot::Depth { futures, levels } => {
                let market = if *futures { Market::UsdM } else { Market::Spot };
                Binance::bars(market, day, base).depth(&mut client, code, *levels).map(value)
            }
            Snapshot::Quote { .. } => breeze.quote(&mut client, code).map(value),
            Snapshot::Chain { expiry } => breeze.option_chain(&mut client, code, *expiry).map(value),
            Snapshot::Feed => feed(&mut client, code).map(|read| {
                let flaws = value(&read.flaws);
                serde_json::json!({ "articles": value(&read.rows), "flaws": flaws })
            }),
        };
        let seen =
            seen.map_err(|error| failed(&format!("failed to look at `{}`", instrument.symbol), error))?;
        let now = clock::now();
        let folder = ws.root().join(FOLDER).join(what.folder()).join(instrument.symbol.as_str());
        let path = folder.join(file_name(now));
        let filed =
            Filed { symbol: &instrument.symbol, kind: what.folder(), observed_at: now, snapshot: seen };
        write(&path, &json::bytes(&filed))?;
        summary.files.push(ws.relative(&path));
        let symbol = &instrument.symbol;
        let limit = keep_days.map(|days| now.plus_seconds(-86_400 * i64::from(days)));
        for filed in filed_since(&folder, &lake, what, symbol, limit)? {
            match observed::store(&mut lake, what, symbol, &filed, now) {
                Ok(rows) => summary.rows_added += rows,
                // One file that cannot be stored must not keep the others, or other instruments, from it.
                Err(error) if filed == path => failure = failure.or(Some(error)),
                Err(error) => summary.notes.push(format!("Left out: {}.", error.chain().join(": "))),
            }
        }
        if let Some(limit) = limit {
            summary.removed += remove_older(&folder, limit)?;
            summary.rows_forgotten += observed::forget(&mut lake, what, symbol, limit.utc_date())?;
        }
    }
    failure.map_or(Ok(summary), Err)
}

fn value(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// The newest snapshot of a folder and, when a command was killed between filing and storing, those that the lake does not
/// have yet: they were seen on or after the day on which its rows end.
fn filed_since(
    folder: &Path,
    lake: &Lake,
    what: &Snapshot,
    symbol: &Symbol,
    limit: Option<Instant>,
) -> Result<Vec<PathBuf>> {
    let mut filed = filed(folder)?;
    let newest = filed.pop();
    let known = observed::known_to(lake, what, symbol)?.max(limit).map(Instant::compact_utc);
    filed.retain(|(time, _)| known.as_ref().is_none_or(|known| time >= known));
    Ok(filed.into_iter().chain(newest).map(|(_, path)| path).collect())
}

/// The name of a snapshot that was seen at `at`.
pub(super) fn file_name(at: Instant) -> String {
    format!("{}_{:03}.json", at.compact_utc(), at.nanos() / 1_000_000 % 1_000)
}

/// The snapshots of a folder with the time in their name, ascending.
pub(super) fn filed(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = |source| AppError::io("look at the snapshots of", folder, source);
    let mut filed = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_snapshot = name.len() == "20240101_000000_000.json".len() && name.ends_with(".json");
        if let Some(time) = name.get(.."20240101_000000".len()).filter(|_| is_snapshot) {
            filed.push((time.to_owned(), path.clone()));
        }
    }
    filed.sort();
    Ok(filed)
}

/// Removes snapshots that were seen before `limit`.
pub(super) fn remove_older(folder: &Path, limit: Instant) -> Result<usize> {
    let limit = limit.compact_utc();
    let mut old = filed(folder)?;
    old.retain(|(time, _)| *time < limit);
    for (_, path) in &old {
        std::fs::remove_file(path).map_err(|source| AppError::io("remove the old snapshot", path, source))?;
    }
    Ok(old.len())
}
