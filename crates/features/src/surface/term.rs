//! Volatility between expiries.

/// A volatility at `years`, from volatilities at the expiries: total variance `volatility^2 years` is linear in time between
/// the nearest expiry on either side that has one.
///
/// The rule of the volatility index of Cboe (VIX methodology, constant maturity of 30 days). `None` where `years` is not
/// enclosed.
///
/// - `expiries`: years, ascending and above zero, and a volatility where there is one.
pub fn constant_maturity(expiries: &[(f64, Option<f64>)], years: f64) -> Option<f64> {
    let variance = between(expiries, years, |at, volatility| volatility * volatility * at)?;
    (variance > 0.0).then(|| (variance / years).sqrt())
}

/// A value at `years` that is linear in time after `map(years, value)`.
pub(super) fn between(
    expiries: &[(f64, Option<f64>)],
    years: f64,
    map: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    let known = || expiries.iter().filter_map(|(at, value)| value.map(|value| (*at, map(*at, value))));
    let (before, lower) = known().take_while(|(at, _)| *at <= years).last()?;
    if before == years {
        return Some(lower);
    }
    let (after, upper) = known().find(|(at, _)| *at > years)?;
    Some(lower + (years - before) / (after - before) * (upper - lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_variance_is_linear_in_time() {
        // 0.2 at a quarter, 0.3 at half a year: variances 0.01 and 0.045; half way 0.0275 over 0.375 years.
        let expiries = [(0.1, None), (0.25, Some(0.2)), (0.3, None), (0.5, Some(0.3))];
        let got = constant_maturity(&expiries, 0.375).unwrap();
        assert!((got - (0.0275_f64 / 0.375).sqrt()).abs() < 1e-15);
        assert_eq!(constant_maturity(&expiries, 0.25), Some(0.2));
        assert_eq!((constant_maturity(&expiries, 0.2), constant_maturity(&expiries, 0.6)), (None, None));
        assert_eq!(constant_maturity(&[], 0.1), None);
    }
}
