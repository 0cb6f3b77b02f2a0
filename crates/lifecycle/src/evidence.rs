//! Evidence: recorded measurements. Reports print evidence and nothing else.

use std::collections::BTreeSet;

use proofmark_units::{DateSpan, Digest};
use serde::{Deserialize, Serialize};

/// Which part of the data a number was measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Rows the model was fitted on.
    InSample,
    /// Rows that steered a choice (calibration, early stopping, selection).
    Validation,
    /// Rows that no fit and no choice has seen.
    OutOfSample,
    /// The sealed last span of a lineage, opened once.
    HoldOut,
}

impl SpanKind {
    /// The words of reports: `in-sample`, `validation`, `out-of-sample`, `hold-out`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::InSample => "in-sample",
            Self::Validation => "validation",
            Self::OutOfSample => "out-of-sample",
            Self::HoldOut => "hold-out",
        }
    }
}

/// A confidence interval, in the unit of its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Coverage as a fraction (0.95 is 95 %).
    pub level: f64,
    /// How it was built, for example `stationary bootstrap, studentised`.
    pub method: String,
}

impl Interval {
    /// An interval with finite ordered bounds and a level inside (0, 1); `None` otherwise.
    pub fn new(low: f64, high: f64, level: f64, method: impl Into<String>) -> Option<Self> {
        let interval = Self { low, high, level, method: method.into() };
        interval.is_sound().then_some(interval)
    }

    fn is_sound(&self) -> bool {
        self.low.is_finite()
            && self.high.is_finite()
            && self.low <= self.high
            && self.level > 0.0
            && self.level < 1.0
    }
}

/// Where a printed number can be found again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// File relative to the run's root, for example `stat_tests.json`.
    pub file: String,
    /// JSON pointer (RFC 6901) of the number inside the file.
    pub pointer: String,
    /// Digest of the file.
    pub sha256: Digest,
}

/// One recorded measurement. A value that could not be computed is `None`, never NaN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Stable dotted name, for example `active_return.p_bootstrap`.
    pub name: String,
    /// The measured value in `unit`; `None` when it could not be computed.
    pub value: Option<f64>,
    /// Unit, for example `fraction/year`, `p`, `sessions`.
    pub unit: String,
    /// Confidence interval, where one exists.
    pub interval: Option<Interval>,
    /// Number of observations behind the value.
    pub n: u64,
    /// Observations after allowing for overlap and correlation.
    pub n_effective: Option<f64>,
    /// Which part of the data it was measured on.
    pub span_kind: SpanKind,
    /// First and last date it was measured on.
    pub span: DateSpan,
    /// Digest of the series it was computed from.
    pub source_digest: Digest,
    /// Seed of the draws behind it, if there were any.
    pub seed: Option<u64>,
    /// Why it is missing, or what a reader must know.
    pub note: Option<String>,
}

impl Evidence {
    /// A measurement without interval, seed and note; a value that is not finite becomes `None`.
    pub fn new(
        name: impl Into<String>,
        value: impl Into<Option<f64>>,
        unit: impl Into<String>,
        n: u64,
        span_kind: SpanKind,
        span: DateSpan,
        source_digest: Digest,
    ) -> Self {
        Self {
            name: name.into(),
            value: value.into().filter(|value| value.is_finite()),
            unit: unit.into(),
            interval: None,
            n,
            n_effective: None,
            span_kind,
            span,
            source_digest,
            seed: None,
            note: None,
        }
    }

    /// With its interval; an unsound one (bounds not finite or crossed) is dropped.
    #[must_use]
    pub fn with_interval(mut self, interval: impl Into<Option<Interval>>) -> Self {
        self.interval = interval.into().filter(Interval::is_sound);
        self
    }

    /// With its effective number of observations; a number that is not finite is dropped.
    #[must_use]
    pub fn with_n_effective(mut self, n_effective: f64) -> Self {
        self.n_effective = Some(n_effective).filter(|n| n.is_finite());
        self
    }

    /// With the seed of its draws.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// With a note for the reader.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The same record with everything that is not finite taken out: fields are public, so a set cannot rely on
    /// the constructor alone.
    fn cleaned(mut self) -> Self {
        self.value = self.value.filter(|value| value.is_finite());
        self.interval = self.interval.filter(Interval::is_sound);
        self.n_effective = self.n_effective.filter(|n| n.is_finite());
        self
    }
}

/// Evidence contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Two records carry the same name, so a gate could pick the kinder one.
    #[error("two evidence records are called `{name}`")]
    Duplicate {
        /// The name used twice.
        name: String,
    },
}

/// Evidence in the order it was recorded; names are unique. Serialised as a plain list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvidenceSet {
    #[serde(deserialize_with = "unique_records")]
    records: Vec<Evidence>,
}

fn unique_records<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Evidence>, D::Error> {
    let records = Vec::<Evidence>::deserialize(deserializer)?;
    let set: Result<EvidenceSet, _> = EvidenceSet::from_records(records);
    set.map(|set| set.records).map_err(serde::de::Error::custom)
}

impl EvidenceSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A set of these records, in this order.
    ///
    /// # Errors
    /// [`EvidenceError::Duplicate`] when a name occurs twice.
    pub fn from_records(records: impl IntoIterator<Item = Evidence>) -> Result<Self, EvidenceError> {
        let records: Vec<Evidence> = records.into_iter().map(Evidence::cleaned).collect();
        let mut seen = BTreeSet::new();
        if let Some(twice) = records.iter().find(|record| !seen.insert(record.name.as_str())) {
            return Err(EvidenceError::Duplicate { name: twice.name.clone() });
        }
        Ok(Self { records })
    }

    /// Adds one record; what is not finite in it becomes `None`.
    ///
    /// # Errors
    /// [`EvidenceError::Duplicate`] when the name is taken.
    pub fn push(&mut self, evidence: Evidence) -> Result<(), EvidenceError> {
        if self.get(&evidence.name).is_some() {
            return Err(EvidenceError::Duplicate { name: evidence.name });
        }
        self.records.push(evidence.cleaned());
        Ok(())
    }

    /// Adds all records of `other`, in order.
    ///
    /// # Errors
    /// [`EvidenceError::Duplicate`] at the first taken name; the records before it have been added.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Evidence>) -> Result<(), EvidenceError> {
        other.into_iter().try_for_each(|evidence| self.push(evidence))
    }

    /// The record of this name.
    pub fn get(&self, name: &str) -> Option<&Evidence> {
        self.records.iter().find(|record| record.name == name)
    }

    /// The value of this name; `None` when the record or its value is missing.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.get(name)?.value
    }

    /// The records in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Evidence> {
        self.records.iter()
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Digest of all records in order, over their JSON text.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("evidence records always serialise"))
    }
}

impl IntoIterator for EvidenceSet {
    type Item = Evidence;
    type IntoIter = std::vec::IntoIter<Evidence>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a> IntoIterator for &'a EvidenceSet {
    type Item = &'a Evidence;
    type IntoIter = std::slice::Iter<'a, Evidence>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, value: f64) -> Evidence {
        let span = DateSpan { start: "2010-01-01".parse().unwrap(), end: "2019-12-31".parse().unwrap() };
        Evidence::new(name, value, "p", 2_500, SpanKind::OutOfSample, span, Digest::of(b"series"))
    }

    #[test]
    fn what_is_not_finite_becomes_none() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(record("a", bad).value, None);
            assert_eq!(Interval::new(0.0, bad, 0.95, "x"), None);
            assert_eq!(record("a", 1.0).with_n_effective(bad).n_effective, None);
        }
        let mut set = EvidenceSet::new();
        let mut forged = record("a", 1.0);
        forged.value = Some(f64::NAN);
        set.push(forged).unwrap();
        assert_eq!(set.get("a").unwrap().value, None);
    }

    #[test]
    fn duplicate_names_are_refused_in_memory_and_on_reading() {
        let mut set = EvidenceSet::from_records([record("a", 0.5), record("b", 0.25)]).unwrap();
        assert_eq!(set.push(record("a", 1.0)), Err(EvidenceError::Duplicate { name: "a".to_owned() }));
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<EvidenceSet>(&text).unwrap(), set);
        let twice = serde_json::to_string(&[record("a", 0.5), record("a", 0.5)]).unwrap();
        let error = serde_json::from_str::<EvidenceSet>(&twice).unwrap_err();
        assert!(error.to_string().contains("two evidence records are called `a`"), "{error}");
    }

    #[test]
    fn the_digest_follows_values_and_order() {
        let set =
            |names: &[&str]| EvidenceSet::from_records(names.iter().map(|name| record(name, 0.5))).unwrap();
        assert_eq!(set(&["a", "b"]).digest(), set(&["a", "b"]).digest());
        assert_ne!(set(&["a", "b"]).digest(), set(&["b", "a"]).digest());
    }
}
