//! Context features: their papers, and `proofmark data context`.

use std::path::Path;

use proofmark_app::data::{self, ContextRequest};
use proofmark_app::error::Result;
use proofmark_app::features;
use proofmark_app::workspace::Workspace;
use serde_json::json;

use super::from_caller;
use crate::args::data::ContextArgs;
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn context(ws: &Workspace, root: &Path, args: &ContextArgs, quiet: bool) -> Result<Output> {
    let request = ContextRequest {
        spec: &from_caller(root, &args.spec),
        files: args.files.iter().map(|file| from_caller(root, file)).collect(),
        store_as: args.store_as.clone(),
    };
    let report = data::context(ws, &request, &Terminal::new(quiet))?;
    let head = ["feature", "symbol", "values", "missing", "first", "last", "then", "unit"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for own in &report.series {
        let date = |date: Option<_>| {
            date.map_or_else(|| "-".to_owned(), |date: proofmark_units::Date| date.to_string())
        };
        rows.push(vec![
            own.feature.to_owned(),
            own.symbol.as_ref().map_or_else(|| "all".to_owned(), ToString::to_string),
            own.values.to_string(),
            own.missing.to_string(),
            date(own.first),
            date(own.last.map(|row| row.date)),
            own.last.map_or_else(|| "-".to_owned(), |row| format!("{:.6}", row.value)),
            own.unit.to_owned(),
        ]);
    }
    let mut text = format!("Sessions of {}\n\n{}", report.calendar, table(&rows));
    for note in &report.notes {
        text.push_str(&format!("{note}\n"));
    }
    for stored in report.series.iter().filter_map(|own| own.stored.as_ref()) {
        text.push_str(&format!("{} rows stored in the series {}\n", stored.rows, stored.series));
    }
    let exit = u8::from(report.is_empty());
    Ok(Output::new(&report, text).exit(exit))
}

pub(super) fn definitions(name: Option<&str>) -> Result<Output> {
    let all = features::context(name)?;
    let json = json!({ "features": all });
    if let (Some(_), [own]) = (name, &all[..]) {
        let level = if own.stationary { "no level" } else { "a level: a model fitted on it meets new ones" };
        let rows = [
            ("inputs", own.inputs.join(", ")),
            ("look-back", format!("{} rows, its own included", own.look_back)),
            ("lag", own.lag.to_owned()),
            ("unit", own.unit.to_owned()),
            ("kept", level.to_owned()),
            ("source", own.source.to_owned()),
        ];
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect();
        return Ok(Output::new(&json, format!("{}\n\n{}\n\n{}", own.name, own.doc, table(&rows))));
    }
    let mut rows =
        vec![["feature", "inputs", "look-back", "lag", "unit", "source"].map(str::to_owned).to_vec()];
    for own in &all {
        rows.push(vec![
            own.name.to_owned(),
            own.inputs.join(", "),
            own.look_back.to_string(),
            own.lag.to_owned(),
            own.unit.to_owned(),
            own.source.to_owned(),
        ]);
    }
    Ok(Output::new(&json, table(&rows)))
}
