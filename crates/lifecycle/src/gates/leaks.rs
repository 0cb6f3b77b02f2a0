//! Gate `leaks`: every canary came back clear.

use super::check::{Bound, Domain, Rule, reported};
use super::data::waive;
use super::score_skill::is_timing;
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;

/// Cannot run on a list carried back.
const UNIVERSE_CANARY: &str = "canary.universe_membership";

/// The canaries this build requires, by evidence name.
pub(super) const CANARIES: &[&str] = &[
    "canary.prefix_invariance",
    "canary.shuffled_future",
    "canary.label_shift",
    "canary.vintage",
    UNIVERSE_CANARY,
    "canary.train_test_overlap",
    "canary.fit_leak",
    "canary.permuted_label_retrain",
];

/// See [`Gate::doc`].
pub(super) struct Leaks;

impl Gate for Leaks {
    fn name(&self) -> &'static str {
        "leaks"
    }

    fn doc(&self) -> &'static str {
        "Every leak canary must be clear: features unchanged when the future is cut off or shuffled, labels that start \
         after their decision, values as they were known on the day, only members of the universe of their date, no \
         training row in a test block, nothing fitted outside its fold, no skill left when the labels are permuted. A \
         canary that could not run is cannot-tell; so is a result above the policy's plausibility ceilings, which is \
         quarantined for an audit. Clear canaries are necessary, not sufficient."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let extra = evidence
            .iter()
            .map(|record| record.name.as_str())
            .filter(|name| name.starts_with("canary.") && !CANARIES.contains(name));
        let check = |name: &str| {
            let label = format!("Canary {} is clear", name.trim_start_matches("canary.").replace('_', " "));
            let mut check = Rule::flag(name, &label)
                .remedy("Find what the canary caught; until then every other number is suspect.")
                .check(evidence);
            // The same missing papers stop this canary and the data gate, and one waiver names them both.
            if name == UNIVERSE_CANARY {
                waive(&mut check, evidence, policy);
            }
            check
        };
        let limits = &policy.leaks;
        let ceilings = [
            ("score_skill.rank_ic", "Rank IC, were it too good,", &limits.rank_ic_max),
            (
                "active_return.appraisal_ratio",
                "Appraisal ratio, were it too good,",
                &limits.appraisal_ratio_max,
            ),
        ];
        let timing = is_timing(evidence);
        let asked = ceilings.into_iter().filter(|(name, ..)| !(timing && *name == "score_skill.rank_ic"));
        let too_good = asked.map(|(name, label, ceiling)| {
            Rule::new(name, label, Bound::AtMost, ceiling)
                .domain(Domain::ANY)
                .precondition()
                .remedy("Quarantined: a person audits data, labels and features before anything is believed.")
                .check(evidence)
        });
        let checks = CANARIES.iter().copied().chain(extra).map(check).chain(too_good).collect();
        GateResult::from_checks(self.name(), checks, reported(evidence, &[]))
    }
}
