//! Which dates a validation looks at.

use proofmark_lake::Lake;
use proofmark_market::Calendar;
use proofmark_units::{Date, DateSpan, Symbol};

use crate::error::{AppError, Result};

/// Days of a window when nothing is said.
const DAYS: u32 = 90;

/// The window that is asked for; dates win over days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Calendar days before its end.
    pub days: u32,
    /// First date.
    pub start: Option<Date>,
    /// Last date; the last bar of the lake when absent.
    pub end: Option<Date>,
}

impl Default for Window {
    fn default() -> Self {
        Self { days: DAYS, start: None, end: None }
    }
}

impl Window {
    /// First and last session of the window that the lake has bars for.
    pub(super) fn sessions(&self, lake: &Lake, symbols: &[Symbol], calendar: &Calendar) -> Result<DateSpan> {
        let last = symbols.iter().filter_map(|symbol| lake.span(symbol)).map(|span| span.end).max();
        let last = last.ok_or_else(|| AppError::input("the lake has no bar of the candidate's symbols"))?;
        let end = self.end.map_or(last, |end| end.min(last));
        let days = i32::try_from(self.days).unwrap_or(i32::MAX).clamp(1, 36_500);
        let start = self.start.unwrap_or_else(|| end.plus_days(1 - days));
        let empty = || {
            AppError::input(format!("no session lies between {start} and {end}"))
                .hint(format!("the lake ends on {last}; ingest later bars, or name an earlier --start-date"))
        };
        let asked = DateSpan::new(start, end).ok_or_else(empty)?;
        let sessions = calendar
            .sessions_in(asked)
            .map_err(|e| AppError::input("the window leaves the exchange calendar").because(e))?;
        let span = sessions.first().zip(sessions.last()).and_then(|(a, b)| DateSpan::new(*a, *b));
        span.ok_or_else(empty)
    }
}

/// The first session on which a model may be scored: `embargo` sessions after `last_label`, and after `sealed` while that
/// is unopened.
pub(super) fn first_allowed(
    calendar: &Calendar,
    last_label: Date,
    embargo: u32,
    sealed: Option<Date>,
) -> Option<Date> {
    let sessions = calendar.sessions();
    let trained = sessions.partition_point(|d| *d <= last_label) + embargo as usize;
    let open = sealed.map_or(0, |end| sessions.partition_point(|d| *d <= end));
    sessions.get(trained.max(open)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_session_lies_after_labels_embargo_and_an_unopened_seal() {
        let calendar = Calendar::named("XNSE").unwrap();
        let day = |text: &str| text.parse::<Date>().unwrap();
        // Friday; Monday is a session, Tuesday the 26th a holiday.
        let first = |embargo, sealed| first_allowed(&calendar, day("2021-01-22"), embargo, sealed);
        assert_eq!(first(0, None), Some(day("2021-01-25")));
        assert_eq!(first(1, None), Some(day("2021-01-27")));
        assert_eq!(first(1, Some(day("2021-01-21"))), Some(day("2021-01-27")), "the later one counts");
        assert_eq!(first(1, Some(day("2021-12-31"))), Some(day("2022-01-03")));
    }
}
