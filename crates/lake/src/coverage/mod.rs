//! How many of the expected sessions are there, and why the others are not.

mod holes;

pub use holes::{Cause, Hole, Market, holes};

use proofmark_market::Calendar;
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

/// Observed against expected sessions between a symbol's first and last bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Date of the first bar.
    pub first: Date,
    /// Date of the last bar.
    pub last: Date,
    /// Sessions with a bar.
    pub observed: u64,
    /// Sessions of the calendar from first to last, both included.
    pub expected: u64,
}

impl Coverage {
    /// The coverage of ascending `dates`; `None` without a date.
    pub fn of(dates: &[Date], calendar: &Calendar) -> Option<Self> {
        let (first, last) = (*dates.first()?, *dates.last()?);
        let sessions = calendar.sessions();
        let from = sessions.partition_point(|session| *session < first);
        let to = sessions.partition_point(|session| *session <= last);
        let expected = &sessions[from..to];
        let observed = dates.iter().filter(|date| expected.binary_search(date).is_ok()).count();
        Some(Self { first, last, observed: observed as u64, expected: expected.len() as u64 })
    }

    /// Observed over expected, 0 to 1; 1 when nothing was expected.
    pub fn fraction(&self) -> f64 {
        if self.expected == 0 { 1.0 } else { self.observed as f64 / self.expected as f64 }
    }
}

/// Observed against expected sessions of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearCoverage {
    /// Civil year.
    pub year: i32,
    /// Sessions with a bar.
    pub observed: u64,
    /// Sessions of the calendar in that year, from the symbol's first to its last bar.
    pub expected: u64,
}

impl YearCoverage {
    /// Each year of ascending `dates`, first to last.
    pub fn of(dates: &[Date], calendar: &Calendar) -> Vec<Self> {
        let Some(whole) = Coverage::of(dates, calendar) else { return Vec::new() };
        (whole.first.year()..=whole.last.year())
            .filter_map(|year| {
                let from = Date::from_ymd(year, 1, 1)?.max(whole.first);
                let to = Date::from_ymd(year, 12, 31)?.min(whole.last);
                let inside = |list: &[Date]| {
                    let range = list.partition_point(|d| *d < from)..list.partition_point(|d| *d <= to);
                    range.len() as u64
                };
                let sessions = calendar.sessions();
                let observed = dates
                    .iter()
                    .filter(|date| (from..=to).contains(*date) && sessions.binary_search(date).is_ok());
                Some(Self { year, observed: observed.count() as u64, expected: inside(sessions) })
            })
            .collect()
    }
}
