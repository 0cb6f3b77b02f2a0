//! Functions of the indicator library, by its streaming handles: a node a call, which holds every output that is read.

use super::super::graph::{Family, Reach, Reading, Scope, Shape};
use super::Kernel;
use crate::talib::Live;

pub(in crate::expr) static TALIB: Family = Family {
    name: "ta-lib",
    scope: Scope::Series,
    commutes: false,
    reach: |shape: Shape| match shape.call.and_then(|call| call.look_back()) {
        Some(bars) => Reach::Bars(bars - 1),
        None => Reach::Unbounded,
    },
    start: |shape, readings| {
        let call = shape.call.expect("the operators of the library say what they call");
        Box::new(Indicator {
            live: Live::new(call),
            columns: vec![Vec::new(); call.info().outputs.len()],
            read: readings.iter().map(|reading: &Reading| usize::from(reading.what)).collect(),
        })
    },
};

struct Indicator {
    live: Live,
    /// Every output of the function.
    columns: Vec<Vec<f64>>,
    /// Those that are read.
    read: Vec<usize>,
}

impl Kernel for Indicator {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let rows = outputs.first().map_or(0, Vec::len);
        self.columns.iter_mut().for_each(|column| column.resize(rows, f64::NAN));
        self.live.run(inputs, &mut self.columns);
        for (out, place) in outputs.iter_mut().zip(&self.read) {
            out.copy_from_slice(&self.columns[*place]);
        }
    }
}
