//! What a snapshot's identity is made of.

use proofmark_market::Bars;
use proofmark_units::{Date, DateSpan, Digest, Symbol};
use serde::{Deserialize, Serialize};

use crate::clean::CleanOptions;
use crate::lake::Observation;

/// One symbol's clean columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolContent {
    /// The symbol or series.
    pub symbol: Symbol,
    /// Clean rows.
    pub rows: u64,
    /// First date.
    pub first: Date,
    /// Last date.
    pub last: Date,
    /// Digest of all clean columns.
    pub columns: Digest,
}

/// What a snapshot's identity is made of: data and rules, neither paths nor clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotContent {
    /// Dates asked for.
    pub span: DateSpan,
    /// The calendar's name.
    pub calendar: String,
    /// [`RULES_VERSION`](crate::quality::RULES_VERSION) at the time.
    pub rules_version: u32,
    /// Which rules acted.
    pub cleaning: CleanOptions,
    /// Symbols with at least one clean bar, ascending.
    pub symbols: Vec<SymbolContent>,
    /// The benchmark.
    pub benchmark: Option<SymbolContent>,
    /// Series of observations as last known, ascending.
    pub observations: Vec<SymbolContent>,
    /// Series of observations with every version that a decision inside the span could know, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observation_versions: Vec<SymbolContent>,
}

impl SnapshotContent {
    pub(super) fn digest(&self) -> Digest {
        let text = serde_json::to_vec(self).expect("names, dates and digests always have a JSON form");
        Digest::of_parts([b"proofmark-snapshot-v1".as_slice(), &text])
    }
}

/// What identifies `bars`; `None` without a bar.
pub(super) fn content_of(bars: &Bars) -> Option<SymbolContent> {
    let (first, last) = (*bars.dates().first()?, *bars.dates().last()?);
    let rows = bars.len() as u64;
    Some(SymbolContent { symbol: bars.symbol().clone(), rows, first, last, columns: columns(bars) })
}

/// What identifies the values of a series; `None` without a value.
pub(super) fn content_of_observations(name: &Symbol, rows: &[Observation]) -> Option<SymbolContent> {
    let (first, last) = (rows.first()?.date, rows.last()?.date);
    let dates = bytes(rows, |row| row.date.days().to_le_bytes());
    let known = bytes(rows, |row| row.known_at.micros().to_le_bytes());
    let values = bytes(rows, |row| row.value.to_bits().to_le_bytes());
    let columns = Digest::of_parts([&dates[..], &known[..], &values[..]]);
    Some(SymbolContent { symbol: name.clone(), rows: rows.len() as u64, first, last, columns })
}

/// Digest of every column, times included: a bar that was known later is another bar.
fn columns(bars: &Bars) -> Digest {
    let dates = bytes(bars.dates(), |date| date.days().to_le_bytes());
    let [event_time, known_at] =
        [bars.event_times(), bars.known_ats()].map(|times| bytes(times, |time| time.micros().to_le_bytes()));
    let prices = [bars.open(), bars.high(), bars.low(), bars.close(), bars.volume()]
        .map(|values| bytes(values, |value| value.to_bits().to_le_bytes()));
    Digest::of_parts([&dates, &event_time, &known_at].into_iter().chain(&prices).map(Vec::as_slice))
}

fn bytes<T, const N: usize>(values: &[T], encode: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * N);
    for value in values {
        out.extend_from_slice(&encode(value));
    }
    out
}
