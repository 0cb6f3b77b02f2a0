//! Rule `duplicate_date`.

use proofmark_market::BarRow;

use super::{Action, Context, Finding, Rule, Severity};
use crate::versions::bar_fact;

pub(super) struct DuplicateDate;

impl Rule for DuplicateDate {
    fn id(&self) -> &'static str {
        "duplicate_date"
    }
    fn doc(&self) -> &'static str {
        "A date came more than once: equal rows are reduced to one; rows that differ are all dropped, since none can be trusted."
    }
    fn severity(&self) -> Severity {
        Severity::Error
    }
    fn action(&self) -> Action {
        Action::DropRow
    }
    fn is_structural(&self) -> bool {
        true
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut start = 0;
        for same_date in rows.chunk_by(|a, b| a.date == b.date) {
            let equal = same_date.iter().all(|bar| bar_fact(bar) == bar_fact(&same_date[0]));
            let keep = usize::from(equal);
            for (offset, bar) in same_date.iter().enumerate().skip(keep).filter(|_| same_date.len() > 1) {
                let what = if equal { "equal" } else { "different" };
                let detail = format!("{} rows of this date, {what}", same_date.len());
                findings.push(Finding { row: start + offset, date: bar.date, detail });
            }
            start += same_date.len();
        }
        findings
    }
}
