//! `proofmark data snapshot`: taken, listed, shown, checked.

use proofmark_app::data::{self, SnapshotOrder};
use proofmark_app::error::Result;
use proofmark_app::workspace::Workspace;
use serde_json::json;

use crate::args::data::{SnapshotArgs, SnapshotCommand};
use crate::output::{Output, table};

pub(super) fn dispatch(workspace: &Workspace, command: SnapshotCommand) -> Result<Output> {
    match command {
        SnapshotCommand::Create(args) => create(workspace, args),
        SnapshotCommand::List => list(workspace),
        SnapshotCommand::Show { id } => show(workspace, &id),
        SnapshotCommand::Verify { id } => verify(workspace, &id),
    }
}

fn create(workspace: &Workspace, args: SnapshotArgs) -> Result<Output> {
    let order = SnapshotOrder {
        symbols: args.symbols,
        start: args.start_date,
        end: args.end_date,
        as_of: args.as_of,
        benchmark: args.benchmark,
        observations: args.observations,
        calendar: args.calendar,
    };
    let snapshot = data::take_snapshot(workspace, &order)?;
    let bars: u64 = snapshot.content.symbols.iter().map(|symbol| symbol.rows).sum();
    let text = format!(
        "{}\n{bars} clean bars of {} symbols, {}; {} of {} raw rows set aside by rules.\n",
        snapshot.id,
        snapshot.content.symbols.len(),
        snapshot.content.span,
        snapshot.rows_dropped,
        snapshot.rows_read
    );
    Ok(Output::new(&snapshot, text))
}

fn list(workspace: &Workspace) -> Result<Output> {
    let list = data::snapshots(workspace)?;
    let head = ["snapshot", "dates", "as of", "calendar", "symbols", "bars", "files"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for s in &list {
        rows.push(vec![
            s.id.to_string(),
            s.span.to_string(),
            s.as_of.map_or_else(|| "-".to_owned(), |at| at.to_string()),
            s.calendar.clone(),
            s.symbols.to_string(),
            s.bars.to_string(),
            s.files.to_string(),
        ]);
    }
    let text = if list.is_empty() {
        "No snapshot yet. A run takes one, and so does `proofmark data snapshot create`.".to_owned()
    } else {
        table(&rows)
    };
    Ok(Output::new(&json!({ "snapshots": list }), text))
}

fn show(workspace: &Workspace, id: &str) -> Result<Output> {
    let snapshot = data::snapshot(workspace, id)?;
    let mut rows = vec![["symbol", "first", "last", "bars"].map(String::from).to_vec()];
    for s in snapshot
        .content
        .symbols
        .iter()
        .chain(&snapshot.content.benchmark)
        .chain(&snapshot.content.observations)
    {
        rows.push(vec![s.symbol.to_string(), s.first.to_string(), s.last.to_string(), s.rows.to_string()]);
    }
    let as_of =
        snapshot.as_of.map_or_else(|| "everything known when it was taken".to_owned(), |at| at.to_string());
    let mut text = format!("{}\nas of     {as_of}\ncalendar  {}\n\n", snapshot.id, snapshot.content.calendar);
    text.push_str(&table(&rows));
    text.push_str(&format!(
        "\n{} raw rows from {} files, {} set aside by rules.\n",
        snapshot.rows_read,
        snapshot.files.len(),
        snapshot.rows_dropped
    ));
    Ok(Output::new(&snapshot, text))
}

fn verify(workspace: &Workspace, id: &str) -> Result<Output> {
    let check = data::verify_snapshot(workspace, id)?;
    let text = if check.sound {
        format!("{}: every raw file has its bytes, and cleaning them gives the recorded columns.\n", check.id)
    } else {
        format!("{}:\n  {}\n", check.id, check.findings.join("\n  "))
    };
    Ok(Output::new(&check, text).exit(u8::from(!check.sound)))
}
