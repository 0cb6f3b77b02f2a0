//! Funding payments of perpetual contracts.

use proofmark_units::{Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

static SHAPE: Shape = Shape {
    table: Table::Funding,
    name: "funding payment",
    dated: Dated::ByEvent,
    columns: &[Column::of("rate", Kind::Number), Column::optional("interval_hours", Kind::Number)],
};

/// One payment between the holders of a perpetual contract.
#[derive(Debug, Clone, PartialEq)]
pub struct FundingPayment {
    /// The contract.
    pub symbol: Symbol,
    /// When it was paid.
    pub event_time: Instant,
    /// First instant a subscriber could have read the final rate.
    pub known_at: Instant,
    /// Fraction of the notional that long positions pay to short ones; negative the other way.
    pub rate: f64,
    /// Hours that the payment covers, where the venue says.
    pub interval_hours: Option<f64>,
}

impl Fact for FundingPayment {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.symbol
    }

    fn record(&self) -> Record {
        let values = vec![self.rate.into(), self.interval_hours.into()];
        Record { event_time: self.event_time, known_at: self.known_at, values }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        Ok(Self {
            symbol: name.clone(),
            event_time: record.event_time,
            known_at: record.known_at,
            rate: fields.number()?,
            interval_hours: fields.number_if_any()?,
        })
    }
}
