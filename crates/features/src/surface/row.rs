//! A chain in numbers: one row a moment.

use proofmark_market::options::{Right, Smile, smile};
use proofmark_stats::regression::ols_hac;
use proofmark_units::{Date, Instant};

use super::chain::{Chain, ChainError, Expiry};
use super::positions::{Exposure, Positions, exposure, put_call, total};
use super::term::{between, constant_maturity};

/// Days to years.
const YEAR: f64 = 365.0;
/// Short and long constant maturity, in years.
const SHORT: f64 = 30.0 / YEAR;
const LONG: f64 = 90.0 / YEAR;
/// The fewest strikes within a standard deviation of the forward that have a slope.
const LEAST_STRIKES: usize = 5;

/// One expiry.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpiryRow {
    /// Last day.
    pub expiry: Date,
    /// Years left.
    pub years: f64,
    /// Volatility at the forward and at a delta of a quarter on either side.
    pub smile: Smile,
    /// Slope of volatility on `ln(strike / forward) / (volatility at the money x sqrt(years))`, within 1 of the forward.
    pub slope: Option<f64>,
}

/// A chain in numbers. `None`: the chain does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct SurfaceRow {
    /// When the quotes were true.
    pub event_time: Instant,
    /// When they were known.
    pub known_at: Instant,
    /// Each expiry, ascending.
    pub expiries: Vec<ExpiryRow>,
    /// Volatility at the money in 30 days.
    pub at_the_money_30: Option<f64>,
    /// The same in 90 days.
    pub at_the_money_90: Option<f64>,
    /// Call less put at a delta of a quarter, both in 30 days.
    pub risk_reversal_30: Option<f64>,
    /// Mean of both less the one at the money, in 30 days.
    pub butterfly_30: Option<f64>,
    /// Slope of the smile, in 30 days.
    pub slope_30: Option<f64>,
    /// Contracts traded in the session, of all expiries.
    pub volume: Option<f64>,
    /// Contracts outstanding, of all expiries.
    pub open_interest: Option<f64>,
    /// Puts over calls by contracts traded.
    pub put_call_volume: Option<f64>,
    /// Puts over calls by contracts outstanding.
    pub put_call_open_interest: Option<f64>,
    /// Net exposure of dealers by the convention of [`Positions::LongCallsShortPuts`].
    pub net: Option<Exposure>,
    /// Exposure of all open interest.
    pub gross: Option<Exposure>,
}

/// The numbers of a chain.
///
/// # Errors
/// [`ChainError`] for the first thing that cannot be.
pub fn surface_row(chain: &Chain) -> Result<SurfaceRow, ChainError> {
    chain.check()?;
    let expiries: Vec<ExpiryRow> = chain.expiries.iter().map(expiry_row).collect();
    let series = |value: fn(&Smile) -> Option<f64>| -> Vec<(f64, Option<f64>)> {
        expiries.iter().map(|row| (row.years, value(&row.smile))).collect()
    };
    let money = series(|smile| smile.at_the_money);
    let slopes: Vec<_> = expiries.iter().map(|row| (row.years, row.slope)).collect();
    let at_the_money_30 = constant_maturity(&money, SHORT);
    let call = constant_maturity(&series(|smile| smile.call_25_delta), SHORT);
    let put = constant_maturity(&series(|smile| smile.put_25_delta), SHORT);
    let wings = Smile { at_the_money: at_the_money_30, call_25_delta: call, put_25_delta: put, strikes: 0 };
    Ok(SurfaceRow {
        event_time: chain.event_time,
        known_at: chain.known_at,
        at_the_money_30,
        at_the_money_90: constant_maturity(&money, LONG),
        risk_reversal_30: wings.risk_reversal(),
        butterfly_30: wings.butterfly(),
        slope_30: between(&slopes, SHORT, |_, slope| slope),
        volume: total(chain, |contract| contract.volume),
        open_interest: total(chain, |contract| contract.open_interest),
        put_call_volume: put_call(chain, |contract| contract.volume),
        put_call_open_interest: put_call(chain, |contract| contract.open_interest),
        net: exposure(chain, Positions::LongCallsShortPuts),
        gross: exposure(chain, Positions::Gross),
        expiries,
    })
}

fn expiry_row(expiry: &Expiry) -> ExpiryRow {
    let smile = smile(&expiry.points(), expiry.forward, expiry.years);
    let slope = smile.at_the_money.and_then(|money| slope(expiry, money));
    ExpiryRow { expiry: expiry.expiry, years: expiry.years, smile, slope }
}

/// Least squares over the options out of the money within a standard deviation of the forward.
fn slope(expiry: &Expiry, at_the_money: f64) -> Option<f64> {
    let scale = at_the_money * expiry.years.sqrt();
    let near =
        expiry.points().into_iter().filter(|p| (p.right == Right::Call) == (p.strike >= expiry.forward));
    let points = near.map(|p| ((p.strike / expiry.forward).ln() / scale, p.volatility));
    let (x, y): (Vec<f64>, Vec<f64>) = points.filter(|(x, _)| x.abs() <= 1.0).unzip();
    if y.len() < LEAST_STRIKES {
        return None;
    }
    let fit = ols_hac(&y, &[&x], 0).ok()?;
    fit.slopes.first()?.as_ref().map(|slope| slope.estimate)
}

#[cfg(test)]
mod tests;
