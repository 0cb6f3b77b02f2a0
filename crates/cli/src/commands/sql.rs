//! `proofmark data sql`.

use std::path::Path;

use proofmark_app::error::{AppError, Result};

use crate::args::data::SqlArgs;
use crate::output::Output;

#[cfg(not(feature = "sql"))]
pub(super) fn sql(_root: &Path, _args: &SqlArgs) -> Result<Output> {
    Err(AppError::environment("this build of proofmark has no SQL engine").hint(
        "build one with `cargo build --release --features sql`; without it, `proofmark data export` writes files that DuckDB and polars query",
    ))
}

#[cfg(feature = "sql")]
pub(super) fn sql(root: &Path, args: &SqlArgs) -> Result<Output> {
    use proofmark_app::workspace::Workspace;
    use proofmark_lake::Lake;
    use proofmark_sql::{Query, query};

    let workspace = Workspace::open(root)?;
    let lake = Lake::open(workspace.root().join("lake")).map_err(|error| {
        let hint = error.hint();
        AppError::environment("failed to open the lake").hint(hint).because(error)
    })?;
    let asked = Query {
        sql: args.query.clone(),
        as_of: args.as_of,
        limit: args.limit,
        memory: args.memory.saturating_mul(1 << 20),
    };
    let answer = query(&lake, &asked).map_err(|error| {
        let hint = error.hint();
        AppError::input("failed to answer the query").hint(hint).because(error)
    })?;
    let mut rows = vec![answer.columns.clone()];
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    rows.extend(answer.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>()));
    let mut shown = crate::output::table(&rows);
    if answer.more {
        shown.push_str(&format!("The first {} rows; `--limit` shows more.\n", answer.rows.len()));
    }
    Ok(Output::new(&answer, shown))
}
