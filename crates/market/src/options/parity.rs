//! The forward, and if wanted the discount factor, that calls and puts of one expiry agree on.
//!
//! Put-call parity of European options: `C - P = D (F - K)` at every strike `K`.

use serde::Serialize;

/// Call and put of one strike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StrikePair {
    /// Strike.
    pub strike: f64,
    /// Price of the call less price of the put.
    pub difference: f64,
    /// How uncertain the difference is, in its own unit: of two quotes the root of the sum of both squared half spreads.
    pub uncertainty: f64,
}

/// What a chain of pairs says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ParityFit {
    /// The forward.
    pub forward: f64,
    /// The discount factor: as given, or fitted.
    pub discount: f64,
    /// Whether the discount factor was fitted too.
    pub discount_fitted: bool,
    /// Pairs used.
    pub pairs: usize,
    /// Pairs near the money left out, since their forward is far from the middle one for their own spreads.
    pub dropped: usize,
    /// Root of the mean squared gap between a pair and the line, in units of price.
    pub gap: f64,
}

/// Why pairs say nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NoForward {
    /// Too few pairs of call and put.
    #[error("{pairs} strikes have both a call and a put with a usable price; {needed} are needed")]
    TooFewPairs {
        /// How many there are.
        pairs: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The fitted line makes no sense.
    #[error("parity gives forward {forward} and discount factor {discount}, which cannot be")]
    Nonsense {
        /// The forward.
        forward: f64,
        /// The discount factor.
        discount: f64,
    },
}

/// Fits parity over `pairs`, weighted by the inverse square of their uncertainty.
///
/// With a `discount` factor given, the forward is the weighted mean of `K + (C - P) / D` over the `nearest` strikes to the
/// money (smallest `|C - P|`), where quotes are tightest; a pair that contradicts the middle one is dropped. Without, forward and factor are a weighted straight line through
/// all pairs: a slope needs a wide range of strikes.
///
/// # Errors
/// [`NoForward`].
pub fn fit_parity(
    pairs: &[StrikePair],
    discount: Option<f64>,
    nearest: usize,
) -> Result<ParityFit, NoForward> {
    let usable = |pair: &&StrikePair| {
        pair.strike.is_finite() && pair.difference.is_finite() && pair.uncertainty.is_finite()
    };
    let mut pairs: Vec<StrikePair> = pairs.iter().filter(usable).copied().collect();
    let needed = if discount.is_some() { 1 } else { 3 };
    if pairs.len() < needed {
        return Err(NoForward::TooFewPairs { pairs: pairs.len(), needed });
    }
    if discount.is_some() {
        let key = |pair: &StrikePair| pair.difference.abs();
        pairs.sort_by(|a, b| key(a).total_cmp(&key(b)).then(a.strike.total_cmp(&b.strike)));
        pairs.truncate(nearest.max(1));
    }
    let near = pairs.len();
    if let Some(discount) = discount {
        keep_consistent(&mut pairs, discount);
    }
    // A locked market has no spread; it is no more certain than the tightest of the others by a wide margin.
    let tightest =
        pairs.iter().map(|pair| pair.uncertainty).filter(|u| *u > 0.0).fold(f64::INFINITY, f64::min);
    let floor = if tightest.is_finite() { 0.5 * tightest } else { 1.0 };
    let weight = |pair: &StrikePair| pair.uncertainty.max(floor).powi(-2);
    let sum =
        |value: &dyn Fn(&StrikePair) -> f64| pairs.iter().map(|pair| weight(pair) * value(pair)).sum::<f64>();
    let total = sum(&|_| 1.0);
    let (mean_strike, mean) = (sum(&|pair| pair.strike) / total, sum(&|pair| pair.difference) / total);
    let slope = match discount {
        Some(discount) => discount,
        None => {
            let spread = sum(&|pair| (pair.strike - mean_strike).powi(2));
            -sum(&|pair| (pair.strike - mean_strike) * (pair.difference - mean)) / spread
        }
    };
    let forward = mean_strike + mean / slope;
    let sane = forward.is_finite() && forward > 0.0 && slope > 0.0 && slope < 2.0;
    if !sane {
        return Err(NoForward::Nonsense { forward, discount: slope });
    }
    let gap = |pair: &StrikePair| (pair.difference - slope * (forward - pair.strike)).powi(2);
    let gap = (pairs.iter().map(gap).sum::<f64>() / pairs.len() as f64).sqrt();
    let dropped = near - pairs.len();
    Ok(ParityFit {
        forward,
        discount: slope,
        discount_fitted: discount.is_none(),
        pairs: pairs.len(),
        dropped,
        gap,
    })
}

/// Drops pairs whose own forward is further from the middle one than three times their uncertainty: a stale quote with a
/// tight spread would otherwise outweigh all others. Without any spread there is no measure of that, and all stay.
fn keep_consistent(pairs: &mut Vec<StrikePair>, discount: f64) {
    let forward = |pair: &StrikePair| pair.strike + pair.difference / discount;
    let mut forwards: Vec<f64> = pairs.iter().map(forward).collect();
    forwards.sort_by(f64::total_cmp);
    let middle = forwards[(forwards.len() - 1) / 2];
    let widest = pairs.iter().map(|pair| pair.uncertainty).fold(0.0, f64::max);
    if widest > 0.0 {
        pairs.retain(|pair| {
            let gap = (forward(pair) - middle).abs();
            gap <= 3.0 * pair.uncertainty / discount || gap <= 1e-9 * middle.abs()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(strike: f64, difference: f64, uncertainty: f64) -> StrikePair {
        StrikePair { strike, difference, uncertainty }
    }

    #[test]
    fn exact_parity_comes_back_exactly() {
        let (forward, discount) = (105.0, 0.96);
        let pairs: Vec<StrikePair> = (8..=13)
            .map(|k| f64::from(k) * 10.0)
            .map(|k| pair(k, discount * (forward - k), 0.1 + 0.01 * (k - 100.0).abs()))
            .collect();
        for (given, fitted) in [(Some(discount), false), (None, true)] {
            let fit = fit_parity(&pairs, given, 4).unwrap();
            assert!((fit.forward - forward).abs() < 1e-10 && (fit.discount - discount).abs() < 1e-12);
            assert_eq!((fit.discount_fitted, fit.pairs), (fitted, if fitted { 6 } else { 4 }));
            assert!(fit.gap < 1e-10);
        }
    }

    #[test]
    fn a_tight_pair_outweighs_a_wide_one() {
        // K + C - P is 101 and 105; weights 1 and 1 / 2^2: (4 * 101 + 105) / 5.
        let fit = fit_parity(&[pair(100.0, 1.0, 1.0), pair(102.0, 3.0, 2.0)], Some(1.0), 10).unwrap();
        assert!((fit.forward - 101.8).abs() < 1e-12, "{}", fit.forward);
        // A stale quote at 130 with a tight spread contradicts both.
        let stale = [pair(100.0, 1.0, 2.0), pair(102.0, 3.0, 2.0), pair(130.0, 0.5, 0.01)];
        let fit = fit_parity(&stale, Some(1.0), 10).unwrap();
        assert_eq!((fit.pairs, fit.dropped), (2, 1));
        assert!((fit.forward - 103.0).abs() < 1e-12, "{}", fit.forward);
    }

    #[test]
    fn too_few_or_senseless_pairs_give_no_forward() {
        assert!(matches!(fit_parity(&[], Some(1.0), 5), Err(NoForward::TooFewPairs { needed: 1, .. })));
        let two = [pair(90.0, 10.0, 0.1), pair(110.0, -10.0, 0.1)];
        assert!(matches!(fit_parity(&two, None, 5), Err(NoForward::TooFewPairs { pairs: 2, needed: 3 })));
        let rising = [pair(90.0, -10.0, 0.1), pair(100.0, 0.0, 0.1), pair(110.0, 10.0, 0.1)];
        assert!(matches!(fit_parity(&rising, None, 5), Err(NoForward::Nonsense { .. })));
        assert!(fit_parity(&[pair(f64::NAN, 1.0, 0.1)], Some(1.0), 5).is_err());
    }
}
