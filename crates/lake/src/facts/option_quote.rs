//! Option chains, as they were seen once.

use proofmark_market::options::Right;
use proofmark_units::{Date, Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::OptionChains,
    name: "option quote",
    dated: Dated::ByEvent,
    columns: &[
        Column::key("venue", Kind::Text),
        Column::key("expiry", Kind::Date),
        Column::key("strike", Kind::Number),
        Column::key("right", Kind::Text),
        Column::optional("bid", Kind::Number),
        Column::optional("ask", Kind::Number),
        Column::optional("last", Kind::Number),
        Column::optional("volume", Kind::Number),
        Column::optional("open_interest", Kind::Number),
    ],
};

/// One contract of a chain, at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionQuote {
    /// The underlying.
    pub underlying: Symbol,
    /// When the chain was seen.
    pub event_time: Instant,
    /// When it arrived.
    pub known_at: Instant,
    /// Who showed it.
    pub venue: String,
    /// Last day of the contract.
    pub expiry: Date,
    /// Strike, in the underlying's currency.
    pub strike: f64,
    /// Call or put.
    pub right: Right,
    /// Best bid, if there was one.
    pub bid: Option<f64>,
    /// Best ask, if there was one.
    pub ask: Option<f64>,
    /// Last traded price, if any.
    pub last: Option<f64>,
    /// Traded on the day, in units of the underlying.
    pub volume: Option<f64>,
    /// Open interest, in units of the underlying.
    pub open_interest: Option<f64>,
}

impl Fact for OptionQuote {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.underlying
    }

    fn record(&self) -> Record {
        Record {
            event_time: self.event_time,
            known_at: self.known_at,
            values: vec![
                self.venue.as_str().into(),
                self.expiry.into(),
                self.strike.into(),
                (if self.right == Right::Call { "call" } else { "put" }).into(),
                self.bid.into(),
                self.ask.into(),
                self.last.into(),
                self.volume.into(),
                self.open_interest.into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        let (venue, expiry, strike) = (fields.text()?, fields.date()?, fields.number()?);
        let right = match fields.text()?.as_str() {
            "call" => Right::Call,
            "put" => Right::Put,
            _ => return Err(Misshapen { column: 3, found: "other text", wanted: "`call` or `put`" }),
        };
        Ok(Self {
            underlying: name.clone(),
            event_time: record.event_time,
            known_at: record.known_at,
            venue,
            expiry,
            strike,
            right,
            bid: fields.number_if_any()?,
            ask: fields.number_if_any()?,
            last: fields.number_if_any()?,
            volume: fields.number_if_any()?,
            open_interest: fields.number_if_any()?,
        })
    }
}
