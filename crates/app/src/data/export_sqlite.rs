//! The lake as one SQLite file with the market schema.

use std::path::Path;

use proofmark_lake::facts::{Fact, Listing};
use proofmark_lake::{Lake, durable, plain};
use proofmark_market::actions::CorporateAction;
use proofmark_sources::sqlite::{LeftOut, MarketWriter, WriteMarketError};
use proofmark_units::{DateSpan, Digest, Instant, Symbol};
use serde::Serialize;

use super::export::Selection;
use super::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// Rows left out that a report names; all are counted.
const SAMPLES: usize = 5;

/// What a SQLite export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedSqlite {
    /// The instant as of which the lake was read; `null` for everything known so far.
    pub as_of: Option<Instant>,
    /// Symbols with a bar.
    pub symbols: usize,
    /// Rows of `series`.
    pub bars: u64,
    /// Rows of `alt_observations`.
    pub observations: u64,
    /// Rows of `corporate_actions`.
    pub corporate_actions: usize,
    /// Rows of `listing`.
    pub listings: usize,
    /// Digest of the exported bars, whatever the file's own bytes are.
    pub content: Digest,
    /// Rows that the schema's keys and checks do not take; they stay in the lake.
    pub left_out: usize,
    /// The first of them.
    pub samples: Vec<LeftOut>,
}

impl ExportedSqlite {
    fn leave_out(&mut self, rows: Vec<LeftOut>) {
        self.left_out += rows.len();
        let room = SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(rows.into_iter().take(room));
    }
}

enum Failure {
    App(AppError),
    Sqlite(WriteMarketError),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<WriteMarketError> for Failure {
    fn from(error: WriteMarketError) -> Self {
        Self::Sqlite(error)
    }
}

/// Writes the lake, as known at the instant, into the SQLite file `to`, which must not be there yet. Values of series
/// go in whole; of the other tables, the rows of the symbols asked for.
///
/// # Errors
/// The file is there or cannot be written, a symbol is unknown, or the lake cannot be read; no file is left then.
pub fn export_sqlite(
    ws: &Workspace,
    selection: &Selection,
    to: &Path,
    reporter: &dyn Reporter,
) -> Result<ExportedSqlite> {
    let lake = open_lake(ws)?;
    let symbols = selection.symbols(&lake)?;
    if to.exists() {
        return Err(AppError::input(format!("`{}` is there already", to.display()))
            .hint("name a new file with `--to`"));
    }
    let work = Work::begin("export", 1, 1, vec![reporter]);
    work.expect(symbols.len() as u64);
    let built = durable::build_atomically(to, |file| fill(&lake, selection, &symbols, file, &work));
    work.end(if matches!(built, Ok(Ok(_))) { "done" } else { "failed" });
    match built.map_err(AppError::write)? {
        Ok(exported) => Ok(exported),
        Err(Failure::App(error)) => Err(error),
        Err(Failure::Sqlite(error)) => {
            Err(AppError::environment(format!("failed to export into `{}`", to.display()))
                .hint("check the disk and its permissions")
                .because(error))
        }
    }
}

fn fill(
    lake: &Lake,
    selection: &Selection,
    symbols: &[Symbol],
    file: &Path,
    work: &Work<'_>,
) -> std::result::Result<ExportedSqlite, Failure> {
    let mut writer = MarketWriter::create(file)?;
    let mut exported = ExportedSqlite {
        as_of: selection.as_of,
        symbols: 0,
        bars: 0,
        observations: 0,
        corporate_actions: 0,
        listings: 0,
        content: Digest::of(b""),
        left_out: 0,
        samples: Vec::new(),
    };
    let mut digests: Vec<String> = Vec::new();
    for symbol in symbols {
        let rows = selection.bars(lake, symbol)?;
        let (written, left_out) = writer.bars(symbol, &rows)?;
        exported.bars += written;
        exported.symbols += usize::from(written > 0);
        exported.leave_out(left_out);
        digests.push(Digest::of(plain::bars_csv(symbol, &rows).as_bytes()).to_string());
        let actions = known::<CorporateAction>(lake, symbol, selection.as_of)?;
        let left_out = writer.actions(&actions)?;
        exported.corporate_actions += actions.len() - left_out.len();
        exported.leave_out(left_out);
        let listings = known::<Listing>(lake, symbol, selection.as_of)?;
        let left_out = writer.listings(&listings)?;
        exported.listings += listings.len() - left_out.len();
        exported.leave_out(left_out);
        work.step();
    }
    for series in lake.series() {
        let rows = lake
            .read_observations(&series, DateSpan::EVERY, selection.as_of)
            .map_err(|error| lake_error(&format!("failed to read `{series}`"), error))?;
        exported.observations += writer.observations(&series, &rows)?;
    }
    exported.content = Digest::of_parts(digests.iter().map(String::as_bytes));
    let counts = (exported.bars, exported.observations);
    writer.finish(exported.content, counts, selection.as_of, crate::clock::now())?;
    Ok(exported)
}

/// Facts of `symbol` as known then; none where the lake has no such table.
fn known<F: Fact>(lake: &Lake, symbol: &Symbol, as_of: Option<Instant>) -> Result<Vec<F>> {
    if !lake.names(F::SHAPE.table).contains(symbol) {
        return Ok(Vec::new());
    }
    lake.read_facts(symbol, DateSpan::EVERY, as_of)
        .map_err(|error| lake_error(&format!("failed to read the facts of `{symbol}`"), error))
}
