//! Evidence as a Markdown table.

use proofmark_lifecycle::display;
use proofmark_lifecycle::evidence::{Evidence, EvidenceSet};

/// Every record of a set, one a line.
pub(crate) fn evidence_markdown(title: &str, evidence: &EvidenceSet, synthetic: bool) -> String {
    let mut out = format!("# {title}\n\n");
    if synthetic {
        out.push_str("> The market was simulated.\n\n");
    }
    out.push_str(&markdown_table(EVIDENCE_HEAD, &evidence_rows(evidence)));
    out
}

/// Head of a table of [`evidence_rows`].
pub(super) const EVIDENCE_HEAD: &[&str] = &["what", "value", "interval", "n", "measured on", "note"];

/// Every record of a set, one a row.
pub(super) fn evidence_rows(evidence: &EvidenceSet) -> Vec<Vec<String>> {
    let row = |record: &Evidence| {
        let shown = |value: f64| display::with_unit(value, &record.unit);
        vec![
            record.name.clone(),
            record.value.map_or_else(|| "not computed".to_owned(), shown),
            record
                .interval
                .as_ref()
                .map_or_else(String::new, |i| format!("{} to {}", shown(i.low), shown(i.high))),
            record.n.to_string(),
            format!("{}, {}", record.span_kind.label(), record.span),
            record.note.clone().unwrap_or_default(),
        ]
    };
    evidence.iter().map(row).collect()
}

/// A table; a bar inside a cell is escaped.
pub(super) fn markdown_table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}
