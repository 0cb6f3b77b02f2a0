//! Gate `active_return`: skill beyond holding the same things without a model.

use super::check::{Bound, Check, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct ActiveReturn;

impl Gate for ActiveReturn {
    fn name(&self) -> &'static str {
        "active_return"
    }

    fn doc(&self) -> &'static str {
        "The out-of-sample net return left after regressing the candidate on its null books, the benchmark and the \
         declared factors must be positive: one-sided p of a studentised stationary bootstrap (Politis & Romano 1994) \
         with automatic block length not below the label horizon. Cannot tell below the policy's number of \
         out-of-sample periods. Unit: p."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.active_return;
        let mut p = Rule::new(
            "active_return.p_bootstrap",
            "Bootstrap p of the active return",
            Bound::AtMost,
            &limits.p_max,
        )
        .domain(Domain::PROBABILITY)
        .remedy("The model must add more to its null books, or show the same over a longer span.")
        .check(evidence);
        contradicted_by_the_mean(&mut p, evidence);

        // Anything not declared weekly is held to the daily minimum: the stricter one.
        let weekly =
            evidence.get("active_return.periods").is_some_and(|record| record.unit.starts_with("week"));
        let minimum = if weekly { &limits.min_periods_weekly } else { &limits.min_periods_daily };
        let periods =
            Rule::new("active_return.periods", "Number of out-of-sample periods", Bound::AtLeast, minimum)
                .domain(Domain::NOT_NEGATIVE)
                .spans(Spans::NotInSample)
                .precondition()
                .remedy("A longer out-of-sample span is needed.")
                .check(evidence);
        let beside = ["active_return.annual_mean", "active_return.t_hac", "active_return.appraisal_ratio"];
        GateResult::from_checks(self.name(), vec![p, periods], reported(evidence, &beside))
    }
}

/// A small one-sided p beside a mean that is not positive was computed for the wrong side.
fn contradicted_by_the_mean(p: &mut Check, evidence: &EvidenceSet) {
    let mean = evidence.value("active_return.annual_mean");
    if p.verdict == Verdict::Pass && mean.is_some_and(|mean| mean <= 0.0) {
        p.verdict = Verdict::CannotTell;
        p.reason =
            "The bootstrap p is small although the mean active return is not positive: they contradict."
                .to_owned();
        p.what_would_change = Some("p and mean must come from the same one-sided test.".to_owned());
    }
}
