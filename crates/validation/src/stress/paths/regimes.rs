//! Volatility regimes of the equal-weight market, and the blocks they cut time into.

use std::ops::Range;

use proofmark_market::Panel;
use proofmark_stats::moments::sd;
use serde::{Deserialize, Serialize};

/// Sessions in the trailing volatility.
const WINDOW: usize = 20;
/// Volatilities that must be known before one can be called low or high.
const KNOWN: usize = 60;
/// Shorter runs join the block before them: two label horizons of a week.
const SHORTEST: usize = 10;
/// Longer runs are cut, so that a path is never one stretch of history.
const LONGEST: usize = 126;

/// How the market of a session moves, against its own past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketRegime {
    /// Volatility in the lowest third of what was seen so far.
    Calm,
    /// In the middle third.
    Normal,
    /// In the highest third.
    Turbulent,
}

/// Consecutive sessions of one regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegimeBlock {
    /// Regime of its first session.
    pub regime: MarketRegime,
    /// Index of its first session in the panel.
    pub first: usize,
    /// Sessions.
    pub len: usize,
}

/// Regime of each session of `panel`; `None` while too little is known.
///
/// Standard deviation (ddof 1) of the last 20 equal-weight close-to-close returns, the session's own included, ranked
/// among all such values up to the session: causal, so a later bar changes no earlier regime.
pub fn market_regimes(panel: &Panel) -> Vec<Option<MarketRegime>> {
    let mut last = vec![f64::NAN; panel.width()];
    let mut returns: Vec<f64> = Vec::with_capacity(panel.len());
    let mut seen: Vec<f64> = Vec::with_capacity(panel.len());
    let mut out = Vec::with_capacity(panel.len());
    for t in 0..panel.len() {
        let (mut sum, mut n) = (0.0, 0.0);
        for (s, last) in last.iter_mut().enumerate() {
            let close = panel.close[panel.cell(t, s)];
            if close.is_finite() {
                if last.is_finite() {
                    sum += close / *last - 1.0;
                    n += 1.0;
                }
                *last = close;
            }
        }
        if n > 0.0 {
            returns.push(sum / n);
        }
        let volatility = returns.len().checked_sub(WINDOW).and_then(|from| sd(&returns[from..]));
        out.push(volatility.and_then(|v| {
            let below = seen.partition_point(|x| *x < v);
            seen.insert(below, v);
            let share = below as f64 / seen.len() as f64;
            (seen.len() >= KNOWN).then_some(if share < 1.0 / 3.0 {
                MarketRegime::Calm
            } else if share < 2.0 / 3.0 {
                MarketRegime::Normal
            } else {
                MarketRegime::Turbulent
            })
        }));
    }
    out
}

/// The blocks of the sessions in `range`, ascending and disjoint: runs of one regime, those under 10 sessions joined to
/// the block before, those over 126 cut. Sessions without a regime are in no block.
pub fn regime_blocks(regimes: &[Option<MarketRegime>], range: Range<usize>) -> Vec<RegimeBlock> {
    let mut blocks: Vec<RegimeBlock> = Vec::new();
    let mut t = range.start;
    while t < range.end {
        let regime = regimes[t];
        let len = regimes[t..range.end].iter().take_while(|r| **r == regime).count();
        if let Some(regime) = regime {
            let adjoining = blocks.last_mut().filter(|b| b.first + b.len == t);
            match adjoining {
                Some(before) if len < SHORTEST || before.regime == regime => before.len += len,
                _ => blocks.push(RegimeBlock { regime, first: t, len }),
            }
        }
        t += len;
    }
    let cut = |block: RegimeBlock| {
        let pieces = block.len.div_ceil(LONGEST).max(1);
        (0..pieces).map(move |k| {
            let (from, to) = (block.len * k / pieces, block.len * (k + 1) / pieces);
            RegimeBlock { first: block.first + from, len: to - from, ..block }
        })
    };
    blocks.into_iter().flat_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use proofmark_market::Standing;

    use super::*;
    use proofmark_units::Date;

    #[test]
    fn short_runs_join_and_long_ones_are_cut() {
        use MarketRegime::{Calm, Turbulent};
        let mut regimes = vec![None; 3];
        regimes.extend(vec![Some(Calm); 20]);
        regimes.extend(vec![Some(Turbulent); 4]);
        regimes.extend(vec![Some(Calm); 6]);
        regimes.extend(vec![Some(Turbulent); 130]);
        let block = |regime, first, len| RegimeBlock { regime, first, len };
        assert_eq!(
            regime_blocks(&regimes, 0..regimes.len()),
            [block(Calm, 3, 30), block(Turbulent, 33, 65), block(Turbulent, 98, 65)]
        );
        // A range that begins inside a run keeps what is left of it, however short.
        assert_eq!(regime_blocks(&regimes, 20..28), [block(Calm, 20, 8)]);
        assert!(regime_blocks(&regimes, 0..3).is_empty());
    }

    #[test]
    fn a_market_that_starts_to_swing_turns_turbulent_and_the_past_stays() {
        let sessions = 200;
        let close: Vec<f64> = (0..sessions)
            .scan(100.0, |price, t| {
                let size = if t < 120 { 0.001 } else { 0.03 };
                *price *= 1.0 + if t % 2 == 0 { size } else { -size } * (1.0 + 0.1 * (t % 7) as f64);
                Some(*price)
            })
            .collect();
        let panel = Panel {
            symbols: vec!["A".parse().unwrap()],
            dates: (0..sessions as i32).map(Date::from_days).collect(),
            open: close.clone(),
            high: close.clone(),
            low: close.clone(),
            volume: vec![1.0; sessions],
            standing: vec![Standing::Member; sessions],
            group: vec![None; sessions],
            close,
        };
        let regimes = market_regimes(&panel);
        assert!(regimes[..20 + KNOWN - 1].iter().all(Option::is_none));
        assert!(regimes[20 + KNOWN - 1].is_some());
        assert!(regimes[145..].iter().all(|r| *r == Some(MarketRegime::Turbulent)));
        let mut cut = panel.clone();
        for column in [&mut cut.open, &mut cut.high, &mut cut.low, &mut cut.close, &mut cut.volume] {
            column.truncate(130);
        }
        cut.dates.truncate(130);
        assert_eq!(market_regimes(&cut), regimes[..130]);
    }
}
