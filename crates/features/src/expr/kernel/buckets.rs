//! Rows that share a bucket, such as bars of the same minute of their session: each is compared with its own kind.

use std::collections::{HashMap, VecDeque};

use super::super::graph::{Family, Reach, Reading, Scope};
use super::Kernel;

/// What is read from the bucket.
pub(in crate::expr) mod bucket {
    pub(in crate::expr) const MEAN: u8 = 0;
    pub(in crate::expr) const STD: u8 = 1;
}

/// The first input among those of the `window` rows before it whose second input is the same number. Sums are those of the
/// bucket's rows, the oldest first, so that no rounding piles up.
pub(in crate::expr) static BUCKET: Family = Family {
    name: "bucket",
    scope: Scope::Series,
    commutes: false,
    reach: |shape| Reach::Bars(shape.window),
    start: |shape, readings| {
        Box::new(Bucket {
            window: shape.window,
            rows: VecDeque::with_capacity(shape.window),
            members: HashMap::new(),
            readings: readings.to_vec(),
        })
    },
};

struct Bucket {
    window: usize,
    /// The bucket of each of the last rows that has a value; `None` for one without.
    rows: VecDeque<Option<u64>>,
    /// Values by bucket, the oldest first. Looked up, never walked.
    members: HashMap<u64, VecDeque<f64>>,
    readings: Vec<Reading>,
}

impl Bucket {
    fn forget(&mut self, key: u64) {
        let Some(members) = self.members.get_mut(&key) else { return };
        members.pop_front();
        if members.is_empty() {
            self.members.remove(&key);
        }
    }
}

impl Kernel for Bucket {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for (k, (value, bucket)) in inputs[0].iter().zip(inputs[1]).enumerate() {
            // 0 and -0 are one bucket.
            let key = bucket.is_finite().then(|| (bucket + 0.0).to_bits());
            let members = key.and_then(|key| self.members.get(&key));
            for (out, reading) in outputs.iter_mut().zip(&self.readings) {
                out[k] = members.map_or(f64::NAN, |members| read(members, reading.what));
            }
            if self.rows.len() == self.window
                && let Some(Some(oldest)) = self.rows.pop_front()
            {
                self.forget(oldest);
            }
            let kept = key.filter(|_| value.is_finite());
            if let Some(key) = kept {
                self.members.entry(key).or_default().push_back(*value);
            }
            self.rows.push_back(kept);
        }
    }
}

fn read(members: &VecDeque<f64>, what: u8) -> f64 {
    let n = members.len() as f64;
    let mean = members.iter().sum::<f64>() / n;
    match what {
        bucket::STD if members.len() < 2 => f64::NAN,
        bucket::STD => (members.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt(),
        _ => mean,
    }
}
