//! Levels of order books, as they were seen once.

use proofmark_market::book::{Fixed, Level, Side};
use proofmark_units::{Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

/// Prices and sizes are whole numbers of 1e-8, as in the book itself: two prices are one level if and only if these are equal.
static SHAPE: Shape = Shape {
    table: Table::BookSnapshots,
    name: "level of an order book",
    dated: Dated::ByEvent,
    columns: &[
        Column::key("venue", Kind::Text),
        Column::key("side", Kind::Text),
        Column::key("level", Kind::Whole),
        Column::of("price_e8", Kind::Whole),
        Column::of("size_e8", Kind::Whole),
        Column::optional("update_id", Kind::Whole),
    ],
};

/// One level of one side of a book, at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLevel {
    /// The instrument.
    pub symbol: Symbol,
    /// The time of the book: the venue's own where it says one, else when it arrived.
    pub event_time: Instant,
    /// When it arrived.
    pub known_at: Instant,
    /// Who showed it, such as `binance-spot`.
    pub venue: String,
    /// Bid or ask.
    pub side: Side,
    /// Place on its side, 1 for the best price.
    pub level: u32,
    /// Price and size.
    pub at: Level,
    /// Number of the last update in the book, where the venue counts them.
    pub update_id: Option<i64>,
}

impl Fact for BookLevel {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.symbol
    }

    fn record(&self) -> Record {
        Record {
            event_time: self.event_time,
            known_at: self.known_at,
            values: vec![
                self.venue.as_str().into(),
                (if self.side == Side::Bid { "bid" } else { "ask" }).into(),
                i64::from(self.level).into(),
                self.at.price.units().into(),
                self.at.size.units().into(),
                self.update_id.into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        let venue = fields.text()?;
        let side = match fields.text()?.as_str() {
            "bid" => Side::Bid,
            "ask" => Side::Ask,
            _ => return Err(Misshapen { column: 1, found: "other text", wanted: "`bid` or `ask`" }),
        };
        Ok(Self {
            symbol: name.clone(),
            event_time: record.event_time,
            known_at: record.known_at,
            venue,
            side,
            level: fields.count()?,
            at: Level { price: Fixed::from_units(fields.whole()?), size: Fixed::from_units(fields.whole()?) },
            update_id: fields.whole_if_any()?,
        })
    }
}
