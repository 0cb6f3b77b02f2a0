//! `ingest headlines`: what was read, scored and stored, and what should not be relied on.

use std::path::Path;

use proofmark_app::error::Result;
use proofmark_app::ingest::{self, HeadlineRequest};
use proofmark_app::workspace::Workspace;

use super::from_caller;
use crate::args::vendors::HeadlineArgs;
use crate::output::{Output, table};

pub(super) fn ingest(ws: &Workspace, root: &Path, args: HeadlineArgs, quiet: bool) -> Result<Output> {
    let path = |path: &std::path::PathBuf| from_caller(root, path);
    let request = HeadlineRequest {
        files: args.files.iter().map(path).collect(),
        columns: args.columns,
        date_format: args.date_format,
        symbol: args.symbol,
        names: args.names.as_ref().map(path),
        zone: args.zone,
        calendar: args.calendar,
        model: args.model.as_ref().map(path),
        half_life: args.half_life,
        window: args.window,
        weights: args.weights,
    };
    super::sentiment::say(quiet, "reading and scoring headlines");
    let done = ingest::headlines(ws, &request)?;
    let mut text = format!(
        "{} rows read, {} headlines scored by {}; {} session values new, {} already there, {} restated.\n",
        done.rows_read,
        done.headlines,
        done.scorer,
        done.values_added,
        done.values_known,
        done.values_restated
    );
    for (rows, what) in [
        (done.repeated, "said again"),
        (done.of_no_symbol, "name none of the symbols"),
        (done.of_other_providers, "of providers without a weight"),
        (done.unscored, "hold no word that can be scored: missing, not neutral"),
        (done.stamps.dates_only, "carry a date without a time: known at the end of that day"),
    ] {
        if rows > 0 {
            text.push_str(&format!("  {rows} rows {what}\n"));
        }
    }
    let head = ["series", "headlines", "first", "last", "sessions with news", "share"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for s in &done.symbols {
        rows.push(vec![
            s.series.to_string(),
            s.headlines.to_string(),
            s.first.to_string(),
            s.last.to_string(),
            format!("{} of {}", s.covered, s.sessions),
            format!("{:.4}", s.share),
        ]);
    }
    if done.symbols.is_empty() {
        text.push_str("\nNo headline could be stored: see the lines above, and `--symbol` or `--names`.\n");
    } else {
        text.push_str(&format!("\n{}", table(&rows)));
    }
    for risk in &done.risks {
        text.push_str(&format!("risk: {risk}\n"));
    }
    for problem in &done.problems {
        text.push_str(&format!("\n{} ({} rows): {}\n", problem.rule, problem.count, problem.doc));
        for sample in &problem.samples {
            text.push_str(&format!("  {sample}\n"));
        }
    }
    Ok(Output::new(&done, text))
}
