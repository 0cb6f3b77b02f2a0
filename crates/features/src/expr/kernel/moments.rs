//! Central moments, merged rather than subtracted: a flat window has a deviation of exactly 0.
//!
//! Welford (1962), Technometrics 4(3), 419-420, for one more row; Chan, Golub, LeVeque (1983), American Statistician
//! 37(3), 242-247, for two stretches; Pébay (2008), Sandia report SAND2008-6212, for the third and fourth moment.

use super::super::graph::{Family, Reading};
use super::sliding::{Reciprocals, Summary, family};

/// Measures of [`SPREAD`].
pub(in crate::expr) mod spread {
    pub(in crate::expr) const VARIANCE: u8 = 0;
    pub(in crate::expr) const DEVIATION: u8 = 1;
}

/// Measures of [`MOMENTS`].
pub(in crate::expr) mod moment {
    pub(in crate::expr) const SKEW: u8 = 0;
    pub(in crate::expr) const KURTOSIS: u8 = 1;
}

pub(in crate::expr) static SPREAD: Family = family::<Spread>("spread");
pub(in crate::expr) static MOMENTS: Family = family::<Moments>("moments");

/// The mean of two stretches; exactly the other's where one has no value, exactly the same where both agree.
#[inline]
pub(super) fn joint_mean(older: f64, newer: f64, older_share: f64, newer_n: u32) -> f64 {
    if newer_n == 0 { older } else { newer + (older - newer) * older_share }
}

#[derive(Clone, Copy)]
struct Spread {
    n: u32,
    mean: f64,
    m2: f64,
}

impl Summary for Spread {
    type Row = f64;
    const EMPTY: Self = Self { n: 0, mean: 0.0, m2: 0.0 };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, _: f64, per: &impl Reciprocals) {
        let there = row.is_finite();
        self.n += u32::from(there);
        let from_mean = if there { row - self.mean } else { 0.0 };
        let step = from_mean * per.of(self.n);
        self.mean += step;
        self.m2 += from_mean * (from_mean - step);
    }
    #[inline]
    fn join(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self {
        let n = older.n + newer.n;
        let share = f64::from(older.n) * per.of(n);
        let apart = older.mean - newer.mean;
        Self {
            n,
            mean: joint_mean(older.mean, newer.mean, share, newer.n),
            m2: older.m2 + newer.m2 + apart * apart * share * f64::from(newer.n),
        }
    }
    #[inline]
    fn read(&self, what: Reading, _: f64, _: f64, _: f64) -> f64 {
        let variance = if self.n < 2 { f64::NAN } else { self.m2 / f64::from(self.n - 1) };
        if what.what == spread::VARIANCE { variance } else { variance.sqrt() }
    }
}

#[derive(Clone, Copy)]
struct Moments {
    n: u32,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Summary for Moments {
    type Row = f64;
    const EMPTY: Self = Self { n: 0, mean: 0.0, m2: 0.0, m3: 0.0, m4: 0.0 };

    #[inline]
    fn row(inputs: &[&[f64]], k: usize) -> f64 {
        inputs[0][k]
    }
    #[inline]
    fn append(&mut self, row: f64, _: f64, per: &impl Reciprocals) {
        if row.is_finite() {
            let one = Self { n: 1, mean: row, ..Self::EMPTY };
            *self = Self::join(self, &one, per);
        }
    }
    #[inline]
    fn join(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self {
        let n = older.n + newer.n;
        let (a, b) = (f64::from(older.n), f64::from(newer.n));
        let one = per.of(n);
        let (share_a, share_b) = (a * one, b * one);
        let d = newer.mean - older.mean;
        let d2 = d * d;
        Self {
            n,
            mean: joint_mean(older.mean, newer.mean, share_a, newer.n),
            m2: older.m2 + newer.m2 + d2 * share_a * b,
            m3: older.m3
                + newer.m3
                + d2 * d * share_a * b * (share_a - share_b)
                + 3.0 * d * (share_a * newer.m2 - share_b * older.m2),
            m4: older.m4
                + newer.m4
                + d2 * d2 * share_a * b * (share_a * share_a - share_a * share_b + share_b * share_b)
                + 6.0 * d2 * (share_a * share_a * newer.m2 + share_b * share_b * older.m2)
                + 4.0 * d * (share_a * newer.m3 - share_b * older.m3),
        }
    }
    #[inline]
    fn read(&self, what: Reading, _: f64, _: f64, _: f64) -> f64 {
        let n = f64::from(self.n);
        if what.what == moment::SKEW {
            if self.n < 3 || self.m2 == 0.0 {
                f64::NAN
            } else {
                n * (n - 1.0).sqrt() / (n - 2.0) * (self.m3 / (self.m2 * self.m2.sqrt()))
            }
        } else if self.n < 4 || self.m2 == 0.0 {
            f64::NAN
        } else {
            let fourth = n * (n + 1.0) * (n - 1.0) * (self.m4 / (self.m2 * self.m2));
            (fourth - 3.0 * (n - 1.0) * (n - 1.0)) / ((n - 2.0) * (n - 3.0))
        }
    }
}
