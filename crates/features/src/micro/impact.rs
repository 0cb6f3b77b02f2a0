//! How far trading moves prices, and how fast liquidity comes back.

use proofmark_stats::regression::{newey_west_lag, ols_hac};

/// The fewest observations of a regression here; below it a slope says more about its noise.
const MIN_ROWS: usize = 20;

/// A slope of price changes on a flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// Change of price per unit of flow.
    pub slope: f64,
    /// Slope over its Newey-West error; `None` where the fit is exact.
    pub t: Option<f64>,
    /// Share of the variance explained.
    pub r2: f64,
    /// Rows used.
    pub n: usize,
}

/// Least squares of price changes on an intercept and a flow.
///
/// With signed volume this is the lambda of Kyle (1985), "Continuous auctions and insider trading", Econometrica 53(6),
/// 1315-1335, estimated as Hasbrouck (2009), Journal of Finance 64(3), 1445-1477, does; with the order-flow imbalance it is
/// the impact of Cont, Kukanov & Stoikov (2014).
///
/// - `changes`, `flows`: one pair a bucket; a pair with a missing side is left out.
///
/// `None` when lengths differ, below 20 pairs, or where a side is constant.
pub fn price_impact(changes: &[Option<f64>], flows: &[Option<f64>]) -> Option<Impact> {
    let (changes, flows) = pairs(changes, flows)?;
    let fit = ols_hac(&changes, &[&flows], newey_west_lag(changes.len(), 1)).ok()?;
    let slope = fit.slopes.first()?.as_ref()?;
    Some(Impact { slope: slope.estimate, t: slope.t, r2: fit.r2?, n: fit.n })
}

fn pairs(y: &[Option<f64>], x: &[Option<f64>]) -> Option<(Vec<f64>, Vec<f64>)> {
    if y.len() != x.len() {
        return None;
    }
    let both = y.iter().zip(x).filter_map(|(y, x)| Some(((*y)?, (*x)?)));
    let (y, x): (Vec<f64>, Vec<f64>) = both.filter(|(y, x)| y.is_finite() && x.is_finite()).unzip();
    (y.len() >= MIN_ROWS).then_some((y, x))
}

/// Mean of `|return| / turnover` over the rows that have both and traded: how much a unit of money moves the price.
///
/// Amihud (2002), "Illiquidity and stock returns", Journal of Financial Markets 5(1), 31-56. Fractions per unit of money.
/// `None` when lengths differ or no row traded.
pub fn amihud(returns: &[Option<f64>], turnover: &[Option<f64>]) -> Option<f64> {
    if returns.len() != turnover.len() {
        return None;
    }
    let rows = returns.iter().zip(turnover).filter_map(|(r, t)| {
        let (r, t) = ((*r)?, (*t)?);
        (r.is_finite() && t.is_finite() && t > 0.0).then(|| r.abs() / t)
    });
    let ratios: Vec<f64> = rows.collect();
    proofmark_stats::moments::mean(&ratios)
}

/// The spread that the bounce of trade prices implies, as a fraction of the price: `2 sqrt(-cov(r, r'))` of consecutive log
/// price changes.
///
/// Roll (1984), "A simple implicit measure of the effective bid-ask spread", Journal of Finance 39(4), 1127-1139. `None` below
/// 20 changes, with a price that is not above zero, and where the covariance is not negative: a trend hides the bounce, and a
/// spread of 0 would be invented.
pub fn roll_spread(prices: &[f64]) -> Option<f64> {
    if !prices.iter().all(|price| price.is_finite() && *price > 0.0) || prices.len() < MIN_ROWS + 2 {
        return None;
    }
    let changes: Vec<f64> = prices.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let mean = proofmark_stats::moments::mean(&changes)?;
    let products = changes.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean));
    let covariance = products.sum::<f64>() / (changes.len() - 1) as f64;
    (covariance < 0.0).then(|| 2.0 * (-covariance).sqrt())
}

/// The share of a deviation of liquidity from its mean that is gone a bucket later: `k` of `change = a - k level + e`.
///
/// 1: depth is back at once; 0: it wanders. Kempf, Mayston, Gehde-Trapp & Yadav (2015), "Resiliency: a dynamic view of
/// liquidity", CFR working paper 15-04. Consecutive rows with both values are used; `None` below 20 of them or without spread.
pub fn resilience(liquidity: &[Option<f64>]) -> Option<f64> {
    let (levels, changes): (Vec<_>, Vec<_>) = liquidity
        .windows(2)
        .map(|pair| (pair[0], pair[1].zip(pair[0]).map(|(now, before)| now - before)))
        .unzip();
    price_impact(&changes, &levels).map(|fit| -fit.slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(values: impl Iterator<Item = f64>) -> Vec<Option<f64>> {
        values.map(Some).collect()
    }

    #[test]
    fn a_planted_slope_comes_back() {
        let flows = some((0..40).map(|t| f64::from(t * 7 % 11) - 5.0));
        let changes = some(
            flows
                .iter()
                .enumerate()
                .map(|(t, q)| 0.01 + 0.25 * q.unwrap() + if t % 2 == 0 { 0.001 } else { -0.001 }),
        );
        let fit = price_impact(&changes, &flows).unwrap();
        assert!((fit.slope - 0.25).abs() < 1e-3 && fit.t.unwrap() > 100.0 && fit.r2 > 0.999 && fit.n == 40);
        let mut holes = changes.clone();
        holes[3] = None;
        assert_eq!(price_impact(&holes, &flows).unwrap().n, 39);
        assert_eq!(price_impact(&changes[..19], &flows[..19]), None);
        assert_eq!(price_impact(&changes, &flows[1..]), None);
        assert_eq!(price_impact(&changes, &some((0..40).map(|_| 1.0))), None, "no flow moved");
    }

    #[test]
    fn amihud_by_hand() {
        // |0.02| / 100 and |-0.01| / 200; a row without turnover says nothing.
        let got = amihud(
            &[Some(0.02), Some(-0.01), Some(0.5), None],
            &[Some(100.0), Some(200.0), Some(0.0), Some(1.0)],
        );
        assert!((got.unwrap() - (0.000_2 + 0.000_05) / 2.0).abs() < 1e-18);
        assert_eq!(amihud(&[Some(0.1)], &[Some(0.0)]), None);
    }

    #[test]
    fn a_bounce_between_bid_and_ask_is_the_spread() {
        // Log prices jump by s each time, to and fro: changes s, -s, .. with covariance about -s^2, so 2 s.
        let prices: Vec<f64> = (0..200).map(|t| if t % 2 == 0 { 100.0 } else { 101.0 }).collect();
        let s = (101.0_f64 / 100.0).ln();
        assert!((roll_spread(&prices).unwrap() - 2.0 * s).abs() < 1e-3 * s);
        let trend: Vec<f64> = (0..200).map(|t| 100.0 * 1.0001_f64.powi(t * t / 50)).collect();
        assert_eq!(roll_spread(&trend), None);
        assert_eq!(roll_spread(&[100.0, 0.0]), None);
    }

    #[test]
    fn liquidity_that_halves_its_gap_has_a_resilience_of_half() {
        let mut depth = 200.0_f64;
        let series = some((0..40).map(|t| {
            // A shock every fifth bucket; between them half of the gap to 100 closes.
            depth = if t % 5 == 0 { 200.0 } else { 100.0 + 0.5 * (depth - 100.0) };
            depth
        }));
        // Only the steps without a shock follow the rule.
        let quiet: Vec<Option<f64>> = series
            .iter()
            .enumerate()
            .flat_map(|(t, v)| if t % 5 == 0 { vec![None, *v] } else { vec![*v] })
            .collect();
        assert!((resilience(&quiet).unwrap() - 0.5).abs() < 1e-9);
    }
}
