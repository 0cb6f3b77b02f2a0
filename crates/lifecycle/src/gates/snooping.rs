//! Gate `snooping`: better than every rule that needs no model.

use super::check::{Bound, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::{Policy, Threshold};

/// See [`Gate::doc`].
pub(super) struct Snooping;

impl Gate for Snooping {
    fn name(&self) -> &'static str {
        "snooping"
    }

    fn doc(&self) -> &'static str {
        "The candidate's active return must beat those of the champion, of every naive rule and of the null books, all \
         scaled causally to equal volatility: Hansen's test of superior predictive ability (2005) against each, and the largest p counts \
         (intersection-union, Berger 1982). Unit: p."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let p = Rule::new(
            "snooping.p_spa",
            "SPA p against the hardest rival",
            Bound::AtMost,
            &policy.snooping.p_max,
        )
        .domain(Domain::PROBABILITY)
        .remedy("The model must beat rules that need no model.")
        .check(evidence);
        let one =
            Threshold { value: 1.0, unit: "rivals".to_owned(), reason: String::new(), source: String::new() };
        let rivals = Rule::new("snooping.rivals", "Rivals compared with", Bound::AtLeast, &one)
            .domain(Domain::NOT_NEGATIVE)
            .spans(Spans::NotInSample)
            .precondition()
            .remedy("A book that never trades, or a span too short, leaves nobody to compare with.");
        let checks = vec![p, rivals.check(evidence)];
        GateResult::from_checks(self.name(), checks, reported(evidence, &["snooping.margin"]))
    }
}
