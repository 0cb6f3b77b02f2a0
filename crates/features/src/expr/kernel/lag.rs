//! Earlier rows.

use super::super::graph::{Family, Reach, Scope};
use super::Kernel;

/// The value `window` rows ago.
pub(in crate::expr) static LAG: Family = Family {
    name: "lag",
    scope: Scope::Series,
    commutes: false,
    reach: |shape| Reach::Bars(shape.window),
    start: |shape, _| Box::new(Lag { ring: vec![f64::NAN; shape.window], next: 0 }),
};

/// The value of the first row.
pub(in crate::expr) static FIRST: Family = Family {
    name: "first",
    scope: Scope::Series,
    commutes: false,
    reach: |_| Reach::Unbounded,
    start: |_, _| Box::new(First(None)),
};

/// The last rows, oldest at `next`.
struct Lag {
    ring: Vec<f64>,
    next: usize,
}

impl Kernel for Lag {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let (values, out, lag) = (inputs[0], &mut outputs[0], self.ring.len());
        if values.len() >= lag {
            let (head, tail) = out.split_at_mut(lag);
            let (newer, older) = self.ring.split_at(self.next);
            head[..older.len()].copy_from_slice(older);
            head[older.len()..].copy_from_slice(newer);
            tail.copy_from_slice(&values[..tail.len()]);
            self.ring.copy_from_slice(&values[tail.len()..]);
            self.next = 0;
        } else {
            for (out, value) in out.iter_mut().zip(values) {
                *out = std::mem::replace(&mut self.ring[self.next], *value);
                self.next = if self.next + 1 == lag { 0 } else { self.next + 1 };
            }
        }
    }
}

struct First(Option<f64>);

impl Kernel for First {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        if let Some(first) = inputs[0].first() {
            outputs[0].fill(*self.0.get_or_insert(*first));
        }
    }
}
