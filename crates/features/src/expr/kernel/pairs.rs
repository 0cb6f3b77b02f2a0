//! Joint moments of two columns, and of one column with time.

use super::super::graph::{Family, Reading};
use super::moments::joint_mean;
use super::sliding::{Reciprocals, Summary, family};

/// Measures of [`PAIRS`].
pub(in crate::expr) mod pair {
    pub(in crate::expr) const COVARIANCE: u8 = 0;
    pub(in crate::expr) const CORRELATION: u8 = 1;
}

/// Measures of [`TREND`].
pub(in crate::expr) mod trend {
    pub(in crate::expr) const SLOPE: u8 = 0;
    pub(in crate::expr) const R_SQUARED: u8 = 1;
    pub(in crate::expr) const RESIDUAL: u8 = 2;
}

pub(in crate::expr) static PAIRS: Family = family::<Pairs>("pairs");
pub(in crate::expr) static TREND: Family = family::<Trend>("trend");

#[derive(Clone, Copy)]
struct Pairs {
    n: u32,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Pairs {
    const NONE: Self = Self { n: 0, mean_x: 0.0, mean_y: 0.0, xx: 0.0, xy: 0.0, yy: 0.0 };

    #[inline]
    fn add(&mut self, x: f64, y: f64, per: &impl Reciprocals) {
        let there = x.is_finite() && y.is_finite();
        self.n += u32::from(there);
        let one = per.of(self.n);
        let (dx, dy) = if there { (x - self.mean_x, y - self.mean_y) } else { (0.0, 0.0) };
        let (step_x, step_y) = (dx * one, dy * one);
        self.mean_x += step_x;
        self.mean_y += step_y;
        self.xx += dx * (dx - step_x);
        self.xy += dx * (dy - step_y);
        self.yy += dy * (dy - step_y);
    }

    #[inline]
    fn with(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self {
        let n = older.n + newer.n;
        let share = f64::from(older.n) * per.of(n);
        let weight = share * f64::from(newer.n);
        let (dx, dy) = (older.mean_x - newer.mean_x, older.mean_y - newer.mean_y);
        Self {
            n,
            mean_x: joint_mean(older.mean_x, newer.mean_x, share, newer.n),
            mean_y: joint_mean(older.mean_y, newer.mean_y, share, newer.n),
            xx: older.xx + newer.xx + dx * dx * weight,
            xy: older.xy + newer.xy + dx * dy * weight,
            yy: older.yy + newer.yy + dy * dy * weight,
        }
    }
}

impl Summary for Pairs {
    type Row = (f64, f64);
    const EMPTY: Self = Self::NONE;

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> (f64, f64) {
        (inputs[0][k], inputs[1][k])
    }
    #[inline]
    fn append(&mut self, (x, y): (f64, f64), _: f64, per: &impl Reciprocals) {
        self.add(x, y, per);
    }
    #[inline]
    fn join(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self {
        Self::with(older, newer, per)
    }
    #[inline]
    fn read(&self, what: Reading, _: (f64, f64), _: f64, _: f64) -> f64 {
        if self.n < 2 {
            f64::NAN
        } else if what.what == pair::COVARIANCE {
            self.xy / f64::from(self.n - 1)
        } else {
            // A flat side gives 0 / 0. Rounding can put the quotient a last digit outside its range.
            (self.xy / (self.xx.sqrt() * self.yy.sqrt())).clamp(-1.0, 1.0)
        }
    }
}

/// The column against its places.
#[derive(Clone, Copy)]
struct Trend(Pairs);

impl Summary for Trend {
    type Row = f64;
    const EMPTY: Self = Self(Pairs::NONE);

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, at: f64, per: &impl Reciprocals) {
        self.0.add(at, row, per);
    }
    #[inline]
    fn join(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self {
        Self(Pairs::with(&older.0, &newer.0, per))
    }
    #[inline]
    fn read(&self, what: Reading, row: f64, at: f64, _: f64) -> f64 {
        let Pairs { n, mean_x, mean_y, xx, xy, yy } = self.0;
        if n < 2 {
            return f64::NAN;
        }
        match what.what {
            trend::SLOPE => xy / xx,
            trend::R_SQUARED => (xy / xx) * (xy / yy),
            _ if row.is_finite() => (row - mean_y) - xy / xx * (at - mean_x),
            _ => f64::NAN,
        }
    }
}
