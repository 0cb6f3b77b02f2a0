//! The features of the market around an instrument: their papers, and what each is computed from.

use super::breadth::Breadth;
use super::curve::{change, yield_slope};
use super::regime::{RegimeRule, level_percentile, percentile_regime};
use super::relation::{WINDOW, rolling_relation};
use super::surprise::Surprise;
use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;

/// Sessions between the two slopes of a change.
const MONTH: usize = 20;

/// What a feature is computed from, and how. Series have one value a session, NaN where nothing was known; so have columns,
/// whose row `t` sees rows up to `t` alone.
#[derive(Debug, Clone, Copy)]
pub enum CrossMarketValue {
    /// Returns of an instrument, and those of a benchmark in the same sessions.
    Pair(fn(&[f64], &[f64]) -> Vec<f64>),
    /// How many members took part in the session.
    Members(fn(&Breadth) -> Option<f64>),
    /// A release against its expectation.
    Release(fn(&Surprise) -> Option<f64>),
    /// A long and a short yield.
    Yields(fn(&[f64], &[f64]) -> Vec<f64>),
    /// A level.
    Level(fn(&[f64]) -> Vec<f64>),
}

/// A feature of the market around an instrument.
#[derive(Debug, Clone, Copy)]
pub struct CrossMarketFeature {
    /// Its papers; `look_back` counts sessions, of a surprise releases.
    pub definition: ContextDefinition,
    /// What makes its values.
    pub value: CrossMarketValue,
}

const fn of_session(
    name: &'static str,
    (inputs, look_back, unit): (&'static [&'static str], usize, &'static str),
    doc: &'static str,
    source: &'static str,
    value: CrossMarketValue,
) -> CrossMarketFeature {
    let definition =
        ContextDefinition { name, doc, inputs, look_back, lag: KNOWN_AT_ROW, unit, stationary: true, source };
    CrossMarketFeature { definition, value }
}

const PAIR: &[&str] = &["returns", "benchmark returns"];
const MEMBERS: &[&str] = &["closes of members at each date"];
const YIELDS: &[&str] = &["long yield", "short yield"];
const LEVEL: &[&str] = &["level, such as a volatility index"];
const RELEASES: &[&str] = &["releases with their times"];

fn or_nan(values: impl Iterator<Item = Option<f64>>) -> Vec<f64> {
    values.map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// Every feature of the market around an instrument, in the order help and reports print them.
pub const CROSS_MARKET_FEATURES: &[CrossMarketFeature] = &[
    of_session(
        "mkt_beta",
        (PAIR, WINDOW, "ratio"),
        "slope of returns on those of the benchmark over 60 sessions; missing below 40 with both, or where the benchmark does not move",
        "Sharpe (1963)",
        CrossMarketValue::Pair(|own, benchmark| {
            or_nan(rolling_relation(own, benchmark).iter().map(|found| Some(found.as_ref()?.beta)))
        }),
    ),
    of_session(
        "mkt_correlation",
        (PAIR, WINDOW, "correlation"),
        "Pearson correlation of returns with those of the benchmark over 60 sessions; missing as mkt_beta",
        "Sharpe (1963)",
        CrossMarketValue::Pair(|own, benchmark| {
            or_nan(rolling_relation(own, benchmark).iter().map(|found| found.as_ref()?.correlation))
        }),
    ),
    of_session(
        "mkt_above_mean_50",
        (MEMBERS, 50, "fraction"),
        "share of members whose close is above the mean of its last 50; of those with 50 closes",
        "own definition, usual breadth measure",
        CrossMarketValue::Members(|breadth| breadth.above_mean),
    ),
    of_session(
        "mkt_advance_decline",
        (MEMBERS, 2, "ratio"),
        "(risen - fallen) / members with a close before, -1 to 1",
        "Zweig (1986)",
        CrossMarketValue::Members(|breadth| breadth.advance_decline),
    ),
    of_session(
        "mkt_new_highs",
        (MEMBERS, 252, "fraction"),
        "share of members whose close is the highest of its last 252; of those with 252 closes",
        "own definition, usual breadth measure",
        CrossMarketValue::Members(|breadth| breadth.new_highs),
    ),
    of_session(
        "mkt_new_lows",
        (MEMBERS, 252, "fraction"),
        "share of members whose close is the lowest of its last 252; of those with 252 closes",
        "own definition, usual breadth measure",
        CrossMarketValue::Members(|breadth| breadth.new_lows),
    ),
    of_session(
        "mac_surprise",
        (RELEASES, 37, "standard errors"),
        "first release of a period less a naive expectation (trailing mean or the value a season before), over the root mean square of the trailing errors; only in the session of the release",
        "Scotti (2016), with a naive expectation instead of a survey",
        CrossMarketValue::Release(|surprise| surprise.standardised),
    ),
    of_session(
        "mac_yield_slope",
        (YIELDS, 1, "yield"),
        "long less short yield; missing where either is",
        "Estrella & Mishkin (1998)",
        CrossMarketValue::Yields(yield_slope),
    ),
    of_session(
        "mac_yield_slope_change",
        (YIELDS, 21, "yield"),
        "mac_yield_slope less that of 20 sessions before",
        "Estrella & Mishkin (1998)",
        CrossMarketValue::Yields(|long, short| change(&yield_slope(long, short), MONTH)),
    ),
    of_session(
        "mac_level_percentile",
        (LEVEL, 252, "fraction"),
        "share of the other levels of the last 252 sessions that lie below, an equal one half; missing below 126 known",
        "empirical distribution of a year",
        CrossMarketValue::Level(|levels| {
            let RegimeRule { window, least, .. } = RegimeRule::default();
            level_percentile(levels, window, least)
        }),
    ),
    of_session(
        "mac_level_regime",
        (LEVEL, 252, "-1, 0 or 1"),
        "-1 where mac_level_percentile is below 0.2, 1 above 0.8, 0 between; a regime ends 0.05 inside its bound, so the day it began may lie before the look-back",
        "own definition",
        CrossMarketValue::Level(|levels| percentile_regime(levels, RegimeRule::default())),
    ),
];
