//! The promotion briefing as a page: the verdict first, then why, then the pictures, then every number with its source.

use std::fmt::Write as _;

use proofmark_lifecycle::briefing::{Cell, Curve, NamedFigure, RiskItem, Table};
use proofmark_lifecycle::{Briefing, Figure, Verdict, display};

use super::page::{badge, page, table};
use super::svg::{self, Line, escape};

/// Draws the briefing.
pub(crate) fn briefing_page(briefing: &Briefing) -> String {
    let mut out = String::new();
    head(&mut out, briefing);
    gates(&mut out, briefing);
    pictures(&mut out, briefing);
    for entry in briefing.tables.iter() {
        figure_table(&mut out, entry);
    }
    risks(&mut out, briefing);
    numbers(&mut out, briefing);
    not_run(&mut out, briefing);
    page("Promotion briefing", &out)
}

fn head(out: &mut String, briefing: &Briefing) {
    let status = briefing.status.name();
    let tone = match status {
        "ready-for-review" | "approved" => "good",
        "refused" | "failed" | "rejected" | "revoked" => "bad",
        _ => "unsure",
    };
    let _ = write!(out, "<h1>Promotion briefing {}</h1>", badge(status));
    for notice in &briefing.notices {
        let _ = write!(
            out,
            "<div class=\"verdict unsure\"><strong>Note first.</strong> {}</div>",
            escape(&notice.text)
        );
    }
    let _ = write!(
        out,
        "<div class=\"verdict {tone}\"><p><strong>{}</strong></p><p>Recommendation: <code>{}</code></p></div>",
        escape(&briefing.headline()),
        briefing.recommendation.name()
    );
    if !briefing.gates.is_empty() {
        let judges = escape(&briefing.judged_by().replace('`', ""));
        let _ = write!(out, "<p class=\"soft\">Judged by the policies: {judges}.</p>");
    }
    if let Some(span) = briefing.training.date_range {
        let _ = write!(
            out,
            "<p class=\"soft\">{} symbols, {span}. Percentages are shown for reading; files keep fractions. Every number below names its observations, its span and the file it is in.</p>",
            briefing.training.symbols.len()
        );
    }
}

fn gates(out: &mut String, briefing: &Briefing) {
    if briefing.gates.is_empty() {
        return;
    }
    out.push_str("<h2>Verdicts</h2><div class=\"scroll\"><table class=\"wide\"><thead><tr><th>Gate</th><th>Verdict</th><th>Why</th><th>What would have to change</th></tr></thead><tbody>");
    for gate in &briefing.gates {
        let _ = write!(
            out,
            "<tr><td><strong>{}</strong></td><td>{}</td><td>{} <span class=\"soft\">{}</span></td><td>{}</td></tr>",
            escape(&gate.gate),
            badge(verdict_name(gate.verdict)),
            escape(&gate.plain),
            escape(&gate.reason),
            escape(gate.what_would_change.as_deref().unwrap_or("")),
        );
    }
    out.push_str("</tbody></table></div>");
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::CannotTell => "cannot_tell",
    }
}

/// Equity and drawdown, reliability, cost waterfall, stress: what people would rather look at than read.
fn pictures(out: &mut String, briefing: &Briefing) {
    let percent = |v: f64| format!("{:.0} %", v * 100.0);
    let group =
        |prefix: &str| briefing.curves.iter().filter(|c| c.name.starts_with(prefix)).collect::<Vec<_>>();
    let draw =
        |out: &mut String, title: &str, curves: &[&Curve], height: f64, format: &dyn Fn(f64) -> String| {
            const CLASSES: [&str; 5] = ["c0", "c1", "c2", "c3", "c4"];
            let Some(longest) = curves.iter().max_by_key(|c| c.dates.len()) else { return };
            let columns: Vec<Vec<f64>> = curves.iter().map(|c| on_dates(c, &longest.dates)).collect();
            let lines: Vec<Line<'_>> = curves
                .iter()
                .zip(&columns)
                .zip(CLASSES)
                .map(|((curve, values), class)| Line { name: &curve.title, class, values })
                .collect();
            let _ = write!(
                out,
                "<figure><h3>{}</h3>{}<figcaption class=\"soft\">{}, from {}</figcaption></figure>",
                escape(title),
                svg::time_chart(title, &longest.dates, &lines, height, format),
                longest.span_kind.label(),
                escape(&longest.source.file)
            );
        };
    if briefing.curves.is_empty() && briefing.tables.iter().next().is_none() {
        return;
    }
    out.push_str("<h2>Pictures</h2>");
    draw(out, "Growth of 1, net of costs", &group("equity."), 280.0, &|v| format!("{v:.1}"));
    draw(out, "Drawdown", &group("drawdown."), 160.0, &percent);
    draw(out, "Active return, cumulated", &group("active."), 200.0, &percent);
    if let Some(entry) = &briefing.tables.reliability {
        let bins: Vec<(f64, f64, f64, f64)> = entry
            .rows
            .iter()
            .filter_map(|row| {
                let (predicted, observed) = (cell(row, 0)?, cell(row, 1)?);
                let (low, high) =
                    observed.interval.as_ref().map_or((f64::NAN, f64::NAN), |i| (i.low, i.high));
                Some((predicted.value?, observed.value?, low, high))
            })
            .collect();
        if !bins.is_empty() {
            let _ = write!(
                out,
                "<figure><h3>Reliability of the student's probabilities</h3>{}</figure>",
                svg::reliability("Reliability", &bins)
            );
        }
    }
    for (entry, title) in [
        (&briefing.tables.cost_waterfall, "Where the money goes"),
        (&briefing.tables.stress, "Stress periods"),
    ] {
        if let Some(entry) = entry {
            let rows: Vec<(String, f64)> = entry
                .rows
                .iter()
                .filter_map(|row| {
                    Some((row.label.split(" (").next().unwrap_or_default().to_owned(), cell(row, 0)?.value?))
                })
                .collect();
            if !rows.is_empty() {
                let head = entry.columns.first().map_or("", String::as_str);
                let _ = write!(
                    out,
                    "<figure><h3>{}</h3>{}<figcaption class=\"soft\">{}</figcaption></figure>",
                    escape(title),
                    svg::bars(title, &rows, &|v| format!("{:.2} %", v * 100.0)),
                    escape(head)
                );
            }
        }
    }
}

/// A curve's values on other dates: each date takes the last value at or before it, NaN before the first.
fn on_dates(curve: &Curve, dates: &[proofmark_units::Date]) -> Vec<f64> {
    dates
        .iter()
        .map(|date| {
            let at = curve.dates.partition_point(|d| d <= date);
            at.checked_sub(1).map_or(f64::NAN, |i| curve.values[i])
        })
        .collect()
}

fn cell(row: &proofmark_lifecycle::briefing::Row, column: usize) -> Option<&Figure> {
    match row.cells.get(column)? {
        Cell::Figure(figure) => Some(figure),
        Cell::Text(_) | Cell::Empty => None,
    }
}

fn value_text(figure: &Figure) -> String {
    figure.value.map_or_else(|| "not computed".to_owned(), |v| display::with_unit(v, &figure.unit))
}

fn interval_text(figure: &Figure) -> String {
    figure.interval.as_ref().map_or_else(String::new, |i| {
        format!("{} to {}", display::with_unit(i.low, &figure.unit), display::with_unit(i.high, &figure.unit))
    })
}

fn figure_table(out: &mut String, entry: &Table) {
    let _ = write!(out, "<h2>{}</h2>", escape(&entry.title));
    if let Some(note) = &entry.note {
        let _ = write!(out, "<p class=\"soft\">{}</p>", escape(note));
    }
    let head: Vec<&str> = std::iter::once("").chain(entry.columns.iter().map(String::as_str)).collect();
    let text = |cell: &Cell| match cell {
        Cell::Figure(figure) => value_text(figure),
        Cell::Text(text) => text.clone(),
        Cell::Empty => String::new(),
    };
    let rows: Vec<Vec<String>> = entry
        .rows
        .iter()
        .map(|row| std::iter::once(row.label.clone()).chain(row.cells.iter().map(text)).collect())
        .collect();
    out.push_str(&table(&head, &rows));
}

fn risks(out: &mut String, briefing: &Briefing) {
    let list = |out: &mut String, title: &str, items: &[RiskItem], none: &str| {
        let _ = write!(out, "<h3>{title}</h3>");
        if items.is_empty() {
            let _ = write!(out, "<p class=\"soft\">{none}</p>");
            return;
        }
        out.push_str("<ul>");
        for item in items {
            let number = item.figure.as_ref().map_or(String::new(), |f| format!(" ({})", value_text(f)));
            let _ = write!(out, "<li>{}{}</li>", escape(&item.text), escape(&number));
        }
        out.push_str("</ul>");
    };
    out.push_str("<h2>Risks</h2>");
    list(out, "Outstanding", &briefing.risk_assessment.outstanding_issues, "None found by the rules.");
    list(out, "Warnings", &briefing.risk_assessment.warnings, "None found by the rules.");
    out.push_str("<h3>For a person to check</h3><ul>");
    for check in &briefing.risk_assessment.manual_review_required {
        let _ = write!(out, "<li>&#9744; {}</li>", escape(check));
    }
    out.push_str("</ul>");
}

fn numbers(out: &mut String, briefing: &Briefing) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut push = |name: &str, figure: &Figure| {
        rows.push(vec![
            name.to_owned(),
            value_text(figure),
            interval_text(figure),
            figure.n.to_string(),
            format!("{}, {}", figure.span_kind.label(), figure.span),
            format!("{}#{}", figure.source.file, figure.source.pointer),
        ]);
    };
    for gate in &briefing.gates {
        for check in &gate.checks {
            if let Some(figure) = &check.figure {
                push(&check.evidence, figure);
            }
        }
        gate.reported.iter().for_each(|n| push(&n.name, &n.figure));
    }
    let lists: [&[NamedFigure]; 3] =
        [&briefing.training.beside, &briefing.validation.figures, &briefing.statistical_tests.beside];
    lists.into_iter().flatten().for_each(|n| push(&n.name, &n.figure));
    if rows.is_empty() {
        return;
    }
    out.push_str("<h2>Every number, with its source</h2>");
    out.push_str(&table(&["what", "value", "interval", "n", "measured on", "source"], &rows));
}

fn not_run(out: &mut String, briefing: &Briefing) {
    if briefing.not_run.is_empty() {
        return;
    }
    out.push_str("<h2>Not run</h2><ul>");
    for item in &briefing.not_run {
        let _ = write!(out, "<li><code>{}</code>: {}</li>", escape(&item.name), escape(&item.reason));
    }
    out.push_str("</ul>");
}
