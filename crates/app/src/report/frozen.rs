//! The report of a validation: the verdict first, then the checklist, the books and every number.

use proofmark_lifecycle::{Verdict, display};

use super::markdown::{EVIDENCE_HEAD, evidence_rows, markdown_table};
use super::page::{badge, page, table};
use super::svg::{Line, escape, time_chart};
use crate::candidates::ValidationReport;
use crate::candidates::frozen::{COMPARISON_HEAD, Comparison};

const CHECKS: &[&str] = &["criterion", "verdict", "why", "what would have to change"];
const REPORTED: &[&str] = &["read beside it", "value", "interval", "n"];
const SHORT: &str = "A window this short seldom shows a rival beaten: what it could have found stands beside each test. \
                      REVIEW says that nothing failed and not everything could be told.";

/// The verdict with the dates behind it.
fn sentence(report: &ValidationReport) -> String {
    let against = match (&report.baseline, &report.without_baseline) {
        (Some(run), _) => format!("against the champion {run}"),
        (None, Some(why)) => format!("without a champion ({why})"),
        (None, None) => String::new(),
    };
    format!("{} on {}, {against}: {}.", report.run_id, report.window, report.outcome)
}

fn papers(report: &ValidationReport) -> String {
    format!(
        "The model with sha256 {} was scored as it is; nothing was fitted. It was trained on the data snapshot {}, the window was read from {}.",
        report.model, report.trained_on, report.snapshot
    )
}

fn checks(report: &ValidationReport) -> Vec<Vec<String>> {
    let row = |check: &proofmark_lifecycle::gates::Check| {
        let verdict = match check.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::CannotTell => "cannot tell",
        };
        let note = report.evidence.get(&check.evidence).and_then(|r| r.note.clone()).unwrap_or_default();
        let why = if note.is_empty() { check.reason.clone() } else { format!("{} ({note})", check.reason) };
        vec![check.rule.clone(), verdict.to_owned(), why, check.what_would_change.clone().unwrap_or_default()]
    };
    report.gate.checks.iter().map(row).collect()
}

fn reported(report: &ValidationReport) -> Vec<Vec<String>> {
    let row = |number: &proofmark_lifecycle::gates::Reported| {
        let shown = |value: f64| display::with_unit(value, &number.unit);
        let bounds = number.interval.as_ref();
        vec![
            number.evidence.clone(),
            number.value.map_or_else(|| "not computed".to_owned(), shown),
            bounds.map_or_else(String::new, |i| format!("{} to {}", shown(i.low), shown(i.high))),
            number.n.to_string(),
        ]
    };
    let known =
        |number: &&proofmark_lifecycle::gates::Reported| report.evidence.get(&number.evidence).is_some();
    report.gate.reported.iter().filter(known).map(row).collect()
}

/// `validation_report.md`.
pub(crate) fn validation_markdown(report: &ValidationReport, comparison: &Comparison) -> String {
    let mut out = format!("# Validation: {}\n\n{}\n\n", report.outcome, sentence(report));
    if report.synthetic {
        out.push_str("> The market was simulated.\n\n");
    }
    out.push_str(&format!("{}\n\n", papers(report)));
    for finding in &report.findings {
        out.push_str(&format!("- {finding}\n"));
    }
    out.push_str(&format!("\n## Criteria\n\n{}\n{SHORT}\n", markdown_table(CHECKS, &checks(report))));
    out.push_str(&format!("\n{}", markdown_table(REPORTED, &reported(report))));
    out.push_str(&format!("\n## Books\n\n{}", markdown_table(COMPARISON_HEAD, &comparison.rows())));
    out.push_str(&format!(
        "\n## Every number\n\n{}",
        markdown_table(EVIDENCE_HEAD, &evidence_rows(&report.evidence))
    ));
    out
}

/// `validation_report.html`.
pub(crate) fn validation_page(report: &ValidationReport, comparison: &Comparison) -> String {
    let (tone, mark) = match report.gate.verdict {
        Verdict::Pass => ("good", "pass"),
        Verdict::Fail => ("bad", "fail"),
        Verdict::CannotTell => ("unsure", "review"),
    };
    let mut body = format!(
        "<h1>Validation {}</h1><div class=\"verdict {tone}\"><p><strong>{}</strong></p></div>",
        badge(mark),
        escape(&sentence(report))
    );
    if report.synthetic {
        body.push_str("<div class=\"verdict unsure\">The market was simulated.</div>");
    }
    body.push_str(&format!("<p class=\"soft\">{}</p><ul>", escape(&papers(report))));
    for finding in &report.findings {
        body.push_str(&format!("<li>{}</li>", escape(finding)));
    }
    body.push_str("</ul><h2>Criteria</h2>");
    body.push_str(&table(CHECKS, &checks(report)));
    body.push_str(&format!("<p class=\"soft\">{}</p>", escape(SHORT)));
    body.push_str(&table(REPORTED, &reported(report)));
    body.push_str("<h2>Books</h2>");
    let shown = |kind: &str| matches!(kind, "candidate" | "champion" | "null book" | "benchmark");
    let curves: Vec<(String, Vec<f64>)> = comparison
        .books
        .iter()
        .filter(|line| shown(line.kind))
        .map(|line| (line.name.replace('_', " "), line.wealth()))
        .collect();
    let classes = ["c0", "c1", "c2", "c3", "c4"];
    let lines: Vec<Line<'_>> =
        curves.iter().zip(classes).map(|((name, values), class)| Line { name, class, values }).collect();
    body.push_str(&time_chart("Wealth over the window", &comparison.dates, &lines, 260.0, &|v| {
        format!("{v:.2}")
    }));
    body.push_str(&table(COMPARISON_HEAD, &comparison.rows()));
    body.push_str("<h2>Every number</h2>");
    body.push_str(&table(EVIDENCE_HEAD, &evidence_rows(&report.evidence)));
    page("Validation report", &body)
}
