//! Gate `selection`: whether picking the best trial is likely to have picked luck.

use super::check::{Bound, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::{Policy, Threshold};
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct Selection;

impl Gate for Selection {
    fn name(&self) -> &'static str {
        "selection"
    }

    fn doc(&self) -> &'static str {
        "The probability of backtest overfitting over the active returns of all trials on the lineage (combinatorially \
         symmetric cross-validation, Bailey, Borwein, Lopez de Prado & Zhu 2017), beside the judged trial's own \
         record. By this policy's declared rule it does not apply to fewer trial clusters than its minimum, where \
         there is too little to select from; missing returns of a trial are cannot-tell and never make it not apply. \
         Unit: probability."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.selection;
        let complete = Rule::flag("selection.returns_complete", "Returns of every trial are kept")
            .spans(Spans::Any)
            .precondition()
            .remedy("The out-of-sample returns of every trial on the lineage must be found again.")
            .check(evidence);
        let applies = Rule::new("selection.clusters", "Trial clusters", Bound::AtLeast, &limits.min_clusters)
            .domain(Domain::NOT_NEGATIVE)
            .spans(Spans::Any)
            .precondition();
        let mut clusters = applies.check(evidence);
        let pbo =
            Rule::new("selection.pbo", "Probability of backtest overfitting", Bound::AtMost, &limits.pbo_max)
                .domain(Domain::PROBABILITY)
                .remedy("Fewer configurations, or ones that differ in skill and not in luck.");
        let beside = reported(evidence, &["selection.own_below_median", "selection.degradation_slope"]);
        // Known to be too few, and nothing missing: the declared rule, not a gap.
        let too_few = clusters.verdict == Verdict::CannotTell
            && clusters.value.is_some_and(|n| n >= 0.0 && n < limits.min_clusters.value);
        if too_few && complete.verdict == Verdict::Pass {
            clusters.verdict = Verdict::Pass;
            clusters.reason = format!(
                "Not applicable: {} trial cluster(s) on the lineage, and the policy asks this from {} on.",
                clusters.value.unwrap_or_default(),
                limits.min_clusters.value
            );
            clusters.what_would_change = None;
            return GateResult::from_checks(self.name(), vec![clusters, complete], beside);
        }
        if clusters.verdict != Verdict::Pass {
            return GateResult::from_checks(self.name(), vec![clusters, complete], beside);
        }
        let none =
            Threshold { value: 0.0, unit: "trials".to_owned(), reason: String::new(), source: String::new() };
        let declared =
            Rule::new("selection.declared", "Trials declared without returns", Bound::AtMost, &none)
                .domain(Domain::NOT_NEGATIVE)
                .spans(Spans::Any)
                .precondition()
                .remedy("A trial that was only declared cannot be ranked; its returns must be found again.")
                .check(evidence);
        let checks = vec![pbo.check(evidence), clusters, complete, declared];
        GateResult::from_checks(self.name(), checks, beside)
    }
}
