//! Dated values, such as an index's dividend yield.

use std::path::{Path, PathBuf};

use proofmark_lake::{Delivery, Observation};
use proofmark_sources::{ObservationOutcome, ReadError, ReadOptions, read_observations_parquet};
use proofmark_units::{ParseSymbolError, Symbol};

use super::files::{Request, read_error, read_options, refuse_if_unreadable, source};
use super::summary::{Account, Summary};
use crate::data::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// Date columns tried when none is named.
const DATE_COLUMNS: &[&str] = &["date", "ts", "timestamp"];

/// Brings one value a date from Parquet files into the lake as `series`, multiplied by `scale` (0.01 makes fractions
/// of percents). A value is known from its date's session close on, by the calendar of `request`; of the request only
/// the calendar, the date format and the column of `date` matter.
///
/// # Errors
/// The name, scale, calendar, a file or a column cannot be used; nothing is stored then.
pub fn observations(
    ws: &Workspace,
    files: &[PathBuf],
    request: &Request,
    series: &str,
    value_column: &str,
    scale: f64,
) -> Result<Summary> {
    let name: Symbol = series.parse().map_err(|error: ParseSymbolError| {
        AppError::input(format!("`{series}` cannot name a series"))
            .hint("use letters, digits and `_`, such as `NIFTY50_DIVIDEND_YIELD`")
            .because(error)
    })?;
    if !scale.is_finite() || scale == 0.0 {
        return Err(AppError::input(format!("the scale {scale} would lose the values"))
            .hint("for example `--scale 0.01`"));
    }
    if files.is_empty() {
        return Err(AppError::input("no file to ingest was named").hint("give one or more Parquet files"));
    }
    let calendar = calendar(&request.calendar)?;
    let options = read_options(request)?;
    let mut account = Account::default();
    let mut deliveries = Vec::with_capacity(files.len());
    for file in files {
        let outcome = read(file, request, value_column, &options).map_err(|error| read_error(file, error))?;
        refuse_if_unreadable(file, outcome.values.len(), &outcome.problems)?;
        account.read(outcome.rows_read);
        for problem in &outcome.problems {
            account.problem(problem);
        }
        let mut rows = Vec::with_capacity(outcome.values.len());
        for (date, value) in outcome.values {
            if account.placeable(file, &name, date) {
                rows.push(Observation { date, known_at: calendar.session_close(date), value: value * scale });
            }
        }
        deliveries.push((source(file), rows));
    }
    let mut lake = open_lake(ws)?;
    for (source, rows) in deliveries {
        let delivery = Delivery { source, arrived_at: crate::clock::now() };
        let report = lake
            .append_observations(&name, &rows, &delivery)
            .map_err(|error| lake_error("failed to store the values", error))?;
        account.stored(&report);
    }
    Ok(account.finish())
}

/// Reads with the date column that was named, or the first usual one that is there.
fn read(
    file: &Path,
    request: &Request,
    value_column: &str,
    options: &ReadOptions,
) -> std::result::Result<ObservationOutcome, ReadError> {
    if let Some(date) = request.column("date") {
        return read_observations_parquet(file, date, value_column, options);
    }
    let mut first = None;
    for date in DATE_COLUMNS {
        match read_observations_parquet(file, date, value_column, options) {
            Err(error @ ReadError::MissingColumn { role: "date", .. }) => {
                first.get_or_insert(error);
            }
            other => return other,
        }
    }
    Err(first.expect("every name was tried, so the first one failed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_units::DateSpan;

    #[test]
    fn real_yields_arrive_as_fractions_known_at_the_close() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        let file = root.join("india/nifty50_valuation_daily_2000_2022.parquet");
        if !file.exists() {
            eprintln!("SKIPPED: ../shared/data is not here");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let request = Request { calendar: "XNSE".into(), ..Request::default() };
        let summary =
            observations(&ws, std::slice::from_ref(&file), &request, "YIELD", "div_yield", 0.01).unwrap();
        assert_eq!((summary.rows_read, summary.rows_added), (5_640, 5_640));
        let again =
            observations(&ws, std::slice::from_ref(&file), &request, "YIELD", "div_yield", 0.01).unwrap();
        assert_eq!((again.rows_added, again.rows_known), (0, 5_640));
        let span = DateSpan::new("2000-01-03".parse().unwrap(), "2022-12-31".parse().unwrap()).unwrap();
        let rows = open_lake(&ws).unwrap().read_observations(&"YIELD".parse().unwrap(), span, None).unwrap();
        assert!(rows.iter().all(|row| (0.0..0.05).contains(&row.value)));
        assert_eq!(rows[0].known_at.to_string(), "2000-01-03T10:00:00Z");
        let error = observations(&ws, &[file], &request, "YIELD", "none", 1.0).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--value-column"));
    }
}
