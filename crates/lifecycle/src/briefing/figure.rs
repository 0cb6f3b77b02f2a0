//! Numbers that can be found again, and the tables and curves made of them.

use proofmark_units::{Date, DateSpan, Digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::{Evidence, Interval, Source, SpanKind};

/// A printed number with everything a reader needs to weigh and find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The value in `unit`; `None` when it could not be computed.
    pub value: Option<f64>,
    /// Unit.
    pub unit: String,
    /// Confidence interval, where one exists.
    pub interval: Option<Interval>,
    /// Observations behind the value.
    pub n: u64,
    /// Which part of the data it was measured on.
    pub span_kind: SpanKind,
    /// First and last date it was measured on.
    pub span: DateSpan,
    /// Where the value is written.
    pub source: Source,
}

/// A figure does not agree with the file it cites.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FigureError {
    /// The bytes are not the cited ones.
    #[error("`{file}` has digest {found}, the figure cites {cited}")]
    Digest {
        /// The cited file.
        file: String,
        /// Digest of the bytes given.
        found: Digest,
        /// Digest in the figure.
        cited: Digest,
    },
    /// The file is not JSON.
    #[error("`{file}` is not JSON: {detail}")]
    NotJson {
        /// The cited file.
        file: String,
        /// What the parser said.
        detail: String,
    },
    /// Nothing is written at the pointer.
    #[error("`{file}` has nothing at `{pointer}`")]
    Nothing {
        /// The cited file.
        file: String,
        /// The cited pointer.
        pointer: String,
    },
    /// Another value is written at the pointer.
    #[error("`{file}` has {found} at `{pointer}`, the figure says {cited:?}")]
    Value {
        /// The cited file.
        file: String,
        /// The cited pointer.
        pointer: String,
        /// JSON text found there.
        found: String,
        /// Value in the figure.
        cited: Option<f64>,
    },
}

impl Figure {
    /// The figure of an evidence record written at `source`.
    pub fn of(evidence: &Evidence, source: Source) -> Self {
        Self {
            value: evidence.value,
            unit: evidence.unit.clone(),
            interval: evidence.interval.clone(),
            n: evidence.n,
            span_kind: evidence.span_kind,
            span: evidence.span,
            source,
        }
    }

    /// Checks the figure against the bytes of the file it cites: same digest, same value, bit for bit.
    ///
    /// # Errors
    /// [`FigureError`] says what differs.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), FigureError> {
        let Source { file, pointer, sha256: cited } = self.source.clone();
        let found = Digest::of(bytes);
        if found != cited {
            return Err(FigureError::Digest { file, found, cited });
        }
        let document: Value = serde_json::from_slice(bytes)
            .map_err(|error| FigureError::NotJson { file: file.clone(), detail: error.to_string() })?;
        let Some(found) = document.pointer(&pointer) else {
            return Err(FigureError::Nothing { file, pointer });
        };
        let same = match self.value {
            None => found.is_null(),
            Some(value) => found.as_f64().is_some_and(|found| found == value),
        };
        match same {
            true => Ok(()),
            false => Err(FigureError::Value { file, pointer, found: found.to_string(), cited: self.value }),
        }
    }
}

/// Collects every figure below `value`; `pointer` is where `value` stands.
pub(super) fn collect(value: &Value, pointer: &mut String, found: &mut Vec<(String, Figure)>) {
    let mut below = |key: &str, child: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        collect(child, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| below(&i.to_string(), item)),
        Value::Object(fields) => match Figure::deserialize(value) {
            Ok(figure) => found.push((pointer.clone(), figure)),
            Err(_) => fields.iter().for_each(|(key, field)| below(key, field)),
        },
        _ => {}
    }
}

/// A figure and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedFigure {
    /// What it is.
    pub name: String,
    /// The number.
    pub figure: Figure,
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// A number.
    Figure(Box<Figure>),
    /// Words, dates, names.
    Text(String),
    /// Nothing belongs here.
    Empty,
}

impl From<Figure> for Cell {
    fn from(figure: Figure) -> Self {
        Self::Figure(Box::new(figure))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What the row is about.
    pub label: String,
    /// One cell per column.
    pub cells: Vec<Cell>,
}

/// A table of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Heading.
    pub title: String,
    /// What a reader must know before reading it.
    pub note: Option<String>,
    /// Column headings, without the label's.
    pub columns: Vec<String>,
    /// Rows, each with as many cells as there are columns.
    pub rows: Vec<Row>,
}

/// A series thinned for drawing; the whole one is at `source`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Stable name, for example `equity`, `drawdown`, `null_equity`.
    pub name: String,
    /// Heading.
    pub title: String,
    /// Unit of the values.
    pub unit: String,
    /// Which part of the data it covers.
    pub span_kind: SpanKind,
    /// Dates of the kept points.
    pub dates: Vec<Date>,
    /// Values of the kept points, as many as dates.
    pub values: Vec<f64>,
    /// Where the whole series is written.
    pub source: Source,
}

impl Curve {
    /// Thins a series to at most about `points` points. First, last and each bucket's smallest and largest value are
    /// kept, so that no peak and no trough disappears; values that are not finite are left out.
    #[must_use]
    pub fn thinned(mut self, points: usize) -> Self {
        let series: Vec<(Date, f64)> = self
            .dates
            .iter()
            .copied()
            .zip(self.values.iter().copied())
            .filter(|(_, value)| value.is_finite())
            .collect();
        let buckets = (points / 2).max(1);
        let mut keep: Vec<usize> = Vec::new();
        if series.len() <= points.max(2) {
            keep.extend(0..series.len());
        } else {
            keep.extend([0, series.len() - 1]);
            for bucket in 0..buckets {
                let range = bucket * series.len() / buckets..(bucket + 1) * series.len() / buckets;
                keep.extend(range.clone().min_by(|a, b| series[*a].1.total_cmp(&series[*b].1)));
                keep.extend(range.max_by(|a, b| series[*a].1.total_cmp(&series[*b].1)));
            }
            keep.sort_unstable();
            keep.dedup();
        }
        self.dates = keep.iter().map(|i| series[*i].0).collect();
        self.values = keep.iter().map(|i| series[*i].1).collect();
        self
    }
}
