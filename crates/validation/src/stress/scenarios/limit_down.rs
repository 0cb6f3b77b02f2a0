//! Falling by the limit, with nobody to sell to.

use proofmark_market::{BarRow, Bars};

use crate::stress::reprice::{locked, scaled};
use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::{StressWorld, rows_of};

/// `sessions` sessions on which every name stands `band` below the close before, at one price and without volume;
/// after them prices move on from there by their own returns.
///
/// 10 % is the middle one of the price bands of Indian shares (5, 10, 20 %). Stops cannot fill on a locked bar: that is
/// the book's rule for one price without volume.
pub(super) struct LimitDown {
    /// Fraction lost a session.
    pub(super) band: f64,
    /// 0 = nothing changes.
    pub(super) sessions: usize,
}

impl LimitDown {
    fn fall(&self, bars: &Bars, dates: &[proofmark_units::Date]) -> Vec<BarRow> {
        let mut rows = rows_of(bars);
        let mut level: Option<f64> = None;
        let mut factor = 1.0;
        for k in 1..rows.len() {
            if dates.contains(&rows[k].date) {
                let price = level.unwrap_or(rows[k - 1].close) * (1.0 - self.band);
                (level, factor) = (Some(price), price / rows[k].close);
                rows[k] = locked(&rows[k], price);
            } else {
                rows[k] = scaled(&rows[k], factor);
            }
        }
        rows
    }
}

impl Scenario for LimitDown {
    fn id(&self) -> &'static str {
        "shock.limit_down_no_exit"
    }
    fn family(&self) -> Family {
        Family::Shock
    }
    fn title(&self) -> &'static str {
        "Every name falls by its 10 % limit on three sessions in a row and nothing trades."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let at = world.strike(When::MostExposed, self.sessions + 2)?;
        let dates = &world.sessions[at..at + self.sessions];
        Ok(Change {
            rows: world.bars.iter().map(|b| self.fall(b, dates)).enumerate().collect(),
            // The index is a number, not a share: it falls with its members and has no volume to lose.
            benchmark: world.benchmark.map(|b| self.fall(b, dates)),
            from: dates.first().copied(),
            what: format!("{} sessions from {}, all names", self.sessions, world.sessions[at]),
            ..Change::default()
        })
    }
}
