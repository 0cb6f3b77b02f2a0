//! American options on a spot with a dividend yield: the binomial tree of Leisen and Reimer (1996), with the closed European
//! price as control (Hull and White, 1988).
//!
//! The tree takes its probabilities from the Peizer-Pratt inversion, which puts the strike in the middle of the last nodes:
//! the error falls smoothly with the square of the steps instead of jumping as in older trees. The error that the tree makes
//! on the European option, whose price is known, is taken off.

use super::black::{BadOption, BlackScholes, Greeks, Right, finite, positive, years};
use super::implied::NoVolatility;

/// Steps of the tree unless the caller says otherwise.
pub const TREE_STEPS: usize = 101;

/// Least and largest volatility that is looked for.
const VOLATILITIES: (f64, f64) = (1e-4, 10.0);

/// An option that may be exercised at any time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct American {
    right: Right,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    dividend_yield: f64,
    steps: usize,
}

/// Values of the first three layers of a tree, American, and the root's European one.
struct Root {
    american: f64,
    european: f64,
    up_down: [(f64, f64); 2],
    second: [(f64, f64); 3],
}

impl American {
    /// As [`BlackScholes::new`]; `steps` is made odd and at least 11.
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
        steps: usize,
    ) -> Result<Self, BadOption> {
        Ok(Self {
            right,
            spot: positive("spot", spot)?,
            strike: positive("strike", strike)?,
            years: self::years(years)?,
            rate: finite("rate", rate)?,
            dividend_yield: finite("dividend yield", dividend_yield)?,
            steps: steps.max(11) | 1,
        })
    }

    fn european(&self) -> Option<BlackScholes> {
        let Self { right, spot, strike, years, rate, dividend_yield, .. } = *self;
        BlackScholes::new(right, spot, strike, years, rate, dividend_yield).ok()
    }

    /// What exercise pays now.
    pub fn intrinsic(&self) -> f64 {
        (self.right.sign() * (self.spot - self.strike)).max(0.0)
    }

    /// The price at `volatility`.
    pub fn price(&self, volatility: f64) -> f64 {
        let Some(european) = self.european() else { return self.intrinsic() };
        match self.tree(volatility) {
            Some(root) => {
                let controlled = root.american + european.price(volatility) - root.european;
                controlled.max(self.intrinsic())
            }
            None => self.certain(),
        }
    }

    /// Delta and gamma from the first nodes of the tree, theta from the equation that the price fulfils where the option is
    /// held, the others by central differences. `None` at zero volatility or time.
    pub fn greeks(&self, volatility: f64) -> Option<Greeks> {
        let root = self.tree(volatility)?;
        let [(down, at_down), (up, at_up)] = root.up_down;
        let delta = (at_up - at_down) / (up - down);
        let [(low, at_low), (mid, at_mid), (high, at_high)] = root.second;
        let slopes = ((at_high - at_mid) / (high - mid), (at_mid - at_low) / (mid - low));
        let gamma = 2.0 * (slopes.0 - slopes.1) / (high - low);
        let price = self.price(volatility);
        let held = price > self.intrinsic();
        let Self { spot, rate, dividend_yield, .. } = *self;
        let carried = rate * price - (rate - dividend_yield) * spot * delta;
        let theta = if held { carried - 0.5 * (volatility * spot).powi(2) * gamma } else { 0.0 };
        let h = 1e-3;
        let by = |up: Self, down: Self| (up.price(volatility) - down.price(volatility)) / (2.0 * h);
        let step = h.min(0.5 * volatility);
        Some(Greeks {
            delta,
            gamma,
            vega: (self.price(volatility + step) - self.price(volatility - step)) / (2.0 * step),
            theta,
            rho: by(Self { rate: rate + h, ..*self }, Self { rate: rate - h, ..*self }),
            dividend_rho: by(
                Self { dividend_yield: dividend_yield + h, ..*self },
                Self { dividend_yield: dividend_yield - h, ..*self },
            ),
            vanna: None,
            volga: None,
        })
    }

    /// The volatility at which the tree gives `price`, by the Illinois form of false position in a bracket.
    ///
    /// # Errors
    /// [`NoVolatility`] says why there is none.
    pub fn implied_volatility(&self, price: f64) -> Result<f64, NoVolatility> {
        if !price.is_finite() {
            return Err(NoVolatility::NotFinite);
        }
        if self.years <= 0.0 {
            return Err(NoVolatility::Expired);
        }
        let bound = self.intrinsic();
        if price < bound {
            return Err(NoVolatility::BelowIntrinsic { price, bound });
        }
        let upper = if self.right == Right::Call { self.spot } else { self.strike };
        let most = upper * (-self.dividend_yield.min(self.rate).min(0.0) * self.years).exp();
        if price >= most {
            return Err(NoVolatility::AboveBound { price, bound: most });
        }
        let gap = |volatility: f64| self.price(volatility) - price;
        let (mut low, mut at_low) = (VOLATILITIES.0, gap(VOLATILITIES.0));
        // Where early exercise is best whatever the volatility, the price does not tell one from another.
        if at_low >= 0.0 {
            return Err(NoVolatility::NoTimeValue { price });
        }
        let (mut high, mut at_high) = (0.25, gap(0.25));
        while at_high < 0.0 {
            (low, at_low) = (high, at_high);
            high *= 2.0;
            if high > VOLATILITIES.1 {
                return Err(NoVolatility::OutOfReach { price });
            }
            at_high = gap(high);
        }
        let tolerance = 1e-12 * (self.spot + self.strike);
        for _ in 0..100 {
            let mut next = high - at_high * (high - low) / (at_high - at_low);
            if !(next > low && next < high) {
                next = 0.5 * (low + high);
            }
            let at = gap(next);
            if at.abs() <= tolerance || high - low <= 1e-12 * high {
                return Ok(next);
            }
            if at < 0.0 {
                (low, at_low) = (next, at);
                at_high *= 0.5;
            } else {
                (high, at_high) = (next, at);
                at_low *= 0.5;
            }
        }
        Ok(0.5 * (low + high))
    }

    /// The tree; `None` where volatility is so small that its nodes fall together, or without time.
    fn tree(&self, volatility: f64) -> Option<Root> {
        let Self { spot, strike, years, rate, dividend_yield, steps, .. } = *self;
        let w = self.right.sign();
        let s = volatility * years.sqrt();
        if !(s > 0.0 && s.is_finite()) {
            return None;
        }
        let n = steps as f64;
        let dt = years / n;
        let d1 = ((spot / strike).ln() + (rate - dividend_yield) * years) / s + 0.5 * s;
        let (p_own, p) = (peizer_pratt(d1, n), peizer_pratt(d1 - s, n));
        let growth = ((rate - dividend_yield) * dt).exp();
        let up = growth * p_own / p;
        let down = growth * (1.0 - p_own) / (1.0 - p);
        let usable = p > 0.0 && p < 1.0 && up.is_finite() && down > 0.0 && up > down * (1.0 + 1e-12);
        if !usable {
            return None;
        }
        let discount = (-rate * dt).exp();
        let (by_up, by_down) = (discount * p, discount * (1.0 - p));
        // Node `j` of the last layer has `j` steps up; a layer back, every price is a step down nearer.
        let mut prices: Vec<f64> = Vec::with_capacity(steps + 1);
        let ratio = up / down;
        let mut price = spot * down.powi(i32::try_from(steps).ok()?);
        for _ in 0..=steps {
            prices.push(price);
            price *= ratio;
        }
        let mut american: Vec<f64> = prices.iter().map(|price| (w * (price - strike)).max(0.0)).collect();
        let mut european = american.clone();
        let back = 1.0 / down;
        let (mut up_down, mut second) = ([(0.0, 0.0); 2], [(0.0, 0.0); 3]);
        for layer in (0..steps).rev() {
            for j in 0..=layer {
                prices[j] *= back;
                european[j] = by_up * european[j + 1] + by_down * european[j];
                let held = by_up * american[j + 1] + by_down * american[j];
                american[j] = held.max(w * (prices[j] - strike));
            }
            match layer {
                2 => second = std::array::from_fn(|j| (prices[j], american[j])),
                1 => up_down = std::array::from_fn(|j| (prices[j], american[j])),
                _ => {}
            }
        }
        Some(Root { american: american[0], european: european[0], up_down, second })
    }

    /// The best moment of exercise when the future is certain: now, at the end, or where the gain stands still.
    fn certain(&self) -> f64 {
        let Self { spot, strike, years, rate, dividend_yield, .. } = *self;
        let gain =
            |t: f64| self.right.sign() * (spot * (-dividend_yield * t).exp() - strike * (-rate * t).exp());
        let still = (rate * strike / (dividend_yield * spot)).ln() / (rate - dividend_yield);
        let inside = still.is_finite().then(|| gain(still.clamp(0.0, years)));
        inside.unwrap_or(0.0).max(gain(0.0)).max(gain(years)).max(0.0)
    }
}

/// The second inversion of Peizer and Pratt: the probability of a step up for a normal quantile `z`, `n` odd.
fn peizer_pratt(z: f64, n: f64) -> f64 {
    let scaled = z / (n + 1.0 / 3.0 + 0.1 / (n + 1.0));
    let root = (1.0 - (-scaled * scaled * (n + 1.0 / 6.0)).exp()).sqrt();
    0.5 + 0.5 * root.copysign(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(spot: f64, vol: f64, years: f64) -> f64 {
        American::new(Right::Put, spot, 40.0, years, 0.06, 0.0, 501).unwrap().price(vol)
    }

    /// Longstaff and Schwartz, "Valuing American options by simulation" (2001), Table 1: finite differences with 40,000
    /// steps a year.
    #[test]
    fn puts_of_longstaff_and_schwartz() {
        for (spot, wants) in [
            (36.0, [4.478, 4.840, 7.101, 8.508]),
            (38.0, [3.250, 3.745, 6.148, 7.670]),
            (40.0, [2.314, 2.885, 5.312, 6.920]),
            (42.0, [1.617, 2.212, 4.582, 6.248]),
            (44.0, [1.110, 1.690, 3.948, 5.647]),
        ] {
            for (want, (vol, years)) in
                wants.into_iter().zip([(0.2, 1.0), (0.2, 2.0), (0.4, 1.0), (0.4, 2.0)])
            {
                let got = put(spot, vol, years);
                // The table allows fifty dates of exercise a year: up to a cent under the price of exercise at any time.
                assert!(
                    got > want - 0.003 && got < want + 0.01,
                    "{spot} {vol} {years}: {got}, the table has {want}"
                );
            }
        }
    }

    /// Hull's example of an American put (50, 50, five months, 10 %, 40 %): his trees tend to 4.28.
    #[test]
    fn put_of_hull() {
        let put = American::new(Right::Put, 50.0, 50.0, 5.0 / 12.0, 0.1, 0.0, TREE_STEPS).unwrap();
        assert!((put.price(0.4) - 4.284).abs() < 0.004, "{}", put.price(0.4));
    }

    #[test]
    fn a_call_without_dividends_is_never_exercised_early() {
        for (strike, vol) in [(80.0, 0.1), (100.0, 0.3), (130.0, 0.6)] {
            let call = American::new(Right::Call, 100.0, strike, 1.0, 0.05, 0.0, TREE_STEPS).unwrap();
            let european = BlackScholes::new(Right::Call, 100.0, strike, 1.0, 0.05, 0.0).unwrap();
            let (got, want) = (call.price(vol), european.price(vol));
            assert!((got - want).abs() < 1e-9, "{got} {want}");
            let (got, want) = (call.greeks(vol).unwrap(), european.greeks(vol).unwrap());
            assert!((got.delta - want.delta).abs() < 2e-3 && (got.gamma - want.gamma).abs() < 2e-3);
            assert!((got.vega - want.vega).abs() < 0.05 && (got.theta - want.theta).abs() < 0.05);
            assert!((got.rho - want.rho).abs() < 0.05 && (got.dividend_rho - want.dividend_rho).abs() < 0.1);
        }
    }

    #[test]
    fn early_exercise_is_worth_something_and_volatility_comes_back() {
        for right in [Right::Call, Right::Put] {
            for strike in [70.0, 95.0, 100.0, 120.0] {
                let option = American::new(right, 100.0, strike, 0.75, 0.04, 0.05, TREE_STEPS).unwrap();
                let european = BlackScholes::new(right, 100.0, strike, 0.75, 0.04, 0.05).unwrap();
                for vol in [0.1, 0.3, 0.9] {
                    let price = option.price(vol);
                    assert!(price >= european.price(vol) - 1e-9 && price >= option.intrinsic());
                    match option.implied_volatility(price) {
                        Ok(found) => {
                            assert!(
                                (option.price(found) - price).abs() < 1e-9,
                                "{right:?} {strike} {vol} {found}"
                            );
                        }
                        Err(reason) => assert_eq!(price, option.intrinsic(), "{reason}"),
                    }
                }
            }
        }
    }

    #[test]
    fn no_volatility_means_the_best_certain_moment() {
        // A put in the money, no dividend: exercise now. A call on a share that pays more than the rate: now as well.
        let put = American::new(Right::Put, 80.0, 100.0, 1.0, 0.1, 0.0, TREE_STEPS).unwrap();
        assert_eq!((put.price(0.0), put.price(1e-9)), (20.0, 20.0));
        let reason = |price: f64| put.implied_volatility(price).unwrap_err().name();
        assert_eq!(
            (reason(19.0), reason(20.0), reason(100.0)),
            ("below_intrinsic", "no_time_value", "above_bound")
        );
        let call = American::new(Right::Call, 100.0, 100.0, 1.0, 0.1, 0.0, TREE_STEPS).unwrap();
        assert!((call.price(0.0) - (100.0 - 100.0 * (-0.1_f64).exp())).abs() < 1e-12);
    }
}
