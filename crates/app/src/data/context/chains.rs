//! Surfaces of option chains, one chain a session.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_features::surface::{SURFACE_FEATURES, SurfaceRow, surface_row};
use proofmark_lake::Table;
use proofmark_lake::facts::OptionQuote;
use proofmark_sources::OptionRow;
use proofmark_units::{Date, DateSpan, Instant, ParseSymbolError, Symbol};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, known_so_far, observations};
use crate::data::lake_error;
use crate::data::options::{ChainRequest, DatedChain, ForwardFrom, ManyChains, PriceFrom, refuse};
use crate::error::{AppError, Result};

/// Chains in the table `option_chains`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct StoredChains {
    /// Which underlyings; all with chains when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// Who showed them, such as `breeze`.
    venue: String,
    /// How they are valued.
    value: Valuation,
}

/// Files of chains, as `data options` reads them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct FiledChains {
    /// Which underlyings; all when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// The underlying of every row, for files that name none.
    underlying: Option<Symbol>,
    /// Columns by role: `strike = "K"`.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// How dates are written.
    date_format: Option<String>,
    /// Zone of stamps that state no offset.
    zone: Option<String>,
    /// How they are valued.
    value: Valuation,
}

/// How chains are valued: Black's formula on the forward, for American options too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Valuation {
    /// Underlyings a contract is for, such as 100 shares.
    multiplier: f64,
    /// One continuous rate for all expiries, a fraction a year; the file's discount factors or parity when left out.
    rate: Option<f64>,
    /// Left out: the mid where there are bids and asks, the last price otherwise.
    price: Option<PriceFrom>,
    /// Left out: the file's where it has one, parity otherwise.
    forward: Option<ForwardFrom>,
    /// Strikes nearest to the money that make a forward by parity.
    nearest: usize,
}

impl Valuation {
    fn request(&self, symbols: &[Symbol]) -> ChainRequest {
        ChainRequest {
            price: self.price,
            forward: self.forward,
            rate: self.rate,
            nearest: self.nearest,
            underlyings: symbols.iter().map(ToString::to_string).collect(),
            ..ChainRequest::default()
        }
    }

    fn check(&self) -> Result<()> {
        if !(self.multiplier.is_finite() && self.multiplier > 0.0) {
            return Err(AppError::input(format!(
                "`multiplier` is {}, and has to be above zero",
                self.multiplier
            ))
            .hint("1 where contracts are for one underlying each"));
        }
        if self.nearest == 0 {
            return Err(AppError::input("`nearest` is 0, and parity needs a strike").hint("10 is usual"));
        }
        refuse(&self.request(&[]))
    }
}

impl Source for StoredChains {
    fn makes(&self) -> Vec<&'static str> {
        names()
    }

    fn check(&self) -> Result<()> {
        self.value.check()
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let (mut rows, mut known) = (Vec::new(), BTreeMap::<(String, Instant), Instant>::new());
        let all = ground.lake.names(Table::OptionChains);
        let symbols = if self.symbols.is_empty() { &all } else { &self.symbols };
        for symbol in symbols {
            let mut quotes: Vec<OptionQuote> = ground
                .lake
                .read_facts(symbol, DateSpan::EVERY, None)
                .map_err(|error| lake_error(&format!("failed to read the chains of `{symbol}`"), error))?;
            let venues: BTreeSet<String> = quotes.iter().map(|quote| quote.venue.clone()).collect();
            quotes.retain(|quote| quote.venue == self.venue);
            if quotes.is_empty() {
                let venues: Vec<&str> = venues.iter().map(String::as_str).collect();
                return Err(AppError::input(format!("`{}` showed no chain of `{symbol}`", self.venue))
                    .hint(format!("`venue` is one of {}", venues.join(", "))));
            }
            for quote in &quotes {
                let at = known.entry((symbol.to_string(), quote.event_time)).or_insert(quote.known_at);
                *at = (*at).max(quote.known_at);
                rows.push(row(rows.len() as u64 + 1, quote));
            }
        }
        let known =
            |underlying: &str, at: Instant| known.get(&(underlying.to_owned(), at)).copied().unwrap_or(at);
        let request = self.value.request(symbols);
        let chains =
            ManyChains::of_rows(rows).by_date(&request, self.value.multiplier, &known, ground.work)?;
        surfaces(ground, wanted, chains)
    }
}

/// A quote as files have it. A price of zero is none.
fn row(row: u64, quote: &OptionQuote) -> OptionRow {
    OptionRow {
        row,
        underlying: quote.underlying.to_string(),
        expiry: quote.expiry,
        right: quote.right,
        strike: quote.strike,
        at: Some(quote.event_time),
        bid: quote.bid,
        ask: quote.ask,
        last: quote.last,
        volume: quote.volume,
        open_interest: quote.open_interest,
        forward: None,
        discount: None,
        years: None,
        volatility: None,
    }
}

impl Source for FiledChains {
    fn makes(&self) -> Vec<&'static str> {
        names()
    }

    fn reads_files(&self) -> bool {
        true
    }

    fn check(&self) -> Result<()> {
        self.value.check()
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let request = ChainRequest {
            underlying: self.underlying.as_ref().map(ToString::to_string),
            columns: self.columns.clone().into_iter().collect(),
            date_format: self.date_format.clone(),
            zone: self.zone.clone(),
            ..self.value.request(&self.symbols)
        };
        let chains = ManyChains::read(ground.files, &request)?;
        let unreadable = chains.unreadable();
        let chains = chains.by_date(&request, self.value.multiplier, &|_, at| at, ground.work)?;
        if chains.is_empty() {
            return Err(AppError::input("the files have no option that was asked for")
                .hint("leave `symbols` out of `[input]` to take every underlying"));
        }
        let mut found = surfaces(ground, wanted, chains)?;
        if let Some((count, first)) = unreadable {
            found.notes.push(format!("{count} rows cannot be read; the first: {first}"));
        }
        Ok(found)
    }
}

/// The features of each underlying's chains, which ascend by date. A chain of a date without a session is left out.
fn surfaces(ground: &Ground<'_>, wanted: &[&str], chains: Vec<DatedChain>) -> Result<Yield> {
    let mut found = Yield::default();
    let is_session = |date: &Date| ground.calendar.sessions().binary_search(date).is_ok();
    for own in chains.chunk_by(|a, b| a.underlying == b.underlying) {
        let name = &own[0].underlying;
        let symbol: Symbol = name.parse().map_err(|error: ParseSymbolError| {
            AppError::input(format!("the underlying `{name}` cannot be named"))
                .hint("say `underlying` below `[input]`")
                .because(error)
        })?;
        let (inside, outside): (Vec<&DatedChain>, _) = own.iter().partition(|one| is_session(&one.date));
        if let Some(first) = outside.first() {
            let (count, date) = (outside.len(), first.date);
            let calendar = ground.calendar.id();
            found
                .notes
                .push(format!("{symbol}: {count} chains of no session of {calendar}, the first of {date}"));
        }
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { continue };
        // Every session from the first chain on: one without a chain is missing, and no window reaches further for it.
        let sessions = ground.calendar.sessions();
        let from = sessions.partition_point(|date| *date < first.date);
        let sessions = &sessions[from..sessions.partition_point(|date| *date <= last.date)];
        let row = |date: &Date| -> Result<Option<SurfaceRow>> {
            let Ok(place) = inside.binary_search_by_key(date, |one| one.date) else { return Ok(None) };
            surface_row(&inside[place].chain).map(Some).map_err(|error| {
                AppError::input(format!("the chain of `{symbol}` on {date} has no surface")).because(error)
            })
        };
        let rows: Vec<Option<SurfaceRow>> = sessions.iter().map(row).collect::<Result<_>>()?;
        // What is missing has no row, so the close stands for when it was known.
        let known = known_so_far(sessions.iter().zip(&rows).map(|(date, row)| {
            row.as_ref().map_or_else(|| ground.calendar.session_close(*date), |row| row.known_at)
        }));
        for feature in SURFACE_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
            let times = sessions.iter().copied().zip(known.iter().copied());
            found.made.push(Made {
                feature: feature.definition.name,
                symbol: Some(symbol.clone()),
                values: observations(times, feature.column(&rows)),
            });
        }
    }
    Ok(found)
}

fn names() -> Vec<&'static str> {
    SURFACE_FEATURES.iter().map(|feature| feature.definition.name).collect()
}
