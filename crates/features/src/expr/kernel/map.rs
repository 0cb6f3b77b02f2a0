//! Element by element.

use super::Kernel;

pub(in crate::expr) struct Map1<F>(pub(in crate::expr) F);
pub(in crate::expr) struct Map2<F>(pub(in crate::expr) F);
pub(in crate::expr) struct Map3<F>(pub(in crate::expr) F);

impl<F: Fn(f64) -> f64 + Send> Kernel for Map1<F> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (out, a) in outputs[0].iter_mut().zip(inputs[0]) {
            *out = (self.0)(*a);
        }
    }
}

impl<F: Fn(f64, f64) -> f64 + Send> Kernel for Map2<F> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for ((out, a), b) in outputs[0].iter_mut().zip(inputs[0]).zip(inputs[1]) {
            *out = (self.0)(*a, *b);
        }
    }
}

impl<F: Fn(f64, f64, f64) -> f64 + Send> Kernel for Map3<F> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (((out, a), b), c) in outputs[0].iter_mut().zip(inputs[0]).zip(inputs[1]).zip(inputs[2]) {
            *out = (self.0)(*a, *b, *c);
        }
    }
}
