//! The list of scenarios: what runs is what stands here.

mod bad_bar;
mod correlation;
mod fee_reset;
mod frozen_feed;
mod gap;
mod halt;
mod late_data;
mod limit_down;
mod missing_bars;
mod spread;
mod volatility;

use bad_bar::BadBar;
use correlation::CorrelationToOne;
use fee_reset::FeeReset;
use frozen_feed::FrozenFeed;
use gap::Gap;
use halt::Halt;
use late_data::LateData;
use limit_down::LimitDown;
use missing_bars::{MissingBars, Which};
use spread::Spread;
use volatility::Volatility;

use super::scenario::{Scenario, When};

/// Every synthetic shock and mechanical fault, in the order of the report.
pub const SCENARIOS: &[&dyn Scenario] = &[
    &Gap {
        id: "shock.gap_10_exposed",
        title: "Every price opens 10 % lower after the most exposed close.",
        fall: 0.10,
        when: When::MostExposed,
    },
    &Gap {
        id: "shock.gap_10_seeded",
        title: "Every price opens 10 % lower on a drawn session.",
        fall: 0.10,
        when: When::Seeded,
    },
    &Gap {
        id: "shock.gap_20_exposed",
        title: "Every price opens 20 % lower after the most exposed close.",
        fall: 0.20,
        when: When::MostExposed,
    },
    &Gap {
        id: "shock.gap_20_seeded",
        title: "Every price opens 20 % lower on a drawn session.",
        fall: 0.20,
        when: When::Seeded,
    },
    &Volatility { factor: 3.0 },
    &Spread { factor: 5.0 },
    &CorrelationToOne { strength: 1.0 },
    &LimitDown { band: 0.10, sessions: 3 },
    &MissingBars {
        id: "fault.missing_bars_random",
        title: "A tenth of all bars never arrives.",
        which: Which::Random { share: 0.10 },
    },
    &MissingBars {
        id: "fault.missing_bars_block",
        title: "Half the names send nothing for ten sessions.",
        which: Which::Block { sessions: 10 },
    },
    &FrozenFeed { sessions: 10 },
    &BadBar {
        id: "fault.zero_tick",
        title: "The largest holding prints one bar at price zero.",
        factor: 0.0,
    },
    &BadBar {
        id: "fault.bad_tick",
        title: "The largest holding prints one bar at ten times its price.",
        factor: 10.0,
    },
    &Halt { sessions: 15 },
    &LateData { delay: 1 },
    &FeeReset { factor: 2.0 },
];

/// The scenario called `id`.
pub fn scenario(id: &str) -> Option<&'static dyn Scenario> {
    SCENARIOS.iter().copied().find(|s| s.id() == id)
}

#[cfg(test)]
mod tests;
