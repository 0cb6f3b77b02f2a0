//! Named stress periods from the shipped data file.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

/// The shipped list; `data/stress_periods.toml` names its sources.
const SHIPPED: &str = include_str!("../data/stress_periods.toml");

/// A named stretch of market history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StressPeriod {
    /// Stable id.
    pub id: String,
    /// Title for people.
    pub name: String,
    /// First session's date.
    pub start: Date,
    /// Last session's date.
    pub end: Date,
    /// `extreme`, `high`, `medium` or `low`.
    pub severity: String,
    /// Markets it concerns, as two-letter country codes; empty means any.
    #[serde(default)]
    pub markets: Vec<String>,
}

impl StressPeriod {
    /// The dates as a span.
    pub const fn span(&self) -> DateSpan {
        DateSpan { start: self.start, end: self.end }
    }
}

#[derive(Deserialize)]
struct File {
    period: Vec<StressPeriod>,
}

/// The shipped historical periods that concern `market` (`in`, `us`, ...), in date order.
///
/// # Panics
/// Never: the shipped file is checked by a test.
pub fn historical_periods(market: &str) -> Vec<StressPeriod> {
    let file: File = toml::from_str(SHIPPED).expect("the shipped list of stress periods is valid");
    let mut periods: Vec<StressPeriod> = file
        .period
        .into_iter()
        .filter(|p| p.markets.is_empty() || p.markets.iter().any(|m| m == market))
        .collect();
    periods.sort_by_key(|p| (p.start, p.id.clone()));
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_ordered_spans_with_unique_ids() {
        let periods = historical_periods("in");
        assert!(periods.len() >= 12);
        let mut ids: Vec<_> = periods.iter().map(|p| p.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), periods.len());
        assert!(periods.iter().all(|p| p.start <= p.end));
        assert!(periods.iter().any(|p| p.id == "covid_crash_2020"));
        assert!(historical_periods("us").iter().all(|p| p.id != "demonetisation_2016"));
    }
}
