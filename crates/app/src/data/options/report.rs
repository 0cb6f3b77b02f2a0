//! What a chain came to, expiry by expiry.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_market::options::{ParityFit, Smile};
use proofmark_sources::ChainFile;
use proofmark_units::{Date, Instant};
use serde::Serialize;

use super::deviation::Deviation;
use super::expiry::Valued;
use super::{PriceFrom, Style};

/// One expiry of one underlying. Counts are over all moments of the file, the rest is of the last one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpiryReport {
    /// The underlying.
    pub underlying: String,
    /// Last day.
    pub expiry: Date,
    /// Moments in the file.
    pub moments: u64,
    /// The last of them.
    pub at: Instant,
    /// Years to expiry then.
    pub years: f64,
    /// Forward, and where it came from: `file`, `futures` or `parity`.
    pub forward: Option<(f64, &'static str)>,
    /// Discount factor, and where it came from: `rate`, `curve`, `file` or `parity`.
    pub discount: Option<(f64, &'static str)>,
    /// What put-call parity says, whichever forward was used.
    pub parity: Option<ParityFit>,
    /// At the money and at a delta of a quarter.
    pub smile: Smile,
    /// Of the smile: call less put at a delta of a quarter.
    pub risk_reversal: Option<f64>,
    /// Of the smile: mean of both less the one at the money.
    pub butterfly: Option<f64>,
    /// Quotes with a volatility.
    pub used: u64,
    /// Of these, with a spread above half the mid.
    pub wide: u64,
    /// Quotes without, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

/// What a chain came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChainReport {
    /// Name of the file.
    pub file: String,
    /// Role and column.
    pub columns: Vec<(&'static str, String)>,
    /// Data rows seen.
    pub rows_read: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_samples: Vec<String>,
    /// Which price was used.
    pub price: PriceFrom,
    /// How the options may be exercised.
    pub style: Style,
    /// By underlying and expiry.
    pub expiries: Vec<ExpiryReport>,
    /// Our volatilities against the file's own, where both are there.
    pub volatility_deviation: Option<Deviation>,
    /// Prices of the file's own volatilities against its prices.
    pub price_deviation: Option<Deviation>,
    /// Where every contract was written.
    pub written: Option<String>,
}

impl ChainReport {
    pub(super) fn new(
        file: &Path,
        chain: &ChainFile,
        price: PriceFrom,
        style: Style,
        valued: &[Valued],
    ) -> Self {
        let mut expiries: Vec<ExpiryReport> = Vec::new();
        for one in valued {
            let same = |last: &ExpiryReport| last.underlying == one.underlying && last.expiry == one.expiry;
            if !expiries.last().is_some_and(same) {
                expiries.push(ExpiryReport::of(one));
            }
            if let Some(report) = expiries.last_mut() {
                report.add(one);
            }
        }
        Self {
            file: file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            columns: chain.columns.clone(),
            rows_read: chain.rows_read,
            unreadable: chain.problems.len() as u64,
            unreadable_samples: chain.problems.iter().take(20).map(ToString::to_string).collect(),
            price,
            style,
            expiries,
            volatility_deviation: Deviation::of(valued.iter().flat_map(|one| &one.volatility_gaps)),
            price_deviation: Deviation::of(valued.iter().flat_map(|one| &one.price_gaps)),
            written: None,
        }
    }

    /// Whether no option has a volatility.
    pub fn is_empty(&self) -> bool {
        self.expiries.iter().all(|expiry| expiry.used == 0)
    }
}

impl ExpiryReport {
    fn of(one: &Valued) -> Self {
        Self {
            underlying: one.underlying.clone(),
            expiry: one.expiry,
            moments: 0,
            at: one.at,
            years: one.years,
            forward: None,
            discount: None,
            parity: None,
            smile: Smile::default(),
            risk_reversal: None,
            butterfly: None,
            used: 0,
            wide: 0,
            refused: BTreeMap::new(),
        }
    }

    /// Groups come in order of time: the last one stays.
    fn add(&mut self, one: &Valued) {
        self.moments += 1;
        (self.at, self.years) = (one.at, one.years);
        (self.forward, self.discount, self.parity) = (one.forward, one.discount, one.parity);
        (self.smile, self.risk_reversal) = (one.smile, one.smile.risk_reversal());
        self.butterfly = one.smile.butterfly();
        self.wide += one.wide;
        for contract in &one.contracts {
            match contract.state {
                "used" => self.used += 1,
                why => *self.refused.entry(why).or_default() += 1,
            }
        }
    }
}
