//! Order statistics of a window, from its values kept sorted: one search and one move of memory a row, however many
//! measures are read.

use super::super::graph::{Family, Reach, Reading, Scope};
use super::Kernel;

/// Measures of [`ORDER`].
pub(in crate::expr) mod order {
    /// Its constant is the quantile.
    pub(in crate::expr) const QUANTILE: u8 = 0;
    pub(in crate::expr) const RANK: u8 = 1;
    pub(in crate::expr) const MEDIAN: u8 = 2;
}

pub(in crate::expr) static ORDER: Family = Family {
    name: "order",
    scope: Scope::Series,
    commutes: false,
    reach: |shape| Reach::Bars(shape.window - 1),
    start: |shape, readings| {
        let (ring, sorted) = (vec![f64::NAN; shape.window], Vec::with_capacity(shape.window));
        Box::new(Order { ring, next: 0, sorted, readings: readings.to_vec() })
    },
};

struct Order {
    /// The last rows, oldest at `next`; NaN where missing.
    ring: Vec<f64>,
    next: usize,
    sorted: Vec<f64>,
    readings: Vec<Reading>,
}

impl Kernel for Order {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (k, value) in inputs[0].iter().enumerate() {
            // Adding 0 makes one zero of the two: equal values are then the same bits.
            let value = if value.is_finite() { value + 0.0 } else { f64::NAN };
            let old = std::mem::replace(&mut self.ring[self.next], value);
            self.next = if self.next + 1 == self.ring.len() { 0 } else { self.next + 1 };
            let less = replace(&mut self.sorted, old, value);
            for (out, reading) in outputs.iter_mut().zip(&self.readings) {
                out[k] = match reading.what {
                    order::QUANTILE => quantile(&self.sorted, f64::from_bits(reading.bits)),
                    order::RANK => rank(&self.sorted, value, less),
                    _ => median(&self.sorted),
                };
            }
        }
    }
}

/// Takes `old` out and puts `new` in, either of which may be missing; gives the number of values less than `new`.
fn replace(sorted: &mut Vec<f64>, old: f64, new: f64) -> usize {
    let less_than = |sorted: &[f64], value: f64| sorted.partition_point(|v| *v < value);
    match (old.is_nan(), new.is_nan()) {
        (true, true) => 0,
        (true, false) => {
            let at = less_than(sorted, new);
            sorted.insert(at, new);
            at
        }
        (false, true) => {
            let at = less_than(sorted, old);
            sorted.remove(at);
            0
        }
        (false, false) => {
            let (from, to) = (less_than(sorted, old), less_than(sorted, new));
            if to > from {
                sorted.copy_within(from + 1..to, from);
                sorted[to - 1] = new;
                to - 1
            } else {
                sorted.copy_within(to..from, to + 1);
                sorted[to] = new;
                to
            }
        }
    }
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let place = q * (sorted.len() - 1) as f64;
    let below = place as usize;
    let (low, part) = (sorted[below], place - below as f64);
    match sorted.get(below + 1) {
        Some(high) if part > 0.0 => low + (high - low) * part,
        _ => low,
    }
}

fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// The average rank of `value` among equals, over the number of values.
fn rank(sorted: &[f64], value: f64, less: usize) -> f64 {
    if value.is_nan() {
        return f64::NAN;
    }
    let equal = match sorted.get(less + 1) {
        Some(next) if *next == value => sorted[less..].partition_point(|v| *v == value),
        _ => 1,
    };
    (less as f64 + 0.5 * (equal as f64 + 1.0)) / sorted.len() as f64
}
