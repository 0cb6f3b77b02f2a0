//! Gate `leaks`: every canary came back clear.

use super::check::Rule;
use super::data::waive;
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;

/// Cannot run on a list carried back.
const UNIVERSE_CANARY: &str = "canary.universe_membership";

/// The canaries this build requires, by evidence name.
pub(super) const CANARIES: &[&str] =
    &["canary.prefix_invariance", "canary.train_test_overlap", UNIVERSE_CANARY, "canary.fit_leak"];

/// See [`Gate::doc`].
pub(super) struct Leaks;

impl Gate for Leaks {
    fn name(&self) -> &'static str {
        "leaks"
    }

    fn doc(&self) -> &'static str {
        "Every leak canary must be clear: features unchanged when the future is cut off, no training row in a test \
         block, only members of the universe of their date, nothing fitted outside its fold. A canary that could not \
         run is cannot-tell. Clear canaries are necessary, not sufficient."
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
        let checks = CANARIES.iter().copied().chain(extra).map(check).collect();
        GateResult::from_checks(self.name(), checks, Vec::new())
    }
}
