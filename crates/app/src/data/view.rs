//! Observations as they were known at each close: the as-of view.

use proofmark_lake::{AsOfValue, asof_values};
use proofmark_units::{Date, DateSpan, Instant, Symbol};
use serde::Serialize;

use super::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

const DAY_NANOS: i64 = 86_400_000_000_000;

/// What is to be seen.
#[derive(Debug, Clone)]
pub struct ViewRequest {
    /// Series, in the order of the columns.
    pub series: Vec<Symbol>,
    /// Calendar whose closes are the decisions.
    pub calendar: String,
    /// Sessions looked at.
    pub span: DateSpan,
    /// Days from the end of the date a value describes to the decision, at most.
    pub max_age_days: Option<u32>,
}

/// The view of each session, and how much of it is there.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// Sessions.
    pub dates: Vec<Date>,
    /// By series.
    pub columns: Vec<ViewColumn>,
}

/// One series at every session.
#[derive(Debug, Clone, Serialize)]
pub struct ViewColumn {
    /// Its name.
    pub series: Symbol,
    /// Sessions with a value.
    pub found: u64,
    /// Sessions whose newest value is older than allowed.
    pub stale: u64,
    /// Sessions before the first value was known.
    pub never: u64,
    /// `found` of all sessions, a fraction; `None` without sessions.
    pub share: Option<f64>,
    /// Mean age of what was found, days from the end of the date it describes.
    pub mean_age_days: Option<f64>,
    /// Value by session; `None` where nothing that new was known.
    pub values: Vec<Option<f64>>,
}

/// Joins each series to the closes of a calendar's sessions as it was known then.
///
/// # Errors
/// The calendar, span or a series cannot be used.
pub fn view(ws: &Workspace, request: &ViewRequest) -> Result<View> {
    let calendar = calendar(&request.calendar)?;
    let dates = calendar.sessions_in(request.span).map_err(|error| {
        AppError::input(format!("calendar `{}` does not cover the span", request.calendar))
            .hint("check `--start-date` and `--end-date`")
            .because(error)
    })?;
    let closes: Vec<Instant> = dates.iter().map(|date| calendar.session_close(*date)).collect();
    let lake = open_lake(ws)?;
    let age = request.max_age_days.map(|days| i64::from(days) * DAY_NANOS);
    let mut columns = Vec::with_capacity(request.series.len());
    for series in &request.series {
        let facts = lake
            .read_observation_versions(series)
            .map_err(|error| lake_error(&format!("failed to read `{series}`"), error))?;
        let found = asof_values(&closes, &facts, age).map_err(|error| {
            AppError::bug(format!("the closes cannot be joined with `{series}`")).because(error)
        })?;
        let ages: Vec<f64> = found.iter().flatten().map(|v: &AsOfValue| v.age_days).collect();
        let first = facts.iter().map(|fact| fact.known_at).min();
        let never = closes.iter().filter(|close| first.is_none_or(|first| **close < first)).count();
        columns.push(ViewColumn {
            series: series.clone(),
            found: ages.len() as u64,
            stale: (dates.len() - never - ages.len()) as u64,
            never: never as u64,
            share: (!dates.is_empty()).then(|| ages.len() as f64 / dates.len() as f64),
            mean_age_days: (!ages.is_empty()).then(|| ages.iter().sum::<f64>() / ages.len() as f64),
            values: found.iter().map(|v| v.map(|v| v.value)).collect(),
        });
    }
    Ok(View { dates: dates.to_vec(), columns })
}

impl View {
    /// As CSV: a date and one column a series, empty where nothing was known.
    pub fn csv(&self) -> String {
        let mut out = String::from("date");
        for column in &self.columns {
            out.push_str(&format!(",{}", column.series));
        }
        out.push('\n');
        for (t, date) in self.dates.iter().enumerate() {
            out.push_str(&date.to_string());
            for column in &self.columns {
                out.push(',');
                if let Some(value) = column.values[t] {
                    out.push_str(&value.to_string());
                }
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest;

    #[test]
    fn a_month_is_seen_from_its_release_on_and_until_it_is_too_old() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let file = folder.path().join("fred.csv");
        std::fs::write(
            &file,
            "symbol,ts,value\nCPIAUCSL,2024-01-01,300\nCPIAUCSL,2024-02-01,301\nXX,2024-02-01,1\n",
        )
        .unwrap();
        let done = ingest::catalogued(&ws, &[file], "fred_monthly").unwrap();
        assert_eq!((done.rows_read, done.rows_of_other_series, done.series[0].added), (3, 1, 2));
        assert!(done.absent.contains(&"US_PAYROLLS".parse().unwrap()));
        let request = ViewRequest {
            series: vec!["US_CPI".parse().unwrap()],
            calendar: "24/7".into(),
            span: DateSpan::new("2024-02-01".parse().unwrap(), "2024-06-30".parse().unwrap()).unwrap(),
            max_age_days: Some(120),
        };
        let seen = view(&ws, &request).unwrap();
        let at = |date: &str| {
            let t = seen.dates.iter().position(|d| d.to_string() == date).unwrap();
            seen.columns[0].values[t]
        };
        // 31 January + 21 days at 18:00 New York is 23:00 UTC on 21 February; February's is known on 21 March.
        assert_eq!((at("2024-02-20"), at("2024-02-22")), (None, Some(300.0)));
        assert_eq!((at("2024-03-20"), at("2024-03-22")), (Some(300.0), Some(301.0)));
        // February is seen for 120 days after its date's day, the 1st, is over.
        assert_eq!((at("2024-05-30"), at("2024-06-05")), (Some(301.0), None));
        assert!(seen.csv().starts_with("date,US_CPI\n2024-02-01,\n"));
        let matrix = crate::data::signals(&ws).unwrap();
        assert_eq!(matrix.series[0].by_year[&2024].share, Some(1.0));
        assert!(crate::data::signals_page(&matrix).unwrap().contains("| US_CPI | fred_monthly | 21 |"));
    }
}
