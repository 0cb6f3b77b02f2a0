//! When a condition last held, what was there, and which bars came near a level.

use std::collections::VecDeque;

use super::super::graph::{Family, Reach, Scope, Shape};
use super::Kernel;

fn reach(shape: Shape) -> Reach {
    Reach::Bars(shape.window - 1)
}

/// Bars since the condition held, NaN where it did not within the window.
pub(in crate::expr) static BARS_SINCE: Family = Family {
    name: "bars since",
    scope: Scope::Series,
    commutes: false,
    reach,
    start: |shape, _| Box::new(BarsSince(Age::new(shape.window))),
};

/// The second input where the first, a condition, last held within the window.
pub(in crate::expr) static VALUE_WHEN: Family = Family {
    name: "value when",
    scope: Scope::Series,
    commutes: false,
    reach,
    start: |shape, _| Box::new(ValueWhen { age: Age::new(shape.window), value: f64::NAN }),
};

/// Bars of the window whose range (low, high: the last inputs) comes near the level (the first), by the tolerance (the second).
pub(in crate::expr) static TOUCHES: Family = Family {
    name: "touches",
    scope: Scope::Series,
    commutes: false,
    reach,
    start: |shape, _| {
        Box::new(Touches { window: shape.window, ranges: VecDeque::with_capacity(shape.window) })
    },
};

/// Bars since something happened; the length of the window where that was not within it.
struct Age {
    window: usize,
    bars: usize,
}

impl Age {
    const fn new(window: usize) -> Self {
        Self { window, bars: window }
    }

    #[inline]
    fn advance(&mut self, happened: bool) -> Option<usize> {
        self.bars = if happened { 0 } else { (self.bars + 1).min(self.window) };
        (self.bars < self.window).then_some(self.bars)
    }
}

struct BarsSince(Age);

impl Kernel for BarsSince {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (out, condition) in outputs[0].iter_mut().zip(inputs[0]) {
            *out = self.0.advance(*condition > 0.5).map_or(f64::NAN, |bars| bars as f64);
        }
    }
}

struct ValueWhen {
    age: Age,
    value: f64,
}

impl Kernel for ValueWhen {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for ((out, condition), value) in outputs[0].iter_mut().zip(inputs[0]).zip(inputs[1]) {
            let holds = *condition > 0.5;
            if holds {
                self.value = *value;
            }
            *out = self.age.advance(holds).map_or(f64::NAN, |_| self.value);
        }
    }
}

struct Touches {
    window: usize,
    /// `(low, high)` of the last bars.
    ranges: VecDeque<(f64, f64)>,
}

impl Kernel for Touches {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (k, out) in outputs[0].iter_mut().enumerate() {
            let [level, tolerance, low, high] = [0, 1, 2, 3].map(|input: usize| inputs[input][k]);
            if self.ranges.len() == self.window {
                self.ranges.pop_front();
            }
            self.ranges.push_back((low, high));
            *out = if level.is_finite() && tolerance.is_finite() {
                // Prices lie on ticks, so that distances often equal the tolerance: rounding must not decide then.
                let tolerance = tolerance * (1.0 + 1e-9);
                let (from, to) = (level - tolerance, level + tolerance);
                let near = |(low, high): &&(f64, f64)| tolerance >= 0.0 && *low <= to && *high >= from;
                self.ranges.iter().filter(near).count() as f64
            } else {
                f64::NAN
            };
        }
    }
}
