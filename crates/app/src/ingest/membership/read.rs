//! Rows of a file of members, each with the instant from which it was known.

use std::path::Path;

use proofmark_lake::facts::IndexMember;
use proofmark_sources::{Field, ReadOptions, Record, StampError, instant_of, period_after, read_records};
use proofmark_units::{Date, Instant, Symbol, Zone};

use super::MembershipRequest;
use crate::error::{AppError, Result};
use crate::ingest::files::{read_error, source, zone};
use crate::ingest::roles::Roles;
use crate::ingest::summary::{Account, FileRead};

const ROLES: Roles = Roles {
    row: "member",
    columns: &[
        ("index", &["index", "universe"]),
        ("symbol", &["symbol", "ticker", "member"]),
        ("start", &["start", "from", "fromsession"]),
        ("end", &["end", "to", "tosession"]),
        ("ranked_in", &["rankedin"]),
        ("known_at", &["knownat", "announced"]),
    ],
    times: &["start", "end", "known_at"],
    required: &["symbol"],
};

/// The rows of `file`; a stay whose end became known later than its start is two of them.
pub(super) fn rows(
    file: &Path,
    request: &MembershipRequest,
    now: Instant,
    account: &mut Account,
) -> Result<Vec<IndexMember>> {
    let wanted = ROLES.wanted(&request.columns)?;
    let options = ReadOptions { date_format: request.date_format.clone(), ..ReadOptions::default() };
    let read = read_records(file, &wanted, &options).map_err(|error| read_error(file, error))?;
    if let Some(problem) = read.problems.first() {
        return Err(refused(file, problem.row, &problem.detail));
    }
    account.read(read.rows_read);
    let used: Vec<String> = ROLES
        .columns
        .iter()
        .zip(&read.columns)
        .filter_map(|((role, _), column)| column.as_ref().map(|column| format!("{role}={column}")))
        .collect();
    account.file(FileRead { file: source(file), columns: used.join(" "), notes: Vec::new() });
    let zone = zone(request.zone.as_deref())?;
    let reader = Reader { file, request, zone: zone.as_ref(), now };
    let mut rows = Vec::with_capacity(read.records.len());
    for record in &read.records {
        rows.extend(reader.stay(record)?);
    }
    // A row that is two versions is one row of the file.
    account.split(rows.len() - read.records.len());
    Ok(rows)
}

/// Two ends of one stay, told at one instant.
pub(super) fn contradiction(row: &IndexMember) -> AppError {
    AppError::input(format!(
        "the stay of `{}` in `{}` from {} has two ends that became known at the same instant, {}",
        row.member, row.index, row.from_session, row.known_at
    ))
    .hint("keep the right one, or say in `known_at` when each was told")
}

fn refused(file: &Path, row: u64, what: &str) -> AppError {
    AppError::input(format!("row {row} of `{}` cannot be used: {what}", file.display())).hint(
        "a list of members decides a result, so every row must be right: docs/UNIVERSES.md shows the columns",
    )
}

struct Reader<'a> {
    file: &'a Path,
    request: &'a MembershipRequest,
    zone: Option<&'a Zone>,
    now: Instant,
}

impl Reader<'_> {
    fn stay(&self, record: &Record) -> Result<Vec<IndexMember>> {
        let refuse = |what: String| refused(self.file, record.row, &what);
        let [index, symbol, start, end, ranked_in, known_at] = &record.fields[..] else {
            return Err(refuse("it is too short".to_owned()));
        };
        let index = match (&self.request.index, index.text()) {
            (Some(index), None) => index.clone(),
            (Some(index), Some(text)) if text == index.as_str() => index.clone(),
            (Some(index), Some(text)) => return Err(refuse(format!("it is of `{text}`, not of `{index}`"))),
            (None, Some(text)) => name(text).map_err(refuse)?,
            (None, None) => {
                return Err(refuse("no index is named; `--index NAME` does it for all rows".into()));
            }
        };
        let member =
            name(symbol.text().ok_or_else(|| refuse("it has no symbol".to_owned()))?).map_err(refuse)?;
        let period = ranked_in.text().map(period_after).transpose().map_err(refuse)?;
        let (start, end) = (self.date(start, record)?, self.date(end, record)?);
        let (from, to) = match (start, period) {
            (Some(start), None) => (start, end),
            (None, Some(period)) if end.is_none() => (period.start, Some(period.end)),
            (None, None) => return Err(refuse("it has neither a `start` nor a `ranked_in`".to_owned())),
            _ => return Err(refuse("it has both a `ranked_in` and dates".to_owned())),
        };
        if to.is_some_and(|to| to < from) {
            return Err(refuse(format!("it ends before it starts, on {from}")));
        }
        let told = |to_session, known_at| IndexMember {
            index: index.clone(),
            member: member.clone(),
            from_session: from,
            to_session,
            known_at,
        };
        let rows = match self.known_at(known_at, record)? {
            Some(known_at) => vec![told(to, known_at)],
            // Who was chosen by a period's figures, and for how long, is known when that period is over.
            None if period.is_some() => vec![told(to, from.midnight_utc())],
            None if self.request.known_when_effective => {
                let over = |to: Date| to.plus_days(1).midnight_utc();
                let ended = to.filter(|to| over(*to) <= self.now);
                let start = told(None, from.midnight_utc());
                std::iter::once(start).chain(ended.map(|to| told(Some(to), over(to)))).collect()
            }
            None => {
                return Err(AppError::input(format!(
                    "row {} of `{}` does not say when it was known",
                    record.row,
                    self.file.display()
                ))
                .hint(
                    "add a column `known_at`, or say `--known-when-effective`: a start was known when its day began, \
                     an end when it was over",
                ));
            }
        };
        match rows.iter().find(|row| row.known_at > self.now) {
            Some(row) => Err(refuse(format!("it becomes known at {}, which has not come yet", row.known_at))
                .hint("leave out what nobody can know yet, such as the ranks of a period that is not over")),
            None => Ok(rows),
        }
    }

    fn date(&self, field: &Field, record: &Record) -> Result<Option<Date>> {
        match field {
            Field::Missing => Ok(None),
            Field::Time(date, time) if time.is_none_or(|time| time.nanos == 0) => {
                let inside = (1900..2200).contains(&date.year());
                inside.then_some(Some(*date)).ok_or_else(|| {
                    refused(self.file, record.row, &format!("the date {date} lies outside 1900 to 2199"))
                })
            }
            _ => Err(refused(self.file, record.row, "a start or an end is a date, without a time of day")),
        }
    }

    /// The stated instant; a date without a time of day counts from its end in UTC.
    fn known_at(&self, field: &Field, record: &Record) -> Result<Option<Instant>> {
        match field {
            Field::Time(date, _) if !(1900..2200).contains(&date.year()) => {
                Err(refused(self.file, record.row, &format!("the date {date} lies outside 1900 to 2199")))
            }
            Field::Time(date, None) => Ok(Some(date.plus_days(1).midnight_utc())),
            Field::Time(date, Some(time)) => match instant_of(*date, *time, self.zone) {
                Ok(at) => Ok(Some(at)),
                Err(error @ StampError::NoZone) => {
                    Err(AppError::input(format!("the times of `{}` cannot be placed", self.file.display()))
                        .hint(
                            "name the zone that `known_at` is written in with `--zone`, such as `--zone UTC`",
                        )
                        .because(error))
                }
                Err(error) => Err(refused(self.file, record.row, &error.to_string())),
            },
            _ => Ok(None),
        }
    }
}

fn name(text: &str) -> std::result::Result<Symbol, String> {
    text.parse().map_err(|error| format!("`{text}` is no name: {error}"))
}
