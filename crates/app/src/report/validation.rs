//! The validation report: a plain sentence per verdict and per test, drawn as Markdown, as a page and as JSON from one
//! value.

use std::fmt::Write as _;

use proofmark_lifecycle::briefing::plain_sentence;
use proofmark_lifecycle::{Evidence, Figure, GateResult, NamedVerdict, Verdict, display};
use serde::Serialize;

use super::page::{badge, page};
use super::statements::{CHAPTERS, FORECAST, Statement};
use super::svg::escape;

/// Records of the luck that stands beside every Sharpe ratio: trials, expected best, what the best exceeds in 5 %.
const LUCK: [&str; 3] = ["trials.n_effective", "luck.expected_sharpe", "luck.quantile_95_sharpe"];

/// Where the rest is.
const FILES: [(&str, &str); 7] = [
    ("stat_tests.json", "every record of the tests"),
    (
        "validation_summary.md",
        "every record of the scores, as a table; `reports/accuracy_report.html` is its page",
    ),
    (
        "calibration_report.json",
        "probabilities: Brier score and its parts, calibration error, reliability; the forecast of returns",
    ),
    (
        "cross_validation_report.json",
        "the folds one by one; splits and paths of the cross-validation, if asked for",
    ),
    ("permutation_test_report.json", "what shifted labels would show"),
    ("stress_summary.json", "periods, shocks, faults, paths; costs 1x to 3x, delay and capital"),
    ("promotion_briefing.md", "the verdict, with every number's source"),
];

/// One verdict in words.
#[derive(Debug, Serialize)]
struct Judged {
    gate: String,
    verdict: Verdict,
    sentence: &'static str,
    reason: String,
    what_would_change: Option<String>,
}

/// What a named policy advises.
#[derive(Debug, Serialize)]
struct Advice {
    policy: String,
    advice: String,
    gates_passed: usize,
    gates_total: usize,
}

/// One figure in words.
#[derive(Debug, Serialize)]
struct Said {
    name: &'static str,
    sentence: String,
    means: &'static str,
    does_not_mean: &'static str,
    figure: Option<Figure>,
}

/// Figures under one heading.
#[derive(Debug, Serialize)]
struct Section {
    title: &'static str,
    figures: Vec<Said>,
}

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct ValidationReport {
    verdicts: Vec<Judged>,
    named_policies: Vec<Advice>,
    sections: Vec<Section>,
}

impl ValidationReport {
    /// Words for the verdicts and figures; `find` gives a record and its figure by name.
    pub(crate) fn new<'a>(
        gates: &[GateResult],
        named: &[NamedVerdict],
        find: &dyn Fn(&str) -> Option<(&'a Evidence, Figure)>,
    ) -> Self {
        let judged = |gate: &GateResult| Judged {
            gate: gate.gate.clone(),
            verdict: gate.verdict,
            sentence: plain_sentence(&gate.gate, gate.verdict),
            reason: gate.reason.clone(),
            what_would_change: gate.what_would_change.clone(),
        };
        let advice = |verdict: &NamedVerdict| Advice {
            policy: verdict.policy.clone(),
            advice: verdict.recommendation.to_string(),
            gates_passed: verdict.gates_passed,
            gates_total: verdict.gates_total,
        };
        let luck = LUCK.map(|name| find(name).and_then(|(record, _)| record.value));
        let section = |chapter: &super::statements::Chapter| Section {
            title: chapter.title,
            figures: chapter
                .statements
                .iter()
                .filter(|s| !s.on_request || find(s.record).is_some())
                .map(|s| said(s, find(s.record), luck))
                .collect(),
        };
        Self {
            verdicts: gates.iter().map(judged).collect(),
            named_policies: named.iter().map(advice).collect(),
            sections: CHAPTERS.iter().map(section).collect(),
        }
    }

    /// What is said of the forecast of returns, a sentence or more a figure.
    pub(crate) fn forecast_in_words(&self) -> Vec<String> {
        let chapter = self.sections.iter().filter(|section| section.title == FORECAST);
        chapter
            .flat_map(|section| &section.figures)
            .map(|said| format!("{} {} {}", said.sentence, said.means, said.does_not_mean))
            .collect()
    }

    /// `statistical_summary.md`.
    pub(crate) fn markdown(&self, synthetic: bool) -> String {
        let mut out = String::from("# Statistical summary\n\n");
        if synthetic {
            out.push_str("> The market was simulated.\n\n");
        }
        out.push_str("Each line: the figure with its interval and number of observations, what it means, and what it does not mean.\n\n## Verdicts\n\n");
        if self.verdicts.is_empty() {
            out.push_str("No gate was judged.\n");
        }
        for judged in &self.verdicts {
            let _ = writeln!(
                out,
                "- **{}: {}.** {} {}",
                judged.gate, judged.verdict, judged.sentence, judged.reason
            );
            if let Some(change) = &judged.what_would_change {
                let _ = writeln!(out, "  - to pass: {change}");
            }
        }
        for advice in &self.named_policies {
            let _ = writeln!(out, "- {}", advice.sentence());
        }
        for section in &self.sections {
            let _ = write!(out, "\n## {}\n\n", section.title);
            for said in &section.figures {
                let _ = writeln!(out, "- **{}** {} {}", said.sentence, said.means, said.does_not_mean);
            }
        }
        out.push_str("\n## Where the rest is\n\n");
        for (file, what) in FILES {
            let _ = writeln!(out, "- [{file}]({file}): {what}");
        }
        out
    }

    /// `reports/validation_report.html`.
    pub(crate) fn page(&self, synthetic: bool) -> String {
        let mut out = String::from("<h1>Validation report</h1>");
        if synthetic {
            out.push_str("<div class=\"verdict unsure\">The market was simulated.</div>");
        }
        out.push_str("<p class=\"soft\">Each figure with its interval and number of observations, what it means, and what it does not mean.</p><h2>Verdicts</h2>");
        if self.verdicts.is_empty() {
            out.push_str("<p class=\"soft\">No gate was judged.</p>");
        }
        out.push_str("<ul>");
        for judged in &self.verdicts {
            let verdict = judged.verdict.to_string();
            let _ = write!(
                out,
                "<li><strong>{}</strong> {} {} <span class=\"soft\">{}</span></li>",
                escape(&judged.gate),
                badge(&verdict),
                escape(judged.sentence),
                escape(&judged.reason)
            );
        }
        for advice in &self.named_policies {
            let _ = write!(out, "<li>{}</li>", escape(&advice.sentence()));
        }
        out.push_str("</ul>");
        for section in &self.sections {
            let _ = write!(out, "<h2>{}</h2><ul>", escape(section.title));
            for said in &section.figures {
                let _ = write!(
                    out,
                    "<li><strong>{}</strong> {} <span class=\"soft\">{}</span></li>",
                    escape(&said.sentence),
                    escape(said.means),
                    escape(said.does_not_mean)
                );
            }
            out.push_str("</ul>");
        }
        out.push_str("<h2>Where the rest is</h2><ul>");
        for (file, what) in FILES {
            let _ = write!(out, "<li><a href=\"../{file}\">{file}</a>: {}</li>", escape(what));
        }
        out.push_str("</ul>");
        page("Validation report", &out)
    }
}

impl Advice {
    fn sentence(&self) -> String {
        format!(
            "Policy `{}` would advise {}: {} of {} gates pass; advice beside the verdict, never above it.",
            self.policy, self.advice, self.gates_passed, self.gates_total
        )
    }
}

fn said(statement: &Statement, found: Option<(&Evidence, Figure)>, luck: [Option<f64>; 3]) -> Said {
    let mut sentence = match &found {
        None => format!("{}: no record.", statement.what),
        Some((record, _)) => match record.value {
            None => format!(
                "{}: not computed ({}).",
                statement.what,
                record.note.as_deref().unwrap_or("no reason was recorded")
            ),
            Some(value) => {
                let unit = |v: f64| display::with_unit(v, &record.unit);
                let bounds = record.interval.as_ref().map_or_else(String::new, |i| {
                    format!(
                        " ({} to {}, {} %, {})",
                        unit(i.low),
                        unit(i.high),
                        display::number(i.level * 100.0),
                        i.method
                    )
                });
                format!("{}: {}{bounds}, n = {}.", statement.what, unit(value), record.n)
            }
        },
    };
    if statement.luck {
        if let [Some(trials), Some(expected), Some(high)] = luck.map(|v| v.map(display::number)) {
            let _ = write!(
                sentence,
                " Without skill the best of {trials} trial(s) is expected to show {expected}, and more than {high} in 5 % of cases."
            );
        } else {
            sentence.push_str(" The luck of the search was not computed.");
        }
    }
    Said {
        name: statement.record,
        sentence,
        means: statement.means,
        does_not_mean: statement.not,
        figure: found.map(|(_, figure)| figure),
    }
}

#[cfg(test)]
mod tests;
