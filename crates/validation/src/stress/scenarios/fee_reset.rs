//! Charges that change overnight.

use crate::stress::scenario::{CannotApply, Change, Family, Scenario};
use crate::stress::world::StressWorld;

/// Every cost is multiplied by `factor` from the middle session of the window on.
pub(super) struct FeeReset {
    /// 1 = nothing changes.
    pub(super) factor: f64,
}

impl Scenario for FeeReset {
    fn id(&self) -> &'static str {
        "fault.fee_reset"
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        "Costs double in the middle of the window."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let middle = world.sessions.get(world.sessions.len() / 2).copied();
        let from = middle.ok_or_else(|| CannotApply { why: "the window has no session".to_owned() })?;
        Ok(Change {
            costs: Some(world.costs.scaled_from(from, self.factor)),
            from: Some(from),
            what: format!("all costs times {} from {from}", self.factor),
            ..Change::default()
        })
    }
}
