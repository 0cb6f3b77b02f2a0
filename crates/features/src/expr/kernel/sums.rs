//! Sums, products, counts and linearly weighted sums.

use super::super::graph::{Family, Reading};
use super::session::per_session;
use super::sliding::{Reciprocals, Summary, family};

/// Measures of [`SUMS`].
pub(in crate::expr) mod sum {
    pub(in crate::expr) const SUM: u8 = 0;
    pub(in crate::expr) const MEAN: u8 = 1;
}

/// Measures of [`WEIGHTED`].
pub(in crate::expr) mod weighted {
    pub(in crate::expr) const LINEAR: u8 = 0;
    pub(in crate::expr) const QLIB: u8 = 1;
}

pub(in crate::expr) static SUMS: Family = family::<Sum>("sums");
pub(in crate::expr) static SESSION_SUMS: Family = per_session::<Sum>("session sums");
pub(in crate::expr) static PRODUCT: Family = family::<Product>("product");
pub(in crate::expr) static WEIGHTED: Family = family::<Weighted>("weighted");

/// The value, 0 where missing, and whether it is there.
#[inline]
fn known(value: f64) -> (f64, f64) {
    if value.is_finite() { (value, 1.0) } else { (0.0, 0.0) }
}

#[derive(Clone, Copy)]
struct Sum {
    sum: f64,
    n: f64,
}

impl Summary for Sum {
    type Row = f64;
    const EMPTY: Self = Self { sum: 0.0, n: 0.0 };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, _: f64, _: &impl Reciprocals) {
        let (value, there) = known(row);
        self.sum += value;
        self.n += there;
    }
    #[inline]
    fn join(older: &Self, newer: &Self, _: &impl Reciprocals) -> Self {
        Self { sum: older.sum + newer.sum, n: older.n + newer.n }
    }
    #[inline]
    fn read(&self, what: Reading, _: f64, _: f64, _: f64) -> f64 {
        let sum = if self.n == 0.0 { f64::NAN } else { self.sum };
        if what.what == sum::MEAN { sum / self.n } else { sum }
    }
}

#[derive(Clone, Copy)]
struct Product {
    product: f64,
    n: f64,
}

impl Summary for Product {
    type Row = f64;
    const EMPTY: Self = Self { product: 1.0, n: 0.0 };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, _: f64, _: &impl Reciprocals) {
        if row.is_finite() {
            self.product *= row;
            self.n += 1.0;
        }
    }
    #[inline]
    fn join(older: &Self, newer: &Self, _: &impl Reciprocals) -> Self {
        Self { product: older.product * newer.product, n: older.n + newer.n }
    }
    #[inline]
    fn read(&self, _: Reading, _: f64, _: f64, _: f64) -> f64 {
        if self.n == 0.0 { f64::NAN } else { self.product }
    }
}

/// Sums of values, of their places, and of their products: any linear weight of the place follows.
#[derive(Clone, Copy)]
struct Weighted {
    sum: f64,
    n: f64,
    placed: f64,
    places: f64,
}

impl Summary for Weighted {
    type Row = f64;
    const EMPTY: Self = Self { sum: 0.0, n: 0.0, placed: 0.0, places: 0.0 };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, at: f64, _: &impl Reciprocals) {
        let (value, there) = known(row);
        self.sum += value;
        self.n += there;
        self.placed += at * value;
        self.places += at * there;
    }
    #[inline]
    fn join(older: &Self, newer: &Self, _: &impl Reciprocals) -> Self {
        Self {
            sum: older.sum + newer.sum,
            n: older.n + newer.n,
            placed: older.placed + newer.placed,
            places: older.places + newer.places,
        }
    }
    #[inline]
    fn read(&self, what: Reading, _: f64, at: f64, rows: f64) -> f64 {
        // The newest row weighs `rows`, the oldest 1.
        let shift = rows - at;
        let value = self.placed + shift * self.sum;
        if self.n == 0.0 {
            f64::NAN
        } else if what.what == weighted::LINEAR {
            value / (self.places + shift * self.n)
        } else {
            value / (0.5 * rows * (rows + 1.0)) / self.n
        }
    }
}
