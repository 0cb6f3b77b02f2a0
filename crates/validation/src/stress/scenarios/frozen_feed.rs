//! A feed that repeats itself.

use proofmark_market::BarRow;

use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::StressWorld;

/// From a drawn session on, every second name delivers the bar of the session before again, volume included, for
/// `sessions` sessions. A repeated bar cannot be told from a real one by itself, so the book trades on it unless a rule
/// takes it away: `fills_on_faulty_bars` counts how often.
pub(super) struct FrozenFeed {
    /// 0 = nothing changes.
    pub(super) sessions: usize,
}

impl Scenario for FrozenFeed {
    fn id(&self) -> &'static str {
        "fault.frozen_feed"
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        "Half the names repeat their last bar for ten sessions."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let at = world.strike(When::Seeded, self.sessions + 1)?;
        let (names, dates) = (world.half_the_names(), &world.sessions[at..at + self.sessions]);
        let mut change = Change {
            from: dates.first().copied(),
            what: format!("{} sessions from {}, {} names", self.sessions, world.sessions[at], names.len()),
            ..Change::default()
        };
        for s in names {
            let mut rows = world.rows(s);
            for k in 1..rows.len() {
                let row = rows[k];
                if dates.contains(&row.date) {
                    let last = rows[k - 1];
                    rows[k] =
                        BarRow { date: row.date, event_time: row.event_time, known_at: row.known_at, ..last };
                    change.faulty.insert((row.date, s));
                }
            }
            change.rows.insert(s, rows);
        }
        Ok(change)
    }
}
