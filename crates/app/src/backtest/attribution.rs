//! Where the gain came from: parts that add up to it, by sector and by the state of the market.

use std::collections::BTreeMap;

use proofmark_stats::moments::sd;
use serde::Serialize;

use super::NameGain;

/// Sessions behind a volatility, and fewest volatilities before a state is told.
const WINDOW: usize = 20;
const LEAST: usize = 60;

/// What one state of the market brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimeGain {
    /// `calm`, `usual` or `wild`: the third of all volatilities so far that the market's volatility of the last 20 sessions lies in, as
    /// known before the session; `not known yet` before there are 60 of them.
    pub regime: &'static str,
    /// Sessions of it.
    pub sessions: usize,
    /// Gain over these.
    pub gain: f64,
}

/// Gains by sector, in the order of their names; a name that no list gives a sector is `none`.
pub(super) fn by_sector(by_name: &[NameGain], sectors: &BTreeMap<String, String>) -> Vec<NameGain> {
    let mut all: BTreeMap<&str, NameGain> = BTreeMap::new();
    for name in by_name {
        let sector = sectors.get(&name.symbol).map_or("none", String::as_str);
        let empty =
            || NameGain { symbol: sector.to_owned(), round_trips: 0, gross: 0.0, costs: 0.0, net: 0.0 };
        let sum = all.entry(sector).or_insert_with(empty);
        sum.round_trips += name.round_trips;
        sum.gross += name.gross;
        sum.costs += name.costs;
        sum.net += name.net;
    }
    all.into_values().collect()
}

/// Gains by the state of the market: `equity` and the market's `returns` lie on the same sessions.
pub(super) fn by_regime(capital: f64, equity: &[f64], returns: &[f64]) -> Vec<RegimeGain> {
    let mut parts = ["calm", "usual", "wild", "not known yet"].map(|regime| RegimeGain {
        regime,
        sessions: 0,
        gain: 0.0,
    });
    let mut so_far: Vec<f64> = Vec::new();
    for (t, now) in equity.iter().enumerate() {
        // What the session before knew.
        let known = t.checked_sub(WINDOW).and_then(|from| sd(&returns[from..t]));
        let place = match known {
            Some(volatility) => {
                let at = so_far.partition_point(|v| *v < volatility);
                so_far.insert(at, volatility);
                if so_far.len() < LEAST { 3 } else { (3 * at / so_far.len()).min(2) }
            }
            None => 3,
        };
        let before = t.checked_sub(1).map_or(capital, |k| equity[k]);
        parts[place].sessions += 1;
        parts[place].gain += now - before;
    }
    parts.into_iter().filter(|part| part.sessions > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_know_no_later_session() {
        let returns: Vec<f64> =
            (0..400).map(|k| (f64::from(k) * 0.7).sin() * if k < 200 { 0.01 } else { 0.03 }).collect();
        let equity: Vec<f64> =
            (0..400).map(|k| 100.0 + f64::from(k) * if k % 3 == 0 { 0.5 } else { 0.4 }).collect();
        let parts = by_regime(100.0, &equity, &returns);
        let gain: f64 = parts.iter().map(|part| part.gain).sum();
        assert!((gain - (equity[399] - 100.0)).abs() < 1e-9);
        assert_eq!(parts.iter().map(|part| part.sessions).sum::<usize>(), 400);
        let of = |name: &str| parts.iter().find(|part| part.regime == name).unwrap().sessions;
        assert_eq!(of("not known yet"), WINDOW + LEAST - 1);
        assert!(of("wild") > 150, "the later half is wilder than all before: {}", of("wild"));
        // The first 300 sessions fall into the same states whatever follows.
        let mut other = returns.clone();
        other[300..].fill(0.2);
        let sessions = |returns: &[f64]| -> Vec<usize> {
            by_regime(100.0, &equity[..300], &returns[..300]).iter().map(|part| part.sessions).collect()
        };
        assert_eq!(sessions(&returns), sessions(&other));
    }

    #[test]
    fn sectors_sum_their_names() {
        let gain = |symbol: &str, net: f64| NameGain {
            symbol: symbol.to_owned(),
            round_trips: 1,
            gross: net + 1.0,
            costs: 1.0,
            net,
        };
        let sectors = [("A", "banks"), ("B", "banks")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let all = by_sector(&[gain("A", 2.0), gain("B", -5.0), gain("C", 1.0)], &sectors);
        let said: Vec<(&str, f64)> = all.iter().map(|g| (g.symbol.as_str(), g.net)).collect();
        assert_eq!(said, [("banks", -3.0), ("none", 1.0)]);
    }
}
