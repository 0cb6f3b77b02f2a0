//! One overnight fall of every name.

use proofmark_market::BarRow;

use crate::stress::reprice::scaled;
use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::{StressWorld, rows_of};

/// Every price from the strike's open on is `fall` lower, the benchmark's too; nothing recovers and volumes stay.
///
/// 10 % and 20 % are two of the three moves at which Indian exchanges halt the whole market (SEBI, index-based
/// market-wide circuit breaker, 10, 15 and 20 %, in force since July 2001). A halt is not simulated: fills are at the
/// open, which is the book's own gap rule.
pub(super) struct Gap {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// Fraction of the price that is lost.
    pub(super) fall: f64,
    pub(super) when: When,
}

impl Scenario for Gap {
    fn id(&self) -> &'static str {
        self.id
    }
    fn family(&self) -> Family {
        Family::Shock
    }
    fn title(&self) -> &'static str {
        self.title
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let date = world.sessions[world.strike(self.when, 2)?];
        let lower = |rows: Vec<BarRow>| -> Vec<BarRow> {
            let bend = |row: BarRow| if row.date < date { row } else { scaled(&row, 1.0 - self.fall) };
            rows.into_iter().map(bend).collect()
        };
        Ok(Change {
            rows: (0..world.bars.len()).map(|s| (s, lower(world.rows(s)))).collect(),
            benchmark: world.benchmark.map(|b| lower(rows_of(b))),
            from: Some(date),
            what: format!("at the open of {date}, all names"),
            ..Change::default()
        })
    }
}
