//! The table of observation sources: units, publication lags, vintages and where each is documented.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_units::{Date, Instant, Symbol, Zone};
use serde::{Deserialize, Serialize};

use crate::{Field, FieldKind, ReadError, ReadOptions, RowProblem, Wanted, read_records};

const TABLE: &str = include_str!("../data/observations.toml");

/// How long a period a value describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The date itself.
    Day,
    /// The month of the date, which may be its first or its last day.
    Month,
    /// The quarter of the date.
    Quarter,
}

impl Period {
    /// The last day of the period that holds `date`.
    pub fn end(self, date: Date) -> Date {
        let last_of_month = |first: Date, months: i32| first.plus_months(months).plus_days(-1);
        let first = date.plus_days(1 - i32::try_from(date.day()).unwrap_or(1));
        match self {
            Self::Day => date,
            Self::Month => last_of_month(first, 1),
            Self::Quarter => {
                let into = i32::try_from((date.month() - 1) % 3).unwrap_or(0);
                last_of_month(first, 3 - into)
            }
        }
    }
}

/// Which version of a value a file of the source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VintageKind {
    /// As first published.
    First,
    /// As last revised: later knowledge than the stamp says.
    Last,
    /// Values are not revised.
    Final,
}

/// Several values of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Delivered as they are.
    #[default]
    Each,
    /// Added up, such as payments.
    Sum,
}

/// One series of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSpec {
    /// Its name in the lake.
    pub id: Symbol,
    /// What it is.
    pub title: String,
    /// How the source's symbol column calls it; `None` where the file has none.
    #[serde(default)]
    pub code: Option<String>,
    /// The column of values.
    pub column: String,
    /// The unit after scaling.
    pub unit: String,
    /// What values are multiplied by.
    #[serde(default = "one")]
    pub scale: f64,
    /// What becomes of several values of one date.
    #[serde(default)]
    pub combine: Combine,
    /// Days from the period's end to publication, where it differs from the source's.
    #[serde(default)]
    pub lag_days: Option<i32>,
}

const fn one() -> f64 {
    1.0
}

/// A source of observations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservationSource {
    /// Its name.
    pub id: String,
    /// What it holds.
    pub title: String,
    /// Zone of `at`.
    pub zone: String,
    /// Time of day from which a value counts as known, `HH:MM`.
    pub at: String,
    /// Calendar on whose sessions values are expected.
    pub calendar: String,
    /// The period a value describes.
    pub period: Period,
    /// Calendar days from the period's last day to publication.
    pub lag_days: i32,
    /// Which version a file holds.
    pub vintage: VintageKind,
    /// How values are revised.
    pub revision: String,
    /// Where the source is documented.
    pub document: String,
    /// Whether values come once a week, on a day of the source's choice.
    #[serde(default)]
    pub weekly: bool,
    /// The column of dates.
    pub date_column: String,
    /// The column that names the series, if there is one.
    #[serde(default)]
    pub symbol_column: Option<String>,
    /// Its series.
    pub series: Vec<SeriesSpec>,
}

/// The table could not be read: a defect of this program.
#[derive(Debug, thiserror::Error)]
#[error("the table of observation sources is damaged: {0}")]
pub struct CatalogueError(String);

/// Every source, in the order of the table.
///
/// # Errors
/// [`CatalogueError`] when the shipped table contradicts itself, which a test rules out.
pub fn observation_sources() -> Result<Vec<ObservationSource>, CatalogueError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        source: Vec<ObservationSource>,
    }
    let table: Table = toml::from_str(TABLE).map_err(|error| CatalogueError(error.to_string()))?;
    Ok(table.source)
}

/// What a file of a source gave.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceOutcome {
    /// By series, dates and scaled values in the order of the file; summed ones ascending.
    pub values: BTreeMap<Symbol, Vec<(Date, f64)>>,
    /// Rows that could not be read.
    pub problems: Vec<RowProblem>,
    /// Data rows seen.
    pub rows_read: u64,
    /// Rows of series that the table does not list.
    pub rows_of_other_series: u64,
    /// Listed values that are empty in the file.
    pub missing: u64,
}

impl ObservationSource {
    /// When the value of `date` could first be read.
    ///
    /// # Errors
    /// [`CatalogueError`] for a zone or a time that does not exist.
    pub fn known_at(&self, series: &SeriesSpec, date: Date) -> Result<Instant, CatalogueError> {
        let zone = Zone::named(&self.zone).map_err(|error| CatalogueError(error.to_string()))?;
        let (hour, minute) = self
            .at
            .split_once(':')
            .and_then(|(h, m)| Some((h.parse::<i64>().ok()?, m.parse::<i64>().ok()?)))
            .filter(|(h, m)| (0..24).contains(h) && (0..60).contains(m))
            .ok_or_else(|| CatalogueError(format!("`{}` is no time of day", self.at)))?;
        let day = self.period.end(date).plus_days(series.lag_days.unwrap_or(self.lag_days));
        let nanos = (hour * 3_600 + minute * 60) * 1_000_000_000;
        // Where the clock skips that time, an hour later is late enough.
        zone.instant(day, nanos)
            .or_else(|| zone.instant(day, nanos + 3_600_000_000_000))
            .ok_or_else(|| CatalogueError(format!("{day} {} does not exist in {}", self.at, self.zone)))
    }

    /// Reads the listed series of a CSV or Parquet file.
    ///
    /// # Errors
    /// [`ReadError`] when the file as a whole cannot be used.
    pub fn read(&self, file: &Path, options: &ReadOptions) -> Result<SourceOutcome, ReadError> {
        let mut columns: Vec<&str> = self.series.iter().map(|series| series.column.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        let want =
            |role, named, kind| Wanted { role, named: Some(named), aliases: &[], kind, required: true };
        let mut wanted = vec![want("date", self.date_column.as_str(), FieldKind::Time)];
        wanted.extend(columns.iter().map(|column| want("value", column, FieldKind::Number)));
        wanted.extend(self.symbol_column.as_deref().map(|column| want("symbol", column, FieldKind::Text)));
        let read = read_records(file, &wanted, options)?;
        let mut out = SourceOutcome {
            values: BTreeMap::new(),
            problems: read.problems.clone(),
            rows_read: read.rows_read,
            rows_of_other_series: 0,
            missing: 0,
        };
        for record in &read.records {
            let Some(Field::Time(date, _)) = record.fields.first() else {
                out.problems.push(read.problem(record, "missing_value", None, "no date".to_owned()));
                continue;
            };
            let code = self.symbol_column.as_ref().and_then(|_| record.fields.last()).and_then(Field::text);
            let mut listed = false;
            for series in self.series.iter().filter(|series| series.code.as_deref() == code) {
                listed = true;
                let place = columns.iter().position(|column| *column == series.column).map(|place| place + 1);
                match place.and_then(|place| record.fields.get(place)).and_then(Field::number) {
                    Some(value) => {
                        let rows = out.values.entry(series.id.clone()).or_default();
                        rows.push((*date, value * series.scale));
                    }
                    None => out.missing += 1,
                }
            }
            out.rows_of_other_series += u64::from(!listed);
        }
        for series in self.series.iter().filter(|series| series.combine == Combine::Sum) {
            if let Some(rows) = out.values.get_mut(&series.id) {
                let mut sums: BTreeMap<Date, f64> = BTreeMap::new();
                for (date, value) in rows.iter() {
                    *sums.entry(*date).or_default() += value;
                }
                *rows = sums.into_iter().collect();
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        let sources = observation_sources().unwrap();
        assert!(sources.len() >= 6);
        let mut ids = BTreeSet::new();
        let noon: Date = "2024-02-29".parse().unwrap();
        for source in &sources {
            assert!(proofmark_market::Calendar::named(&source.calendar).is_ok(), "{}", source.id);
            assert!(source.document.contains("https://") && !source.revision.is_empty(), "{}", source.id);
            for series in &source.series {
                assert!(ids.insert(series.id.clone()), "{} is named twice", series.id);
                assert_eq!(series.code.is_some(), source.symbol_column.is_some(), "{}", series.id);
                assert!(series.scale.is_finite() && series.scale != 0.0 && !series.unit.is_empty());
                // Known when its day begins at the earliest: the official rate is set on the evening before.
                let zone = Zone::named(&source.zone).unwrap();
                let known = source.known_at(series, noon).unwrap();
                assert!(zone.local(known).0 >= source.period.end(noon), "{}", series.id);
            }
        }
    }

    #[test]
    fn periods_end_where_they_end() {
        let end = |period: Period, date: &str| period.end(date.parse().unwrap()).to_string();
        assert_eq!(end(Period::Day, "2024-02-10"), "2024-02-10");
        assert_eq!(end(Period::Month, "2024-02-01"), "2024-02-29");
        assert_eq!(end(Period::Month, "2024-01-31"), "2024-01-31");
        assert_eq!(end(Period::Quarter, "2024-01-01"), "2024-03-31");
        assert_eq!(end(Period::Quarter, "2024-12-31"), "2024-12-31");
    }

    #[test]
    fn funding_is_summed_and_consumer_prices_wait_for_their_release() {
        let sources = observation_sources().unwrap();
        let source = |id: &str| sources.iter().find(|s| s.id == id).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("funding.csv");
        let text = "symbol,ts,funding_rate\nBTCUSDT,2024-01-01T00:00:00Z,0.0001\nBTCUSDT,2024-01-01T08:00:00Z,0.0002\n\
                    BTCUSDT,2024-01-02T00:00:00Z,\nXUSDT,2024-01-01T00:00:00Z,1\n";
        std::fs::write(&file, text).unwrap();
        let funding = source("binance_funding");
        let read = funding.read(&file, &ReadOptions::default()).unwrap();
        let rows = &read.values[&"FUNDING_BTCUSDT".parse::<Symbol>().unwrap()];
        assert!(rows.len() == 1 && (rows[0].1 - 0.0003).abs() < 1e-15);
        assert_eq!((read.rows_read, read.rows_of_other_series, read.missing), (4, 1, 1));
        let known = funding.known_at(&funding.series[0], rows[0].0).unwrap();
        assert_eq!(known.to_string(), "2024-01-02T00:00:00Z", "after the day's last payment");
        let monthly = source("fred_monthly");
        let cpi = monthly.known_at(&monthly.series[0], "2024-01-01".parse().unwrap()).unwrap();
        // January ends on the 31st; 21 days later at 18:00 in New York. The release was on 2024-02-13.
        assert_eq!(cpi.to_string(), "2024-02-21T23:00:00Z");
    }
}
