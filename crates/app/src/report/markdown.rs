//! Evidence as a Markdown table.

use proofmark_labels::ClassBalance;
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

/// What the labels of each fold's fit rows are worth, one line a fold; nothing where there is none.
pub(crate) fn label_weights_markdown(folds: &[ClassBalance]) -> String {
    let Some(first) = folds.first() else { return String::new() };
    let share = |of: f64| display::with_unit(of, "fraction");
    let row = |fold: &ClassBalance| {
        let labels = fold.ones + fold.zeros;
        vec![
            fold.part.clone(),
            labels.to_string(),
            format!("{:.0}", fold.effective),
            format!("{:.0}", fold.independent),
            share(fold.ones as f64 / labels.max(1) as f64),
            fold.weighted_share_of_ones.map_or_else(String::new, share),
        ]
    };
    let head = ["fold", "labels", "effective", "without overlap", "class 1", "class 1 by weight"];
    let table = markdown_table(&head, &folds.iter().map(row).collect::<Vec<_>>());
    format!(
        "\n## Label weights\n\nIn training labels weigh by {}; scores are judged unweighted.\n\n{table}",
        first.weighting
    )
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
