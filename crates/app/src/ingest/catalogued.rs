//! Observations of a source in the shipped table, each known from its publication on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proofmark_lake::{Delivery, Observation};
use proofmark_sources::{ObservationSource, ReadOptions, VintageKind, observation_sources};
use proofmark_units::{Date, Symbol};
use serde::Serialize;

use super::files::{read_error, refuse_if_unreadable, source};
use super::summary::{Account, Problem};
use crate::data::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// What an ingest of a listed source did.
#[derive(Debug, Serialize)]
pub struct SourceSummary {
    /// The source.
    pub source: String,
    /// Which version of its values a file holds.
    pub vintage: VintageKind,
    /// How values are revised: what a file of the last vintage knows too early.
    pub revision: String,
    /// Data rows seen, readable or not.
    pub rows_read: u64,
    /// Rows of series that the table does not list.
    pub rows_of_other_series: u64,
    /// Listed values that are empty: missing, not 0.
    pub missing: u64,
    /// By series.
    pub series: Vec<SeriesStored>,
    /// Listed series of which the files hold nothing.
    pub absent: Vec<Symbol>,
    /// Rows that could not be read, by rule.
    pub problems: Vec<Problem>,
}

/// What the lake made of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesStored {
    /// Its name.
    pub series: Symbol,
    /// Its unit.
    pub unit: String,
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// Values of dates that the lake did not hold, and later versions of held ones.
    pub added: u64,
    /// Values held already.
    pub known: u64,
    /// Held dates that now have a later version.
    pub restated: u64,
}

/// Every listed source.
///
/// # Errors
/// The shipped table is damaged: our bug.
pub fn listed_sources() -> Result<Vec<ObservationSource>> {
    observation_sources()
        .map_err(|error| AppError::bug("failed to read the table of observation sources").because(error))
}

/// Brings every listed series of `id` from the files into the lake, in the table's unit, known from publication on.
///
/// # Errors
/// No source has that name, or a file cannot be used; nothing is stored then.
pub fn catalogued(ws: &Workspace, files: &[PathBuf], id: &str) -> Result<SourceSummary> {
    let sources = listed_sources()?;
    let spec = sources.iter().find(|source| source.id == id).ok_or_else(|| {
        let known: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
        AppError::input(format!("there is no listed source `{id}`"))
            .hint(format!("one of {}; `proofmark data sources` says what they hold", known.join(", ")))
    })?;
    if files.is_empty() {
        return Err(
            AppError::input("no file to ingest was named").hint("give one or more CSV or Parquet files")
        );
    }
    let mut account = Account::default();
    let (mut other, mut missing) = (0, 0);
    let mut rows: BTreeMap<Symbol, Vec<Observation>> = BTreeMap::new();
    for file in files {
        let read = spec.read(file, &ReadOptions::default()).map_err(|error| read_error(file, error))?;
        refuse_if_unreadable(file, read.values.values().map(Vec::len).sum(), &read.problems)?;
        account.read(read.rows_read);
        (other, missing) = (other + read.rows_of_other_series, missing + read.missing);
        for problem in &read.problems {
            account.problem(problem);
        }
        for (series, values) in read.values {
            let Some(listed) = spec.series.iter().find(|listed| listed.id == series) else { continue };
            let held = rows.entry(series.clone()).or_default();
            for (date, value) in values {
                if account.placeable(file, &series, date) {
                    let known_at = spec.known_at(listed, date).map_err(|error| {
                        AppError::bug(format!("failed to place `{series}` in time")).because(error)
                    })?;
                    held.push(Observation { date, known_at, value });
                }
            }
        }
    }
    let mut lake = open_lake(ws)?;
    let from = files.iter().map(|file| source(file)).collect::<Vec<_>>().join(", ");
    let mut stored = Vec::new();
    for (series, values) in &rows {
        let dates = || values.iter().map(|row| row.date);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else { continue };
        let delivery = Delivery { source: from.clone(), arrived_at: crate::clock::now() };
        let report = lake
            .append_observations(series, values, &delivery)
            .map_err(|error| lake_error("failed to store the values", error))?;
        let unit = spec.series.iter().find(|s| s.id == *series).map_or(String::new(), |s| s.unit.clone());
        stored.push(SeriesStored {
            series: series.clone(),
            unit,
            first,
            last,
            added: report.rows_added,
            known: report.rows_unchanged,
            restated: report.restated.len() as u64,
        });
    }
    let absent = spec.series.iter().map(|s| s.id.clone()).filter(|id| !rows.contains_key(id)).collect();
    Ok(SourceSummary {
        source: spec.id.clone(),
        vintage: spec.vintage,
        revision: spec.revision.clone(),
        rows_read: account.rows_read(),
        rows_of_other_series: other,
        missing,
        series: stored,
        absent,
        problems: account.finish().problems,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proofmark_units::DateSpan;

    use super::*;

    #[test]
    fn the_listed_sources_read_the_real_files_and_nothing_is_known_in_its_own_period() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        if !root.exists() {
            eprintln!("SKIPPED: ../shared/data is not here");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        for (source, file) in [
            ("nse_valuation", "india/nifty50_valuation_daily_2000_2022.parquet"),
            ("fred_monthly", "us/us_macro_fred.parquet"),
            ("global_daily", "fx/macro_daily_1998_2026.parquet"),
            ("colombia_monthly", "fx/macro_monthly_2016_2026.parquet"),
            ("trm", "fx/usdcop_trm_official_1991_2024.parquet"),
            ("binance_funding", "crypto/binance_perp_funding_2022_2026.parquet"),
        ] {
            let done = catalogued(&ws, &[root.join(file)], source).unwrap();
            assert!(done.absent.is_empty(), "{source}: {:?}", done.absent);
            assert!(done.problems.is_empty(), "{source}: {:?}", done.problems);
            let again = catalogued(&ws, &[root.join(file)], source).unwrap();
            assert!(again.series.iter().all(|s| s.added == 0 && s.restated == 0), "{source}");
        }
        let span = DateSpan::new("2024-01-01".parse().unwrap(), "2024-12-31".parse().unwrap()).unwrap();
        let lake = open_lake(&ws).unwrap();
        let cpi = lake.read_observations(&"US_CPI".parse().unwrap(), span, None).unwrap();
        assert_eq!(cpi.len(), 12);
        assert!(cpi.iter().all(|row| row.known_at.utc_date() > row.date.plus_days(45)));
        assert!(catalogued(&ws, &[], "fred").unwrap_err().hint_text().unwrap().contains("fred_monthly"));
    }
}
