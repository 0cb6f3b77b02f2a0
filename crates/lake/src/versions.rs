//! Several versions of one fact: the one that was known at an instant, and what a new delivery adds.

use std::borrow::Cow;

use proofmark_market::BarRow;
use proofmark_units::{Date, Instant};

use crate::Observation;

/// A row of the lake: a fact, known from an instant on.
pub(crate) trait Version: Clone + Send + Sync + 'static {
    /// What the row is about: two rows with one key are versions of one fact. Ascends with [`date`](Self::date).
    type Key: Ord;
    /// The bits of the fact itself, without its times.
    type Fact: Ord;

    fn key(&self) -> Self::Key;
    fn date(&self) -> Date;
    fn known_at(&self) -> Instant;
    fn known_from(self, known_at: Instant) -> Self;
    fn fact(&self) -> Self::Fact;
}

/// Bits that order and compare: every NaN is the same, and so are both zeros.
pub(crate) fn bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

/// The bits of a bar's prices and volume.
pub(crate) fn bar_fact(row: &BarRow) -> [u64; 5] {
    [row.open, row.high, row.low, row.close, row.volume].map(bits)
}

impl Version for BarRow {
    type Key = Date;
    type Fact = [u64; 5];

    fn key(&self) -> Date {
        self.date
    }
    fn date(&self) -> Date {
        self.date
    }
    fn known_at(&self) -> Instant {
        self.known_at
    }
    fn known_from(self, known_at: Instant) -> Self {
        Self { known_at, ..self }
    }
    fn fact(&self) -> [u64; 5] {
        bar_fact(self)
    }
}

impl Version for Observation {
    type Key = Date;
    type Fact = u64;

    fn key(&self) -> Date {
        self.date
    }
    fn date(&self) -> Date {
        self.date
    }
    fn known_at(&self) -> Instant {
        self.known_at
    }
    fn known_from(self, known_at: Instant) -> Self {
        Self { known_at, ..self }
    }
    fn fact(&self) -> u64 {
        bits(self.value)
    }
}

/// Rows of each key as last known at `as_of` (or ever), ascending by key. A key may keep several rows when one
/// delivery held several: that is for the quality rules to judge.
pub(crate) fn latest<V: Version>(mut rows: Vec<V>, as_of: Option<Instant>) -> Vec<V> {
    if let Some(as_of) = as_of {
        rows.retain(|row| row.known_at() <= as_of);
    }
    if rows.is_sorted_by(|a, b| a.key() < b.key()) {
        return rows; // one delivery without repeated keys: the common case
    }
    rows.sort_by_cached_key(|row| (row.key(), row.known_at(), row.fact()));
    let mut kept = Vec::with_capacity(rows.len());
    for same_key in rows.chunk_by(|a, b| a.key() == b.key()) {
        let newest = same_key[same_key.len() - 1].known_at();
        kept.extend(same_key.iter().filter(|row| row.known_at() == newest).cloned());
    }
    kept
}

/// What a delivery adds to what is held.
pub(crate) struct Delta<'a, V: Clone> {
    /// Rows to store, canonical order.
    pub(crate) added: Cow<'a, [V]>,
    /// Rows of the delivery that were held already.
    pub(crate) unchanged: u64,
    /// Dates of keys that were held with other values, ascending.
    pub(crate) restated: Vec<Date>,
    /// Rows of the delivery that restate.
    pub(crate) rows_restated: u64,
}

/// Compares `given` with the newest versions in `held`. A key with the same facts adds nothing; a key with other
/// facts adds a version known from `restated_at`, and always later than the one it replaces.
pub(crate) fn delta<V: Version>(held: Vec<V>, given: &[V], restated_at: Instant) -> Delta<'_, V> {
    let held = latest(held, None);
    let mut delta =
        Delta { added: Cow::Borrowed(given), unchanged: 0, restated: Vec::new(), rows_restated: 0 };
    let sorted = given.is_sorted_by(|a, b| a.key() < b.key());
    if sorted && held.is_empty() {
        return delta; // all of it, as it is: no copy of millions of bars
    }
    let mut given = Cow::Borrowed(given);
    if !sorted {
        given.to_mut().sort_by_cached_key(|row| (row.key(), row.fact()));
    }
    let mut added: Vec<V> = Vec::new();
    let mut rest = &held[..];
    for rows in given.chunk_by(|a, b| a.key() == b.key()) {
        let key = rows[0].key();
        rest = &rest[rest.partition_point(|row| row.key() < key)..];
        let old = &rest[..rest.iter().take_while(|row| row.key() == key).count()];
        let own = rows.iter().map(V::known_at).max().unwrap_or(restated_at);
        let known_at = match old.first() {
            None => own,
            Some(_) if facts(old).eq(facts(rows)) => {
                delta.unchanged += rows.len() as u64;
                continue;
            }
            Some(first) => {
                delta.restated.push(rows[0].date());
                delta.rows_restated += rows.len() as u64;
                let after_old = Instant::from_micros(first.known_at().micros() + 1);
                own.max(restated_at).max(after_old)
            }
        };
        added.extend(rows.iter().map(|row| row.clone().known_from(known_at)));
    }
    delta.restated.dedup();
    delta.added = Cow::Owned(added);
    delta
}

/// The different facts among rows that are sorted by fact.
fn facts<V: Version>(rows: &[V]) -> impl Iterator<Item = V::Fact> + '_ {
    rows.chunk_by(|a, b| a.fact() == b.fact()).map(|equal| equal[0].fact())
}
