//! The exchange's date as columns. They are known long before the bar.

use proofmark_market::Bars;
use proofmark_units::Date;

use crate::expr::Field;
use crate::{Feature, RowKernel};

/// A feature of the session's date alone.
pub(super) struct OfDate {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) unit: &'static str,
    pub(super) value: fn(Date) -> f64,
}

pub(super) const DAY_OF_WEEK: OfDate = OfDate {
    name: "day_of_week",
    doc: "weekday of the session, Monday 0",
    unit: "day",
    value: |date| f64::from(date.weekday()),
};

pub(super) const MONTH: OfDate = OfDate {
    name: "month",
    doc: "month of the session, January 1",
    unit: "month",
    value: |date| f64::from(date.month()),
};

/// Of the calendar, not of the exchange: the last session of a month is known only with the exchange's calendar.
pub(super) const IS_MONTH_END: OfDate = OfDate {
    name: "is_month_end",
    doc: "1 where the session is on the last calendar day of its month, else 0",
    unit: "0 or 1",
    value: |date| f64::from(u8::from(date.plus_days(1).month() != date.month())),
};

impl Feature for OfDate {
    fn name(&self) -> &str {
        self.name
    }
    fn doc(&self) -> &str {
        self.doc
    }
    fn unit(&self) -> &str {
        self.unit
    }
    fn source(&self) -> &'static str {
        "the calendar"
    }
    fn inputs(&self) -> Vec<Field> {
        Vec::new()
    }
    fn look_back(&self) -> usize {
        1
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        bars.dates().iter().map(|date| (self.value)(*date)).collect()
    }
    fn stream(&self) -> Option<RowKernel> {
        let value = self.value;
        Some(Box::new(move |row| value(row.session)))
    }
}
