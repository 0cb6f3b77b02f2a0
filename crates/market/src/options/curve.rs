//! Discount factors by time.

/// Points of a curve that make none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("point {point} of a discount curve ({years} years, factor {factor}) {why}")]
pub struct BadCurve {
    /// One-based.
    pub point: usize,
    /// Its time.
    pub years: f64,
    /// Its factor.
    pub factor: f64,
    /// What is wrong.
    pub why: &'static str,
}

/// The value now of 1 paid later, log-linear in between: a constant forward rate between two points.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscountCurve {
    /// Years and minus the logarithm of the factor, ascending; begins with (0, 0).
    points: Vec<(f64, f64)>,
}

impl DiscountCurve {
    /// From `(years, factor)` ascending in years. Today's factor, 1, may be left out.
    ///
    /// # Errors
    /// [`BadCurve`] for the first point that cannot be used.
    pub fn new(given: &[(f64, f64)]) -> Result<Self, BadCurve> {
        let mut points = vec![(0.0, 0.0)];
        for (index, &(years, factor)) in given.iter().enumerate() {
            let bad = |why| BadCurve { point: index + 1, years, factor, why };
            if !(years.is_finite() && years >= 0.0 && factor.is_finite() && factor > 0.0) {
                return Err(bad("needs a time from 0 on and a factor above 0"));
            }
            if years == 0.0 {
                if factor == 1.0 && index == 0 {
                    continue;
                }
                return Err(bad("is today, where the factor is 1"));
            }
            if points.last().is_some_and(|(before, _)| years <= *before) {
                return Err(bad("is not later than the one before"));
            }
            points.push((years, -factor.ln()));
        }
        Ok(Self { points })
    }

    /// The factor for `years`; `None` outside the curve, which is not extended.
    pub fn factor(&self, years: f64) -> Option<f64> {
        let next = self.points.partition_point(|(at, _)| *at < years);
        let (at, value) = *self.points.get(next)?;
        if at == years {
            return Some((-value).exp());
        }
        let (before, lower) = *self.points.get(next.checked_sub(1)?)?;
        let share = (years - before) / (at - before);
        Some((-(lower + share * (value - lower))).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_linear_between_points_and_nothing_outside() {
        let curve = DiscountCurve::new(&[(0.0, 1.0), (1.0, 0.96), (3.0, 0.90)]).unwrap();
        assert_eq!(curve.factor(0.0), Some(1.0));
        assert!((curve.factor(1.0).unwrap() - 0.96).abs() < 1e-15);
        assert!((curve.factor(2.0).unwrap() - (0.96_f64 * 0.90).sqrt()).abs() < 1e-15);
        assert!((curve.factor(0.5).unwrap() - 0.96_f64.sqrt()).abs() < 1e-15);
        assert_eq!((curve.factor(-0.1), curve.factor(3.1), curve.factor(f64::NAN)), (None, None, None));
        for bad in [vec![(0.0, 0.9)], vec![(1.0, 0.0)], vec![(1.0, 0.9), (1.0, 0.8)], vec![(f64::NAN, 1.0)]] {
            assert!(DiscountCurve::new(&bad).is_err(), "{bad:?}");
        }
    }
}
