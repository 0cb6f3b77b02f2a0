//! A function of TA-Lib on its way through rows, by the library's streaming handle.

use super::Call;
use super::call::CORE;
use super::stream::{self, Handle};

/// A call at an instrument's first bar and after; its memory does not grow.
pub(crate) struct Live {
    call: Call,
    warm_up: usize,
    /// The bars of the warm-up, a column an input; empty once the handle is open.
    history: Vec<Vec<f64>>,
    handle: Option<Handle>,
}

impl Live {
    pub(crate) fn new(call: Call) -> Self {
        let history = vec![Vec::new(); call.inputs()];
        Self { call, warm_up: call.warm_up(), history, handle: None }
    }

    /// Takes the next rows of each input and fills every output, which is as long.
    ///
    /// How many rows a call brings changes no bit.
    pub(crate) fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let rows = outputs.first().map_or(0, Vec::len);
        let mut row = 0;
        while self.handle.is_none() && row < rows {
            self.warm(row, inputs, outputs);
            row += 1;
        }
        if let Some(handle) = &mut self.handle {
            handle(row, inputs, outputs);
        }
    }

    /// One row before the handle is open.
    fn warm(&mut self, row: usize, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        outputs.iter_mut().for_each(|column| column[row] = f64::NAN);
        if !inputs.iter().all(|column| column[row].is_finite()) {
            return;
        }
        self.history.iter_mut().zip(inputs).for_each(|(column, input)| column.push(input[row]));
        let bars = self.history.first().map_or(0, Vec::len);
        if bars <= self.warm_up {
            return;
        }
        let Some(open) = stream::open(self.call.info().id) else { return };
        self.handle = open(&CORE, &self.history, &self.call.parameters(), row, outputs).ok();
        if self.handle.is_some() {
            self.history = Vec::new();
        }
    }
}
