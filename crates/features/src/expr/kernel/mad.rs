//! The mean absolute deviation from the mean: each window is summed anew, since no summary of parts gives it.

use super::super::graph::{Family, Reach, Scope};
use super::Kernel;

pub(in crate::expr) static MAD: Family = Family {
    name: "mad",
    scope: Scope::Series,
    commutes: false,
    reach: |shape| Reach::Bars(shape.window - 1),
    start: |shape, _| Box::new(Mad { twice: vec![f64::NAN; 2 * shape.window], next: 0, known: 0, seen: 0 }),
};

/// Every row is kept twice, a window apart, so that the last `window` rows are always one slice.
struct Mad {
    twice: Vec<f64>,
    next: usize,
    /// Values in the window that are not missing.
    known: usize,
    seen: usize,
}

impl Kernel for Mad {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let window = self.twice.len() / 2;
        for (out, value) in outputs[0].iter_mut().zip(inputs[0]) {
            let value = if value.is_finite() { *value } else { f64::NAN };
            self.known -= usize::from(!self.twice[self.next].is_nan());
            self.known += usize::from(!value.is_nan());
            self.twice[self.next] = value;
            self.twice[self.next + window] = value;
            self.next = if self.next + 1 == window { 0 } else { self.next + 1 };
            self.seen = (self.seen + 1).min(window);
            let newest = self.next + window;
            let rows = &self.twice[newest - self.seen..newest];
            let n = self.known as f64;
            *out = if self.known == 0 {
                f64::NAN
            } else if self.known == self.seen {
                let mean = sum(rows, |v| v) / n;
                sum(rows, |v| (v - mean).abs()) / n
            } else {
                let known = |v: f64| if v.is_nan() { 0.0 } else { v };
                let mean = sum(rows, known) / n;
                sum(rows, |v| if v.is_nan() { 0.0 } else { (v - mean).abs() }) / n
            };
        }
    }
}

/// Sums in eight lanes: a single one would wait for each addition.
#[inline]
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for eight in eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane += of(*value);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|value| of(*value)).sum::<f64>()
}
