//! The path of prices within a session, from bars shorter than one: how far it went, how it got there and when it traded.
//!
//! A session is judged by its own bars and by the close before it alone, so that a later session changes nothing.
//!
//! To add a feature, write its function and a [`PathFeature`] in the list.

use proofmark_market::IntradayBar;

use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;

/// Fewest bars whose returns say something of a session.
const LEAST: usize = 10;
/// The stretch at either end of a session, in seconds.
const HALF_HOUR: i64 = 1_800;

/// The bars of one session, ascending, at least one, and the last price before it.
#[derive(Debug, Clone, Copy)]
pub struct SessionPath<'a> {
    bars: &'a [IntradayBar],
    before: Option<f64>,
}

/// A feature of the path of a session: its papers, and what it takes of one.
#[derive(Debug, Clone, Copy)]
pub struct PathFeature {
    /// Its papers; `look_back` counts sessions.
    pub definition: ContextDefinition,
    value: fn(&SessionPath<'_>) -> Option<f64>,
}

impl PathFeature {
    /// Its value for a session, NaN where it is missing.
    pub fn value(&self, path: &SessionPath<'_>) -> f64 {
        (self.value)(path).filter(|value| value.is_finite()).unwrap_or(f64::NAN)
    }
}

impl<'a> SessionPath<'a> {
    /// `None` where there is no bar. `before` is the close of the session before.
    pub fn of(bars: &'a [IntradayBar], before: Option<f64>) -> Option<Self> {
        (!bars.is_empty()).then_some(Self { bars, before })
    }

    fn first(&self) -> &IntradayBar {
        &self.bars[0]
    }

    fn last(&self) -> &IntradayBar {
        &self.bars[self.bars.len() - 1]
    }

    /// Log returns from the session's open, one a bar; `None` where they are too few.
    fn returns(&self) -> Option<Vec<f64>> {
        let mut last = self.first().open;
        let step = |bar: &IntradayBar| {
            let step = (bar.close / last).ln();
            last = bar.close;
            step
        };
        (self.bars.len() >= LEAST).then(|| self.bars.iter().map(step).collect())
    }

    /// Bars of the first half hour; none where a bar is longer.
    fn opening(&self) -> &'a [IntradayBar] {
        let until = self.first().start.plus_seconds(HALF_HOUR);
        &self.bars[..self.bars.partition_point(|bar| bar.event_time <= until)]
    }

    fn volume(bars: &[IntradayBar]) -> f64 {
        bars.iter().map(|bar| bar.volume).sum()
    }
}

fn variance(returns: &[f64]) -> f64 {
    returns.iter().map(|r| r * r).sum()
}

/// Barndorff-Nielsen and Shephard's variance without jumps: products of neighbours, of which a jump spoils two.
fn bipower(returns: &[f64]) -> f64 {
    let n = returns.len() as f64;
    let products: f64 = returns.windows(2).map(|pair| pair[0].abs() * pair[1].abs()).sum();
    std::f64::consts::FRAC_PI_2 * n / (n - 1.0) * products
}

/// A share of the variance; `None` where nothing moved.
fn share(returns: &[f64], part: f64) -> Option<f64> {
    let all = variance(returns);
    (all > 0.0).then(|| part / all)
}

fn realised_volatility(path: &SessionPath<'_>) -> Option<f64> {
    Some(variance(&path.returns()?).sqrt())
}

fn bipower_volatility(path: &SessionPath<'_>) -> Option<f64> {
    Some(bipower(&path.returns()?).sqrt())
}

fn jump_share(path: &SessionPath<'_>) -> Option<f64> {
    let returns = path.returns()?;
    Some((1.0 - share(&returns, bipower(&returns))?).max(0.0))
}

fn down_share(path: &SessionPath<'_>) -> Option<f64> {
    let returns = path.returns()?;
    share(&returns, returns.iter().filter(|r| **r < 0.0).map(|r| r * r).sum())
}

fn realised_skew(path: &SessionPath<'_>) -> Option<f64> {
    let returns = path.returns()?;
    let cubes: f64 = returns.iter().map(|r| r * r * r).sum();
    let size = variance(&returns).powf(1.5);
    (size > 0.0).then(|| (returns.len() as f64).sqrt() * cubes / size)
}

fn autocorrelation(path: &SessionPath<'_>) -> Option<f64> {
    let returns = path.returns()?;
    share(&returns, returns.windows(2).map(|pair| pair[0] * pair[1]).sum())
}

fn efficiency(path: &SessionPath<'_>) -> Option<f64> {
    let returns = path.returns()?;
    let way: f64 = returns.iter().map(|r| r.abs()).sum();
    (way > 0.0).then(|| returns.iter().sum::<f64>().abs() / way)
}

fn vwap_gap(path: &SessionPath<'_>) -> Option<f64> {
    let typical = |bar: &IntradayBar| (bar.high + bar.low + bar.close) / 3.0;
    let traded: f64 = path.bars.iter().map(|bar| typical(bar) * bar.volume).sum();
    let volume = SessionPath::volume(path.bars);
    (volume > 0.0).then(|| path.last().close * volume / traded - 1.0)
}

fn overnight_return(path: &SessionPath<'_>) -> Option<f64> {
    Some(path.first().open / path.before? - 1.0)
}

fn opening_return(path: &SessionPath<'_>) -> Option<f64> {
    Some(path.opening().last()?.close / path.before? - 1.0)
}

fn closing_return(path: &SessionPath<'_>) -> Option<f64> {
    let from = path.last().event_time.plus_seconds(-HALF_HOUR);
    let before = path.bars.iter().rev().find(|bar| bar.event_time <= from)?;
    Some(path.last().close / before.close - 1.0)
}

fn opening_volume(path: &SessionPath<'_>) -> Option<f64> {
    let (opening, all) = (path.opening(), SessionPath::volume(path.bars));
    (all > 0.0 && !opening.is_empty()).then(|| SessionPath::volume(opening) / all)
}

fn close_place(path: &SessionPath<'_>) -> Option<f64> {
    let low = path.bars.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min);
    let high = path.bars.iter().map(|bar| bar.high).fold(f64::NEG_INFINITY, f64::max);
    (high > low).then(|| (path.last().close - low) / (high - low))
}

const PRICES: &[&str] = &["bars shorter than a session"];
const VOLUMES: &[&str] = &["bars shorter than a session, with volume"];

const fn of_session(
    name: &'static str,
    (inputs, look_back, unit): (&'static [&'static str], usize, &'static str),
    doc: &'static str,
    source: &'static str,
    value: fn(&SessionPath<'_>) -> Option<f64>,
) -> PathFeature {
    let definition =
        ContextDefinition { name, doc, inputs, look_back, lag: KNOWN_AT_ROW, unit, stationary: true, source };
    PathFeature { definition, value }
}

/// Every feature of the path of a session, in the order help and reports print them.
pub const PATH_FEATURES: &[PathFeature] = &[
    of_session(
        "day_realised_volatility",
        (PRICES, 1, "fraction a session"),
        "root of the sum of squared log returns of the bars, from the session's open; missing below 10 bars",
        "Andersen, Bollerslev, Diebold & Labys (2003), Econometrica 71(2), 579-625",
        realised_volatility,
    ),
    of_session(
        "day_bipower_volatility",
        (PRICES, 1, "fraction a session"),
        "root of pi/2 times n/(n-1) times the sum of products of the sizes of neighbouring returns: volatility without jumps; missing below 10 bars",
        "Barndorff-Nielsen & Shephard (2004), Journal of Financial Econometrics 2(1), 1-37",
        bipower_volatility,
    ),
    of_session(
        "day_jump_share",
        (PRICES, 1, "fraction"),
        "share of the realised variance that the variance without jumps leaves, at least 0; missing where no bar moved",
        "Barndorff-Nielsen & Shephard (2004), Journal of Financial Econometrics 2(1), 1-37",
        jump_share,
    ),
    of_session(
        "day_down_share",
        (PRICES, 1, "fraction"),
        "share of the realised variance that falling bars made; missing where no bar moved",
        "Barndorff-Nielsen, Kinnebrock & Shephard (2010), Measuring downside risk: realised semivariance",
        down_share,
    ),
    of_session(
        "day_realised_skew",
        (PRICES, 1, "none"),
        "root of n times the sum of cubed returns over the realised variance to the power of 1.5; missing where no bar moved",
        "Amaya, Christoffersen, Jacobs & Vasquez (2015), Journal of Financial Economics 118(1), 135-167",
        realised_skew,
    ),
    of_session(
        "day_autocorrelation",
        (PRICES, 1, "correlation"),
        "sum of products of neighbouring returns over the realised variance: below 0 where bars turn back; missing where no bar moved",
        "Roll (1984), Journal of Finance 39(4), 1127-1139, for what turning back says",
        autocorrelation,
    ),
    of_session(
        "day_efficiency",
        (PRICES, 1, "fraction"),
        "size of the session's move from its open over the sum of the sizes of its bars' moves; missing where no bar moved",
        "Kaufman (1995), Smarter Trading: the efficiency ratio",
        efficiency,
    ),
    of_session(
        "day_vwap_gap",
        (VOLUMES, 1, "fraction"),
        "the last price over the session's volume-weighted typical price, less 1; missing without volume",
        "volume-weighted average price of the session",
        vwap_gap,
    ),
    of_session(
        "day_close_place",
        (PRICES, 1, "fraction"),
        "place of the last price between the session's lowest and highest, 0 to 1; missing where they are equal",
        "Lane's stochastic over the bars of one session",
        close_place,
    ),
    of_session(
        "day_overnight_return",
        (PRICES, 2, "fraction"),
        "the first price over the last one of the session before, less 1",
        "Lou, Polk & Skouras (2019), Journal of Financial Economics 134(1), 192-213",
        overnight_return,
    ),
    of_session(
        "day_opening_return",
        (PRICES, 2, "fraction"),
        "the price half an hour after the first bar began over the last one of the session before, less 1; missing where bars are longer",
        "Gao, Han, Li & Zhou (2018), Journal of Financial Economics 129(2), 394-414",
        opening_return,
    ),
    of_session(
        "day_closing_return",
        (PRICES, 1, "fraction"),
        "the last price over that of half an hour before, less 1; missing where there is none",
        "Gao, Han, Li & Zhou (2018), Journal of Financial Economics 129(2), 394-414",
        closing_return,
    ),
    of_session(
        "day_opening_volume",
        (VOLUMES, 1, "fraction"),
        "share of the session's volume in the half hour after the first bar began; missing without volume, or where bars are longer",
        "Admati & Pfleiderer (1988), Review of Financial Studies 1(1), 3-40, for why trading gathers there",
        opening_volume,
    ),
];

#[cfg(test)]
mod tests {
    use proofmark_units::{Date, Instant};

    use super::*;

    /// Bars of ten minutes with these closes and volumes; each opens where the one before closed.
    fn bars(open: f64, closes: &[(f64, f64)]) -> Vec<IntradayBar> {
        let mut last = open;
        let bar = |(k, (close, volume)): (usize, &(f64, f64))| {
            let start = Instant::from_nanos(k as i64 * 600_000_000_000);
            let end = start.plus_seconds(600);
            let opened = std::mem::replace(&mut last, *close);
            IntradayBar {
                session: Date::from_days(0),
                start,
                event_time: end,
                known_at: end,
                open: opened,
                high: opened.max(*close),
                low: opened.min(*close),
                close: *close,
                volume: *volume,
                turnover: f64::NAN,
            }
        };
        closes.iter().enumerate().map(bar).collect()
    }

    fn value(name: &str, bars: &[IntradayBar], before: Option<f64>) -> f64 {
        let feature = PATH_FEATURES.iter().find(|feature| feature.definition.name == name).unwrap();
        feature.value(&SessionPath::of(bars, before).unwrap())
    }

    #[test]
    fn a_session_by_hand() {
        // Steps of a hundredth up and down in turn, and one of a tenth up in the middle.
        let steps = [0.01, -0.01, 0.01, -0.01, 0.01, 0.1, -0.01, 0.01, -0.01, 0.01, -0.01, 0.01];
        let mut price = 100.0_f64;
        let closes: Vec<(f64, f64)> = steps
            .iter()
            .map(|step: &f64| {
                price *= step.exp();
                (price, 10.0)
            })
            .collect();
        let all = bars(100.0, &closes);
        let of = |name: &str| value(name, &all, Some(80.0));
        let near = |name: &str, wanted: f64| {
            let got = of(name);
            assert!((got - wanted).abs() < 1e-9, "{name}: {got} against {wanted}");
        };
        let variance = 11.0 * 1e-4 + 1e-2_f64;
        near("day_realised_volatility", variance.sqrt());
        let smooth = std::f64::consts::FRAC_PI_2 * 12.0 / 11.0 * (9.0 * 1e-4 + 2.0 * 1e-3);
        near("day_bipower_volatility", smooth.sqrt());
        near("day_jump_share", 1.0 - smooth / variance);
        near("day_down_share", 5.0 * 1e-4 / variance);
        near("day_realised_skew", 12.0_f64.sqrt() * (1e-6 + 1e-3) / variance.powf(1.5));
        near("day_autocorrelation", (-9.0 * 1e-4 + 1e-3 - 1e-3) / variance);
        near("day_efficiency", 0.11 / 0.21);
        near("day_overnight_return", 0.25);
        near("day_opening_return", closes[2].0 / 80.0 - 1.0);
        near("day_closing_return", closes[11].0 / closes[8].0 - 1.0);
        near("day_opening_volume", 0.25);
        let (low, high) = (100.0, closes.iter().map(|(close, _)| *close).fold(0.0, f64::max));
        near("day_close_place", (closes[11].0 - low) / (high - low));
        let typical: f64 = all.iter().map(|bar| (bar.high + bar.low + bar.close) / 3.0).sum::<f64>() / 12.0;
        near("day_vwap_gap", closes[11].0 / typical - 1.0);
    }

    #[test]
    fn what_cannot_be_known_is_missing() {
        let few = bars(10.0, &[(10.0, 0.0); 5]);
        for feature in PATH_FEATURES {
            let own = feature.value(&SessionPath::of(&few, None).unwrap());
            let known = feature.definition.name == "day_closing_return";
            assert_eq!(own.is_finite(), known, "{}: {own}", feature.definition.name);
        }
        let flat = bars(10.0, &[(10.0, f64::NAN); 12]);
        assert_eq!(value("day_realised_volatility", &flat, None), 0.0);
        for name in
            ["day_jump_share", "day_efficiency", "day_close_place", "day_vwap_gap", "day_opening_volume"]
        {
            assert!(value(name, &flat, None).is_nan(), "{name}");
        }
        assert!(SessionPath::of(&[], None).is_none());
    }
}
