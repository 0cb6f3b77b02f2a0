//! A market that charges more to cross it.

use proofmark_execution::costs::SlippageModel;

use crate::stress::scenario::{CannotApply, Change, Family, Scenario};
use crate::stress::world::StressWorld;

/// The half spread of the cost schedule times `factor`; impact and charges stay.
pub(super) struct Spread {
    /// 1 = nothing changes.
    pub(super) factor: f64,
}

impl Scenario for Spread {
    fn id(&self) -> &'static str {
        "shock.spread_5x"
    }
    fn family(&self) -> Family {
        Family::Shock
    }
    fn title(&self) -> &'static str {
        "The bid-ask spread is five times as wide."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let (model, _) = world.costs.slippage();
        let wide = SlippageModel { half_spread: model.half_spread * self.factor, ..model };
        Ok(Change {
            costs: Some(world.costs.with_slippage(wide)),
            from: world.sessions.first().copied(),
            what: format!("half spread {} instead of {}", wide.half_spread, model.half_spread),
            ..Change::default()
        })
    }
}
