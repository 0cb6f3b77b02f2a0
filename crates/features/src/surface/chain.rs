//! A chain of valued options at one moment.

use proofmark_market::options::{Right, SmilePoint};
use proofmark_units::{Date, Instant};

/// One option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract {
    /// Strike, above zero.
    pub strike: f64,
    /// Call or put.
    pub right: Right,
    /// Implied volatility; `None` where the quote gives none.
    pub volatility: Option<f64>,
    /// Contracts traded in the session; `None` where not said.
    pub volume: Option<f64>,
    /// Contracts outstanding; `None` where not said.
    pub open_interest: Option<f64>,
}

/// The options of one expiry.
#[derive(Debug, Clone, PartialEq)]
pub struct Expiry {
    /// Last day.
    pub expiry: Date,
    /// Years left, above zero.
    pub years: f64,
    /// Forward of the underlying to the expiry.
    pub forward: f64,
    /// The value now of 1 paid at the expiry.
    pub discount: f64,
    /// Its options.
    pub contracts: Vec<Contract>,
}

impl Expiry {
    /// The options with a volatility, as the smile takes them.
    pub(super) fn points(&self) -> Vec<SmilePoint> {
        let point = |contract: &Contract| {
            let volatility = contract.volatility?;
            Some(SmilePoint { strike: contract.strike, right: contract.right, volatility })
        };
        self.contracts.iter().filter_map(point).collect()
    }
}

/// A chain that makes no surface.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChainError {
    /// Known before it was true.
    #[error("the chain of {event_time} is known at {known_at}, before it was true")]
    KnownBeforeTrue {
        /// When it was true.
        event_time: Instant,
        /// When it was known.
        known_at: Instant,
    },
    /// A number cannot be one of a chain.
    #[error("{what} of the expiry {expiry} is {value}; leave the expiry out or give it a number above zero")]
    BadNumber {
        /// The expiry.
        expiry: Date,
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The same of a contract that cannot be valued.
    #[error("{what} of a contract without a value is {value}; it must be a number that is not below zero")]
    BadCount {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Expiries are not in order.
    #[error("the expiry {expiry} does not lie after the one ahead of it; sort them, one entry each")]
    Unsorted {
        /// The expiry.
        expiry: Date,
    },
}

/// All options of an underlying at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// When the quotes were true.
    pub event_time: Instant,
    /// When they could first be read.
    pub known_at: Instant,
    /// Underlyings a contract is for, such as 100 shares.
    pub multiplier: f64,
    /// Ascending by time left, those that can be valued.
    pub expiries: Vec<Expiry>,
    /// Contracts of the other expiries, such as those on their last day or without a forward: traded and held like all.
    pub unvalued: Vec<Contract>,
}

impl Chain {
    /// Every contract, whether or not it can be valued.
    pub(super) fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.expiries.iter().flat_map(|expiry| &expiry.contracts).chain(&self.unvalued)
    }

    pub(super) fn check(&self) -> Result<(), ChainError> {
        let Self { event_time, known_at, .. } = *self;
        if event_time > known_at {
            return Err(ChainError::KnownBeforeTrue { event_time, known_at });
        }
        let mut before = 0.0;
        for own in &self.expiries {
            let Expiry { expiry, years, forward, discount, .. } = *own;
            let of_contract = |pick: fn(&Contract) -> Option<f64>| own.contracts.iter().filter_map(pick);
            let positive = [
                ("the time left", years),
                ("the forward", forward),
                ("the discount factor", discount),
                ("the contract's multiplier", self.multiplier),
            ];
            let positive =
                positive.into_iter().chain(of_contract(|c| Some(c.strike)).map(|v| ("a strike", v)));
            let positive = positive.chain(of_contract(|c| c.volatility).map(|v| ("a volatility", v)));
            let counts = of_contract(|c| c.volume).map(|v| ("a volume", v));
            let counts = counts.chain(of_contract(|c| c.open_interest).map(|v| ("an open interest", v)));
            let bad = positive
                .filter(|(_, v)| !(v.is_finite() && *v > 0.0))
                .chain(counts.filter(|(_, v)| !(v.is_finite() && *v >= 0.0)))
                .next();
            if let Some((what, value)) = bad {
                return Err(ChainError::BadNumber { expiry, what, value });
            }
            if years <= before {
                return Err(ChainError::Unsorted { expiry });
            }
            before = years;
        }
        let counts = self.unvalued.iter().flat_map(|contract| {
            [("a volume", contract.volume), ("an open interest", contract.open_interest)]
        });
        let mut bad = counts.filter_map(|(what, value)| Some((what, value?)));
        match bad.find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            Some((what, value)) => Err(ChainError::BadCount { what, value }),
            None => Ok(()),
        }
    }
}
