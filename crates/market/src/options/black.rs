//! European options: Black (1976) on a forward, and Black-Scholes-Merton (1973) on a spot with a dividend yield.
//!
//! Both are one formula. With `s = vol sqrt(T)`, `d1 = ln(F / K) / s + s / 2`, `d2 = d1 - s` and `w` 1 for a call, -1 for a
//! put, the price is `D w (F N(w d1) - K N(w d2))`; on a spot, `F = S exp((r - q) T)` and `D = exp(-r T)`.

use serde::Serialize;

use super::NoVolatility;
use super::implied;
use super::normal::{cumulative, density};

/// The right to buy or to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// To buy.
    Call,
    /// To sell.
    Put,
}

impl Right {
    /// 1 for a call, -1 for a put.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Call => 1.0,
            Self::Put => -1.0,
        }
    }
}

/// A number of which no option can be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} is {value}, not {wanted}")]
pub struct BadOption {
    /// Which number.
    pub what: &'static str,
    /// Its value.
    pub value: f64,
    /// What would do.
    pub wanted: &'static str,
}

pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, BadOption> {
    let good = value.is_finite() && value > 0.0;
    if good { Ok(value) } else { Err(BadOption { what, value, wanted: "a number above zero" }) }
}

pub(super) fn years(value: f64) -> Result<f64, BadOption> {
    let good = value.is_finite() && value >= 0.0;
    if good {
        Ok(value)
    } else {
        Err(BadOption { what: "time to expiry", value, wanted: "zero or more years" })
    }
}

pub(super) fn finite(what: &'static str, value: f64) -> Result<f64, BadOption> {
    if value.is_finite() { Ok(value) } else { Err(BadOption { what, value, wanted: "a finite number" }) }
}

/// Derivatives of a price. What is held fixed is said by the method that returns them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Greeks {
    /// By the price of the underlying.
    pub delta: f64,
    /// Second, by the price of the underlying.
    pub gamma: f64,
    /// By volatility, per 1.00.
    pub vega: f64,
    /// By the passing of time, per year.
    pub theta: f64,
    /// By the rate, per 1.00.
    pub rho: f64,
    /// By the dividend yield, per 1.00; 0 on a forward, which has none.
    pub dividend_rho: f64,
    /// Of delta by volatility; `None` where only a tree could say.
    pub vanna: Option<f64>,
    /// Second, by volatility; `None` where only a tree could say.
    pub volga: Option<f64>,
}

/// A European option on a forward (Black, 1976).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Black76 {
    pub(super) right: Right,
    pub(super) forward: f64,
    pub(super) strike: f64,
    pub(super) years: f64,
    pub(super) discount: f64,
}

impl Black76 {
    /// `forward` and `strike` above zero, `years` to expiry zero or more, `discount` the value now of 1 paid at expiry.
    ///
    /// # Errors
    /// [`BadOption`] naming the number.
    pub fn new(
        right: Right,
        forward: f64,
        strike: f64,
        years: f64,
        discount: f64,
    ) -> Result<Self, BadOption> {
        Ok(Self {
            right,
            forward: positive("forward", forward)?,
            strike: positive("strike", strike)?,
            years: self::years(years)?,
            discount: positive("discount factor", discount)?,
        })
    }

    /// The price at `volatility`; at zero volatility or time, what is certain of it.
    pub fn price(&self, volatility: f64) -> f64 {
        let Self { forward, strike, discount, .. } = *self;
        let w = self.right.sign();
        match self.d(volatility) {
            Some((d1, d2)) => {
                let price = discount * w * (forward * cumulative(w * d1) - strike * cumulative(w * d2));
                // Far from the money the difference of two tiny numbers can fall below the bound in its last digits.
                price.max(self.lower_bound())
            }
            None => self.lower_bound(),
        }
    }

    /// Least price without arbitrage: `D max(w (F - K), 0)`.
    pub fn lower_bound(&self) -> f64 {
        self.discount * (self.right.sign() * (self.forward - self.strike)).max(0.0)
    }

    /// No price without arbitrage reaches this: `D F` of a call, `D K` of a put.
    pub fn upper_bound(&self) -> f64 {
        self.discount * if self.right == Right::Call { self.forward } else { self.strike }
    }

    /// Greeks with the forward as underlying: rho and theta hold it fixed. `None` at zero volatility or time, where the
    /// price has a kink.
    pub fn greeks(&self, volatility: f64) -> Option<Greeks> {
        let (d1, d2) = self.d(volatility)?;
        let Self { forward, years, discount, .. } = *self;
        let (w, root) = (self.right.sign(), years.sqrt());
        let price = self.price(volatility);
        let hump = discount * density(d1);
        let vega = forward * hump * root;
        let rate = -discount.ln() / years;
        Some(Greeks {
            delta: discount * w * cumulative(w * d1),
            gamma: hump / (forward * volatility * root),
            vega,
            theta: rate * price - forward * hump * volatility / (2.0 * root),
            rho: -years * price,
            dividend_rho: 0.0,
            vanna: Some(-hump * d2 / volatility),
            volga: Some(vega * d1 * d2 / volatility),
        })
    }

    /// The volatility at which the formula gives `price`.
    ///
    /// # Errors
    /// [`NoVolatility`] says why there is none.
    pub fn implied_volatility(&self, price: f64) -> Result<f64, NoVolatility> {
        implied::black(self, price)
    }

    /// `N(d1)`: the undiscounted delta of a call on the forward. `None` at zero volatility or time.
    pub fn call_delta(&self, volatility: f64) -> Option<f64> {
        self.d(volatility).map(|(d1, _)| cumulative(d1))
    }

    fn d(&self, volatility: f64) -> Option<(f64, f64)> {
        let s = volatility * self.years.sqrt();
        // Also false for NaN.
        if !(s > 0.0 && s.is_finite()) {
            return None;
        }
        let d1 = (self.forward / self.strike).ln() / s + 0.5 * s;
        Some((d1, d1 - s))
    }
}

/// A European option on a spot with a continuous dividend yield (Black and Scholes, 1973; Merton, 1973).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlackScholes {
    black: Black76,
    spot: f64,
    rate: f64,
    dividend_yield: f64,
}

impl BlackScholes {
    /// `spot` and `strike` above zero, `years` zero or more, `rate` and `dividend_yield` continuous, per year.
    ///
    /// # Errors
    /// [`BadOption`] naming the number.
    pub fn new(
        right: Right,
        spot: f64,
        strike: f64,
        years: f64,
        rate: f64,
        dividend_yield: f64,
    ) -> Result<Self, BadOption> {
        positive("spot", spot)?;
        finite("rate", rate)?;
        finite("dividend yield", dividend_yield)?;
        let forward = spot * ((rate - dividend_yield) * self::years(years)?).exp();
        let black = Black76::new(right, forward, strike, years, (-rate * years).exp())?;
        Ok(Self { black, spot, rate, dividend_yield })
    }

    /// The same option on its forward.
    pub const fn on_forward(&self) -> Black76 {
        self.black
    }

    /// The price at `volatility`.
    pub fn price(&self, volatility: f64) -> f64 {
        self.black.price(volatility)
    }

    /// Greeks with the spot as underlying: rho and theta hold the spot fixed and move the forward. `None` at zero
    /// volatility or time.
    pub fn greeks(&self, volatility: f64) -> Option<Greeks> {
        let (d1, d2) = self.black.d(volatility)?;
        let Self { spot, rate, dividend_yield, black } = *self;
        let Black76 { strike, years, discount, .. } = black;
        let (w, root) = (black.right.sign(), years.sqrt());
        let carry = (-dividend_yield * years).exp();
        let (own, owed) = (spot * carry * cumulative(w * d1), strike * discount * cumulative(w * d2));
        let vega = spot * carry * density(d1) * root;
        Some(Greeks {
            delta: w * carry * cumulative(w * d1),
            gamma: carry * density(d1) / (spot * volatility * root),
            vega,
            theta: -vega * volatility / (2.0 * years) + w * (dividend_yield * own - rate * owed),
            rho: w * years * owed,
            dividend_rho: -w * years * own,
            vanna: Some(-carry * density(d1) * d2 / volatility),
            volga: Some(vega * d1 * d2 / volatility),
        })
    }

    /// The volatility at which the formula gives `price`.
    ///
    /// # Errors
    /// [`NoVolatility`] says why there is none.
    pub fn implied_volatility(&self, price: f64) -> Result<f64, NoVolatility> {
        self.black.implied_volatility(price)
    }
}

#[cfg(test)]
mod tests;
