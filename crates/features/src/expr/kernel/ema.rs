//! The exponential average, as pandas weighs it: `ewm(alpha, adjust=True, ignore_na=False)`.

use super::super::graph::{Family, Reach, Scope, Shape};
use super::Kernel;
use crate::LOOK_BACK_WEIGHT;

/// The weight of a value falls by `1 - alpha` a row, missing rows included; weights are divided by their sum.
pub(in crate::expr) static EMA: Family = Family {
    name: "ema",
    scope: Scope::Series,
    commutes: false,
    reach: |shape: Shape| Reach::Bars(ema_reach(f64::from_bits(shape.bits))),
    start: |shape, _| {
        let keep = 1.0 - f64::from_bits(shape.bits);
        Box::new(Ema { keep, mean: f64::NAN, weight: 1.0 })
    },
};

/// Rows before the current one until what is older weighs at most [`LOOK_BACK_WEIGHT`].
fn ema_reach(alpha: f64) -> usize {
    let rows = (LOOK_BACK_WEIGHT.ln() / (1.0 - alpha).ln()).ceil();
    (rows as usize).saturating_sub(1)
}

struct Ema {
    keep: f64,
    mean: f64,
    /// The weight of all values so far, relative to one of this row.
    weight: f64,
}

impl Kernel for Ema {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        // Copies stay in registers.
        let (keep, mut mean, mut weight) = (self.keep, self.mean, self.weight);
        for (out, value) in outputs[0].iter_mut().zip(inputs[0]) {
            if mean.is_nan() {
                if value.is_finite() {
                    mean = *value;
                }
            } else {
                weight *= keep;
                if value.is_finite() {
                    // Written as a step, so that equal values leave the mean as it is; where nothing older weighs, a step
                    // from a mean of another size would not arrive.
                    mean = if weight == 0.0 { *value } else { mean + (value - mean) / (weight + 1.0) };
                    weight += 1.0;
                }
            }
            *out = mean;
        }
        (self.mean, self.weight) = (mean, weight);
    }
}
