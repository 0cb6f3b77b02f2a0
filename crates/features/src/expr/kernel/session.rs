//! Summaries of the current session, for bars shorter than one. The second input is 1 where a session starts.

use super::super::graph::{Family, Reach, Reading, Scope};
use super::Kernel;
use super::sliding::{Divide, Summary};

/// A family whose kernels summarise the session so far by `S`.
pub(super) const fn per_session<S: Summary>(name: &'static str) -> Family {
    Family {
        name,
        scope: Scope::Series,
        commutes: false,
        reach: |_| Reach::Unbounded,
        start: |_, readings| Box::new(SoFar::<S> { all: S::EMPTY, seen: 0.0, readings: readings.to_vec() }),
    }
}

/// The first value of the session that is there.
pub(in crate::expr) static SESSION_FIRST: Family = Family {
    name: "session first",
    scope: Scope::Series,
    commutes: false,
    reach: |_| Reach::Unbounded,
    start: |_, _| Box::new(First(f64::NAN)),
};

struct SoFar<S: Summary> {
    all: S,
    seen: f64,
    readings: Vec<Reading>,
}

impl<S: Summary> Kernel for SoFar<S> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (k, starts) in inputs[1].iter().enumerate() {
            if *starts > 0.5 {
                (self.all, self.seen) = (S::EMPTY, 0.0);
            }
            let row = S::row(inputs, k);
            self.all.append(row, self.seen, &Divide);
            self.seen += 1.0;
            for (out, reading) in outputs.iter_mut().zip(&self.readings) {
                out[k] = self.all.read(*reading, row, self.seen - 1.0, self.seen);
            }
        }
    }
}

struct First(f64);

impl Kernel for First {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for ((out, value), starts) in outputs[0].iter_mut().zip(inputs[0]).zip(inputs[1]) {
            if *starts > 0.5 {
                self.0 = f64::NAN;
            }
            if self.0.is_nan() && value.is_finite() {
                self.0 = *value;
            }
            *out = self.0;
        }
    }
}
