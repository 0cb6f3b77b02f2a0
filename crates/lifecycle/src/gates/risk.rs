//! Gate `risk`: drawdown, stress, concentration and turnover within the policy's limits.

use super::check::{Bound, Check, Domain, Rule, Spans};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::{Policy, RiskPolicy, Threshold};
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct Risk;

impl Gate for Risk {
    fn name(&self) -> &'static str {
        "risk"
    }

    fn doc(&self) -> &'static str {
        "Out-of-sample drawdown (positive fraction of the peak), worst return within a replayed stress period, largest \
         weight of one name and two-way turnover a year must keep the policy's limits. Cannot tell when a stress period \
         that the policy requires is not covered; other periods outside the data are listed as not tested."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.risk;
        let drawdown =
            Rule::new("risk.max_drawdown", "Largest drawdown", Bound::AtMost, &limits.max_drawdown)
                .domain(Domain::SHARE)
                .remedy("Size down or cut losses earlier.");
        let weight = Rule::new(
            "risk.max_name_weight",
            "Largest weight of one name",
            Bound::AtMost,
            &limits.max_name_weight,
        )
        .domain(Domain::NOT_NEGATIVE)
        .remedy("Lower the cap per name.");
        let turnover = Rule::new(
            "risk.turnover_per_year",
            "Turnover a year",
            Bound::AtMost,
            &limits.turnover_per_year_max,
        )
        .domain(Domain::NOT_NEGATIVE)
        .remedy("Rebalance less often, or keep holdings that still rank well.");
        let mut checks = vec![drawdown.check(evidence)];
        checks.extend(stress(evidence, limits));
        checks.extend([weight.check(evidence), turnover.check(evidence)]);
        GateResult::from_checks(self.name(), checks, Vec::new())
    }
}

fn stress(evidence: &EvidenceSet, limits: &RiskPolicy) -> [Check; 2] {
    let all =
        Threshold { value: 1.0, unit: "share".to_owned(), reason: String::new(), source: String::new() };
    let covered = Rule::new(
        "risk.required_stress_covered",
        "Share of the required stress periods that were replayed",
        Bound::AtLeast,
        &all,
    )
    .domain(Domain::SHARE)
    .spans(Spans::NotInSample)
    .precondition()
    .remedy("The data must reach back over every stress period the policy requires.")
    .check(evidence);

    let mut worst = Rule::new(
        "risk.worst_stress_return",
        "Worst return within a stress period",
        Bound::AtLeast,
        &limits.worst_stress_return_min,
    )
    .domain(Domain::RETURN)
    .spans(Spans::NotInSample)
    .remedy("The book must hold less, or be hedged, in such markets.")
    .check(evidence);
    // The suite ran and no period lies inside the data: a risk item, not a verdict, unless the policy requires one.
    let none_in_the_data = evidence
        .get("risk.worst_stress_return")
        .is_some_and(|record| record.value.is_none() && record.n == 0);
    if none_in_the_data && limits.required_stress.periods.is_empty() {
        worst.verdict = Verdict::Pass;
        worst.reason =
            "Stress: not tested, no listed period lies inside the data and the policy requires none."
                .to_owned();
        worst.what_would_change = None;
    }
    [covered, worst]
}
