//! Observations: listed sources, what the lake holds of them, and what was known when.

use std::path::{Path, PathBuf};

use proofmark_app::data::{self, ViewRequest};
use proofmark_app::error::{AppError, Result};
use proofmark_app::ingest;
use proofmark_app::workspace::{Workspace, write};
use proofmark_units::DateSpan;
use serde_json::json;

use super::from_caller;
use crate::args::data::ViewArgs;
use crate::output::{Output, table};

pub(super) fn sources() -> Result<Output> {
    let sources = ingest::listed_sources()?;
    let head = ["source", "series", "known, days after", "calendar", "what it is"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for s in &sources {
        rows.push(vec![
            s.id.clone(),
            s.series.len().to_string(),
            format!("{} at {} {}", s.lag_days, s.at, s.zone),
            s.calendar.clone(),
            s.title.clone(),
        ]);
    }
    let text = format!(
        "{}\n`proofmark ingest observations FILE --source NAME` brings one in; `--json` shows every series with its unit.\n",
        table(&rows)
    );
    Ok(Output::new(&json!({ "sources": sources }), text))
}

pub(super) fn ingest(ws: &Workspace, files: &[PathBuf], source: &str, observations: bool) -> Result<Output> {
    if !observations {
        return Err(AppError::input("`--source` is for `ingest observations`")
            .hint("for example `proofmark ingest observations FILE --source fred_monthly`"));
    }
    let done = ingest::catalogued(ws, files, source)?;
    let mut rows =
        vec![["series", "first", "last", "new", "known", "restated", "unit"].map(String::from).to_vec()];
    for s in &done.series {
        rows.push(vec![
            s.series.to_string(),
            s.first.to_string(),
            s.last.to_string(),
            s.added.to_string(),
            s.known.to_string(),
            s.restated.to_string(),
            s.unit.clone(),
        ]);
    }
    let mut text = format!(
        "{} rows read, {} of series that {} does not list, {} listed values empty.\n\n{}",
        done.rows_read,
        done.rows_of_other_series,
        done.source,
        done.missing,
        table(&rows)
    );
    if !done.absent.is_empty() {
        let absent: Vec<String> = done.absent.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\nNot in the files: {}\n", absent.join(", ")));
    }
    text.push_str(&format!("\nRevisions: {}\n", done.revision));
    for problem in &done.problems {
        text.push_str(&format!("\n{} ({} rows): {}\n", problem.rule, problem.count, problem.doc));
        for sample in &problem.samples {
            text.push_str(&format!("  {sample}\n"));
        }
    }
    text.push_str("\nNext: `proofmark data view --series NAME ...` shows what was known at each close.\n");
    Ok(Output::new(&done, text))
}

pub(super) fn matrix(ws: &Workspace, to: Option<&Path>) -> Result<Output> {
    let matrix = data::signals(ws)?;
    let mut rows =
        vec![["series", "source", "first", "last", "dates", "years under 80 %"].map(String::from).to_vec()];
    for s in &matrix.series {
        let thin: Vec<String> = s
            .by_year
            .iter()
            .filter(|(_, year)| year.share.is_some_and(|share| share < 0.8))
            .map(|(year, _)| year.to_string())
            .collect();
        rows.push(vec![
            s.series.to_string(),
            s.source.clone().unwrap_or_else(|| "own".to_owned()),
            s.first.to_string(),
            s.last.to_string(),
            s.dates.to_string(),
            thin.join(" "),
        ]);
    }
    let mut text = if matrix.series.is_empty() {
        "The lake holds no observations. `proofmark data sources` lists what can be brought in.\n".to_owned()
    } else {
        table(&rows)
    };
    if let Some(to) = to {
        write(to, data::signals_page(&matrix)?.as_bytes())?;
        text.push_str(&format!("\nWritten: {}\n", to.display()));
    }
    Ok(Output::new(&matrix, text))
}

pub(super) fn view(ws: &Workspace, root: &Path, args: ViewArgs) -> Result<Output> {
    let span = DateSpan::new(args.start_date, args.end_date).ok_or_else(|| {
        AppError::input(format!("the range {} to {} is empty", args.start_date, args.end_date))
            .hint("check `--start-date` and `--end-date`")
    })?;
    let request =
        ViewRequest { series: args.series, calendar: args.calendar, span, max_age_days: args.max_age };
    let view = data::view(ws, &request)?;
    let head = ["series", "sessions with a value", "too old", "not yet known", "share", "mean age, days"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for c in &view.columns {
        rows.push(vec![
            c.series.to_string(),
            format!("{} of {}", c.found, view.dates.len()),
            c.stale.to_string(),
            c.never.to_string(),
            c.share.map_or_else(|| "none".to_owned(), |share| format!("{share:.4}")),
            c.mean_age_days.map_or_else(|| "none".to_owned(), |age| format!("{age:.1}")),
        ]);
    }
    let mut text = table(&rows);
    if let Some(to) = &args.to {
        let to = from_caller(root, to);
        write(&to, view.csv().as_bytes())?;
        text.push_str(&format!("\nWritten: {}\n", to.display()));
    }
    Ok(Output::new(&view, text))
}
