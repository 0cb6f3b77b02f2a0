//! Exchange calendars from data files with their source.

use proofmark_units::{Date, DateSpan, Instant};
use serde::Deserialize;

/// The shipped data files, written by `scripts/make_calendars.py`.
const FILES: &[(&str, &str)] =
    &[("XNSE", include_str!("../data/xnse.toml")), ("24/7", include_str!("../data/24_7.toml"))];

/// The sessions of one exchange over a stated range; loud outside it.
///
/// Sessions after the last corrected date (named in [`source`](Self::source)) are those announced when the data file
/// was written: a special session called later is missing until the file is written again.
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
    /// The shipped calendar called `id`: `XNSE` (National Stock Exchange of India) or `24/7` (crypto venues).
    ///
    /// # Errors
    /// [`CalendarError::Unknown`] for any other name; [`CalendarError::Malformed`] only if the shipped file is.
    pub fn named(id: &str) -> Result<Self, CalendarError> {
        let Some((_, text)) = FILES.iter().find(|(name, _)| *name == id) else {
            let known = FILES.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
            return Err(CalendarError::Unknown { id: id.to_owned(), known });
        };
        Self::from_toml(id, text)
    }

    fn from_toml(id: &str, text: &str) -> Result<Self, CalendarError> {
        let malformed = |what: String| CalendarError::Malformed { id: id.to_owned(), what };
        let file: File = toml::from_str(text).map_err(|error| malformed(error.message().to_owned()))?;
        if file.format != 1 || file.id != id {
            return Err(malformed(format!("it is format {} of `{}`", file.format, file.id)));
        }
        if !(file.periods_per_year > 0.0 && file.periods_per_year.is_finite()) {
            return Err(malformed("`periods_per_year` is not positive".to_owned()));
        }
        let range = DateSpan::new(file.start, file.end)
            .ok_or_else(|| malformed("`end` before `start`".to_owned()))?;
        let close_seconds_utc = seconds_of_day(&file.close_utc)
            .ok_or_else(|| malformed(format!("`close_utc` `{}` is not HH:MM:SS", file.close_utc)))?;
        for (name, list) in [("closed", &file.closed), ("open", &file.open)] {
            let ascending = list.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || !list.iter().all(|date| range.contains(*date)) {
                return Err(malformed(format!("`{name}` is not ascending inside {range}")));
            }
        }
        // A date that the rule already excludes or includes would be a slip of the script: refuse it.
        let regular = |date: Date| date.weekday() < 5 || file.weekends == Weekends::Open;
        if let Some(date) = file.closed.iter().find(|date| !regular(**date)) {
            return Err(malformed(format!("`closed` lists {date}, which is closed anyway")));
        }
        if let Some(date) = file.open.iter().find(|date| regular(**date)) {
            return Err(malformed(format!("`open` lists {date}, which is open anyway")));
        }
        let sessions = (range.start.days()..=range.end.days())
            .map(Date::from_days)
            .filter(|date| {
                if regular(*date) {
                    file.closed.binary_search(date).is_err()
                } else {
                    file.open.binary_search(date).is_ok()
                }
            })
            .collect();
        Ok(Self {
            id: file.id,
            source: file.source,
            range,
            sessions,
            close_seconds_utc,
            periods_per_year: file.periods_per_year,
        })
    }

    /// Whether the exchange traded on `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutsideRange`] if the source does not cover `date`.
    pub fn is_session(&self, date: Date) -> Result<bool, CalendarError> {
        self.covered(date)?;
        Ok(self.sessions.binary_search(&date).is_ok())
    }

    /// The sessions inside `span`, ascending; empty if there are none.
    ///
    /// # Errors
    /// [`CalendarError::OutsideRange`] if the source does not cover the whole span.
    pub fn sessions_in(&self, span: DateSpan) -> Result<&[Date], CalendarError> {
        self.covered(span.start)?;
        self.covered(span.end)?;
        let first = self.sessions.partition_point(|date| *date < span.start);
        let last = self.sessions.partition_point(|date| *date <= span.end);
        Ok(&self.sessions[first..last])
    }

    /// The first session strictly after `date`.
    ///
    /// # Errors
    /// [`CalendarError::OutsideRange`] if `date` is not covered or no later session is.
    pub fn next_session(&self, date: Date) -> Result<Date, CalendarError> {
        self.covered(date)?;
        let next = self.sessions.partition_point(|session| *session <= date);
        self.sessions.get(next).copied().ok_or_else(|| self.outside(self.range.end.plus_days(1)))
    }

    fn covered(&self, date: Date) -> Result<(), CalendarError> {
        if self.range.contains(date) { Ok(()) } else { Err(self.outside(date)) }
    }

    fn outside(&self, date: Date) -> CalendarError {
        CalendarError::OutsideRange { id: self.id.clone(), range: self.range, date }
    }

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
    /// Sessions a year, for annualising: the field's convention, not a count (252 for XNSE, whose measured mean over
    /// 2000 to 2025 is 248.7; 365 for 24/7).
    pub const fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }
    /// The instant at which a regular session of `date` ends.
    ///
    /// Special sessions of XNSE (Muhurat evenings) end later on the same date, always before the next session opens.
    pub const fn session_close(&self, date: Date) -> Instant {
        date.midnight_utc().plus_seconds(self.close_seconds_utc)
    }
}

/// The data file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    id: String,
    source: String,
    start: Date,
    end: Date,
    close_utc: String,
    periods_per_year: f64,
    weekends: Weekends,
    closed: Vec<Date>,
    open: Vec<Date>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Weekends {
    Open,
    Closed,
}

/// Seconds since midnight of `HH:MM:SS`, up to and including `24:00:00`.
fn seconds_of_day(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours @ 0..=24, minutes @ 0..=59, seconds @ 0..=59] = parts[..] else { return None };
    let total = hours * 3_600 + minutes * 60 + seconds;
    (total <= 86_400).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn span(start: &str, end: &str) -> DateSpan {
        DateSpan::new(date(start), date(end)).unwrap()
    }

    /// Sessions the Bombay calendar of the source package lacks, from the traded days of the NIFTY 50.
    const TRADED: &str = "2001-01-01 2003-03-22 2003-10-25 2003-11-15 2004-01-01 2004-04-17 2004-10-09 2005-06-04 \
        2005-11-26 2006-04-29 2006-06-25 2006-10-21 2009-10-17 2010-02-06 2012-01-07 2012-03-03 2012-04-28 2012-09-08 \
        2013-05-11 2013-11-03 2013-11-14 2014-03-22 2014-10-23 2015-02-28 2015-11-11 2016-10-30 2017-10-19 2018-11-07 \
        2019-10-27 2020-02-01 2020-11-14 2021-11-04 2022-10-24 2023-11-12 2024-01-20 2024-03-02 2024-05-18 2024-11-01 \
        2025-02-01";

    #[test]
    fn xnse_has_the_traded_sessions_of_the_nifty_50() {
        let xnse = Calendar::named("XNSE").unwrap();
        let sessions = xnse.sessions_in(span("2000-01-03", "2025-08-08")).unwrap();
        assert_eq!(sessions.len(), 6_369);
        let traded: Vec<Date> = TRADED.split_whitespace().map(date).collect();
        assert_eq!(traded.len(), 39);
        for day in traded {
            assert!(xnse.is_session(day).unwrap(), "{day}");
        }
        assert!(!xnse.is_session(date("2013-11-15")).unwrap());
        // Muhurat 2025 and the budget Sunday of 2026, from the exchange's bhavcopies.
        assert!(xnse.is_session(date("2025-10-21")).unwrap() && xnse.is_session(date("2026-02-01")).unwrap());
        assert!(xnse.sessions().windows(2).all(|pair| pair[0] < pair[1]));
        assert!(xnse.range().end >= date("2026-12-31"));
    }

    #[test]
    fn january_2024_had_a_saturday_and_two_weekday_holidays() {
        let xnse = Calendar::named("XNSE").unwrap();
        let open = |text: &str| xnse.is_session(date(text)).unwrap();
        assert!(open("2024-01-19") && open("2024-01-20") && open("2024-01-23") && open("2024-01-25"));
        assert!(!open("2024-01-21") && !open("2024-01-22") && !open("2024-01-26") && !open("2024-01-27"));
        assert_eq!(xnse.next_session(date("2024-01-19")).unwrap(), date("2024-01-20"));
        assert_eq!(xnse.next_session(date("2024-01-20")).unwrap(), date("2024-01-23"));
        assert_eq!(xnse.sessions_in(span("2024-01-19", "2024-01-29")).unwrap().len(), 6);
        assert!(xnse.sessions_in(span("2024-01-21", "2024-01-22")).unwrap().is_empty());
        assert_eq!(xnse.session_close(date("2024-01-20")).to_string(), "2024-01-20T10:00:00Z");
    }

    #[test]
    fn round_the_clock_never_closes() {
        let always = Calendar::named("24/7").unwrap();
        assert_eq!(always.sessions_in(span("2024-01-01", "2024-12-31")).unwrap().len(), 366);
        assert_eq!(always.next_session(date("2024-12-31")).unwrap(), date("2025-01-01"));
        assert_eq!(always.session_close(date("2024-12-31")).to_string(), "2025-01-01T00:00:00Z");
        assert!((always.periods_per_year() - 365.0).abs() < f64::EPSILON);
    }

    #[test]
    fn questions_outside_the_source_are_refused_not_guessed() {
        let xnse = Calendar::named("XNSE").unwrap();
        let end = xnse.range().end;
        let refused =
            |result: Result<(), CalendarError>| matches!(result, Err(CalendarError::OutsideRange { .. }));
        assert!(refused(xnse.is_session(date("2000-01-02")).map(drop)));
        assert!(refused(xnse.is_session(end.plus_days(1)).map(drop)));
        assert!(refused(xnse.sessions_in(span("1999-12-31", "2000-01-10")).map(drop)));
        assert!(refused(xnse.sessions_in(DateSpan::new(end, end.plus_days(1)).unwrap()).map(drop)));
        assert!(refused(xnse.next_session(end).map(drop)));
        let unknown = Calendar::named("XNYS").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no calendar `XNYS`; there are `XNSE` and `24/7`");
    }

    #[test]
    fn malformed_files_name_what_is_wrong() {
        let good = include_str!("../data/24_7.toml");
        let check = |from: &str, to: &str, want: &str| {
            let error = Calendar::from_toml("24/7", &good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        };
        check("24:00:00", "24:00:01", "HH:MM:SS");
        check("format = 1", "format = 2", "format 2");
        check("start = \"2000-01-01\"", "start = \"2101-01-01\"", "`end` before `start`");
        check("open = []", "open = [\"2024-01-20\"]", "open anyway");
        check("closed = []", "closed = [\"1999-12-31\"]", "not ascending inside");
        check("periods_per_year", "periods", "unknown field");
    }
}
