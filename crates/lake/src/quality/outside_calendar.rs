//! Rule `outside_calendar`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct OutsideCalendar;

impl Rule for OutsideCalendar {
    fn id(&self) -> &'static str {
        "outside_calendar"
    }
    fn doc(&self) -> &'static str {
        "The calendar does not cover the date, so it cannot be judged; the row is dropped."
    }
    fn severity(&self) -> Severity {
        Severity::Error
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let range = context.calendar.range();
        each_row(rows, |bar| {
            (!range.contains(bar.date)).then(|| format!("calendar {} covers {range}", context.calendar.id()))
        })
    }
}
