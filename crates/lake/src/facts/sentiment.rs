//! Scores of mood about a symbol or topic.

use proofmark_units::{Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::Sentiment,
    name: "sentiment score",
    dated: Dated::ByEvent,
    columns: &[
        Column::key("provider", Kind::Text),
        Column::of("score", Kind::Number),
        Column::optional("confidence", Kind::Number),
    ],
};

/// One score of one provider; no score is no row, not 0.
#[derive(Debug, Clone, PartialEq)]
pub struct SentimentScore {
    /// The symbol or topic.
    pub topic: Symbol,
    /// The end of the time that was scored.
    pub event_time: Instant,
    /// First instant a subscriber could have read it.
    pub known_at: Instant,
    /// Who scored.
    pub provider: String,
    /// From -1 (bad) to 1 (good), in the provider's own scale between them.
    pub score: f64,
    /// 0 to 1, where the provider says.
    pub confidence: Option<f64>,
}

impl Fact for SentimentScore {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.topic
    }

    fn record(&self) -> Record {
        let values = vec![self.provider.as_str().into(), self.score.into(), self.confidence.into()];
        Record { event_time: self.event_time, known_at: self.known_at, values }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        Ok(Self {
            topic: name.clone(),
            event_time: record.event_time,
            known_at: record.known_at,
            provider: fields.text()?,
            score: fields.number()?,
            confidence: fields.number_if_any()?,
        })
    }
}
