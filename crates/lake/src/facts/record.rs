//! One row of a table of facts.

use std::cmp::Ordering;

use parquet::errors::ParquetError;
use proofmark_units::{Date, Instant};

use crate::versions::bits;

/// One value of a column; missing is missing, never 0 or NaN.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing is known.
    Missing,
    /// Text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// A date.
    Date(Date),
}

impl Value {
    const fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Text(_) => 1,
            Self::Number(_) => 2,
            Self::Whole(_) => 3,
            Self::Date(_) => 4,
        }
    }

    /// What its kind is called in a message.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "nothing",
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Whole(_) => "a whole number",
            Self::Date(_) => "a date",
        }
    }
}

/// A total order, so that rows have a canonical one; numbers compare by their bits, both zeros being one.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => bits(*a).cmp(&bits(*b)),
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// A row: its two times and a value for each column of its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it happened.
    pub event_time: Instant,
    /// First instant a subscriber could have read it; never before `event_time`.
    pub known_at: Instant,
    /// In the order of the shape's columns.
    pub values: Vec<Value>,
}

/// A stored value is not what its column says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column} of a row holds {found}, not {wanted}")]
pub struct Misshapen {
    /// Place of the column, from 0.
    pub column: usize,
    /// What it holds.
    pub found: &'static str,
    /// What it should hold.
    pub wanted: &'static str,
}

impl From<Misshapen> for ParquetError {
    fn from(misshapen: Misshapen) -> Self {
        Self::External(Box::new(misshapen))
    }
}

/// Takes the values of a record in order, each as what it has to be.
#[derive(Debug)]
pub struct Fields<'a> {
    values: &'a [Value],
    next: usize,
}

impl<'a> Fields<'a> {
    /// From the first column on.
    pub fn of(record: &'a Record) -> Self {
        Self { values: &record.values, next: 0 }
    }

    fn take<T>(
        &mut self,
        wanted: &'static str,
        pick: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Misshapen> {
        let column = self.next;
        self.next += 1;
        match self.values.get(column) {
            Some(Value::Missing) => Ok(None),
            Some(value) => pick(value).map(Some).ok_or(Misshapen { column, found: value.kind(), wanted }),
            None => Err(Misshapen { column, found: "no value", wanted }),
        }
    }

    fn need<T>(&self, value: Option<T>, wanted: &'static str) -> Result<T, Misshapen> {
        value.ok_or(Misshapen { column: self.next - 1, found: "nothing", wanted })
    }

    /// Text or nothing.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn text_if_any(&mut self) -> Result<Option<String>, Misshapen> {
        self.take("text", |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Text.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn text(&mut self) -> Result<String, Misshapen> {
        let value = self.text_if_any()?;
        self.need(value, "text")
    }

    /// Text that reads as a `T`, such as a symbol.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn parsed<T: std::str::FromStr>(&mut self, wanted: &'static str) -> Result<T, Misshapen> {
        let column = self.next;
        let text = self.text()?;
        text.parse().map_err(|_| Misshapen { column, found: "other text", wanted })
    }

    /// A number or nothing.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn number_if_any(&mut self) -> Result<Option<f64>, Misshapen> {
        self.take("a number", |value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
    }

    /// A number.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn number(&mut self) -> Result<f64, Misshapen> {
        let value = self.number_if_any()?;
        self.need(value, "a number")
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn whole_if_any(&mut self) -> Result<Option<i64>, Misshapen> {
        self.take("a whole number", |value| match value {
            Value::Whole(number) => Some(*number),
            _ => None,
        })
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn whole(&mut self) -> Result<i64, Misshapen> {
        let value = self.whole_if_any()?;
        self.need(value, "a whole number")
    }

    /// A whole number from 0 on.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else, and for one that does not fit.
    pub fn count(&mut self) -> Result<u32, Misshapen> {
        let value = self.count_if_any()?;
        self.need(value, "a whole number from 0 on")
    }

    /// A whole number from 0 on or nothing.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else, and for one that does not fit.
    pub fn count_if_any(&mut self) -> Result<Option<u32>, Misshapen> {
        self.take("a whole number from 0 on", |value| match value {
            Value::Whole(number) => u32::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A date or nothing.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn date_if_any(&mut self) -> Result<Option<Date>, Misshapen> {
        self.take("a date", |value| match value {
            Value::Date(date) => Some(*date),
            _ => None,
        })
    }

    /// A date.
    ///
    /// # Errors
    /// [`Misshapen`] for anything else.
    pub fn date(&mut self) -> Result<Date, Misshapen> {
        let value = self.date_if_any()?;
        self.need(value, "a date")
    }
}
