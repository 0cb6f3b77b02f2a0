//! Gate `data`: the universe was known at each date, and the data is whole.

use super::check::{Bound, Check, Domain, Rule, Spans};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct Data;

const UNIVERSE: &str = "data.universe_known_as_of";

impl Gate for Data {
    fn name(&self) -> &'static str {
        "data"
    }

    fn doc(&self) -> &'static str {
        "The universe must have been known as of each date, expected sessions covered, no quality error open, the last \
         sessions delivered. A universe chosen with later knowledge (today's members carried back) is cannot-tell, \
         unless a named person waives it with a reason, which reports print first."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.data;
        let coverage = Rule::new(
            "data.coverage",
            "Share of expected sessions that have a bar",
            Bound::AtLeast,
            &limits.coverage_min,
        )
        .domain(Domain::SHARE)
        .remedy("Fill the holes from another source, or leave the symbols out.");
        let errors =
            Rule::new("data.open_errors", "Open quality errors", Bound::AtMost, &limits.open_errors_max)
                .domain(Domain::NOT_NEGATIVE)
                .remedy("Clean them by a declared rule, or explain them.");
        let stale = Rule::new(
            "data.stale_sessions",
            "Sessions missing at the end of the asked range",
            Bound::AtMost,
            &limits.stale_sessions_max,
        )
        .domain(Domain::NOT_NEGATIVE)
        .remedy("Fetch the missing sessions.");
        let mut checks = vec![universe(evidence, policy)];
        checks.extend([coverage, errors, stale].map(|rule| rule.spans(Spans::Any).check(evidence)));
        GateResult::from_checks(self.name(), checks, Vec::new())
    }
}

fn universe(evidence: &EvidenceSet, policy: &Policy) -> Check {
    let mut check = Rule::flag(UNIVERSE, "The universe was known as of each date")
        .precondition()
        .remedy("Supply the index membership of each date, or have a named person waive it with a reason.")
        .check(evidence);
    if check.verdict != Verdict::Pass
        && let Some(papers) = evidence.get(UNIVERSE).and_then(|record| record.note.as_deref())
    {
        check.reason = format!("{} It is {papers}.", check.reason);
    }
    waive(&mut check, evidence, policy);
    check
}

/// Lets a named person's waiver of the universe count for `check`.
///
/// Only a recorded "no" can be waived: a missing record is not a universe known to be carried back.
pub(super) fn waive(check: &mut Check, evidence: &EvidenceSet, policy: &Policy) {
    if evidence.value(UNIVERSE) == Some(0.0)
        && check.verdict == Verdict::CannotTell
        && let Some(waiver) = policy.waiver(UNIVERSE)
    {
        check.verdict = Verdict::Pass;
        check.reason = format!("{} Waived by {}: {}", check.reason, waiver.by, waiver.reason);
        check.what_would_change = None;
        check.waiver = Some(waiver.clone());
    }
}
