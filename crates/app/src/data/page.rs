//! The two reports as self-contained pages.

use super::{CoverageOverview, QualityReport, YearReport};
use crate::report::{escape, page, table};

/// The quality report as one HTML page: nothing is fetched, no script runs.
pub fn quality_page(report: &QualityReport) -> String {
    let mut body = format!("<h1>Data quality</h1><p>{}: ", escape(&report.of));
    body.push_str(&format!(
        "{} bars in {} symbols, {} rows set aside by declared rules. {} open errors, {} findings waived.</p>",
        report.bars, report.symbols, report.set_aside, report.open_errors, report.waived
    ));
    let calendar = report.calendar.as_deref().unwrap_or("none");
    body.push_str(&format!("<p>Calendar: {}.</p>", escape(calendar)));
    for line in report.expired.iter().chain(&report.unreadable) {
        body.push_str(&format!("<p>{}</p>", escape(line)));
    }
    for file in &report.files {
        body.push_str(&format!("<p>{} was read with {}.</p>", escape(&file.file), escape(&file.columns)));
        for note in &file.notes {
            body.push_str(&format!("<p>{}</p>", escape(note)));
        }
    }
    let rows: Vec<Vec<String>> = report
        .rules
        .iter()
        .filter(|rule| rule.count > 0)
        .map(|r| {
            let numbers = [r.count, r.waived, r.symbols].map(|n| n.to_string());
            [vec![r.rule.clone(), r.severity.clone(), r.action.clone()], numbers.to_vec()].concat()
        })
        .collect();
    body.push_str("<h2>Found</h2>");
    body.push_str(&table(&["check", "severity", "action", "findings", "waived", "symbols"], &rows));
    for rule in report.rules.iter().filter(|rule| rule.count > 0) {
        body.push_str(&format!("<h3>{}</h3><p>{}</p>", escape(&rule.rule), escape(&rule.doc)));
        let samples: Vec<Vec<String>> = rule.samples.iter().map(|s| vec![s.clone()]).collect();
        body.push_str(&table(&["samples"], &samples));
        body.push_str(&format!("<p>What to do: {}.</p>", escape(&rule.hint)));
    }
    let clean: Vec<&str> =
        report.rules.iter().filter(|rule| rule.count == 0).map(|rule| rule.rule.as_str()).collect();
    body.push_str(&format!("<h2>Looked for and not found</h2><p>{}</p>", escape(&clean.join(", "))));
    page("Data quality", &body)
}

/// The coverage report as one HTML page.
pub fn coverage_page(report: &CoverageOverview) -> String {
    let mut body = format!(
        "<h1>Coverage</h1><p>Sessions of {} with a bar, between each symbol's first and last bar.</p>",
        escape(&report.calendar)
    );
    let rows: Vec<Vec<String>> = report
        .symbols
        .iter()
        .map(|s| {
            vec![
                s.symbol.to_string(),
                s.interval.to_string(),
                s.first.to_string(),
                s.last.to_string(),
                s.observed.to_string(),
                s.expected.to_string(),
                format!("{:.4}", s.fraction),
                s.bars.observed.to_string(),
                s.bars.expected.to_string(),
                s.holes.len().to_string(),
            ]
        })
        .collect();
    body.push_str(&table(
        &["symbol", "interval", "first", "last", "observed", "expected", "share", "bars", "of", "holes"],
        &rows,
    ));
    let years: Vec<Vec<String>> = report
        .symbols
        .iter()
        .flat_map(|s| {
            let short = |y: &&YearReport| y.observed < y.expected || y.bars.observed < y.bars.expected;
            s.years.iter().filter(short).map(|y| {
                vec![
                    s.symbol.to_string(),
                    s.interval.to_string(),
                    y.year.to_string(),
                    y.observed.to_string(),
                    y.expected.to_string(),
                    y.bars.observed.to_string(),
                    y.bars.expected.to_string(),
                ]
            })
        })
        .collect();
    body.push_str("<h2>Years with holes</h2>");
    body.push_str(&table(&["symbol", "interval", "year", "observed", "expected", "bars", "of"], &years));
    let holes: Vec<Vec<String>> = report
        .symbols
        .iter()
        .flat_map(|s| {
            s.holes.iter().map(|h| {
                vec![
                    s.symbol.to_string(),
                    s.interval.to_string(),
                    h.first.to_string(),
                    h.last.to_string(),
                    h.sessions.to_string(),
                    h.cause.to_owned(),
                    h.because.clone(),
                ]
            })
        })
        .collect();
    body.push_str("<h2>Holes</h2>");
    body.push_str(&table(
        &["symbol", "interval", "first", "last", "sessions", "likely cause", "because"],
        &holes,
    ));
    page("Coverage", &body)
}
