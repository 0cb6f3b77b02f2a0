//! Gate `costs`: the active return survives worse fills.

use super::check::{Bound, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;

/// See [`Gate::doc`].
pub(super) struct Costs;

impl Gate for Costs {
    fn name(&self) -> &'static str {
        "costs"
    }

    fn doc(&self) -> &'static str {
        "The mean active return must stay above the policy's floor at twice the declared costs; break-even multiple \
         and capacity are reported. Cannot tell when part of the span has no dated cost schedule. Unit: fraction a year."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.costs;
        let mean = Rule::new(
            "costs.active_mean_at_2x",
            "Mean active return at twice the costs",
            Bound::Above,
            &limits.active_mean_min,
        )
        .remedy("Trade less, trade cheaper, or earn more per trade.");
        let dated = Rule::new(
            "costs.dated_share",
            "Share of the span with a dated cost schedule",
            Bound::AtLeast,
            &limits.dated_share_min,
        )
        .domain(Domain::SHARE)
        .spans(Spans::Any)
        .precondition()
        .remedy("Start the span later, or add the dated rates of the missing part.");
        let checks = vec![mean.check(evidence), dated.check(evidence)];
        let beside = ["costs.break_even_multiple", "costs.capacity_inr"];
        GateResult::from_checks(self.name(), checks, reported(evidence, &beside))
    }
}
