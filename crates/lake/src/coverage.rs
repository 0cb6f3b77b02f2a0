//! How many of the expected sessions are there.

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
