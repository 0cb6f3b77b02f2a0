//! Rule `frozen_run`.

use proofmark_market::BarRow;

use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct FrozenRun;

impl Rule for FrozenRun {
    fn id(&self) -> &'static str {
        "frozen_run"
    }
    fn doc(&self) -> &'static str {
        "Five or more closes in a row are equal."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::Flag
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut row = 0;
        for run in rows.chunk_by(|a, b| a.close == b.close) {
            if run.len() >= RUN {
                let detail =
                    format!("{} closes of {} to {}", run.len(), run[0].close, run[run.len() - 1].date);
                findings.push(Finding { row, date: run[0].date, detail });
            }
            row += run.len();
        }
        findings
    }
}

/// Shortest run that is reported, bars.
const RUN: usize = 5;
