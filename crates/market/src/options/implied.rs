//! Implied volatility of Black's formula, over the whole range without arbitrage.
//!
//! The price is made undiscounted and out of the money (by parity), and divided by `sqrt(F K)`: what is left depends on
//! `x = -|ln(F / K)|` and on `s = vol sqrt(T)` alone,
//!
//! `b(s) = exp(x/2) N(x/s + s/2) - exp(-x/2) N(x/s - s/2)`, which rises from 0 to `exp(x/2)`
//!
//! (the normal form of Jäckel, "Let's be rational", 2015). Newton's method runs on `ln s` with the logarithm of `b`, or of
//! its distance from the upper bound when that is the smaller one, so that prices of 1e-200 and prices a hair below the
//! bound are as easy as others. The root stays in a bracket: a step that leaves it is replaced by the geometric middle.

use super::Black76;
use super::normal::{cumulative, density};

/// Why a price has no implied volatility.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NoVolatility {
    /// The price is not a finite number.
    #[error("the price is not a finite number")]
    NotFinite,
    /// No time is left, so that no volatility matters.
    #[error("no time is left")]
    Expired,
    /// The price is under what the option is worth at least.
    #[error("the price {price} is under the least without arbitrage, {bound}")]
    BelowIntrinsic {
        /// The price.
        price: f64,
        /// The bound.
        bound: f64,
    },
    /// The price is that bound, to the last digits a float has: any small volatility gives it.
    #[error("the price {price} has no time value")]
    NoTimeValue {
        /// The price.
        price: f64,
    },
    /// The price reaches what the option can never be worth.
    #[error("the price {price} reaches the most without arbitrage, {bound}")]
    AboveBound {
        /// The price.
        price: f64,
        /// The bound.
        bound: f64,
    },
    /// An American price lies outside what the tree gives for volatilities from 0.01 % to 1,000 %.
    #[error("no volatility from 0.0001 to 10 gives the price {price}")]
    OutOfReach {
        /// The price.
        price: f64,
    },
}

impl NoVolatility {
    /// A name for counts and columns.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotFinite => "not_finite",
            Self::Expired => "expired",
            Self::BelowIntrinsic { .. } => "below_intrinsic",
            Self::NoTimeValue { .. } => "no_time_value",
            Self::AboveBound { .. } => "above_bound",
            Self::OutOfReach { .. } => "out_of_reach",
        }
    }
}

/// Steps at most; bisection alone ends within a few hundred, Newton within ten.
const MAX_STEPS: usize = 400;

pub(super) fn black(option: &Black76, price: f64) -> Result<f64, NoVolatility> {
    if !price.is_finite() {
        return Err(NoVolatility::NotFinite);
    }
    if option.years <= 0.0 {
        return Err(NoVolatility::Expired);
    }
    let Black76 { forward, strike, discount, .. } = *option;
    let (lower, upper) = (option.lower_bound(), option.upper_bound());
    // What subtracting the bound cannot resolve. Out of the money nothing is subtracted.
    let blur = if lower > 0.0 { 4.0 * f64::EPSILON * discount * forward.max(strike) } else { 0.0 };
    if price < lower - blur || price < 0.0 {
        return Err(NoVolatility::BelowIntrinsic { price, bound: lower });
    }
    if price <= lower + blur {
        return Err(NoVolatility::NoTimeValue { price });
    }
    if price >= upper {
        return Err(NoVolatility::AboveBound { price, bound: upper });
    }
    let x = -(forward / strike).ln().abs();
    let target = (price - lower) / discount / (forward * strike).sqrt();
    let most = (0.5 * x).exp();
    if target >= most {
        return Err(NoVolatility::AboveBound { price, bound: upper });
    }
    if target <= 0.0 {
        return Err(NoVolatility::NoTimeValue { price });
    }
    Ok(total(x, target, most) / option.years.sqrt())
}

/// The `s` with `b(s) = target`.
fn total(x: f64, target: f64, most: f64) -> f64 {
    let from_above = target > 0.5 * most;
    let goal = if from_above { (most - target).ln() } else { target.ln() };
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut s = start(x, target, most);
    for _ in 0..MAX_STEPS {
        let (value, slope) = if from_above {
            let rest = rest(x, s);
            (rest.ln(), -slope(x, s) / rest)
        } else {
            let b = scaled(x, s);
            (b.ln(), slope(x, s) / b)
        };
        let gap = goal - value;
        // `value` falls with `s` from above and rises otherwise. NaN cannot be: an underflow is minus infinity.
        if (gap > 0.0) == from_above {
            high = high.min(s);
        } else {
            low = low.max(s);
        }
        let step = gap / (slope * s);
        let newton = s * step.clamp(-2.0, 2.0).exp();
        let next = if newton.is_finite() && newton > low && newton < high {
            newton
        } else if gap == 0.0 {
            return s;
        } else {
            middle(low, high)
        };
        if (next - s).abs() <= 2.0 * f64::EPSILON * s {
            return next;
        }
        s = next;
    }
    s
}

/// Between two bounds of a positive number, one of which may be open.
fn middle(low: f64, high: f64) -> f64 {
    match (low > 0.0, high.is_finite()) {
        (true, true) => (low * high).sqrt(),
        (true, false) => low * 4.0,
        (false, true) => high / 4.0,
        (false, false) => 1.0,
    }
}

/// From the inflection of `b` at `sqrt(2 |x|)`, along the asymptotes on either side of it.
fn start(x: f64, target: f64, most: f64) -> f64 {
    let inflection = (2.0 * x.abs()).sqrt();
    let there = if inflection > 0.0 { scaled(x, inflection) } else { 0.0 };
    let guess = if target < there {
        x.abs() / (2.0 * (there / target).ln() + 0.5 * x.abs()).sqrt()
    } else if inflection < 1e-3 * target {
        target * std::f64::consts::TAU.sqrt()
    } else {
        (inflection * inflection + 8.0 * ((most - there) / (most - target)).ln()).sqrt()
    };
    if guess.is_finite() && guess > 0.0 { guess } else { 1.0 }
}

/// `b(s)`.
fn scaled(x: f64, s: f64) -> f64 {
    let (h, t) = (x / s, 0.5 * s);
    ((0.5 * x).exp() * cumulative(h + t) - (-0.5 * x).exp() * cumulative(h - t)).max(0.0)
}

/// `exp(x/2) - b(s)`, without the subtraction.
fn rest(x: f64, s: f64) -> f64 {
    let (h, t) = (x / s, 0.5 * s);
    (0.5 * x).exp() * cumulative(-h - t) + (-0.5 * x).exp() * cumulative(h - t)
}

/// The derivative of `b`.
fn slope(x: f64, s: f64) -> f64 {
    let (h, t) = (x / s, 0.5 * s);
    (0.5 * x).exp() * density(h + t)
}

#[cfg(test)]
mod tests {
    use super::super::Right;
    use super::*;

    /// Every moneyness from 1/20 to 20 times, volatility from 0.1 % to 500 %, a day to thirty years.
    #[test]
    fn round_trip_over_a_wide_grid() {
        let (mut solved, mut flat, mut worst) = (0, 0, 0.0_f64);
        for m in -30..=30 {
            for vol in [0.001, 0.01, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 2.0, 5.0] {
                for years in [1.0 / 365.0, 0.02, 0.25, 1.0, 5.0, 30.0] {
                    for right in [Right::Call, Right::Put] {
                        let (forward, strike) = (100.0, 100.0 * (0.1 * f64::from(m)).exp());
                        let option = Black76::new(right, forward, strike, years, 0.97).unwrap();
                        let price = option.price(vol);
                        match option.implied_volatility(price) {
                            Ok(found) => {
                                // A price near a bound says less about the volatility than its last digit does.
                                let vega = option.greeks(vol).unwrap().vega;
                                let resolution = 16.0 * f64::EPSILON * (forward + strike) / (vega * vol);
                                let error = (found / vol - 1.0).abs();
                                if resolution < 1e-9 {
                                    worst = worst.max(error);
                                    assert!(error < 1e-8, "{right:?} {strike} {vol} {years}: {found}");
                                }
                                let again = option.price(found);
                                assert!(
                                    (again - price).abs() <= 1e-13 * (forward + strike),
                                    "{again} {price}"
                                );
                                solved += 1;
                            }
                            Err(NoVolatility::NoTimeValue { .. } | NoVolatility::AboveBound { .. }) => {
                                flat += 1
                            }
                            Err(other) => panic!("{right:?} {strike} {vol} {years}: {other}"),
                        }
                    }
                }
            }
        }
        assert!(solved > 4_000, "{solved} solved, {flat} flat, worst {worst}");
    }

    #[test]
    fn tiny_prices_keep_their_digits() {
        for (vol, strike) in [(0.05, 300.0), (0.1, 700.0), (0.2, 20_000.0)] {
            let option = Black76::new(Right::Call, 100.0, strike, 1.0, 1.0).unwrap();
            let price = option.price(vol);
            assert!(price > 0.0 && price < 1e-40, "{price}");
            let found = option.implied_volatility(price).unwrap();
            assert!((found / vol - 1.0).abs() < 1e-10, "{found} from {price}");
        }
    }

    #[test]
    fn at_the_money_by_hand() {
        // b = 2 N(s/2) - 1: with s = 0.4, 100 (2 N(0.2) - 1) = 15.851941887820600.
        let option = Black76::new(Right::Call, 100.0, 100.0, 4.0, 1.0).unwrap();
        let found = option.implied_volatility(15.851_941_887_820_6).unwrap();
        assert!((found - 0.2).abs() < 1e-14, "{found}");
    }

    #[test]
    fn a_price_outside_its_bounds_has_a_reason_instead_of_a_number() {
        let call = Black76::new(Right::Call, 110.0, 100.0, 1.0, 0.9).unwrap();
        let put = Black76::new(Right::Put, 110.0, 100.0, 1.0, 0.9).unwrap();
        let name = |option: &Black76, price: f64| option.implied_volatility(price).unwrap_err().name();
        assert_eq!(name(&call, 8.99), "below_intrinsic");
        assert_eq!(name(&call, 9.0), "no_time_value");
        assert_eq!(name(&call, 99.0), "above_bound");
        assert_eq!(name(&put, -0.01), "below_intrinsic");
        assert_eq!(name(&put, 0.0), "no_time_value");
        assert_eq!(name(&put, 90.0), "above_bound");
        assert_eq!(name(&put, f64::NAN), "not_finite");
        assert!(call.implied_volatility(9.0 + 1e-9).is_ok() && put.implied_volatility(1e-300).is_ok());
        assert!(call.implied_volatility(98.999_999).unwrap() > 5.0);
        let expired = Black76::new(Right::Call, 110.0, 100.0, 0.0, 1.0).unwrap();
        assert_eq!(name(&expired, 10.0), "expired");
    }
}
