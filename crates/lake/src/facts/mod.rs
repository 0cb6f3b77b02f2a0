//! Tables beyond bars and dated values: one path for every kind of fact with two times and typed columns.
//!
//! A kind of fact is a [`Shape`] (its columns, and which of them say what a row is about) and the way to and from a
//! [`Record`]; versions, as-of reads, files and manifest are those of the bars.

pub(crate) mod book_event;
mod book_level;
mod corporate_action;
mod funding;
mod index_member;
mod listing;
mod news;
mod option_quote;
mod record;
mod sentiment;
pub(crate) mod shape;

use std::collections::BTreeMap;

use proofmark_market::actions::CorporateAction;
use proofmark_units::{DateSpan, Instant, Symbol};

pub use self::book_event::{BookEvent, EventKind};
pub use self::book_level::BookLevel;
pub use self::funding::FundingPayment;
pub use self::index_member::IndexMember;
pub use self::listing::Listing;
pub use self::news::Article;
pub use self::option_quote::OptionQuote;
pub use self::record::{Fields, Misshapen, Record, Value};
pub use self::sentiment::SentimentScore;
pub use self::shape::{Column, Dated, Kind, Shape};
use crate::append::Delivered;
use crate::lake::{Delivery, IngestReport, Lake};
use crate::lake_error::LakeError;
use crate::manifest::{FileEntry, Table};
use crate::versions::{Version as _, latest};

/// A kind of fact that the lake keeps.
pub trait Fact: Sized {
    /// Its table and columns.
    const SHAPE: &'static Shape;

    /// The symbol, index or topic under which it is stored.
    fn name(&self) -> &Symbol;

    /// The row: two times, and one value for each column of the shape.
    fn record(&self) -> Record;

    /// The fact of a stored row.
    ///
    /// # Errors
    /// [`Misshapen`] when a value is not what the column says, which only damage can cause.
    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen>;
}

/// The columns of a table of facts; `None` for bars and observations, which have columns of their own.
pub(crate) fn shape_of(table: Table) -> Option<&'static Shape> {
    Some(match table {
        Table::Bars | Table::Intraday(_) | Table::Observations => return None,
        Table::CorporateActions => CorporateAction::SHAPE,
        Table::Listings => Listing::SHAPE,
        Table::IndexMembership => IndexMember::SHAPE,
        Table::Funding => FundingPayment::SHAPE,
        Table::News => Article::SHAPE,
        Table::Sentiment => SentimentScore::SHAPE,
        Table::BookSnapshots => BookLevel::SHAPE,
        Table::BookEvents => BookEvent::SHAPE,
        Table::OptionChains => OptionQuote::SHAPE,
    })
}

impl Lake {
    /// Adds facts; what is held already adds nothing, and what changed is a later version beside the earlier one. One
    /// report for each name, ascending.
    ///
    /// # Errors
    /// [`LakeError::KnownBeforeEvent`] and [`LakeError::BadFact`] for a fact that cannot be stored, and what writing
    /// gave; nothing is changed then.
    pub fn append_facts<F: Fact>(
        &mut self,
        facts: &[F],
        delivery: &Delivery,
    ) -> Result<Vec<IngestReport>, LakeError> {
        self.append_facts_in_turn(&[(delivery.clone(), facts)])
    }

    /// As [`append_facts`](Self::append_facts) for several deliveries, in their order: all of them arrive or none. So come
    /// the versions of one fact that a source tells at once, each known from an instant of its own.
    ///
    /// # Errors
    /// As [`append_facts`](Self::append_facts).
    pub fn append_facts_in_turn<F: Fact>(
        &mut self,
        deliveries: &[(Delivery, &[F])],
    ) -> Result<Vec<IngestReport>, LakeError> {
        let shape = F::SHAPE;
        let batches: Vec<_> =
            deliveries.iter().map(|(_, facts)| by_name(facts)).collect::<Result<_, LakeError>>()?;
        let given: Vec<Delivered<'_, _>> =
            deliveries.iter().zip(&batches).map(|((delivery, _), rows)| (delivery, &rows[..])).collect();
        let decode = |part| shape.decode(part);
        self.append(shape.table, &given, &decode, &|rows, sources| shape.encode(rows, sources))
    }

    /// Facts of `name` dated inside `span`, as known at `as_of` (`None`: everything known so far), ascending by date.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a name without rows in that table; otherwise what reading gave.
    pub fn read_facts<F: Fact>(
        &self,
        name: &Symbol,
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<F>, LakeError> {
        let shape = F::SHAPE;
        let files = self.entries(shape.table, name)?;
        let mut rows = latest(self.decode_files(&files, &|part| shape.decode(part))?, as_of);
        rows.retain(|row| span.contains(row.date()));
        self.facts_of(name, files[0], &rows)
    }

    /// Every version of every fact of `name`, in the order of arrival.
    ///
    /// # Errors
    /// As [`read_facts`](Self::read_facts).
    pub fn read_fact_versions<F: Fact>(&self, name: &Symbol) -> Result<Vec<F>, LakeError> {
        let files = self.entries(F::SHAPE.table, name)?;
        let rows = self.decode_files(&files, &|part| F::SHAPE.decode(part))?;
        self.facts_of(name, files[0], &rows)
    }

    fn facts_of<F: Fact>(
        &self,
        name: &Symbol,
        first: &FileEntry,
        rows: &[shape::Row],
    ) -> Result<Vec<F>, LakeError> {
        let facts = rows.iter().map(|row| F::of_record(name, row.record())).collect::<Result<_, _>>();
        facts.map_err(|misshapen| LakeError::Parquet {
            path: self.root().join(first.path()),
            source: misshapen.into(),
        })
    }
}

/// The facts as rows by name, ascending.
fn by_name<F: Fact>(facts: &[F]) -> Result<Vec<(Symbol, Vec<shape::Row>)>, LakeError> {
    let mut batches: BTreeMap<&Symbol, Vec<shape::Row>> = BTreeMap::new();
    for fact in facts {
        batches.entry(fact.name()).or_default().push(row_of(fact)?);
    }
    Ok(batches.into_iter().map(|(name, rows)| (name.clone(), rows)).collect())
}

/// Nearest instant that has whole microseconds on both sides: a date as far out is refused by its shape.
fn inside(at: Instant) -> Instant {
    Instant::from_nanos(at.nanos().clamp(i64::MIN + 1_000, i64::MAX - 1_000))
}

/// The row of a fact, with its times as files hold them.
pub(crate) fn row_of<F: Fact>(fact: &F) -> Result<shape::Row, LakeError> {
    let (shape, mut record) = (F::SHAPE, fact.record());
    // Files hold microseconds. An event is part of what a row is about, so that a row must be the same before and after it
    // was stored; and a row must not look known earlier than it was.
    record.event_time = Instant::from_micros(inside(record.event_time).micros());
    record.known_at = inside(record.known_at).up_to_micros();
    let (name, date) = (fact.name().clone(), shape.date(&record));
    if record.known_at < record.event_time {
        return Err(LakeError::KnownBeforeEvent { symbol: name, date });
    }
    match shape.complaint(&record) {
        Some(why) => Err(LakeError::BadFact { table: shape.name, name, date, why }),
        None => Ok(shape.row(record)),
    }
}
