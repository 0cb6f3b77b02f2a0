//! What sources deliver: candles, dated values and articles, and rows that cannot be read.

use std::path::Path;

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

use super::Row;
use crate::{RawRow, RowProblem};

/// One bar of any interval, as the vendor has it; prices may be wild, that is for the quality rules to find.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    /// The session it belongs to, by the exchange's own calendar.
    pub session: Date,
    /// When it begins.
    pub start: Instant,
    /// First traded price.
    pub open: f64,
    /// Highest traded price.
    pub high: f64,
    /// Lowest traded price.
    pub low: f64,
    /// Last traded price.
    pub close: f64,
    /// Units traded; `None` where the vendor gives none.
    pub volume: Option<f64>,
}

impl Candle {
    /// This candle as the daily bar of its session.
    pub fn daily(&self) -> RawRow {
        let Self { session: date, open, high, low, close, volume, .. } = *self;
        let volume = volume.unwrap_or(f64::NAN);
        RawRow { date, open, high, low, close, volume, turnover: f64::NAN, time: None }
    }
}

impl Row for Candle {
    fn date(&self) -> Date {
        self.session
    }

    fn order(&self) -> i64 {
        self.start.nanos()
    }
}

/// A value that describes a date, with the instant at which it could first be read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The date that it describes.
    pub date: Date,
    /// When it could first be read; of two readings of one date the later one restates.
    pub known_at: Instant,
    /// The value, in the vendor's unit.
    pub value: f64,
}

impl Row for Reading {
    fn date(&self) -> Date {
        self.date
    }

    fn order(&self) -> i64 {
        self.known_at.nanos()
    }
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// UTC date of its publication.
    pub date: Date,
    /// When it was published.
    pub published_at: Instant,
    /// When it was fetched: it is not known to have been readable in this form before.
    pub fetched_at: Instant,
    /// Who published it.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Its summary, where there is one.
    pub summary: String,
    /// Where it is.
    pub url: String,
}

impl Row for Article {
    fn date(&self) -> Date {
        self.date
    }

    fn order(&self) -> i64 {
        self.published_at.nanos()
    }
}

/// Why a row of a reply was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawRule {
    /// A price, volume or value that is not a finite number.
    BadNumber,
    /// A time that cannot be read.
    BadDate,
    /// A needed value is not there.
    MissingValue,
    /// The same row again.
    DuplicateRow,
    /// A row of a day that was not asked for.
    OutsideRequest,
}

impl FlawRule {
    /// The rule's id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::BadNumber => "bad_number",
            Self::BadDate => "bad_date",
            Self::MissingValue => "missing_value",
            Self::DuplicateRow => "duplicate_row",
            Self::OutsideRequest => "outside_request",
        }
    }
}

/// A row of a reply that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    /// Why.
    pub rule: FlawRule,
    /// One-based row of the chunk.
    pub row: u64,
    /// The date, where one could be read.
    pub date: Option<Date>,
    /// What was there.
    pub detail: String,
}

impl Flaw {
    /// As the account of an ingest lists it, under the name of the chunk it came in.
    pub fn problem(&self, chunk: &str, symbol: &str) -> RowProblem {
        RowProblem {
            rule: self.rule.id(),
            file: Path::new(chunk).to_owned(),
            row: self.row,
            line: None,
            symbol: Some(symbol.to_owned()),
            date: self.date,
            detail: self.detail.clone(),
        }
    }
}
