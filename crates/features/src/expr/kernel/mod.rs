//! Kernels: what turns rows of inputs into rows of outputs, forward only.
//!
//! A kernel keeps its state between calls and handles one row after another, so how many rows a call brings changes no
//! bit: a batch is a stream with larger calls.

mod buckets;
mod ema;
mod events;
mod extremes;
mod lag;
mod mad;
mod map;
mod moments;
mod names;
mod pairs;
mod session;
mod sliding;
mod sorted;
mod sums;
mod talib;

pub(super) use buckets::{BUCKET, bucket};
pub(super) use ema::EMA;
pub(super) use events::{BARS_SINCE, TOUCHES, VALUE_WHEN};
pub(super) use extremes::{MAX, MIN, PLACE_OF_MAX, PLACE_OF_MIN, SESSION_MAX, SESSION_MIN, place};
pub(super) use lag::{FIRST, LAG};
pub(super) use mad::MAD;
pub(super) use map::{Map1, Map2, Map3};
pub(super) use moments::{MOMENTS, SPREAD, moment, spread};
pub(super) use names::{BY_GROUP, CROSS_SECTION, RESIDUAL, by_group, cross};
pub(super) use pairs::{PAIRS, TREND, pair, trend};
pub(super) use session::SESSION_FIRST;
pub(super) use sorted::{ORDER, order};
pub(super) use sums::{PRODUCT, SESSION_SUMS, SUMS, WEIGHTED, sum, weighted};
pub(super) use talib::TALIB;

use super::graph::{Family, Reach, Scope};

/// Rows on their way from inputs to outputs.
pub(super) trait Kernel: Send {
    /// Takes the next rows of each input and fills each output, which is as long, one output a reading.
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]);
}

/// The same number in every row.
pub(super) static CONSTANT: Family = Family {
    name: "constant",
    scope: Scope::Row,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |shape, _| Box::new(Fill(f64::from_bits(shape.bits))),
};

struct Fill(f64);

impl Kernel for Fill {
    fn run(&mut self, _: &[&[f64]], outputs: &mut [Vec<f64>]) {
        outputs[0].fill(self.0);
    }
}
