//! Yesterday's features.

use crate::stress::scenario::{CannotApply, Change, Family, Scenario};
use crate::stress::world::StressWorld;

/// Every feature, hence every score, is `delay` sessions older than the decision believes; prices and fills are in time.
pub(super) struct LateData {
    /// 0 = nothing changes.
    pub(super) delay: usize,
}

impl Scenario for LateData {
    fn id(&self) -> &'static str {
        "fault.late_data"
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        "Features arrive one session late."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        Ok(Change {
            delay: self.delay,
            from: world.sessions.first().copied(),
            what: format!("all names, {} session late", self.delay),
            ..Change::default()
        })
    }
}
