//! The accuracy report: the same tables as the briefing's, for people who look at the model rather than the money.

use proofmark_lifecycle::evidence::EvidenceSet;

use super::markdown::{EVIDENCE_HEAD, evidence_rows};
use super::page::{page, table};

/// Every out-of-sample record of model validation, student beside twin and teacher.
pub(crate) fn accuracy_page(evidence: &EvidenceSet, synthetic: bool) -> String {
    let mut body = String::from("<h1>Accuracy report</h1>");
    if synthetic {
        body.push_str("<div class=\"verdict unsure\">The market was simulated.</div>");
    }
    body.push_str("<p class=\"soft\">Out-of-sample scores pooled over all folds; averaging folds flatters. Accuracy is shown beside the base rate: always saying the commoner class scores the base rate.</p>");
    body.push_str(&table(EVIDENCE_HEAD, &evidence_rows(evidence)));
    page("Accuracy report", &body)
}
