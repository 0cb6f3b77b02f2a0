//! The hold-out: judged once, after every other gate passed; a veto.

use super::check::{Bound, Domain, Rule, Spans};
use super::prediction::Prediction;
use super::{Gate, GateResult};
use crate::evidence::{EvidenceSet, SpanKind};
use crate::policy::Policy;
use crate::verdict::Verdict;

/// See [`Gate::doc`].
#[derive(Debug, Clone, Copy)]
pub struct HoldOut;

impl Gate for HoldOut {
    fn name(&self) -> &'static str {
        "holdout"
    }

    fn doc(&self) -> &'static str {
        "The active return over the sealed last span must not lie below the low quantile that the walk-forward \
         predicts for that length (stationary bootstrap). A second look by the same lineage is cannot-tell until new \
         data arrives. It can veto, it cannot confirm. Unit: fraction, as recorded."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.holdout;
        let active = Prediction {
            measured: "holdout.active_return",
            predicted: "holdout.lower_quantile",
            quantile: &limits.quantile,
            span: "hold-out",
            spans: Spans::Only(SpanKind::HoldOut),
            remedy: "The sealed span does not behave like the walk-forward; only a new candidate with new data helps.",
        }
        .check(evidence);

        let mut looks =
            Rule::new("holdout.looks", "Looks at this sealed span", Bound::AtMost, &limits.looks_max)
                .domain(Domain::Between(1.0, f64::MAX)) // a scored hold-out that nobody looked at was not recorded
                .spans(Spans::Any)
                .precondition()
                .remedy("New data must arrive before this lineage can be judged on a sealed span again.")
                .check(evidence);
        if looks.verdict == Verdict::CannotTell && evidence.value("holdout.looks").is_some_and(|n| n < 1.0) {
            looks.reason = "The hold-out was scored but no look was recorded.".to_owned();
        }
        GateResult::from_checks(self.name(), vec![active, looks], Vec::new())
    }
}
