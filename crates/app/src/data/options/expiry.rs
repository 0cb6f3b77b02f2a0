//! One expiry at one moment: prices, forward, volatilities, Greeks, smile.

use std::collections::BTreeMap;

use proofmark_lake::derived::ContractRow;
use proofmark_market::options::{
    American, Black76, Greeks, NoVolatility, ParityFit, Right, Smile, SmilePoint, StrikePair, smile,
    years_act_365,
};
use proofmark_sources::OptionRow;
use proofmark_units::{Date, Instant};

use super::deviation::Gap;
use super::market::{Rates, Terms};
use super::{ChainRequest, Moment, PriceFrom, STEPS, Style};

/// A spread above this share of the mid is wide: the volatility is used, and counted as such.
const WIDE: f64 = 0.5;

/// The rows of one expiry at one moment.
pub(super) struct Group<'a> {
    pub(super) underlying: &'a str,
    pub(super) at: Instant,
    pub(super) expiry: Date,
    /// The date that days to the expiry are counted from.
    pub(super) date: Date,
    /// Calendar days over 365, where the file has no count of its own.
    act_365: f64,
    rows: Vec<&'a OptionRow>,
}

impl<'a> Group<'a> {
    /// By underlying, expiry and moment.
    pub(super) fn split(rows: &'a [OptionRow], moment: &Moment, wanted: &[String]) -> Vec<Self> {
        let mut groups: BTreeMap<(&str, Date, Instant), Self> = BTreeMap::new();
        for row in rows {
            let Some((date, at)) = moment.at(row.at) else { continue };
            if !wanted.is_empty() && !wanted.contains(&row.underlying) {
                continue;
            }
            let new = || Self {
                underlying: &row.underlying,
                at,
                expiry: row.expiry,
                date,
                act_365: years_act_365(date, row.expiry),
                rows: Vec::new(),
            };
            groups.entry((&row.underlying, row.expiry, at)).or_insert_with(new).rows.push(row);
        }
        groups.into_values().collect()
    }

    /// In the order of the file.
    pub(super) fn rows(&self) -> &[&'a OptionRow] {
        &self.rows
    }

    fn first(&self, pick: fn(&OptionRow) -> Option<f64>) -> Option<f64> {
        self.rows.iter().find_map(|row| pick(row))
    }
}

/// What a group is worth.
pub(super) struct Valued {
    pub(super) underlying: String,
    pub(super) expiry: Date,
    pub(super) at: Instant,
    pub(super) years: f64,
    pub(super) forward: Option<(f64, &'static str)>,
    pub(super) discount: Option<(f64, &'static str)>,
    pub(super) parity: Option<ParityFit>,
    pub(super) smile: Smile,
    pub(super) wide: u64,
    pub(super) contracts: Vec<ContractRow>,
    /// Our volatility against the file's.
    pub(super) volatility_gaps: Vec<Gap>,
    /// The price of the file's volatility against the price.
    pub(super) price_gaps: Vec<Gap>,
}

/// A price with half its spread.
type Quote = (f64, f64);

/// The quote of a row, or why there is none.
fn price(row: &OptionRow, from: PriceFrom) -> Result<Quote, &'static str> {
    match from {
        PriceFrom::Mid => {
            let bid = row.bid.filter(|bid| *bid > 0.0).ok_or("no_bid")?;
            let ask = row.ask.filter(|ask| *ask > 0.0).ok_or("no_ask")?;
            if bid > ask { Err("crossed") } else { Ok((0.5 * (bid + ask), 0.5 * (ask - bid))) }
        }
        PriceFrom::Last => {
            let last = row.last.filter(|last| *last > 0.0).ok_or("no_price")?;
            if row.volume == Some(0.0) { Err("no_trade") } else { Ok((last, 0.0)) }
        }
    }
}

pub(super) fn value(group: &Group<'_>, request: &ChainRequest, rates: &Rates, from: PriceFrom) -> Valued {
    let years = group.first(|row| row.years).unwrap_or(group.act_365).max(0.0);
    let prices: Vec<Result<Quote, &'static str>> = group.rows.iter().map(|row| price(row, from)).collect();
    let own = (group.first(|row| row.discount), group.first(|row| row.forward));
    let pairs = pairs(group, &prices, from);
    let terms = rates.terms((group.underlying, group.expiry), years, own, &pairs, request);
    let mut valued = Valued {
        underlying: group.underlying.to_owned(),
        expiry: group.expiry,
        at: group.at,
        years,
        forward: terms.forward,
        discount: terms.discount,
        parity: terms.parity,
        smile: Smile::default(),
        wide: 0,
        contracts: Vec::with_capacity(group.rows.len()),
        volatility_gaps: Vec::new(),
        price_gaps: Vec::new(),
    };
    let mut points = Vec::new();
    for (row, quoted) in group.rows.iter().zip(prices) {
        let contract = Contract::new(row, years, &terms, request);
        let found = quoted.and_then(|(price, _)| contract.as_ref().map_err(|why| *why)?.volatility(price));
        let (volatility, state) = match found {
            Ok(volatility) => (Some(volatility), "used"),
            Err(why) => (None, why),
        };
        if let (Some(volatility), Ok((mid, half))) = (volatility, quoted) {
            valued.wide += u64::from(2.0 * half > WIDE * mid);
            points.push(SmilePoint { strike: row.strike, right: row.right, volatility });
        }
        if let (Some(theirs), Ok((price, _)), Ok(contract)) = (row.volatility, quoted, &contract) {
            valued.price_gaps.push(Gap::new(row.row, contract.price(theirs), price));
            valued.volatility_gaps.extend(volatility.map(|ours| Gap::new(row.row, ours, theirs)));
        }
        let greeks =
            volatility.zip(contract.ok()).and_then(|(volatility, contract)| contract.greeks(volatility));
        valued.contracts.push(ContractRow {
            event_time: group.at,
            known_at: group.at,
            underlying: group.underlying.to_owned(),
            expiry: group.expiry,
            right: row.right,
            strike: row.strike,
            bid: row.bid,
            ask: row.ask,
            price: quoted.ok().map(|(price, _)| price),
            years,
            forward: terms.forward.map(|(forward, _)| forward),
            discount: terms.discount.map(|(discount, _)| discount),
            volatility,
            greeks,
            state,
        });
    }
    if let Some((forward, _)) = terms.forward {
        valued.smile = smile(&points, forward, years);
    }
    valued
}

/// Call and put of each strike where both have a price. Where a strike comes twice the first of each is used.
fn pairs(group: &Group<'_>, prices: &[Result<Quote, &'static str>], from: PriceFrom) -> Vec<StrikePair> {
    let mut strikes: BTreeMap<u64, (f64, [Option<Quote>; 2])> = BTreeMap::new();
    for (row, quoted) in group.rows.iter().zip(prices) {
        let Ok(quoted) = quoted else { continue };
        // Strikes are above zero: their bits sort as they do.
        let entry = strikes.entry(row.strike.to_bits()).or_insert((row.strike, [None; 2]));
        entry.1[usize::from(row.right == Right::Put)].get_or_insert(*quoted);
    }
    let pair = |(strike, sides): &(f64, [Option<Quote>; 2])| {
        let [(call, half_call), (put, half_put)] = [sides[0]?, sides[1]?];
        let uncertainty = if from == PriceFrom::Mid { half_call.hypot(half_put) } else { 1.0 };
        Some(StrikePair { strike: *strike, difference: call - put, uncertainty })
    };
    strikes.values().filter_map(pair).collect()
}

/// The formula of a contract.
enum Contract {
    European(Black76),
    American(American),
}

impl Contract {
    fn new(row: &OptionRow, years: f64, terms: &Terms, request: &ChainRequest) -> Result<Self, &'static str> {
        let (discount, _) = terms.discount.ok_or("no_discount")?;
        let (forward, _) = terms.forward.ok_or("no_forward")?;
        match (request.style, request.spot) {
            (Style::American, Some(spot)) if years > 0.0 => {
                let rate = -discount.ln() / years;
                // The yield that leads from the spot to this forward.
                let dividend_yield = rate - (forward / spot).ln() / years;
                American::new(row.right, spot, row.strike, years, rate, dividend_yield, STEPS)
                    .map(Self::American)
            }
            (Style::American, _) => return Err("expired"),
            (Style::European, _) => {
                Black76::new(row.right, forward, row.strike, years, discount).map(Self::European)
            }
        }
        .map_err(|_| "bad_number")
    }

    fn volatility(&self, price: f64) -> Result<f64, &'static str> {
        let found = match self {
            Self::European(option) => option.implied_volatility(price),
            Self::American(option) => option.implied_volatility(price),
        };
        found.map_err(|why: NoVolatility| why.name())
    }

    fn price(&self, volatility: f64) -> f64 {
        match self {
            Self::European(option) => option.price(volatility),
            Self::American(option) => option.price(volatility),
        }
    }

    fn greeks(&self, volatility: f64) -> Option<Greeks> {
        match self {
            Self::European(option) => option.greeks(volatility),
            Self::American(option) => option.greeks(volatility),
        }
    }
}
