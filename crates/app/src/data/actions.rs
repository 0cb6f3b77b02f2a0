//! Corporate actions of the lake: found in raw prices, held against what was declared.

use std::path::Path;

use proofmark_lake::Delivery;
use proofmark_market::Bars;
use proofmark_market::actions::{CorporateAction, Disagreement};
use proofmark_sources::read_actions;
use serde::Serialize;

use super::{as_traded, calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::report::{escape, page, table};
use crate::run::view::find_actions;
use crate::workspace::Workspace;

/// Corporate actions of every symbol in the lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionsOverview {
    /// The calendar that says where sessions are missing.
    pub calendar: String,
    /// Symbols looked at.
    pub symbols: usize,
    /// Bars looked at.
    pub bars: usize,
    /// Ascending by symbol and ex-date. Splits and dividends can be taken out of prices; `unexplained` and `unknown` never.
    pub actions: Vec<CorporateAction>,
    /// Where declared and detected actions differ.
    pub disagreements: Vec<Disagreement>,
    /// Actions that were new in the lake's table, once they were stored there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<u64>,
}

/// Looks for corporate actions in the lake's bars and merges them with the list in `declared`.
///
/// # Errors
/// The calendar or the list cannot be used, or the lake is empty or cannot be read.
pub fn actions(ws: &Workspace, calendar_id: &str, declared: Option<&Path>) -> Result<ActionsOverview> {
    let calendar = calendar(calendar_id)?;
    let lake = open_lake(ws)?;
    let declared = declared.map_or_else(|| Ok(Vec::new()), read)?;
    let bars = as_traded(&lake, &calendar, |_| true)?;
    if bars.is_empty() {
        return Err(AppError::input("the lake holds no bars")
            .hint("fill it first: `proofmark ingest --help` shows how"));
    }
    let merged = find_actions(&calendar, &declared, &bars)?;
    Ok(ActionsOverview {
        calendar: calendar.id().to_owned(),
        symbols: bars.len(),
        bars: bars.iter().map(Bars::len).sum(),
        actions: merged.actions,
        disagreements: merged.findings,
        stored: None,
    })
}

/// Stores what `overview` holds in the lake's table `corporate_actions`, each action known from its own instant on; what is held
/// already adds nothing. Runs read declared actions from their pipeline's list, not from here.
///
/// # Errors
/// The lake cannot be read or written.
pub fn store_actions(ws: &Workspace, overview: &ActionsOverview) -> Result<u64> {
    let delivery = Delivery { source: "data actions".to_owned(), arrived_at: crate::clock::now() };
    let reports = open_lake(ws)?
        .append_facts(&overview.actions, &delivery)
        .map_err(|error| lake_error("failed to store the corporate actions", error))?;
    Ok(reports.iter().map(|report| report.rows_added).sum())
}

fn read(path: &Path) -> Result<Vec<CorporateAction>> {
    let bytes = std::fs::read(path).map_err(|e| {
        AppError::input(format!("failed to read the declared actions in `{}`", path.display())).because(e)
    })?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("declared");
    read_actions(bytes.as_slice(), name).map_err(|e| {
        AppError::input(format!("the declared actions in `{}` cannot be used", path.display()))
            .hint("the columns are symbol,ex_date,kind,value,announced")
            .because(e)
    })
}

/// One action as a row of a table: symbol, ex-date, kind, value, overnight move, when it is known, who says so.
pub fn action_row(action: &CorporateAction) -> Vec<String> {
    let move_of = |e: &proofmark_market::actions::Evidence| format!("{:+.1} %", (e.gap.exp() - 1.0) * 100.0);
    let ratio = |e: &proofmark_market::actions::Evidence| e.ratio.to_string();
    let evidence = action.evidence.as_ref();
    let value = match evidence.filter(|_| action.kind.is_split()) {
        Some(evidence) => ratio(evidence),
        None => format!("{}", (action.value * 1e6).round() / 1e6),
    };
    vec![
        action.symbol.to_string(),
        action.ex_date.to_string(),
        action.kind.name().to_owned(),
        value,
        evidence.map_or_else(String::new, move_of),
        action.known_at.utc_date().to_string(),
        action.source.clone(),
    ]
}

/// Heads of [`action_row`].
pub const ACTION_COLUMNS: [&str; 7] =
    ["symbol", "ex-date", "kind", "value", "overnight", "known on", "source"];

/// The overview as one HTML page: nothing is fetched, no script runs.
pub fn actions_page(report: &ActionsOverview) -> String {
    let splits = report.actions.iter().filter(|a| a.kind.is_split()).count();
    let mut body = format!(
        "<h1>Corporate actions</h1><p>{} bars in {} symbols: {splits} splits, {} other entries. Only splits and declared dividends can be taken out of prices (<code>data.adjust</code> of a pipeline).</p>",
        report.bars,
        report.symbols,
        report.actions.len() - splits
    );
    let rows: Vec<Vec<String>> = report.actions.iter().map(action_row).collect();
    body.push_str(&table(&ACTION_COLUMNS, &rows));
    body.push_str("<h2>Declared and seen</h2>");
    let rows: Vec<Vec<String>> = report.disagreements.iter().map(|d| vec![disagreement(d)]).collect();
    if rows.is_empty() {
        body.push_str("<p>Nothing declared disagrees with prices.</p>");
    } else {
        body.push_str(&table(&["finding"], &rows));
    }
    body.push_str(&format!("<p>Calendar: {}.</p>", escape(&report.calendar)));
    page("Corporate actions", &body)
}

/// A disagreement in words.
pub fn disagreement(finding: &Disagreement) -> String {
    match finding {
        Disagreement::FactorDiffers { symbol, ex_date, declared, detected } => {
            format!("{symbol} {ex_date}: declared {declared}, prices show {detected:.4}")
        }
        Disagreement::DateDiffers { symbol, declared, detected } => {
            format!("{symbol}: declared for {declared}, prices change on {detected}")
        }
        Disagreement::NotSeen { symbol, ex_date, declared } => {
            format!("{symbol} {ex_date}: {declared} was declared and prices do not show it")
        }
        Disagreement::NotDeclared { symbol, ex_date, detected } => {
            format!("{symbol} {ex_date}: prices show {detected:.4} and nobody declared it")
        }
    }
}
