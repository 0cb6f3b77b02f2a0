//! A name that vanishes and comes back.

use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::StressWorld;

/// The largest holding has no bar for `sessions` sessions after the most exposed close, then goes on as it was.
pub(super) struct Halt {
    /// 0 = nothing changes.
    pub(super) sessions: usize,
}

impl Scenario for Halt {
    fn id(&self) -> &'static str {
        "fault.halt"
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        "The largest holding is not quoted for fifteen sessions."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let at = world.strike(When::MostExposed, self.sessions + 2)?;
        let s = world.largest_holding(at)?;
        let dates = &world.sessions[at..at + self.sessions];
        let mut change = Change {
            from: dates.first().copied(),
            what: format!(
                "{}, {} sessions from {}",
                world.bars[s].symbol(),
                self.sessions,
                world.sessions[at]
            ),
            ..Change::default()
        };
        let mut rows = world.rows(s);
        change.faulty = rows.iter().filter(|r| dates.contains(&r.date)).map(|r| (r.date, s)).collect();
        rows.retain(|row| !dates.contains(&row.date));
        change.rows.insert(s, rows);
        Ok(change)
    }
}
