//! Rule `off_calendar`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct OffCalendar;

impl Rule for OffCalendar {
    fn id(&self) -> &'static str {
        "off_calendar"
    }
    fn doc(&self) -> &'static str {
        "The exchange was closed on that date; the row is dropped."
    }
    fn severity(&self) -> Severity {
        Severity::Error
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let sessions = context.calendar.sessions();
        each_row(rows, |bar| {
            let closed = sessions.binary_search(&bar.date).is_err();
            closed.then(|| {
                format!("{} was closed; close {}, volume {}", context.calendar.id(), bar.close, bar.volume)
            })
        })
    }
}
