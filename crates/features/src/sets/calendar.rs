//! The exchange's date as columns. They are known long before the bar.
//!
//! Weekday and month go round: as an integer Monday is far from Sunday and December from January, which a linear model believes. On a
//! circle neighbours are near, and each place needs both of its coordinates.

use std::f64::consts::TAU;

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
    doc: "weekday of the session as an integer, Monday 0: an order that the week does not have",
    unit: "day",
    value: |date| f64::from(date.weekday()),
};

pub(super) const MONTH: OfDate = OfDate {
    name: "month",
    doc: "month of the session as an integer, January 1: December is far from January",
    unit: "month",
    value: |date| f64::from(date.month()),
};

pub(super) const DAY_OF_WEEK_SIN: OfDate = OfDate {
    name: "day_of_week_sin",
    doc: "sine of the weekday's place in the week of 7 days, Monday 0",
    unit: "-1 to 1",
    value: |date| turn(f64::from(date.weekday()) / 7.0).0,
};

pub(super) const DAY_OF_WEEK_COS: OfDate = OfDate {
    name: "day_of_week_cos",
    doc: "cosine of the weekday's place in the week of 7 days, Monday 0",
    unit: "-1 to 1",
    value: |date| turn(f64::from(date.weekday()) / 7.0).1,
};

pub(super) const MONTH_SIN: OfDate = OfDate {
    name: "month_sin",
    doc: "sine of the month's place in the year, January 0",
    unit: "-1 to 1",
    value: |date| turn(f64::from(date.month() - 1) / 12.0).0,
};

pub(super) const MONTH_COS: OfDate = OfDate {
    name: "month_cos",
    doc: "cosine of the month's place in the year, January 0",
    unit: "-1 to 1",
    value: |date| turn(f64::from(date.month() - 1) / 12.0).1,
};

/// Sine and cosine of a share of a turn.
fn turn(share: f64) -> (f64, f64) {
    (TAU * share).sin_cos()
}

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
