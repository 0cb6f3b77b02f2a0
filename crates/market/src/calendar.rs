//! Exchange calendars from data files with their source.

use proofmark_units::{Date, DateSpan, Instant};

/// The sessions of one exchange over a stated range; loud outside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    id: String,
    source: String,
    range: DateSpan,
    sessions: Vec<Date>,
    close_seconds_utc: i64,
    periods_per_year: f64,
}

/// What can be wrong with a calendar or a question to it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalendarError {
    /// No calendar of that name is shipped.
    #[error("there is no calendar `{id}`; there are {known}")]
    Unknown {
        /// The name asked for.
        id: String,
        /// The names there are.
        known: String,
    },
    /// The date lies outside what the calendar's source covers.
    #[error("calendar `{id}` covers {range} and cannot say whether {date} was a session")]
    OutsideRange {
        /// The calendar.
        id: String,
        /// What it covers.
        range: DateSpan,
        /// The date asked about.
        date: Date,
    },
    /// The data file is malformed.
    #[error("calendar data of `{id}` is malformed: {what}")]
    Malformed {
        /// The calendar.
        id: String,
        /// What is wrong.
        what: String,
    },
}

impl Calendar {
    /// Sessions ascending within the range.
    pub fn sessions(&self) -> &[Date] {
        &self.sessions
    }
    /// The calendar's name, such as `XNSE`.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Where the sessions come from.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// Dates the source covers.
    pub const fn range(&self) -> DateSpan {
        self.range
    }
    /// Sessions a year, for annualising.
    pub const fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }
    /// The instant at which the session of `date` ends.
    pub const fn session_close(&self, date: Date) -> Instant {
        date.midnight_utc().plus_seconds(self.close_seconds_utc)
    }
}
