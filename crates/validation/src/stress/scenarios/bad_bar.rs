//! One bar at an impossible price.

use crate::stress::reprice::scaled;
use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::StressWorld;

/// The largest holding's next bar after the most exposed close, all four prices times `factor`.
pub(super) struct BadBar {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// 1 = nothing changes, 0 = a zero tick.
    pub(super) factor: f64,
}

impl Scenario for BadBar {
    fn id(&self) -> &'static str {
        self.id
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        self.title
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let at = world.strike(When::MostExposed, 2)?;
        let s = world.largest_holding(at)?;
        let mut rows = world.rows(s);
        let k = world.bars[s].dates().partition_point(|d| *d < world.sessions[at]);
        let row = rows.get_mut(k).ok_or_else(|| CannotApply {
            why: format!("the largest holding has no bar from {} on", world.sessions[at]),
        })?;
        let date = row.date;
        *row = scaled(row, self.factor);
        Ok(Change {
            rows: [(s, rows)].into(),
            from: Some(date),
            faulty: [(date, s)].into(),
            what: format!("{} on {date}, prices times {}", world.bars[s].symbol(), self.factor),
            ..Change::default()
        })
    }
}
