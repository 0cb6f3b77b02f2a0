//! The largest and the smallest value of a window, and where it stands.

use super::super::graph::{Family, Reading};
use super::session::per_session;
use super::sliding::{Reciprocals, Summary, family};

/// Measures of [`PLACE_OF_MAX`] and [`PLACE_OF_MIN`].
pub(in crate::expr) mod place {
    pub(in crate::expr) const OF_KNOWN: u8 = 0;
    pub(in crate::expr) const QLIB: u8 = 1;
}

pub(in crate::expr) static MAX: Family = family::<Extreme<true>>("max");
pub(in crate::expr) static MIN: Family = family::<Extreme<false>>("min");
pub(in crate::expr) static SESSION_MAX: Family = per_session::<Extreme<true>>("session max");
pub(in crate::expr) static SESSION_MIN: Family = per_session::<Extreme<false>>("session min");
pub(in crate::expr) static PLACE_OF_MAX: Family = family::<Place<true>>("place of max");
pub(in crate::expr) static PLACE_OF_MIN: Family = family::<Place<false>>("place of min");

/// Of no value.
const NONE: f64 = f64::NEG_INFINITY;

/// The value, or its negative where the smallest is wanted; [`NONE`] where missing.
#[inline]
fn oriented<const LARGEST: bool>(value: f64) -> f64 {
    match (value.is_finite(), LARGEST) {
        (false, _) => NONE,
        (true, true) => value,
        (true, false) => -value,
    }
}

/// `f64::max` leaves the sign of a zero to the processor; this does not.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

#[derive(Clone, Copy)]
struct Extreme<const LARGEST: bool>(f64);

impl<const LARGEST: bool> Summary for Extreme<LARGEST> {
    type Row = f64;
    const EMPTY: Self = Self(NONE);

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, _: f64, _: &impl Reciprocals) {
        self.0 = larger(self.0, oriented::<LARGEST>(row));
    }
    #[inline]
    fn prepend(&mut self, row: f64, _: f64, _: &impl Reciprocals) {
        self.0 = larger(oriented::<LARGEST>(row), self.0);
    }
    #[inline]
    fn join(older: &Self, newer: &Self, _: &impl Reciprocals) -> Self {
        Self(larger(older.0, newer.0))
    }
    #[inline]
    fn read(&self, _: Reading, _: f64, _: f64, _: f64) -> f64 {
        if self.0 == NONE {
            f64::NAN
        } else if LARGEST {
            self.0
        } else {
            -self.0
        }
    }
}

/// The extreme, its place (the oldest of equals), and the place of the oldest missing value.
#[derive(Clone, Copy)]
struct Place<const LARGEST: bool> {
    best: f64,
    at: f64,
    missing_at: f64,
}

impl<const LARGEST: bool> Place<LARGEST> {
    #[inline]
    fn one(row: f64, at: f64) -> Self {
        let missing_at = if row.is_finite() { f64::INFINITY } else { at };
        Self { best: oriented::<LARGEST>(row), at, missing_at }
    }

    #[inline]
    fn with(older: &Self, newer: &Self) -> Self {
        let replaced = newer.best > older.best;
        Self {
            best: if replaced { newer.best } else { older.best },
            at: if replaced { newer.at } else { older.at },
            missing_at: if newer.missing_at < older.missing_at { newer.missing_at } else { older.missing_at },
        }
    }
}

impl<const LARGEST: bool> Summary for Place<LARGEST> {
    type Row = f64;
    const EMPTY: Self = Self { best: NONE, at: 0.0, missing_at: f64::INFINITY };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, at: f64, _: &impl Reciprocals) {
        *self = Self::with(self, &Self::one(row, at));
    }
    #[inline]
    fn prepend(&mut self, row: f64, at: f64, _: &impl Reciprocals) {
        *self = Self::with(&Self::one(row, at), self);
    }
    #[inline]
    fn join(older: &Self, newer: &Self, _: &impl Reciprocals) -> Self {
        Self::with(older, newer)
    }
    #[inline]
    fn read(&self, what: Reading, _: f64, at: f64, rows: f64) -> f64 {
        let place = if what.what == place::QLIB && self.missing_at < f64::INFINITY {
            self.missing_at
        } else {
            self.at
        };
        // The oldest row of the window has place 1.
        if self.best == NONE { f64::NAN } else { place - at + rows }
    }
}
