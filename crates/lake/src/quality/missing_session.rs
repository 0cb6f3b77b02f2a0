//! Rule `missing_session`.

use proofmark_market::BarRow;

use super::session_gap::gaps;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct MissingSession;

impl Rule for MissingSession {
    fn id(&self) -> &'static str {
        "missing_session"
    }
    fn doc(&self) -> &'static str {
        "The exchange was open between the symbol's first and last bar, and there is no bar."
    }
    fn severity(&self) -> Severity {
        Severity::Info
    }
    fn action(&self) -> Action {
        Action::Flag
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let missing = gaps(rows, context.calendar).flat_map(|(row, sessions)| {
            let after = rows[row].date;
            sessions.iter().map(move |date| Finding { row, date: *date, detail: format!("next bar {after}") })
        });
        missing.collect()
    }
}
