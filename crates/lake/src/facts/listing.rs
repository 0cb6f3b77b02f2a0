//! Listings: from when to when a symbol could be traded.

use proofmark_units::{Date, Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::Listings,
    name: "listing",
    dated: Dated::ByColumn(0),
    columns: &[
        Column::key("first_session", Kind::Date),
        Column::optional("last_session", Kind::Date),
        Column::optional("delisting_return", Kind::Number),
        Column::optional("exchange", Kind::Text),
        Column::optional("isin", Kind::Text),
    ],
};

/// One time on a market of one symbol; its end is a later version of the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The instrument.
    pub symbol: Symbol,
    /// First session with trading.
    pub first_session: Date,
    /// Last session with trading; `None` while it goes on.
    pub last_session: Option<Date>,
    /// What a holder got after the last session, as a simple return on its close (-1 is a total loss); `None` where
    /// unknown, which is not 0.
    pub delisting_return: Option<f64>,
    /// Market code, such as `XNSE`.
    pub exchange: Option<String>,
    /// ISO 6166 number of the security.
    pub isin: Option<String>,
    /// First instant a subscriber could have known all of this.
    pub known_at: Instant,
}

impl Fact for Listing {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.symbol
    }

    /// The event is the start of the first session, or the announcement where that came first.
    fn record(&self) -> Record {
        Record {
            event_time: self.first_session.midnight_utc().min(self.known_at),
            known_at: self.known_at,
            values: vec![
                self.first_session.into(),
                self.last_session.into(),
                self.delisting_return.into(),
                self.exchange.as_deref().into(),
                self.isin.as_deref().into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        Ok(Self {
            symbol: name.clone(),
            first_session: fields.date()?,
            last_session: fields.date_if_any()?,
            delisting_return: fields.number_if_any()?,
            exchange: fields.text_if_any()?,
            isin: fields.text_if_any()?,
            known_at: record.known_at,
        })
    }
}
