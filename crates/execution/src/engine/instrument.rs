//! What is traded, and the rules of trading it.

use proofmark_units::Symbol;
use serde::{Deserialize, Serialize};

/// Position of an instrument in the engine's list.
pub type InstrumentId = u32;

/// How a position is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Settlement {
    /// The whole value changes hands, as with shares and coins.
    Cash,
    /// Only gains and losses change hands, against a deposit, as with futures, swaps and leveraged currencies.
    Margined {
        /// Deposit to open, a fraction of notional: 0.5 allows a position of twice the money.
        initial: f64,
        /// Deposit below which the account is liquidated, a fraction of notional.
        maintenance: f64,
    },
}

/// Whether more may be sold than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shorting {
    /// Never.
    Never,
    /// Within a session; what is short at its end is bought back at the last price (cash shares at the NSE).
    WithinSession,
    /// Over night too.
    Allowed,
}

/// An instrument and its trading rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// Its name.
    pub symbol: Symbol,
    /// Currency of its prices, as the account names it.
    pub currency: String,
    /// Money per unit and point of price; 1 for shares.
    pub multiplier: f64,
    /// Smallest step of an order's price; 0 = any price.
    pub tick: f64,
    /// Smallest step of an order's quantity, > 0.
    pub lot: f64,
    /// Smallest value of an order, in `currency`; 0 = none. Orders that close a position are exempt.
    pub min_notional: f64,
    /// How it is paid for.
    pub settlement: Settlement,
    /// Whether it may be sold short.
    pub shorting: Shorting,
    /// Largest distance of an order's price from the last close, a fraction; `None` = no band.
    pub price_band: Option<f64>,
}

impl Instrument {
    /// A share bought for cash in lots of one, never short, without tick, band or smallest value.
    pub fn share(symbol: Symbol, currency: &str) -> Self {
        Self {
            symbol,
            currency: currency.to_owned(),
            multiplier: 1.0,
            tick: 0.0,
            lot: 1.0,
            min_notional: 0.0,
            settlement: Settlement::Cash,
            shorting: Shorting::Never,
            price_band: None,
        }
    }

    /// `quantity` rounded down to whole lots; a hair of rounding below a whole lot counts as one.
    pub fn whole_lots(&self, quantity: f64) -> f64 {
        let (lots, nearest) = (quantity / self.lot, (quantity / self.lot).round());
        let is_whole = (lots - nearest).abs() <= 1e-9 * nearest.abs().max(1.0);
        (if is_whole { nearest } else { lots.floor() }) * self.lot
    }

    /// What is wrong with the rules, if anything.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let not_negative = |x: f64| x.is_finite() && x >= 0.0;
        let deposit = match self.settlement {
            Settlement::Cash => true,
            Settlement::Margined { initial, maintenance } => {
                positive(initial) && not_negative(maintenance) && maintenance <= initial
            }
        };
        if !positive(self.multiplier) {
            Some("its multiplier is not above 0")
        } else if !positive(self.lot) {
            Some("its lot is not above 0")
        } else if !not_negative(self.tick) || !not_negative(self.min_notional) {
            Some("its tick or smallest value is negative")
        } else if !deposit {
            Some("its deposit is not 0 <= maintenance <= initial, initial > 0")
        } else if self.price_band.is_some_and(|band| !positive(band)) {
            Some("its price band is not above 0")
        } else {
            None
        }
    }
}
