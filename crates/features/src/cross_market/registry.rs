//! The papers of the features of the market around an instrument.

use super::relation::WINDOW;
use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;

const fn of_session(
    name: &'static str,
    (inputs, look_back, unit): (&'static [&'static str], usize, &'static str),
    doc: &'static str,
    source: &'static str,
) -> ContextDefinition {
    ContextDefinition { name, doc, inputs, look_back, lag: KNOWN_AT_ROW, unit, stationary: true, source }
}

const PAIR: &[&str] = &["returns", "benchmark returns"];
const MEMBERS: &[&str] = &["closes of members at each date"];
const YIELDS: &[&str] = &["long yield", "short yield"];
const LEVEL: &[&str] = &["level, such as a volatility index"];
const RELEASES: &[&str] = &["releases with their times"];

/// Every feature of the market around an instrument; `look_back` counts sessions, of a surprise releases.
pub const CROSS_MARKET_FEATURES: &[ContextDefinition] = &[
    of_session(
        "mkt_beta",
        (PAIR, WINDOW, "ratio"),
        "slope of returns on those of the benchmark over 60 sessions; missing below 40 with both, or where the benchmark does not move",
        "Sharpe (1963)",
    ),
    of_session(
        "mkt_correlation",
        (PAIR, WINDOW, "correlation"),
        "Pearson correlation of returns with those of the benchmark over 60 sessions; missing as mkt_beta",
        "Sharpe (1963)",
    ),
    of_session(
        "mkt_above_mean_50",
        (MEMBERS, 50, "fraction"),
        "share of members whose close is above the mean of its last 50; of those with 50 closes",
        "own definition, usual breadth measure",
    ),
    of_session(
        "mkt_advance_decline",
        (MEMBERS, 2, "ratio"),
        "(risen - fallen) / members with a close before, -1 to 1",
        "Zweig (1986)",
    ),
    of_session(
        "mkt_new_highs",
        (MEMBERS, 252, "fraction"),
        "share of members whose close is the highest of its last 252; of those with 252 closes",
        "own definition, usual breadth measure",
    ),
    of_session(
        "mkt_new_lows",
        (MEMBERS, 252, "fraction"),
        "share of members whose close is the lowest of its last 252; of those with 252 closes",
        "own definition, usual breadth measure",
    ),
    of_session(
        "mac_surprise",
        (RELEASES, 37, "standard errors"),
        "first release of a period less a naive expectation (trailing mean or the value a season before), over the root mean square of the trailing errors; only in the session of the release",
        "Scotti (2016), with a naive expectation instead of a survey",
    ),
    of_session(
        "mac_yield_slope",
        (YIELDS, 1, "yield"),
        "long less short yield; missing where either is",
        "Estrella & Mishkin (1998)",
    ),
    of_session(
        "mac_yield_slope_change",
        (YIELDS, 21, "yield"),
        "mac_yield_slope less that of 20 sessions before",
        "Estrella & Mishkin (1998)",
    ),
    of_session(
        "mac_level_percentile",
        (LEVEL, 252, "fraction"),
        "share of the other levels of the last 252 sessions that lie below, an equal one half; missing below 126 known",
        "empirical distribution of a year",
    ),
    of_session(
        "mac_level_regime",
        (LEVEL, 252, "-1, 0 or 1"),
        "-1 where mac_level_percentile is below 0.2, 1 above 0.8, 0 between; a regime ends 0.05 inside its bound, so the day it began may lie before the look-back",
        "own definition",
    ),
];
