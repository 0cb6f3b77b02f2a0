//! What the prices around a gap say, as log likelihoods: a split, or anything else.

use serde::{Deserialize, Serialize};

use super::ratio::Ratio;

/// What the bars around a gap show. Logs are natural; all numbers are of the symbol's own bars up to `kept`'s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// ln(open / close before).
    pub gap: f64,
    /// The market's median gap that day, taken off before anything is judged; 0 where too few names trade.
    pub market_gap: f64,
    /// Robust scale of the symbol's own gaps over the bars before (1.4826 x median absolute deviation, at least 0.005).
    pub scale: f64,
    /// The simple ratio that explains the gap best.
    pub ratio: Ratio,
    /// What that ratio leaves of the gap, as a log.
    pub fit: f64,
    /// ln of the session's traded value over its median before; a split leaves it, a crash multiplies it. `None` without volume.
    pub turnover_change: Option<f64>,
    /// ln of the session's high-low range over its median before; `None` for a session at one price.
    pub range_change: Option<f64>,
    /// Share of the gap by which the median close of this and the next sessions lies from that of the sessions before.
    pub kept: f64,
    /// ln(posterior odds) of a split; above 0 it is called one. `None` after missing sessions, where nothing is judged.
    pub log_odds: Option<f64>,
}

/// Share of bars that open after a split, a priori: about one in four years.
const SPLIT_RATE: f64 = 1e-3;
/// The open of an ex-date strays from the exact ratio by more than on other days.
const EX_DATE_SPREAD: f64 = 1.5;
/// Least scale of that straying.
const EX_DATE_SCALE_MIN: f64 = 0.01;
/// Log likelihood against a split at a session of one price: at a price limit, or without trades.
const ONE_PRICE: f64 = -4.0;

/// Expected log change of range and of traded value, with its spread: on an ex-date, and on a day of a real gap.
const RANGE: [(f64, f64); 2] = [(0.2, 0.6), (1.1, 0.8)];
const TURNOVER: [(f64, f64); 2] = [(0.4, 0.9), (1.6, 1.2)];

/// The best ratio for a gap beyond the market's, what it leaves, and ln of the posterior odds that it was a split.
pub(super) fn weigh(
    gap: f64,
    scale: f64,
    range_change: Option<f64>,
    turnover_change: Option<f64>,
    ratios: &[(Ratio, f64)],
) -> (Ratio, f64, f64) {
    let shape =
        |change: f64, [split, gap]: [(f64, f64); 2]| ln_normal(change, split) - ln_normal(change, gap);
    let side = range_change.map_or(ONE_PRICE, |x| shape(x, RANGE))
        + turnover_change.map_or(0.0, |x| shape(x, TURNOVER));
    let ex_scale = (EX_DATE_SPREAD * scale).max(EX_DATE_SCALE_MIN);
    let other = ln_student3(gap, scale);
    let mut best = (Ratio { new: 1, old: 1 }, gap, f64::NEG_INFINITY);
    for (ratio, share) in ratios {
        let fit = gap + ratio.factor().ln();
        let odds = SPLIT_RATE.ln() + share.ln() + ln_student3(fit, ex_scale) - other + side;
        if odds > best.2 {
            best = (*ratio, fit, odds);
        }
    }
    best
}

/// Log density of Student's t with 3 degrees of freedom: daily returns have tails about as heavy.
fn ln_student3(x: f64, scale: f64) -> f64 {
    let z = x / scale;
    let ln_constant = (2.0 / (std::f64::consts::PI * 3.0_f64.sqrt())).ln();
    ln_constant - scale.ln() - 2.0 * (z * z / 3.0).ln_1p()
}

/// Log density of a normal variable, less a constant that cancels.
fn ln_normal(x: f64, (mean, sd): (f64, f64)) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * z * z - sd.ln()
}
