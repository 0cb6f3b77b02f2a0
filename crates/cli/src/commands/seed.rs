//! `proofmark data seed`, and `data tables`.

use std::path::Path;

use proofmark_app::data::{self, SeedInfo};
use proofmark_app::error::Result;
use proofmark_app::workspace::Workspace;
use serde_json::json;

use super::from_caller;
use crate::args::seed::SeedCommand;
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(root: &Path, command: SeedCommand, quiet: bool) -> Result<Output> {
    let terminal = Terminal::new(quiet);
    match command {
        SeedCommand::Backup { to } => {
            let to = from_caller(root, &to);
            let info = data::back_up(&Workspace::open(root)?, &to, &terminal)?;
            let text = format!(
                "{}\nRestore it anywhere with `proofmark -C WORKSPACE data seed restore {}`.\n",
                described(&info),
                to.display()
            );
            Ok(Output::new(&info, text))
        }
        SeedCommand::Restore { from, dry_run } => {
            let done = data::restore(root, &from_caller(root, &from), dry_run, &terminal)?;
            let mut text = described(&done.seed);
            let verb = if dry_run { "would be added" } else { "were added" };
            text.push_str(&format!(
                "\nEvery digest is right. {} rows {verb}, {} were there already.\n",
                done.report.added, done.report.held
            ));
            for name in done.report.names.iter().filter(|name| name.added > 0).take(SHOWN) {
                text.push_str(&format!(
                    "  {} {}: {} of {} rows\n",
                    name.table.name(),
                    name.name,
                    name.added,
                    name.rows
                ));
            }
            let more = done.report.names.iter().filter(|name| name.added > 0).count().saturating_sub(SHOWN);
            if more > 0 {
                text.push_str(&format!("  and {more} more names; `--json` lists all\n"));
            }
            match (done.new_workspace, dry_run) {
                (true, true) => text.push_str("There is no workspace yet; one would be made.\n"),
                (true, false) => text.push_str("A new workspace was made. Next: `proofmark data check`.\n"),
                (false, _) => {}
            }
            Ok(Output::new(&done, text))
        }
    }
}

/// Names listed in words.
const SHOWN: usize = 10;

fn described(info: &SeedInfo) -> String {
    let mut rows = vec![["table", "names", "rows", "first", "last"].map(String::from).to_vec()];
    for t in &info.tables {
        rows.push(vec![
            t.table.name(),
            t.names.to_string(),
            t.rows.to_string(),
            t.first.to_string(),
            t.last.to_string(),
        ]);
    }
    format!(
        "Seed `{}` by {}: {} rows in {} bytes, known to {}.\n\n{}",
        info.seed.display(),
        info.made_by,
        info.rows,
        info.bytes,
        info.known_to,
        table(&rows)
    )
}

pub(super) fn tables(workspace: &Workspace) -> Result<Output> {
    let list = data::tables(workspace)?;
    let head = ["table", "names", "rows", "as last known", "replaced", "first", "last", "files"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for t in &list {
        let date =
            |date: Option<proofmark_units::Date>| date.map_or_else(|| "-".to_owned(), |d| d.to_string());
        rows.push(vec![
            t.table.name(),
            t.names.to_string(),
            t.rows.to_string(),
            t.current.to_string(),
            t.replaced.to_string(),
            date(t.first),
            date(t.last),
            t.files.to_string(),
        ]);
    }
    let mut text = table(&rows);
    if list.iter().all(|t| t.rows == 0) {
        text.push_str("\nThe lake is empty. `proofmark ingest --help` shows how to fill it.\n");
    }
    Ok(Output::new(&json!({ "tables": list }), text))
}
