//! Evidence as a Markdown table.

use proofmark_lifecycle::display;
use proofmark_lifecycle::evidence::EvidenceSet;

/// Every record of a set, one a line.
pub(crate) fn evidence_markdown(title: &str, evidence: &EvidenceSet, synthetic: bool) -> String {
    let mut out = format!("# {title}\n\n");
    if synthetic {
        out.push_str("> The market was simulated.\n\n");
    }
    out.push_str(
        "| what | value | interval | n | measured on | note |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for record in evidence {
        let value =
            record.value.map_or_else(|| "not computed".to_owned(), |v| display::with_unit(v, &record.unit));
        let interval = record.interval.as_ref().map_or_else(String::new, |i| {
            format!(
                "{} to {}",
                display::with_unit(i.low, &record.unit),
                display::with_unit(i.high, &record.unit)
            )
        });
        let note = record.note.as_deref().unwrap_or_default().replace('|', "\\|");
        out.push_str(&format!(
            "| {} | {value} | {interval} | {} | {}, {} | {note} |\n",
            record.name,
            record.n,
            record.span_kind.label(),
            record.span
        ));
    }
    out
}
