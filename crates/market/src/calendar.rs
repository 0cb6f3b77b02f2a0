//! Exchange calendars from data files with their source.

use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Instant};
use serde::Deserialize;

/// The shipped data files, written by `scripts/make_calendars.py`.
const FILES: &[(&str, &str)] = &[
    ("XNSE", include_str!("../data/xnse.toml")),
    ("XNYS", include_str!("../data/xnys.toml")),
    ("XBOG", include_str!("../data/xbog.toml")),
    ("24/7", include_str!("../data/24_7.toml")),
    ("24/5", include_str!("../data/24_5.toml")),
];

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
    /// Seconds after the session's midnight UTC at which regular sessions end, from each date on; the first is the start.
    regular_close: BTreeMap<Date, i64>,
    /// The same for sessions that end early.
    early_close: BTreeMap<Date, i64>,
    periods_per_year: f64,
    session_minutes: Option<u32>,
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
    /// The shipped calendar called `id`: `XNSE` (National Stock Exchange of India), `XNYS` (New York), `XBOG` (Colombia),
    /// `24/7` (crypto venues) or `24/5` (the currency week: weekdays from midnight to midnight UTC, no holidays).
    ///
    /// # Errors
    /// [`CalendarError::Unknown`] for any other name; [`CalendarError::Malformed`] only if the shipped file is.
    pub fn named(id: &str) -> Result<Self, CalendarError> {
        let Some((_, text)) = FILES.iter().find(|(name, _)| *name == id) else {
            let known = FILES.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
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
        let close = |key: &str, text: &str| {
            seconds_of_day(text).ok_or_else(|| malformed(format!("`{key}` `{text}` is not HH:MM:SS")))
        };
        let mut regular_close = BTreeMap::from([(range.start, close("close_utc", &file.close_utc)?)]);
        for (date, text) in &file.close_from {
            regular_close.insert(*date, close("close_from", text)?);
        }
        let early_close: BTreeMap<Date, i64> = file
            .early_close
            .iter()
            .map(|(date, text)| Ok((*date, close("early_close", text)?)))
            .collect::<Result<_, CalendarError>>()?;
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
        let sessions: Vec<Date> = (range.start.days()..=range.end.days())
            .map(Date::from_days)
            .filter(|date| {
                if regular(*date) {
                    file.closed.binary_search(date).is_err()
                } else {
                    file.open.binary_search(date).is_ok()
                }
            })
            .collect();
        let regular = file.close_from.keys().map(|date| ("close_from", date));
        let early = early_close.keys().map(|date| ("early_close", date));
        if let Some((key, date)) =
            regular.chain(early).find(|(_, date)| sessions.binary_search(date).is_err())
        {
            return Err(malformed(format!("`{key}` lists {date}, which is no session")));
        }
        Ok(Self {
            id: file.id,
            source: file.source,
            range,
            sessions,
            regular_close,
            early_close,
            periods_per_year: file.periods_per_year,
            session_minutes: file.session_minutes,
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
    /// 2000 to 2025 is 248.7, and for XNYS; 365 for 24/7; 260 for 24/5). XBOG has no convention: 244 is its mean.
    pub const fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }
    /// The instant at which the session of `date` ends; for a date that is no session, or lies outside the range, that
    /// of a regular session then.
    ///
    /// Early closes of XNYS are known. Special sessions of XNSE (Muhurat evenings) end later on the same date, always
    /// before the next session opens.
    pub fn session_close(&self, date: Date) -> Instant {
        let regular =
            || self.regular_close.range(..=date).next_back().or_else(|| self.regular_close.iter().next());
        let seconds = self.early_close.get(&date).or_else(|| regular().map(|(_, seconds)| seconds));
        date.midnight_utc().plus_seconds(seconds.copied().unwrap_or(86_400))
    }

    /// Minutes of continuous trading on `date`; of a regular session on dates without one. `None` where the source does not
    /// say how long a session lasts. Special sessions of XNSE are shorter than what this says.
    pub fn session_minutes(&self, date: Date) -> Option<u32> {
        let regular = self.regular_close.range(..=date).next_back().map(|(_, seconds)| *seconds);
        let early = regular.zip(self.early_close.get(&date)).map_or(0, |(regular, early)| regular - early);
        self.session_minutes?.checked_sub(u32::try_from(early / 60).ok()?)
    }

    /// Sessions that end before the regular close of their day, ascending.
    pub fn early_closes(&self) -> impl Iterator<Item = Date> + '_ {
        self.early_close.keys().copied()
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
    #[serde(default)]
    session_minutes: Option<u32>,
    weekends: Weekends,
    closed: Vec<Date>,
    open: Vec<Date>,
    #[serde(default)]
    close_from: BTreeMap<Date, String>,
    #[serde(default)]
    early_close: BTreeMap<Date, String>,
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
        for id in ["XNYS", "XBOG", "24/5"] {
            let calendar = Calendar::named(id).unwrap();
            assert!(refused(calendar.is_session(calendar.range().start.plus_days(-1)).map(drop)));
            assert!(refused(calendar.is_session(calendar.range().end.plus_days(1)).map(drop)));
            assert!(calendar.source().contains("exchange_calendars 4."), "{}", calendar.source());
        }
        let unknown = Calendar::named("XLON").unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "there is no calendar `XLON`; there are `XNSE`, `XNYS`, `XBOG`, `24/7`, `24/5`"
        );
    }

    #[test]
    fn new_york_has_its_holidays_half_days_and_summer_time() {
        let xnys = Calendar::named("XNYS").unwrap();
        let open = |text: &str| xnys.is_session(date(text)).unwrap();
        // The closures of September 2001, two funerals, a storm, and Juneteenth since 2022.
        for day in
            ["2001-09-11", "2001-09-14", "2004-06-11", "2012-10-29", "2012-10-30", "2018-12-05", "2022-06-20"]
        {
            assert!(!open(day), "{day}");
        }
        assert!(open("2001-09-17") && open("2021-06-18") && !open("2024-07-04") && !open("2025-01-09"));
        assert_eq!(xnys.sessions_in(span("2024-01-01", "2024-12-31")).unwrap().len(), 252);
        let close = |text: &str| xnys.session_close(date(text)).to_string();
        assert_eq!(close("2024-03-08"), "2024-03-08T21:00:00Z");
        assert_eq!(close("2024-03-11"), "2024-03-11T20:00:00Z");
        assert_eq!(close("2024-07-03"), "2024-07-03T17:00:00Z");
        assert_eq!(close("2024-11-29"), "2024-11-29T18:00:00Z");
        let half: Vec<Date> = xnys.early_closes().filter(|d| d.year() == 2024).collect();
        assert_eq!(half, ["2024-07-03", "2024-11-29", "2024-12-24"].map(date));
    }

    #[test]
    fn bogota_and_the_currency_week() {
        let xbog = Calendar::named("XBOG").unwrap();
        // Epiphany and Saint Joseph are moved to Mondays; the battle of Boyaca is not.
        for day in ["2024-01-08", "2024-03-25", "2024-08-07", "2024-12-25"] {
            assert!(!xbog.is_session(date(day)).unwrap(), "{day}");
        }
        assert!(xbog.is_session(date("2024-01-09")).unwrap());
        let week = Calendar::named("24/5").unwrap();
        assert_eq!(week.sessions_in(span("2024-01-01", "2024-01-07")).unwrap().len(), 5);
        assert!(
            !week.is_session(date("2024-01-06")).unwrap() && week.is_session(date("2024-12-25")).unwrap()
        );
        assert_eq!(week.session_close(date("2024-01-05")).to_string(), "2024-01-06T00:00:00Z");
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
        check("open = []", "open = []\n[early_close]\n\"1999-12-31\" = \"10:00:00\"", "no session");
        check("open = []", "open = []\n[close_from]\n\"2024-01-01\" = \"25:00:00\"", "HH:MM:SS");
    }
}
