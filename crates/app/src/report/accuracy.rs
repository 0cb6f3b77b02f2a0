//! The accuracy report: the same tables as the briefing's, for people who look at the model rather than the money.

use proofmark_lifecycle::display;
use proofmark_lifecycle::evidence::EvidenceSet;

use super::page::{page, table};

/// Every out-of-sample record of model validation, student beside twin and teacher.
pub(crate) fn accuracy_page(evidence: &EvidenceSet, synthetic: bool) -> String {
    let mut body = String::from("<h1>Accuracy report</h1>");
    if synthetic {
        body.push_str("<div class=\"verdict unsure\">The market was simulated.</div>");
    }
    body.push_str("<p class=\"soft\">Out-of-sample scores pooled over all folds; averaging folds flatters. Accuracy is shown beside the base rate: always saying the commoner class scores the base rate.</p>");
    let rows: Vec<Vec<String>> = evidence
        .iter()
        .map(|record| {
            vec![
                record.name.clone(),
                record.value.map_or_else(|| "not computed".into(), |v| display::with_unit(v, &record.unit)),
                record.interval.as_ref().map_or_else(String::new, |i| {
                    format!(
                        "{} to {}",
                        display::with_unit(i.low, &record.unit),
                        display::with_unit(i.high, &record.unit)
                    )
                }),
                record.n.to_string(),
                format!("{}, {}", record.span_kind.label(), record.span),
                record.note.clone().unwrap_or_default(),
            ]
        })
        .collect();
    body.push_str(&table(&["what", "value", "interval", "n", "measured on", "note"], &rows));
    page("Accuracy report", &body)
}
