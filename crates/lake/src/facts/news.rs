//! Articles about a symbol or topic.

use proofmark_units::{Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::News,
    name: "article",
    dated: Dated::ByEvent,
    columns: &[
        Column::key("provider", Kind::Text),
        Column::key("id", Kind::Text),
        Column::of("headline", Kind::Text),
        Column::optional("summary", Kind::Text),
        Column::optional("url", Kind::Text),
    ],
};

/// One article; an edited headline is a later version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The symbol or topic it is about.
    pub topic: Symbol,
    /// When it was published, as it says.
    pub event_time: Instant,
    /// First instant a subscriber could have read it: for an archive bought later, not the date it carries.
    pub known_at: Instant,
    /// Who delivered it.
    pub provider: String,
    /// The provider's name for it.
    pub id: String,
    /// Its headline.
    pub headline: String,
    /// Its summary.
    pub summary: Option<String>,
    /// Where it stands.
    pub url: Option<String>,
}

impl Fact for Article {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.topic
    }

    fn record(&self) -> Record {
        Record {
            event_time: self.event_time,
            known_at: self.known_at,
            values: vec![
                self.provider.as_str().into(),
                self.id.as_str().into(),
                self.headline.as_str().into(),
                self.summary.as_deref().into(),
                self.url.as_deref().into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        Ok(Self {
            topic: name.clone(),
            event_time: record.event_time,
            known_at: record.known_at,
            provider: fields.text()?,
            id: fields.text()?,
            headline: fields.text()?,
            summary: fields.text_if_any()?,
            url: fields.text_if_any()?,
        })
    }
}
