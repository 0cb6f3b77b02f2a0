//! Headlines as rows of a file, placed in time.

use std::path::Path;

use proofmark_sources::{Field, ReadOptions, Records, StampError, WrittenTime, instant_of, read_records};
use proofmark_units::{Date, Instant, Symbol, Zone};
use serde::Serialize;

use super::HeadlineRequest;
use crate::error::{AppError, Result};
use crate::ingest::files::{read_error, refuse_if_unreadable, zone};
use crate::ingest::roles::Roles;
use crate::ingest::summary::Account;

const ROLES: Roles = Roles {
    row: "headline",
    columns: &[
        ("time", &["publishedat", "published", "time", "timestamp", "ts", "datetime", "date"]),
        ("text", &["headline", "title", "text"]),
        ("symbol", &["symbol", "ticker"]),
        ("entity", &["entity"]),
        ("fetched", &["fetchedat", "fetched"]),
        ("provider", &["provider", "source"]),
    ],
    times: &["time", "fetched"],
    required: &["time", "text"],
};

/// A headline that was placed in time.
pub(super) struct Article {
    pub(super) known_at: Instant,
    pub(super) text: String,
    pub(super) symbol: Option<Symbol>,
    pub(super) entity: Option<String>,
    pub(super) provider: Option<String>,
}

/// How far the stamps of an ingest can be trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stamps {
    /// Rows with a date alone: known at the end of that day.
    pub dates_only: u64,
    /// Rows that do not say when they were fetched.
    pub without_fetch_time: u64,
    /// Rows fetched before they were published; the later time counts.
    pub fetched_before_published: u64,
}

pub(super) fn articles(
    file: &Path,
    request: &HeadlineRequest,
    now: Instant,
    account: &mut Account,
    stamps: &mut Stamps,
) -> Result<Vec<Article>> {
    let wanted = ROLES.wanted(&request.columns)?;
    let options = ReadOptions { date_format: request.date_format.clone(), ..ReadOptions::default() };
    let read = read_records(file, &wanted, &options).map_err(|error| read_error(file, error))?;
    refuse_if_unreadable(file, read.records.len(), &read.problems)?;
    account.read(read.rows_read);
    for problem in &read.problems {
        account.problem(problem);
    }
    let zone = zone(request.zone.as_deref())?;
    let days = Days { zone: zone.as_ref(), dates: dates_alone(&read) };
    let mut articles = Vec::with_capacity(read.records.len());
    for record in &read.records {
        let [time, text, symbol, entity, fetched, provider] = &record.fields[..] else { continue };
        let mut refuse = |rule, date, detail: String| {
            account.problem(&read.problem(record, rule, date, detail));
        };
        let (Field::Time(date, clock), Some(text)) = (time, text.text()) else {
            refuse("missing_value", None, "no time or no text".to_owned());
            continue;
        };
        let published = match days.known(*date, *clock) {
            Ok(instant) => instant,
            Err(error @ StampError::ClockSet { .. }) => {
                refuse("bad_date", Some(*date), error.to_string());
                continue;
            }
            Err(error) => return Err(no_zone(file, error)),
        };
        if published > now && !days.alone(*clock) {
            refuse("future_stamp", Some(*date), format!("published at {published}, after now"));
            continue;
        }
        let mut known_at = published;
        match fetched {
            Field::Time(date, clock) => match days.known(*date, *clock) {
                Ok(fetched) if fetched < published => stamps.fetched_before_published += 1,
                Ok(fetched) => known_at = fetched,
                Err(error @ StampError::ClockSet { .. }) => {
                    refuse("bad_date", Some(*date), error.to_string());
                    continue;
                }
                Err(error) => return Err(no_zone(file, error)),
            },
            _ => stamps.without_fetch_time += 1,
        }
        stamps.dates_only += u64::from(days.alone(*clock));
        let symbol = match symbol.text().map(str::parse::<Symbol>) {
            Some(Err(error)) => {
                refuse("bad_symbol", Some(*date), error.to_string());
                continue;
            }
            symbol => symbol.and_then(std::result::Result::ok),
        };
        let (entity, provider) = (entity.text().map(str::to_owned), provider.text().map(str::to_owned));
        articles.push(Article { known_at, text: text.to_owned(), symbol, entity, provider });
    }
    Ok(articles)
}

fn no_zone(file: &Path, error: StampError) -> AppError {
    AppError::input(format!("the times of `{}` cannot be placed", file.display()))
        .hint("name the publisher's zone with `--zone`, such as `--zone UTC` or `--zone Asia/Kolkata`")
        .because(error)
}

/// Whether the file holds dates and no times: none is written, or every stamp is midnight, which is how dates look once
/// they were stored as timestamps.
fn dates_alone(read: &Records) -> bool {
    read.records.iter().all(|record| match record.fields.first() {
        Some(Field::Time(_, clock)) => clock.is_none_or(|clock| clock.nanos == 0),
        _ => true,
    })
}

struct Days<'a> {
    zone: Option<&'a Zone>,
    dates: bool,
}

impl Days<'_> {
    fn alone(&self, clock: Option<WrittenTime>) -> bool {
        self.dates || clock.is_none()
    }

    /// The instant as written, or the end of the day where only a date is.
    fn known(&self, date: Date, clock: Option<WrittenTime>) -> std::result::Result<Instant, StampError> {
        if let Some(clock) = clock.filter(|_| !self.dates) {
            return instant_of(date, clock, self.zone);
        }
        let next = WrittenTime { nanos: 0, offset_seconds: None };
        let morning = WrittenTime { nanos: 3_600_000_000_000, ..next };
        // Where clocks are set forward at midnight, the next day begins an hour later.
        match instant_of(date.plus_days(1), next, self.zone) {
            Err(StampError::ClockSet { .. }) => instant_of(date.plus_days(1), morning, self.zone),
            placed => placed,
        }
    }
}
