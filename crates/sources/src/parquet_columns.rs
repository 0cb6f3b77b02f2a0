//! Reads single Parquet columns as dates, numbers or text, whichever way the writer typed them.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use proofmark_units::{Date, DateSpan};

use crate::WrittenTime;
use crate::text::{DateText, parse_date};

/// One column of one batch, read row by row.
pub(crate) enum Column {
    Numbers(Vec<Option<f64>>),
    Texts(Texts),
    /// Days since 1970-01-01, with the time of day of a timestamp.
    Days(Vec<Option<(i64, Option<WrittenTime>)>>),
}

/// Strings, dictionary-encoded or not.
pub(crate) struct Texts {
    values: ArrayRef,
    /// Position in `values` per row of a dictionary column.
    keys: Option<Vec<Option<usize>>>,
}

impl Texts {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let index = match &self.keys {
            Some(keys) => (*keys.get(row)?)?,
            None => row,
        };
        if index >= self.values.len() || self.values.is_null(index) {
            return None;
        }
        match self.values.data_type() {
            DataType::Utf8 => Some(self.values.as_string::<i32>().value(index)),
            DataType::LargeUtf8 => Some(self.values.as_string::<i64>().value(index)),
            DataType::Utf8View => Some(self.values.as_string_view().value(index)),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($array:expr, $kind:ty) => {
        Some($array.as_primitive::<$kind>().iter().map(|value| value.map(|value| value as f64)).collect())
    };
}

/// A numeric column; NaN counts as missing. `None` if the type is not numeric.
pub(crate) fn numbers(array: &ArrayRef) -> Option<Column> {
    let values: Option<Vec<Option<f64>>> = match array.data_type() {
        DataType::Float64 => numbers!(array, Float64Type),
        DataType::Float32 => numbers!(array, Float32Type),
        DataType::Int64 => numbers!(array, Int64Type),
        DataType::Int32 => numbers!(array, Int32Type),
        DataType::Int16 => numbers!(array, Int16Type),
        DataType::Int8 => numbers!(array, Int8Type),
        DataType::UInt64 => numbers!(array, UInt64Type),
        DataType::UInt32 => numbers!(array, UInt32Type),
        DataType::UInt16 => numbers!(array, UInt16Type),
        DataType::UInt8 => numbers!(array, UInt8Type),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            let values = array.as_primitive::<Decimal128Type>();
            Some(values.iter().map(|value| value.map(|value| value as f64 / unit)).collect())
        }
        _ => None,
    };
    values.map(|values| Column::Numbers(values.into_iter().map(|v| v.filter(|v| !v.is_nan())).collect()))
}

/// A text column. `None` if the type is not text.
pub(crate) fn texts(array: &ArrayRef) -> Option<Column> {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Some(Column::Texts(Texts { values: ArrayRef::clone(array), keys: None }))
        }
        DataType::Dictionary(_, inner)
            if matches!(**inner, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) =>
        {
            let dictionary = array.as_any_dictionary();
            let values = ArrayRef::clone(dictionary.values());
            let keys = if values.is_empty() {
                vec![None; array.len()]
            } else {
                let keys = dictionary.normalized_keys();
                let valid = |row: usize| !array.is_null(row);
                keys.into_iter().enumerate().map(|(row, key)| valid(row).then_some(key)).collect()
            };
            Some(Column::Texts(Texts { values, keys: Some(keys) }))
        }
        _ => None,
    }
}

/// A date column: date, timestamp (its UTC date) or text. `None` for any other type.
pub(crate) fn dates(array: &ArrayRef) -> Option<Column> {
    const DAY: i64 = 86_400;
    // A timestamp with a zone is an instant in UTC, whatever the zone; one without is a clock somewhere.
    let offset_seconds = matches!(array.data_type(), DataType::Timestamp(_, Some(_))).then_some(0);
    let days = |per_day: i64, values: Vec<Option<i64>>| {
        let place = |value: i64| {
            let nanos = value.rem_euclid(per_day) * (DAY * 1_000_000_000 / per_day);
            let time = matches!(array.data_type(), DataType::Timestamp(..))
                .then_some(WrittenTime { nanos, offset_seconds });
            (value.div_euclid(per_day), time)
        };
        Some(Column::Days(values.into_iter().map(|v| v.map(place)).collect()))
    };
    match array.data_type() {
        DataType::Date32 => {
            days(1, array.as_primitive::<Date32Type>().iter().map(|v| v.map(i64::from)).collect())
        }
        DataType::Date64 => days(DAY * 1_000, array.as_primitive::<Date64Type>().iter().collect()),
        DataType::Timestamp(TimeUnit::Second, _) => {
            days(DAY, array.as_primitive::<TimestampSecondType>().iter().collect())
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            days(DAY * 1_000, array.as_primitive::<TimestampMillisecondType>().iter().collect())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            days(DAY * 1_000_000, array.as_primitive::<TimestampMicrosecondType>().iter().collect())
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            days(DAY * 1_000_000_000, array.as_primitive::<TimestampNanosecondType>().iter().collect())
        }
        _ => texts(array),
    }
}

impl Column {
    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Numbers(values) => values.get(row).copied().flatten(),
            _ => None,
        }
    }

    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Texts(texts) => texts.get(row),
            _ => None,
        }
    }

    pub(crate) fn date(&self, row: usize, format: Option<&str>) -> DateText {
        match self {
            Self::Days(values) => match values.get(row).copied().flatten() {
                None => DateText::Missing,
                Some((days, time)) => match i32::try_from(days).map(Date::from_days) {
                    Ok(date) if DateSpan::EVERY.contains(date) => DateText::Date(date, time),
                    _ => DateText::Bad,
                },
            },
            Self::Texts(texts) => texts.get(row).map_or(DateText::Missing, |text| parse_date(text, format)),
            Self::Numbers(_) => DateText::Bad,
        }
    }
}
