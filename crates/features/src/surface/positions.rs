//! What is traded and held: put/call ratios and exposures from Greeks.

use std::collections::BTreeMap;

use proofmark_market::options::{Black76, Right};

use super::chain::{Chain, Contract, Expiry};

/// The least share of the open interest that must have a volatility for an exposure to stand.
const LEAST_COVERED: f64 = 0.9;

/// A one-percent move, or a point of volatility.
const POINT: f64 = 0.01;

/// Who is assumed to hold which side of the open interest, which no chain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positions {
    /// Dealers are long calls and short puts, as customers sell calls and buy puts: the convention of published "gamma
    /// exposure" (SqueezeMetrics, "Gamma exposure", 2016). Calls count with 1, puts with -1.
    LongCallsShortPuts,
    /// All open interest counts with 1: how much there is, whoever holds it.
    Gross,
}

impl Positions {
    fn sign(self, right: Right) -> f64 {
        match self {
            Self::LongCallsShortPuts => right.sign(),
            Self::Gross => 1.0,
        }
    }
}

/// Greeks of the open interest, in money of the underlying.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// How much the delta of the positions, in money, grows when the underlying rises by 1 %: above 0 dealers sell into the
    /// rise.
    pub gamma: f64,
    /// Delta of the positions: what they hold of the underlying, in money.
    pub delta: f64,
    /// What the positions gain when every volatility rises by 0.01.
    pub vega: f64,
    /// Share of the open interest that has a volatility and is in the sums.
    pub covered: f64,
}

/// Sum over the chain of sign x Greek x open interest x multiplier.
///
/// Greeks are those of Black (1976) on the forward of the expiry, delta times `forward`, gamma times `forward^2 / 100`. A
/// strike's volatility is that of its option out of the money, for call and put alike, as parity demands; the early exercise of
/// American options is left aside. `None` where no open interest is said, or less than 90 % of that of all expiries has a volatility.
pub fn exposure(chain: &Chain, positions: Positions) -> Option<Exposure> {
    let (mut gamma, mut delta, mut vega, mut covered) = (0.0, 0.0, 0.0, 0.0);
    let all = total(chain, |contract| contract.open_interest).unwrap_or(0.0);
    for expiry in &chain.expiries {
        let volatilities = out_of_the_money(expiry);
        for contract in &expiry.contracts {
            let Some(held) = contract.open_interest.filter(|held| *held > 0.0) else { continue };
            let Some(volatility) = volatilities.get(&contract.strike.to_bits()) else { continue };
            let Expiry { forward, years, discount, .. } = *expiry;
            let option = Black76::new(contract.right, forward, contract.strike, years, discount).ok();
            let Some(greeks) = option.and_then(|option| option.greeks(*volatility)) else { continue };
            covered += held;
            let size = positions.sign(contract.right) * held * chain.multiplier;
            delta += size * greeks.delta * forward;
            gamma += size * POINT * greeks.gamma * forward * forward;
            vega += size * POINT * greeks.vega;
        }
    }
    let covered = if all > 0.0 { covered / all } else { 0.0 };
    (covered >= LEAST_COVERED).then_some(Exposure { gamma, delta, vega, covered })
}

/// By strike, whose bits sort as it does: the volatility of the option out of the money. Of two the first is used.
fn out_of_the_money(expiry: &Expiry) -> BTreeMap<u64, f64> {
    let mut found = BTreeMap::new();
    for Contract { strike, right, volatility, .. } in &expiry.contracts {
        if let Some(volatility) = volatility
            && (*right == Right::Call) == (*strike >= expiry.forward)
        {
            found.entry(strike.to_bits()).or_insert(*volatility);
        }
    }
    found
}

/// Puts over calls in all expiries, by what `count` takes of a contract. `None` where no call counts above zero or no put says
/// anything.
pub fn put_call(chain: &Chain, count: fn(&Contract) -> Option<f64>) -> Option<f64> {
    let of = |right: Right| sum(chain.contracts().filter(move |c| c.right == right), count);
    let (puts, calls) = (of(Right::Put)?, of(Right::Call)?);
    (calls > 0.0).then(|| puts / calls)
}

/// What `count` takes of every contract, added up. `None` where none says anything.
pub(super) fn total(chain: &Chain, count: fn(&Contract) -> Option<f64>) -> Option<f64> {
    sum(chain.contracts(), count)
}

fn sum<'a>(
    contracts: impl Iterator<Item = &'a Contract>,
    count: fn(&Contract) -> Option<f64>,
) -> Option<f64> {
    contracts.filter_map(count).fold(None, |sum: Option<f64>, value| Some(sum.unwrap_or(0.0) + value))
}
