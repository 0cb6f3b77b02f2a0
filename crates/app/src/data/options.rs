//! Option chains from files: forwards, implied volatilities, Greeks and one surface line an expiry.

mod chain;
mod deviation;
mod expiry;
mod market;
mod report;

use std::path::{Path, PathBuf};

use proofmark_lake::derived::encode_chain;
use proofmark_market::options::TREE_STEPS;
use proofmark_sources::{
    ChainFile, ChainOptions, ReadError, ReadOptions, read_chain_csv, read_chain_parquet, read_chain_snapshot,
};
use proofmark_units::{Date, Instant};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use self::chain::{DatedChain, ManyChains};
pub use self::deviation::Deviation;
use self::expiry::{Group, value};
use self::market::Rates;
pub use self::report::{ChainReport, ExpiryReport};
use crate::error::{AppError, Result};
use crate::ingest;
use crate::progress::{Reporter, Work};
use crate::workspace::write;

/// When the options may be exercised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// On the last day alone: Black's formula on the forward.
    #[default]
    European,
    /// On any day: a tree on the spot.
    American,
}

/// Which price an option has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceFrom {
    /// Half way between a bid above zero and an ask not below it.
    Mid,
    /// The last or closing price of an option that traded.
    Last,
}

/// Where the forward of an expiry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardFrom {
    /// The file's own column, or a file of futures.
    File,
    /// Put-call parity of the chain.
    Parity,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ChainRequest {
    /// When a file of one moment was true and known. Left out: the end, in UTC, of the date in the file's name.
    pub as_of: Option<Instant>,
    /// Left out: the mid where the file has bids and asks, the last price otherwise.
    pub price: Option<PriceFrom>,
    /// Left out: the file's where it has one, parity otherwise.
    pub forward: Option<ForwardFrom>,
    /// Futures of the same expiries, CSV.
    pub futures: Option<PathBuf>,
    /// Discount factors by years, CSV.
    pub curve: Option<PathBuf>,
    /// One continuous rate for all expiries.
    pub rate: Option<f64>,
    /// European or American.
    pub style: Style,
    /// American: price of the underlying.
    pub spot: Option<f64>,
    /// Strikes nearest to the money that make a forward by parity.
    pub nearest: usize,
    /// Only these underlyings; all when empty.
    pub underlyings: Vec<String>,
    /// The underlying, where the file names none.
    pub underlying: Option<String>,
    /// Columns by role.
    pub columns: Vec<(String, String)>,
    /// How dates are written.
    pub date_format: Option<String>,
    /// Zone of stamps that state no offset.
    pub zone: Option<String>,
    /// Parquet or JSON file, by its ending, for every contract.
    pub to: Option<PathBuf>,
}

/// Steps of the tree of American options.
const STEPS: usize = TREE_STEPS;

/// Values the chain in `file`.
///
/// # Errors
/// The file or one beside it cannot be used, the moment of the chain is not known, the request makes no sense, or the
/// output cannot be written.
pub fn options(file: &Path, request: &ChainRequest, reporter: &dyn Reporter) -> Result<ChainReport> {
    refuse(request)?;
    let chain = read(file, request)?;
    let rates = Rates::read(request)?;
    let moment = Moment::of(file, &chain, request)?;
    let price = price_from(&chain, request);
    let groups = Group::split(&chain.rows, &moment, &request.underlyings);
    if groups.is_empty() {
        return Err(AppError::input(format!("`{}` has no option that was asked for", file.display()))
            .hint("leave out --underlyings to see what there is"));
    }
    let work = Work::begin("options", 1, 1, vec![reporter]);
    work.expect(groups.len() as u64);
    // Each group is valued alone and the order is kept: the same bytes on any number of threads.
    let valued: Vec<_> = groups
        .par_iter()
        .map(|group| {
            let valued = value(group, request, &rates, price);
            work.step();
            valued
        })
        .collect();
    let mut report = ChainReport::new(file, &chain, price, request.style, &valued);
    if let Some(to) = &request.to {
        let rows: Vec<_> = valued.into_iter().flat_map(|valued| valued.contracts).collect();
        let bytes = if to.extension().is_some_and(|ending| ending == "json") {
            crate::json::bytes(&rows)
        } else {
            encode_chain(&rows, &report.file)
                .map_err(|error| AppError::bug("the chain does not fit a table").because(error))?
        };
        write(to, &bytes)?;
        report.written = Some(to.display().to_string());
    }
    work.end("done");
    Ok(report)
}

/// That chains can be valued as asked.
pub(crate) fn refuse(request: &ChainRequest) -> Result<()> {
    if request.rate.is_some_and(|rate| !rate.is_finite() || rate.abs() > 1.0) {
        return Err(AppError::input("a rate is a fraction a year").hint("5 % is `--rate 0.05`"));
    }
    if request.style == Style::American && request.spot.is_none_or(|spot| !spot.is_finite() || spot <= 0.0) {
        return Err(AppError::input(
            "American options are valued on the spot, and none above zero was given",
        )
        .hint("for example `--spot 645.2`, the underlying's price at the moment of the chain"));
    }
    Ok(())
}

/// Which price the rows of a file have.
fn price_from(chain: &ChainFile, request: &ChainRequest) -> PriceFrom {
    request.price.unwrap_or_else(|| {
        let both =
            chain.rows.iter().any(|row| row.bid.is_some()) && chain.rows.iter().any(|row| row.ask.is_some());
        if both { PriceFrom::Mid } else { PriceFrom::Last }
    })
}

/// The date to count from, and the two times, of a row that says none.
struct Moment {
    fixed: Option<(Date, Instant)>,
}

impl Moment {
    fn of(file: &Path, chain: &ChainFile, request: &ChainRequest) -> Result<Self> {
        let fixed = match (request.as_of, chain.date_of_file) {
            (Some(at), _) => Some((at.utc_date(), at)),
            // The end of that day in UTC comes after the close of every exchange that trades by day; who knows the time
            // says it.
            (None, Some(date)) => Some((date, date.plus_days(1).midnight_utc())),
            (None, None) => None,
        };
        if fixed.is_none() && chain.rows.iter().any(|row| row.at.is_none()) {
            return Err(AppError::input(format!("`{}` does not say of when it is", file.display())).hint(
                "give the moment with --as-of, such as 2024-11-11T21:00:00Z, or name the file with its date",
            ));
        }
        Ok(Self { fixed })
    }

    /// Date and instant of a row.
    fn at(&self, written: Option<Instant>) -> Option<(Date, Instant)> {
        written.map(|at| (at.utc_date(), at)).or(self.fixed)
    }
}

fn read(file: &Path, request: &ChainRequest) -> Result<ChainFile> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let known = ["underlying", "expiry", "right", "strike", "at", "bid", "ask", "last", "volume"];
    let more = ["open_interest", "forward", "discount", "years", "volatility"];
    if let Some((role, _)) = request
        .columns
        .iter()
        .find(|(role, _)| !known.contains(&role.as_str()) && !more.contains(&role.as_str()))
    {
        return Err(AppError::input(format!("`{role}` is no role of a column"))
            .hint(format!("one of {}", [&known[..], &more[..]].concat().join(", "))));
    }
    let options = ChainOptions {
        reading: ReadOptions { date_format: request.date_format.clone(), ..ReadOptions::default() },
        columns: request.columns.iter().cloned().collect(),
        underlying: request.underlying.clone(),
        zone: ingest::zone(request.zone.as_deref())?,
    };
    let read = match ending {
        "parquet" | "pq" => read_chain_parquet(file, &options),
        "json" => read_chain_snapshot(file),
        _ => read_chain_csv(file, &options),
    };
    let chain = read.map_err(|error| unusable(file, error))?;
    if let Some(first) = chain.problems.first().filter(|_| chain.rows.is_empty()) {
        return Err(AppError::input(format!(
            "no row of `{}` can be read; the first: {first}",
            file.display()
        ))
        .hint("name columns with --column, a date format with --date-format, a zone with --zone"));
    }
    Ok(chain)
}

fn unusable(file: &Path, error: ReadError) -> AppError {
    AppError::input(format!("`{}` cannot be read as it is", file.display())).hint(error.hint()).because(error)
}
