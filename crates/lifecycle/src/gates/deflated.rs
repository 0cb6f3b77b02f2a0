//! Gate `deflated`: the Sharpe ratio after paying for every trial.

use super::check::{Bound, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::{Policy, Threshold};
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct Deflated;

impl Gate for Deflated {
    fn name(&self) -> &'static str {
        "deflated"
    }

    fn doc(&self) -> &'static str {
        "The deflated Sharpe ratio of the active return (Bailey & Lopez de Prado 2014) at the effective number of \
         trials on this data lineage, with the larger of the null and the between-trial standard deviation; one trial \
         gives the probabilistic Sharpe ratio against zero. N comes from the trial ledger; without a complete ledger \
         it cannot tell. Unit: probability."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let dsr = Rule::new(
            "deflated_sharpe.dsr",
            "Deflated Sharpe ratio",
            Bound::AtLeast,
            &policy.deflated.dsr_min,
        )
        .domain(Domain::PROBABILITY)
        .remedy("More skill, a longer span, or fewer trials behind it.");
        let complete = Rule::flag("trials.complete", "The trial ledger is complete")
            .precondition()
            .remedy("The out-of-sample returns of every trial on the lineage must be found again.");
        // The trial being judged is itself in the ledger, so N is at least 1.
        let at_least_one =
            Threshold { value: 1.0, unit: "trials".to_owned(), reason: String::new(), source: String::new() };
        let trials = |name| {
            Rule::new(name, "Number of trials", Bound::AtLeast, &at_least_one)
                .domain(Domain::NOT_NEGATIVE)
                .spans(Spans::Any)
                .precondition()
        };
        let mut effective =
            Rule { label: "Effective number of trials", ..trials("trials.n_effective") }.check(evidence);
        if let (Some(n), Some(n_effective)) =
            (evidence.value("trials.n"), evidence.value("trials.n_effective"))
            && n_effective > n
        {
            effective.verdict = Verdict::CannotTell;
            effective.reason =
                "There are more effective trials than trials: the ledger contradicts itself.".to_owned();
            effective.what_would_change = Some("The trials must be counted again.".to_owned());
        }
        let checks = vec![
            dsr.check(evidence),
            complete.check(evidence),
            trials("trials.n").check(evidence),
            effective,
        ];
        let beside = ["deflated_sharpe.dsr_full_n", "deflated_sharpe.psr"];
        GateResult::from_checks(self.name(), checks, reported(evidence, &beside))
    }
}
