//! Prices as whole ticks.

use proofmark_market::book::Fixed;

/// The price step of an instrument, exact in decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticks {
    /// One tick in the units of [`Fixed`].
    unit: i64,
}

impl Ticks {
    /// `None` for a step that is not above 0.
    pub fn new(step: Fixed) -> Option<Self> {
        step.is_positive().then_some(Self { unit: step.units() })
    }

    /// How many ticks a price is; `None` where it is between two or not above 0.
    pub fn exact(self, price: Fixed) -> Option<i64> {
        let is_on = price.is_positive() && price.units() % self.unit == 0;
        is_on.then(|| price.units() / self.unit)
    }

    /// The tick nearest to a price.
    pub(super) fn nearest(self, price: f64) -> i64 {
        (price / Fixed::from_units(self.unit).to_f64()).round() as i64
    }

    /// The price of so many ticks, 1 to [`Self::most`]: the float nearest to it.
    pub fn price(self, tick: i64) -> f64 {
        Fixed::from_units(tick.saturating_mul(self.unit)).to_f64()
    }

    /// The most ticks that a price can be.
    pub const fn most(self) -> i64 {
        i64::MAX / self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_whole_ticks_or_none() {
        let fixed = |text: &str| text.parse::<Fixed>().unwrap();
        let ticks = Ticks::new(fixed("0.01")).unwrap();
        assert_eq!(ticks.exact(fixed("61685.99")), Some(6_168_599));
        assert_eq!((ticks.price(6_168_599), ticks.nearest(61_685.99)), (61_685.99, 6_168_599));
        for price in ["61685.995", "0", "-1"] {
            assert_eq!(ticks.exact(fixed(price)), None, "{price}");
        }
        assert_eq!((Ticks::new(Fixed::ZERO), Ticks::new(fixed("-0.5"))), (None, None));
    }
}
