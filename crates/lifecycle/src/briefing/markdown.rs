//! The briefing as Markdown.

use std::fmt::Write as _;

use super::{Briefing, Cell, Figure, NamedFigure, RatioSection, Recommendation, RiskItem, Table};
use crate::candidate::CandidateStatus;
use crate::display;
use crate::gates::{Gate as _, HoldOut};

/// Draws the briefing as Markdown (GitHub tables).
pub fn render_markdown(briefing: &Briefing) -> String {
    let mut page = Page(String::new());
    head(&mut page, briefing);
    gates(&mut page, briefing);
    training(&mut page, briefing);
    tests(&mut page, briefing);
    for table in briefing.tables.iter() {
        page.table(table);
    }
    risks(&mut page, briefing);
    tail(&mut page, briefing);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl AsRef<str>) {
        self.0.push_str(text.as_ref());
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let _ = write!(self.0, "\n## {text}\n\n");
    }

    fn rows(&mut self, headings: &[&str], rows: &[Vec<String>]) {
        let line = |cells: &[String]| {
            format!("| {} |", cells.iter().map(|c| cell_text(c)).collect::<Vec<_>>().join(" | "))
        };
        self.line(line(&headings.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()));
        self.line(format!("|{}", " --- |".repeat(headings.len())));
        for row in rows {
            self.line(line(row));
        }
    }

    /// One line per figure: what, value, interval, n, span, where.
    fn figures(&mut self, rows: &[(String, &Figure)]) {
        let cells = |(name, figure): &(String, &Figure)| {
            vec![
                name.clone(),
                value(figure),
                interval(figure),
                figure.n.to_string(),
                format!("{}, {}", figure.span_kind.label(), figure.span),
                format!("{}#{}", figure.source.file, figure.source.pointer),
            ]
        };
        let rows: Vec<_> = rows.iter().map(cells).collect();
        self.rows(&["what", "value", "interval", "n", "measured on", "source"], &rows);
    }

    fn table(&mut self, table: &Table) {
        self.heading(&table.title);
        if let Some(note) = &table.note {
            self.line(format!("{note}\n"));
        }
        let headings: Vec<&str> =
            std::iter::once("").chain(table.columns.iter().map(String::as_str)).collect();
        let text = |cell: &Cell| match cell {
            Cell::Figure(figure) => value(figure),
            Cell::Text(text) => text.clone(),
            Cell::Empty => String::new(),
        };
        let rows: Vec<Vec<String>> = table
            .rows
            .iter()
            .map(|row| std::iter::once(row.label.clone()).chain(row.cells.iter().map(text)).collect())
            .collect();
        self.rows(&headings, &rows);
        let mut sources: Vec<String> = table
            .rows
            .iter()
            .flat_map(|row| &row.cells)
            .filter_map(|cell| match cell {
                Cell::Figure(figure) => {
                    Some(format!("{} ({})", figure.source.file, figure.span_kind.label()))
                }
                _ => None,
            })
            .collect();
        sources.sort();
        sources.dedup();
        if !sources.is_empty() {
            self.line(format!("\nFrom: {}.", sources.join(", ")));
        }
    }
}

/// Text that cannot break out of a table cell.
fn cell_text(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn value(figure: &Figure) -> String {
    figure.value.map_or_else(|| "not computed".to_owned(), |value| display::with_unit(value, &figure.unit))
}

fn interval(figure: &Figure) -> String {
    figure.interval.as_ref().map_or_else(String::new, |interval| {
        format!(
            "{} to {} ({} %, {})",
            display::with_unit(interval.low, &figure.unit),
            display::with_unit(interval.high, &figure.unit),
            display::number(interval.level * 100.0),
            interval.method
        )
    })
}

fn head(page: &mut Page, briefing: &Briefing) {
    page.line("# Promotion briefing\n");
    for notice in &briefing.notices {
        page.line(format!("> **Note first.** {}\n", notice.text.replace('\n', " ")));
    }
    page.line(format!("**{}**\n", briefing.headline()));
    page.line(format!("- status: `{}`", briefing.status));
    page.line(format!("- recommendation: `{}`", briefing.recommendation.name()));
    if !briefing.gates.is_empty() {
        page.line(format!("- judged by: {}", briefing.judged_by()));
    }
    if briefing.failure.is_some() {
        page.line("\nThis briefing is partial: what follows was finished before the failure.");
    }
}

fn gates(page: &mut Page, briefing: &Briefing) {
    if briefing.gates.is_empty() {
        return;
    }
    page.heading("Gates");
    for gate in &briefing.gates {
        page.line(format!("- **{}: {}.** {}", gate.gate, gate.verdict, gate.reason));
        page.line(format!("  - in plain words: {}", gate.plain));
        if let Some(change) = &gate.what_would_change {
            page.line(format!("  - to pass: {change}"));
        }
    }
    page.heading("Evidence behind the gates");
    let cells = |gate: &str, verdict: String, rule: &str, name: &str, figure: Option<&Figure>| {
        vec![
            gate.to_owned(),
            verdict,
            rule.to_owned(),
            figure.map_or_else(|| "no record".to_owned(), value),
            figure.map_or_else(String::new, interval),
            figure.map_or_else(String::new, |figure| figure.n.to_string()),
            figure
                .map_or_else(String::new, |figure| format!("{}, {}", figure.span_kind.label(), figure.span)),
            figure.map_or_else(
                || format!("`{name}`"),
                |figure| format!("{}#{}", figure.source.file, figure.source.pointer),
            ),
        ]
    };
    let mut rows = Vec::new();
    for gate in &briefing.gates {
        for check in &gate.checks {
            let verdict = check.verdict.to_string();
            rows.push(cells(&gate.gate, verdict, &check.rule, &check.evidence, check.figure.as_ref()));
        }
        for number in &gate.reported {
            rows.push(cells(
                &gate.gate,
                "reported".to_owned(),
                &number.name,
                &number.name,
                Some(&number.figure),
            ));
        }
    }
    page.rows(&["gate", "verdict", "rule", "value", "interval", "n", "measured on", "source"], &rows);
}

fn named<'a>(name: &str, figure: &'a Option<Figure>) -> Option<(String, &'a Figure)> {
    figure.as_ref().map(|figure| (name.to_owned(), figure))
}

fn beside(figures: &[NamedFigure]) -> impl Iterator<Item = (String, &Figure)> {
    figures.iter().map(|number| (number.name.clone(), &number.figure))
}

fn training(page: &mut Page, briefing: &Briefing) {
    let training = &briefing.training;
    if training.symbols.is_empty() && training.date_range.is_none() {
        return;
    }
    page.heading("Training and validation");
    let symbols: Vec<&str> = training.symbols.iter().map(proofmark_units::Symbol::as_str).collect();
    page.line(format!("- symbols: {}", symbols.join(", ")));
    if let Some(span) = &training.date_range {
        page.line(format!("- dates: {span}"));
    }
    let validation = &briefing.validation;
    page.line(format!("- validation: {}", validation.status.as_deref().unwrap_or("not run")));
    if let Some(config) = &validation.optimizer_best_config {
        page.line(format!("- optimiser's choice: {config}"));
    }
    if !validation.reports_generated.is_empty() {
        page.line(format!("- reports: {}", validation.reports_generated.join(", ")));
    }
    let (teacher, student) = (&training.teacher, &training.student);
    let rows: Vec<(String, &Figure)> = [
        named("teacher: runs completed", &teacher.runs_completed),
        named("teacher: pooled precision", &teacher.avg_precision),
        named("teacher: pooled recall", &teacher.avg_recall),
        named("teacher: pooled F1", &teacher.avg_f1),
        named("student: samples", &student.total_samples),
        named("student: accuracy", &student.accuracy),
        named("student: precision", &student.precision),
        named("student: recall", &student.recall),
    ]
    .into_iter()
    .flatten()
    .chain(beside(&training.beside))
    .chain(beside(&validation.figures))
    .collect();
    if !rows.is_empty() {
        page.line("");
        page.figures(&rows);
    }
}

fn tests(page: &mut Page, briefing: &Briefing) {
    let tests = &briefing.statistical_tests;
    let ratio = |name: &str, ratio: &RatioSection| -> Vec<(String, Figure)> {
        let parts = [
            ("", &ratio.value),
            (" of the best of N trials by luck", &ratio.luck),
            (" of the null book", &ratio.baseline),
            (", difference", &ratio.improvement),
        ];
        parts
            .into_iter()
            .filter_map(|(suffix, figure)| Some((format!("{name}{suffix}"), figure.clone()?)))
            .collect()
    };
    let ratios =
        [ratio("Sharpe ratio", &tests.sharpe_ratio), ratio("Sortino ratio", &tests.sortino_ratio)].concat();
    let benchmark = tests.benchmark.benchmark.as_deref().unwrap_or("the benchmark");
    let rows: Vec<(String, &Figure)> = [
        named("walk-forward: folds", &tests.walk_forward_cv.folds),
        named("walk-forward: pooled precision", &tests.walk_forward_cv.avg_precision),
        named("bootstrap: mean active return", &tests.bootstrap.ci),
        named("bootstrap: p", &tests.bootstrap.p),
        named(&format!("alpha to {benchmark}"), &tests.benchmark.alpha),
        named(&format!("beta to {benchmark}"), &tests.benchmark.beta),
    ]
    .into_iter()
    .flatten()
    .chain(ratios.iter().map(|(name, figure)| (name.clone(), figure)))
    .chain(beside(&tests.beside))
    .collect();
    if rows.is_empty() {
        return;
    }
    page.heading("Statistical tests");
    page.figures(&rows);
}

fn risks(page: &mut Page, briefing: &Briefing) {
    let risks = &briefing.risk_assessment;
    let item = |item: &RiskItem| match &item.figure {
        Some(figure) => {
            format!("- {} ({}; {}#{})", item.text, value(figure), figure.source.file, figure.source.pointer)
        }
        None => format!("- {}", item.text),
    };
    page.heading("Risk assessment");
    let mut list = |title: &str, items: &[RiskItem]| {
        page.line(format!("{title}:\n"));
        match items.is_empty() {
            true => page.line("- none was found by the rules"),
            false => items.iter().for_each(|risk| page.line(item(risk))),
        }
        page.line("");
    };
    list("Outstanding issues", &risks.outstanding_issues);
    list("Warnings", &risks.warnings);
    page.line("To be checked by a person:\n");
    for check in &risks.manual_review_required {
        page.line(format!("- [ ] {check}"));
    }
}

fn tail(page: &mut Page, briefing: &Briefing) {
    page.heading("Not run");
    match briefing.not_run.is_empty() {
        true => page.line("- nothing was left out"),
        false => briefing
            .not_run
            .iter()
            .for_each(|item| page.line(format!("- {}: not run. {}", item.name, item.reason))),
    }
    page.heading("Next steps");
    let run = "RUN";
    page.line(match (briefing.recommendation, briefing.status) {
        (_, CandidateStatus::Failed) => format!("Mend the cause, then `proofmark run --resume {run}`."),
        (Recommendation::NotApplicable, _) => "There is nothing to approve.".to_owned(),
        (_, CandidateStatus::Approved) => "It is approved; the mark names the bytes it covers.".to_owned(),
        (_, CandidateStatus::ReadyForReview) => {
            let opened = briefing.gates.iter().any(|gate| gate.gate == HoldOut.name());
            let first = match opened {
                true => String::new(),
                false => format!(
                    "open the sealed hold-out once (`proofmark candidates holdout {run} --actor NAME --reason TEXT`), then "
                ),
            };
            format!(
                "Check the list above; {first}decide (`proofmark candidates approve|reject {run} --actor NAME --reason \
                 TEXT`)."
            )
        }
        _ => "Read what would have to change, gate by gate, and train a new candidate.".to_owned(),
    });
    let places = &briefing.artifacts;
    let named =
        [("models", &places.model_dir), ("audit bundle", &places.audit_dir), ("manifest", &places.manifest)];
    if named.iter().any(|(_, place)| place.is_some()) {
        page.heading("Files");
        for (name, place) in named {
            if let Some(place) = place {
                page.line(format!("- {name}: `{place}`"));
            }
        }
    }
}
