//! One query: what it may be, what it sees, what it may use.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParser, Statement as Parsed};
use datafusion::sql::sqlparser::ast::Statement;
use futures::StreamExt as _;
use proofmark_lake::{Lake, Table};
use proofmark_units::Instant;

use crate::Answer;
use crate::table::LakeTable;

/// Longest statement, bytes: the planner's time grows with its square, its stack with its length.
const LONGEST: usize = 8 << 10;

/// Stack of the planner and of each worker, bytes; a chain of as many operators as the longest statement holds goes this deep.
const STACK: usize = 256 << 20;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// One `SELECT`, or an `EXPLAIN` of one.
    pub sql: String,
    /// Only what was known then; `None` for everything known so far.
    pub as_of: Option<Instant>,
    /// Rows that are returned at most.
    pub limit: usize,
    /// Memory that sorts, joins and groups may take together, bytes.
    pub memory: usize,
}

/// A query was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// Something other than one query.
    #[error("only one query is allowed: {what}")]
    NotAQuery {
        /// What it is instead.
        what: String,
    },
    /// The text is no SQL, names what is not there, or needs more memory than it may take.
    #[error("the query failed")]
    Engine(#[from] DataFusionError),
    /// The system gave no thread or no clock.
    #[error("the query could not be started")]
    Start(#[from] std::io::Error),
}

impl SqlError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAQuery { .. } => {
                "write a SELECT, or EXPLAIN SELECT; nothing in the lake can be changed by SQL"
            }
            Self::Engine(DataFusionError::ResourcesExhausted(_)) => {
                "select fewer columns, symbols or dates, or allow more with `--memory`"
            }
            Self::Engine(_) => {
                "`SHOW` is not there: `SELECT table_name, column_name FROM information_schema.columns` lists what is"
            }
            Self::Start(_) => "try again when the machine is less busy",
        }
    }
}

/// Runs `query` over `lake` and waits for it.
///
/// Each table of the lake is there twice: `bars` holds rows as last known at `query.as_of`, `bars_versions` every version
/// with its `known_at`; likewise `bars_5m`, `observations`, `funding` and so on. Tables without rows are absent. Rows come in
/// no order that the query does not ask for.
///
/// # Errors
/// [`SqlError`].
pub fn query(lake: &Lake, query: &Query) -> Result<Answer, SqlError> {
    refuse_unless_query(&query.sql)?;
    let run = || -> Result<Answer, SqlError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK).build()?;
        runtime.block_on(answer(lake, query))
    };
    std::thread::scope(|scope| {
        let planner = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run)?;
        planner
            .join()
            .unwrap_or_else(|_| Err(DataFusionError::Internal("the engine panicked".to_owned()).into()))
    })
}

fn refuse_unless_query(sql: &str) -> Result<(), SqlError> {
    let refuse = |what: String| Err(SqlError::NotAQuery { what });
    if sql.len() > LONGEST {
        return refuse(format!("{} bytes, of at most {LONGEST}", sql.len()));
    }
    let statements = DFParser::parse_sql(sql)?;
    let mut statement = match statements.len() {
        1 => &statements[0],
        n => return refuse(format!("{n} statements")),
    };
    if let Parsed::Explain(explain) = statement {
        statement = &explain.statement;
    }
    match statement {
        Parsed::Statement(inner) if matches!(**inner, Statement::Query(_)) => Ok(()),
        other => {
            let text = other.to_string();
            refuse(format!("`{}`", text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")))
        }
    }
}

async fn answer(lake: &Lake, query: &Query) -> Result<Answer, SqlError> {
    let context = session(query.memory)?;
    for table in Table::all() {
        let Some(rows) = LakeTable::of(lake, table)? else { continue };
        let name = table.name();
        context.register_table(format!("{name}_versions"), Arc::new(rows))?;
        let view = context.sql(&latest(table, query.as_of)).await?;
        context.register_table(name, view.into_view())?;
    }
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(&query.sql, options).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let mut answer = Answer::of(&schema);
    let mut batches = frame.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        if !answer.add(&batch?, query.limit)? {
            break;
        }
    }
    Ok(answer)
}

fn session(memory: usize) -> Result<SessionContext, SqlError> {
    // Nothing is written, not even what does not fit into memory.
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(memory, 1.0)
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let config = SessionConfig::new().with_information_schema(true);
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// Of the versions of each fact those that became known last, as the lake reads them: several where one delivery held
/// several.
fn latest(table: Table, as_of: Option<Instant>) -> String {
    let name = table.name();
    let key: Vec<String> =
        std::iter::once(table.part()).chain(table.key()).map(|column| format!("\"{column}\"")).collect();
    let known = as_of.map_or_else(String::new, |at| format!("WHERE known_at <= TIMESTAMP '{at}'"));
    format!(
        "SELECT * EXCEPT (newest) FROM (SELECT *, rank() OVER (PARTITION BY {} ORDER BY known_at DESC) AS newest \
         FROM \"{name}_versions\" {known}) WHERE newest = 1",
        key.join(", ")
    )
}
