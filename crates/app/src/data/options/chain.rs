//! Valued options as chains of a date, for what is made of whole chains.

use std::collections::BTreeMap;

use proofmark_features::surface::{Chain, Contract, Expiry};
use proofmark_sources::{ChainFile, OptionRow};
use proofmark_units::{Date, Instant};
use rayon::prelude::*;

use super::expiry::{Group, Valued, value};
use super::market::Rates;
use super::{ChainRequest, Moment, PriceFrom, price_from};
use crate::error::Result;
use crate::progress::Work;

/// Chains of many dates, with the moment of each file.
pub(crate) struct ManyChains {
    files: Vec<(ChainFile, Moment)>,
}

/// The chain of one underlying on one date.
pub(crate) struct DatedChain {
    pub(crate) underlying: String,
    pub(crate) date: Date,
    pub(crate) chain: Chain,
}

impl ManyChains {
    /// Reads files of chains.
    ///
    /// # Errors
    /// As [`super::options`].
    pub(crate) fn read(files: &[std::path::PathBuf], request: &ChainRequest) -> Result<Self> {
        let one = |file: &std::path::PathBuf| {
            let chain = super::read(file, request)?;
            let moment = Moment::of(file, &chain, request)?;
            Ok((chain, moment))
        };
        Ok(Self { files: files.iter().map(one).collect::<Result<_>>()? })
    }

    /// Rows each of which says its own moment.
    pub(crate) fn of_rows(rows: Vec<OptionRow>) -> Self {
        let rows_read = rows.len() as u64;
        Self { files: vec![(ChainFile { rows, rows_read, ..ChainFile::default() }, Moment { fixed: None })] }
    }

    /// Rows that could not be read, and the first of them.
    pub(crate) fn unreadable(&self) -> Option<(usize, String)> {
        let mut problems = self.files.iter().flat_map(|(file, _)| &file.problems);
        let first = problems.next()?.to_string();
        Some((1 + problems.count(), first))
    }

    /// One chain for each underlying and date, ascending: of each expiry its last moment of the date, since a venue may show
    /// one expiry after the other.
    ///
    /// - `known`: when a moment was known, where that is later than itself.
    ///
    /// # Errors
    /// A file beside the chains cannot be used.
    pub(crate) fn by_date(
        &self,
        request: &ChainRequest,
        multiplier: f64,
        known: &dyn Fn(&str, Instant) -> Instant,
        work: &Work<'_>,
    ) -> Result<Vec<DatedChain>> {
        let rates = Rates::read(request)?;
        let mut last: BTreeMap<(&str, Date, Date), (PriceFrom, Group<'_>)> = BTreeMap::new();
        for (file, moment) in &self.files {
            let price = price_from(file, request);
            for group in Group::split(&file.rows, moment, &request.underlyings) {
                let key = (group.underlying, group.date, group.expiry);
                if last.get(&key).is_none_or(|(_, held)| held.at <= group.at) {
                    last.insert(key, (price, group));
                }
            }
        }
        work.expect(last.len() as u64);
        // Each group is valued alone and the order is kept: the same bytes on any number of threads.
        let valued: Vec<LastMoment<'_>> = last
            .into_par_iter()
            .map(|((underlying, date, _), (price, group))| {
                let (expiry, unvalued) = expiry(&group, &value(&group, request, &rates, price));
                work.step();
                LastMoment { underlying, date, at: group.at, expiry, unvalued }
            })
            .collect();
        let of_date = |own: &[LastMoment<'_>]| {
            let LastMoment { underlying, date, at: first, .. } = own.first()?;
            let event_time = own.iter().map(|last| last.at).max().unwrap_or(*first);
            let known_at = own.iter().map(|last| known(underlying, last.at).max(last.at)).max()?;
            let expiries = own.iter().filter_map(|last| last.expiry.clone()).collect();
            let unvalued = own.iter().flat_map(|last| &last.unvalued).copied().collect();
            let chain = Chain { event_time, known_at, multiplier, expiries, unvalued };
            Some(DatedChain { underlying: (*underlying).to_owned(), date: *date, chain })
        };
        Ok(valued
            .chunk_by(|a, b| (a.underlying, a.date) == (b.underlying, b.date))
            .filter_map(of_date)
            .collect())
    }
}

/// The last moment of an expiry on a date: an expiry with values, or its contracts without.
struct LastMoment<'a> {
    underlying: &'a str,
    date: Date,
    at: Instant,
    expiry: Option<Expiry>,
    unvalued: Vec<Contract>,
}

/// An expiry as surfaces take it, or its contracts alone: without a forward or a discount factor, and on its last day, they
/// have no value.
fn expiry(group: &Group<'_>, valued: &Valued) -> (Option<Expiry>, Vec<Contract>) {
    let bare = |row: &&OptionRow| Contract {
        strike: row.strike,
        right: row.right,
        volatility: None,
        volume: row.volume,
        open_interest: row.open_interest,
    };
    let contracts = group.rows().iter().map(bare);
    let numbers = valued.forward.zip(valued.discount).filter(|((forward, _), (discount, _))| {
        [*forward, *discount, valued.years].iter().all(|value| value.is_finite() && *value > 0.0)
    });
    let Some(((forward, _), (discount, _))) = numbers else { return (None, contracts.collect()) };
    // Contracts are valued in the order of the rows.
    let contracts = contracts
        .zip(&valued.contracts)
        .map(|(contract, own)| Contract { volatility: own.volatility, ..contract })
        .collect();
    let Valued { expiry, years, .. } = *valued;
    (Some(Expiry { expiry, years, forward, discount, contracts }), Vec::new())
}
