//! Units of one instrument and their history since it was last flat.

use proofmark_units::Instant;

use super::instrument::{Instrument, Settlement};

/// Units of one instrument, negative when short, and their history since it was last flat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Units, negative when short.
    pub quantity: f64,
    /// Average price of the units held.
    pub average: f64,
    /// Last price it was valued at; NaN before the first.
    pub mark: f64,
    /// When it was opened.
    pub since: Instant,
    /// Worst excursion from the average price of the time, a fraction <= 0.
    pub mae: f64,
    /// Best excursion, a fraction >= 0.
    pub mfe: f64,
    /// Units x mark at the last mark, plus signed units x price of the fills since: gains are measured from here.
    basis: f64,
    pub(super) opened: Opened,
}

/// Sums over the round trip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Opened {
    /// Units that increased the position, and their value.
    pub(super) entered: f64,
    pub(super) entered_value: f64,
    /// Units that decreased it, and their value.
    pub(super) left: f64,
    pub(super) left_value: f64,
    pub(super) costs: f64,
    /// Dividends received, funding and carry paid with a minus.
    pub(super) income: f64,
    /// Number of marks lived through.
    pub(super) marks: u32,
}

impl Position {
    pub(super) const FLAT: Self = Self {
        quantity: 0.0,
        average: f64::NAN,
        mark: f64::NAN,
        since: Instant::from_nanos(0),
        mae: 0.0,
        mfe: 0.0,
        basis: 0.0,
        opened: Opened {
            entered: 0.0,
            entered_value: 0.0,
            left: 0.0,
            left_value: 0.0,
            costs: 0.0,
            income: 0.0,
            marks: 0,
        },
    };

    /// Whether nothing is held.
    pub fn is_flat(&self) -> bool {
        self.quantity == 0.0
    }

    /// What it adds to equity: units x mark, or where only gains change hands, the gain since it was opened.
    pub fn value(&self, of: &Instrument) -> f64 {
        if self.quantity == 0.0 {
            return 0.0;
        }
        let from = match of.settlement {
            Settlement::Cash => 0.0,
            Settlement::Margined { .. } => self.average,
        };
        self.quantity * (self.mark - from) * of.multiplier
    }

    /// Units x mark, unsigned.
    pub fn notional(&self, of: &Instrument) -> f64 {
        if self.quantity == 0.0 { 0.0 } else { self.quantity.abs() * self.mark * of.multiplier }
    }

    /// Takes signed units at a price that do not cross zero; returns what the cash balance changes by.
    pub(super) fn take(&mut self, of: &Instrument, signed: f64, price: f64, at: Instant) -> f64 {
        let grows = self.quantity * signed >= 0.0;
        let units = signed.abs();
        let cash = match of.settlement {
            Settlement::Cash => -signed * price * of.multiplier,
            Settlement::Margined { .. } if grows => 0.0,
            Settlement::Margined { .. } => -signed * (price - self.average) * of.multiplier,
        };
        self.basis += signed * price;
        if grows {
            if self.is_flat() {
                *self = Self { since: at, mark: price, basis: self.basis, ..Self::FLAT };
                self.average = price;
            } else {
                let held = self.quantity.abs();
                self.average = (self.average * held + price * units) / (held + units);
            }
            self.opened.entered += units;
            self.opened.entered_value += units * price;
            self.quantity += signed;
        } else {
            self.see(price);
            self.opened.left += units;
            self.opened.left_value += units * price;
            // What is left of whole lots is whole lots: a remainder of rounding is nothing.
            let left = self.quantity + signed;
            self.quantity = if left.abs() < of.lot * 1e-6 { 0.0 } else { left };
        }
        cash
    }

    /// Values it at `price`; returns the gain since the last mark, fills included, in the instrument's currency.
    pub(super) fn revalue(&mut self, of: &Instrument, price: f64) -> f64 {
        self.mark = price;
        let now = self.quantity * price;
        let gain = (now - self.basis) * of.multiplier;
        self.basis = now;
        gain
    }

    /// Takes a price the position lived through into its excursions.
    pub(super) fn see(&mut self, price: f64) {
        let excursion = self.quantity.signum() * (price / self.average - 1.0);
        self.mae = self.mae.min(excursion);
        self.mfe = self.mfe.max(excursion);
    }

    /// Each unit becomes `ratio` units.
    pub(super) fn split(&mut self, ratio: f64) {
        self.quantity *= ratio;
        self.average /= ratio;
        self.mark /= ratio;
        self.opened.entered *= ratio;
        self.opened.left *= ratio;
    }
}
