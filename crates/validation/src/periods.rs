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
    /// Markets it concerns, as two-letter country codes or `crypto`; empty means any.
    #[serde(default)]
    pub markets: Vec<String>,
    /// What fixes its dates.
    #[serde(default)]
    pub source: String,
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

    fn shipped() -> Vec<StressPeriod> {
        toml::from_str::<File>(SHIPPED).unwrap().period
    }

    #[test]
    fn the_shipped_list_is_complete_and_every_entry_whole() {
        let periods = shipped();
        let mut ids: Vec<_> = periods.iter().map(|p| p.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), periods.len());
        for p in &periods {
            assert!(p.start <= p.end, "{}", p.id);
            assert!(["extreme", "high", "medium", "low"].contains(&p.severity.as_str()), "{}", p.id);
            assert!(!p.markets.is_empty() && p.source.len() > 20 && !p.name.is_empty(), "{}", p.id);
        }
        // The ids of the historical training run.
        for id in [
            "global_financial_crisis",
            "flash_crash_2010",
            "european_debt_crisis",
            "taper_tantrum",
            "yuan_devaluation_2015",
            "brexit_2016",
            "demonetisation_2016",
            "covid_crash_2020",
            "russia_ukraine_2022",
            "rate_hike_selloff_2022",
            "svb_banking_crisis_2023",
        ] {
            assert!(ids.iter().any(|known| known == id), "{id}");
        }
    }

    #[test]
    fn each_market_gets_its_own_periods_in_date_order() {
        for (market, has, lacks) in [
            ("in", "demonetisation_2016", "ftx_collapse_2022"),
            ("us", "svb_banking_crisis_2023", "demonetisation_2016"),
            ("crypto", "ftx_collapse_2022", "taper_tantrum"),
        ] {
            let periods = historical_periods(market);
            assert!(periods.windows(2).all(|pair| pair[0].start <= pair[1].start));
            assert!(periods.iter().any(|p| p.id == has) && periods.iter().all(|p| p.id != lacks), "{market}");
        }
    }

    #[test]
    fn every_known_stress_date_lies_in_a_period_of_its_market() {
        for (market, date) in [
            ("in", "2008-10-24"),
            ("us", "2009-03-09"),
            ("in", "2009-05-18"),
            ("us", "2010-05-06"),
            ("in", "2015-08-24"),
            ("us", "2018-02-05"),
            ("in", "2020-03-23"),
            ("crypto", "2020-03-12"),
            ("crypto", "2021-05-19"),
            ("crypto", "2022-06-13"),
            ("crypto", "2022-11-09"),
            ("in", "2023-01-27"),
            ("in", "2024-06-04"),
            ("us", "2024-08-05"),
            ("us", "2025-04-04"),
            ("in", "2025-04-07"),
        ] {
            let date: Date = date.parse().unwrap();
            assert!(historical_periods(market).iter().any(|p| p.span().contains(date)), "{market} {date}");
        }
    }
}
