//! One expiry's implied volatility by strike: at the money, and at a delta of a quarter on either side.

use serde::Serialize;

use super::{Black76, Right};

/// An option with its implied volatility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmilePoint {
    /// Strike.
    pub strike: f64,
    /// Call or put.
    pub right: Right,
    /// Implied volatility.
    pub volatility: f64,
}

/// What the points say. Only interpolated: what lies outside the strikes is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Smile {
    /// Where the strike is the forward.
    pub at_the_money: Option<f64>,
    /// Of the call with an undiscounted forward delta of 0.25.
    pub call_25_delta: Option<f64>,
    /// Of the put with an undiscounted forward delta of -0.25.
    pub put_25_delta: Option<f64>,
    /// Strikes used.
    pub strikes: usize,
}

impl Smile {
    /// Call less put at a delta of a quarter.
    pub fn risk_reversal(&self) -> Option<f64> {
        Some(self.call_25_delta? - self.put_25_delta?)
    }

    /// Mean of both at a delta of a quarter, less the one at the money.
    pub fn butterfly(&self) -> Option<f64> {
        Some(0.5 * (self.call_25_delta? + self.put_25_delta?) - self.at_the_money?)
    }
}

/// The smile of one expiry from the options out of the money, which are the liquid ones: puts below the forward, calls from
/// there on. Where a strike comes twice the first is used.
///
/// At the money the variance is linear in the logarithm of the strike; at a delta of a quarter the volatility is linear in
/// `N(d1)`, each strike's own.
pub fn smile(points: &[SmilePoint], forward: f64, years: f64) -> Smile {
    let mut curve: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| (p.right == Right::Call) == (p.strike >= forward) && p.volatility > 0.0 && p.strike > 0.0)
        .map(|p| (p.strike, p.volatility))
        .collect();
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    curve.dedup_by(|later, first| later.0 == first.0);
    let line = |from: (f64, f64), to: (f64, f64), at: f64| {
        if to.0 == from.0 { from.1 } else { from.1 + (at - from.0) / (to.0 - from.0) * (to.1 - from.1) }
    };
    let above = curve.partition_point(|(strike, _)| *strike < forward);
    let at_the_money = curve.get(above).and_then(|&(strike, volatility)| {
        if strike == forward {
            return Some(volatility);
        }
        let (lower, its) = *curve.get(above.checked_sub(1)?)?;
        let variance = line((lower.ln(), its * its), (strike.ln(), volatility * volatility), forward.ln());
        Some(variance.sqrt())
    });
    let deltas: Vec<(f64, f64)> = curve
        .iter()
        .filter_map(|&(strike, volatility)| {
            let option = Black76::new(Right::Call, forward, strike, years, 1.0).ok()?;
            Some((option.call_delta(volatility)?, volatility))
        })
        .collect();
    // From the money outwards: the first pair of strikes that has the wanted delta between them.
    let calls = deltas.iter().skip(above.saturating_sub(1));
    let puts = deltas.iter().take(above + 1).rev();
    Smile {
        at_the_money,
        call_25_delta: crossing(calls.copied(), 0.25, line),
        put_25_delta: crossing(puts.copied(), 0.75, line),
        strikes: curve.len(),
    }
}

fn crossing(
    outwards: impl Iterator<Item = (f64, f64)>,
    wanted: f64,
    line: impl Fn((f64, f64), (f64, f64), f64) -> f64,
) -> Option<f64> {
    let mut before: Option<(f64, f64)> = None;
    for point in outwards {
        if let Some(before) = before
            && (before.0 - wanted) * (point.0 - wanted) <= 0.0
        {
            return Some(line(before, point, wanted));
        }
        before = Some(point);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(strike: f64, right: Right, volatility: f64) -> SmilePoint {
        SmilePoint { strike, right, volatility }
    }

    #[test]
    fn a_flat_smile_is_flat_everywhere() {
        let mut points = Vec::new();
        for strike in [80.0, 90.0, 100.0, 110.0, 120.0] {
            points.extend([point(strike, Right::Call, 0.2), point(strike, Right::Put, 0.2)]);
        }
        let flat = smile(&points, 103.0, 0.5);
        for volatility in [flat.at_the_money, flat.call_25_delta, flat.put_25_delta] {
            assert!((volatility.unwrap() - 0.2).abs() < 1e-12);
        }
        assert!(flat.risk_reversal().unwrap().abs() < 1e-12 && flat.butterfly().unwrap().abs() < 1e-12);
        assert_eq!(flat.strikes, 5);
    }

    #[test]
    fn only_options_out_of_the_money_count_and_nothing_is_extended() {
        let points =
            [point(90.0, Right::Put, 0.3), point(90.0, Right::Call, 9.0), point(110.0, Right::Call, 0.1)];
        let two = smile(&points, 100.0, 0.01);
        // Variance 0.09 and 0.01 at ln 90 and ln 110.
        let share = (100.0_f64.ln() - 90.0_f64.ln()) / (110.0_f64.ln() - 90.0_f64.ln());
        assert!((two.at_the_money.unwrap() - (0.09 - share * 0.08).sqrt()).abs() < 1e-12);
        assert!(smile(&points[..1], 100.0, 0.01).at_the_money.is_none());
        assert!(
            smile(&[point(99.0, Right::Put, 0.2), point(101.0, Right::Call, 0.2)], 100.0, 1.0)
                .call_25_delta
                .is_none()
        );
        assert_eq!(smile(&[], 100.0, 1.0), Smile::default());
    }
}
