//! The rows of a file, checked as strictly as if they were delivered.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Seek as _;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::{Schema, SchemaRef};
use parquet::errors::ParquetError;
use proofmark_market::actions::CorporateAction;
use proofmark_units::{Date, Instant, Symbol};

use super::rows::Rows;
use crate::facts::{
    Article, BookEvent, BookLevel, Fact, FundingPayment, IndexMember, Listing, OptionQuote, SentimentScore,
    Shape, shape_of,
};
use crate::intraday;
use crate::lake::Lake;
use crate::lake_error::LakeError;
use crate::manifest::Table;
use crate::part::Part;
use crate::shared::Checked;
use crate::table::{self, SOURCE_COLUMN, wrong};

/// The columns of a table's files.
fn schema(table: Table) -> Schema {
    match table {
        Table::Bars => table::bar_schema(),
        Table::Intraday(_) => intraday::bar_schema(),
        Table::Observations => table::observation_schema(),
        facts => shape_of(facts).map_or_else(Schema::empty, Shape::schema),
    }
}

/// What the lake holds of `name`, in files that are as they were stored.
pub(super) fn held(lake: &Lake, checked: &Checked, table: Table, name: &Symbol) -> Result<Rows, LakeError> {
    let schema = Arc::new(schema(table));
    let mut batches = Vec::new();
    for entry in lake.files().iter().filter(|file| file.table == table && file.symbol == *name) {
        let rows = batches_of(lake.open_checked(entry, checked)?, &schema);
        let failed = |source| LakeError::Parquet { path: lake.root().join(entry.path()), source };
        batches.extend(rows.map_err(failed)?);
    }
    let failed = |source| LakeError::Parquet { path: lake.root().to_owned(), source };
    Rows::new(&schema, &batches).map_err(failed)
}

/// The rows of one file of `table`.
pub(super) fn rows(table: Table, file: File) -> Result<Rows, ParquetError> {
    let schema = Arc::new(schema(table));
    Rows::new(&schema, &batches_of(file.into(), &schema)?)
}

fn batches_of(part: Part, schema: &SchemaRef) -> Result<Vec<RecordBatch>, ParquetError> {
    let reader = part.read(None)?;
    if reader.schema().fields() != schema.fields() {
        return Err(wrong("the columns of this table, in their order and types"));
    }
    reader.collect()
}

/// What the rows of a file span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) rows: u64,
    pub(super) first: Date,
    pub(super) last: Date,
    /// When the last of them became known.
    pub(super) known_to: Instant,
}

/// The extent of a file's rows, once each of them is one that the lake would take.
pub(super) fn inspect(table: Table, name: &Symbol, path: &Path) -> Result<Extent, ParquetError> {
    let mut file = File::open(path)?;
    // The exact columns first: decoding by name would overlook one too many.
    let whole = Part::from(file.try_clone()?).read(None)?;
    if whole.schema().fields() != schema(table).fields() {
        return Err(wrong("the columns of this table, in their order and types"));
    }
    file.rewind()?;
    match table {
        Table::Bars => {
            let rows = table::decode_bars(file.into())?;
            extent(rows.iter().map(|row| (row.date, Some(row.event_time), row.known_at)))
        }
        Table::Intraday(_) => {
            let rows = intraday::decode_bars(file.into())?;
            extent(rows.iter().map(|row| (row.session, Some(row.event_time), row.known_at)))
        }
        Table::Observations => {
            let rows = table::decode_observations(file.into())?;
            extent(rows.iter().map(|row| (row.date, None, row.known_at)))
        }
        Table::CorporateActions => facts::<CorporateAction>(name, file),
        Table::Listings => facts::<Listing>(name, file),
        Table::IndexMembership => facts::<IndexMember>(name, file),
        Table::Funding => facts::<FundingPayment>(name, file),
        Table::News => facts::<Article>(name, file),
        Table::Sentiment => facts::<SentimentScore>(name, file),
        Table::BookSnapshots => facts::<BookLevel>(name, file),
        Table::BookEvents => facts::<BookEvent>(name, file),
        Table::OptionChains => facts::<OptionQuote>(name, file),
    }
}

fn facts<F: Fact>(name: &Symbol, file: File) -> Result<Extent, ParquetError> {
    let mut stamps = Vec::new();
    for record in F::SHAPE.records(file.into())? {
        F::of_record(name, &record)?;
        if let Some(why) = F::SHAPE.complaint(&record) {
            return Err(ParquetError::General(why));
        }
        stamps.push((F::SHAPE.date(&record), Some(record.event_time), record.known_at));
    }
    extent(stamps.into_iter())
}

fn extent(stamps: impl Iterator<Item = (Date, Option<Instant>, Instant)>) -> Result<Extent, ParquetError> {
    let mut found: Option<Extent> = None;
    for (date, event_time, known_at) in stamps {
        if event_time.is_some_and(|event_time| known_at < event_time) {
            return Err(wrong("rows that are not known before they happened"));
        }
        let one = Extent { rows: 0, first: date, last: date, known_to: known_at };
        let so_far = found.get_or_insert(one);
        so_far.rows += 1;
        so_far.first = so_far.first.min(date);
        so_far.last = so_far.last.max(date);
        so_far.known_to = so_far.known_to.max(known_at);
    }
    found.ok_or_else(|| wrong("a row"))
}

/// Where rows came from, in their order, each once.
pub(super) fn sources(batch: &RecordBatch) -> Vec<String> {
    let column = batch.column_by_name(SOURCE_COLUMN).and_then(|column| column.as_string_opt::<i32>());
    let mut seen = BTreeSet::new();
    let each = column.into_iter().flat_map(|column| column.iter().flatten());
    each.filter(|source| seen.insert(*source)).map(str::to_owned).collect()
}
