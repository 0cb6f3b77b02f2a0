//! Rule `session_gap`.

use proofmark_market::BarRow;

use proofmark_market::Calendar;
use proofmark_units::Date;

use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct SessionGap;

impl Rule for SessionGap {
    fn id(&self) -> &'static str {
        "session_gap"
    }
    fn doc(&self) -> &'static str {
        "More than 20 sessions in a row are missing: windows that span the gap are not what they seem."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::Flag
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let long = gaps(rows, context.calendar).filter(|(_, sessions)| sessions.len() > LONGEST);
        let finding = |(row, sessions): (usize, &[Date])| {
            let detail = format!("{} sessions missing before {}", sessions.len(), rows[row].date);
            Finding { row, date: sessions[0], detail }
        };
        long.map(finding).collect()
    }
}

/// Longest gap that is not reported, sessions.
const LONGEST: usize = 20;

/// Per hole: the row after it and the sessions without a bar.
pub(super) fn gaps<'a>(
    rows: &'a [BarRow],
    calendar: &'a Calendar,
) -> impl Iterator<Item = (usize, &'a [Date])> + 'a {
    let sessions = calendar.sessions();
    (1..rows.len()).filter_map(move |row| {
        let from = sessions.partition_point(|session| *session <= rows[row - 1].date);
        let to = sessions.partition_point(|session| *session < rows[row].date);
        (from < to).then(|| (row, &sessions[from..to]))
    })
}
