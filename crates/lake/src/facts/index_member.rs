//! Members of an index, as known at the time.

use proofmark_units::{Date, Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::IndexMembership,
    name: "index member",
    dated: Dated::ByColumn(1),
    columns: &[
        Column::key("member", Kind::Text),
        Column::key("from_session", Kind::Date),
        Column::optional("to_session", Kind::Date),
    ],
};

/// One stay of a symbol in an index; its end is a later version of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexMember {
    /// The index.
    pub index: Symbol,
    /// Who belongs to it.
    pub member: Symbol,
    /// First session inside.
    pub from_session: Date,
    /// Last session inside; `None` while it stays.
    pub to_session: Option<Date>,
    /// First instant a subscriber could have known all of this.
    pub known_at: Instant,
}

impl Fact for IndexMember {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.index
    }

    /// The event is the start of the first session inside, or the announcement where that came first.
    fn record(&self) -> Record {
        Record {
            event_time: self.from_session.midnight_utc().min(self.known_at),
            known_at: self.known_at,
            values: vec![self.member.as_str().into(), self.from_session.into(), self.to_session.into()],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        Ok(Self {
            index: name.clone(),
            member: fields.parsed("a symbol")?,
            from_session: fields.date()?,
            to_session: fields.date_if_any()?,
            known_at: record.known_at,
        })
    }
}
