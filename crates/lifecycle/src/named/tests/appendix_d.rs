//! Regression cases D1 to D30 as far as they concern gates: each names the defect it keeps out.
//!
//! Not here, because no gate can see them: D9, D10, D19 (ledger and states), D13's clock and D15's matching of round
//! trips (paper trading), D16, D18, D21 (trial store and objective), D25, D26 (execution), D27 to D30 as computations
//! (statistics and splits; here are only the rules that read them).

mod results;
mod thresholds;
mod unknowns;

use crate::evidence::EvidenceSet;
use crate::gates::judge_all;
use crate::named::NamedVerdict;
use crate::policy::Policy;
use crate::verdict::Verdict;

const PIPELINE: &str = "gated_pipeline";

fn verdict(named: &NamedVerdict, rule: &str) -> Verdict {
    named.check(rule).unwrap_or_else(|| panic!("{rule}")).check.verdict
}

fn default_gate(set: &EvidenceSet, gate: &str) -> (Verdict, String) {
    let results = judge_all(set, &Policy::default());
    let result = results.into_iter().find(|result| result.gate == gate).unwrap();
    (result.verdict, result.reason)
}
