//! One function of TA-Lib over bars: all at once, and bar by bar.
//!
//! TA-Lib knows no missing value. A bar in which an input is missing or infinite is no bar for the function: its outputs
//! are missing, and the function goes on with the next. Both forms do so, and they agree bit for bit.

use std::sync::LazyLock;

use ta_lib::abstract_api::{FuncId, InputType, OutputType};
use ta_lib::{Core, RetCode};

use super::stream::{self, Handle};
use crate::expr::Field;

static CORE: LazyLock<Core> = LazyLock::new(Core::new);

/// A function with default parameters, and the columns of a bar it reads.
#[derive(Clone)]
pub(super) struct Function {
    id: FuncId,
    inputs: Vec<Field>,
    /// Bars before the first value.
    warm_up: usize,
}

impl Function {
    /// `None` where the function reads what no bar has, or has no streaming form.
    pub(super) fn new(id: FuncId) -> Option<Self> {
        stream::open(id)?;
        let warm_up = id.new_call(&CORE).lookback().ok()?;
        Some(Self { id, inputs: inputs(id)?, warm_up })
    }

    /// Columns it reads, in the order of its arguments.
    pub(super) fn inputs(&self) -> &[Field] {
        &self.inputs
    }

    /// Bars before the first value.
    pub(super) fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn outputs(&self) -> usize {
        self.id.info().outputs.len()
    }

    /// Every output over whole columns, one an input, by the library's batch call.
    pub(super) fn batch(&self, columns: &[&[f64]]) -> Vec<Vec<f64>> {
        let rows = columns.first().map_or(0, |column| column.len());
        let is_known = |row: usize| columns.iter().all(|column| column[row].is_finite());
        let mut all = vec![vec![f64::NAN; rows]; self.outputs()];
        if (0..rows).all(is_known) {
            // With the arguments this type makes a call can only fail on no rows.
            if self.call(columns, &mut all).is_err() {
                all.iter_mut().for_each(|column| column.fill(f64::NAN));
            }
            return all;
        }
        let places: Vec<usize> = (0..rows).filter(|row| is_known(*row)).collect();
        let known: Vec<Vec<f64>> =
            columns.iter().map(|column| places.iter().map(|row| column[*row]).collect()).collect();
        let known: Vec<&[f64]> = known.iter().map(Vec::as_slice).collect();
        for (column, values) in all.iter_mut().zip(self.batch(&known)) {
            for (row, value) in places.iter().zip(values) {
                column[*row] = value;
            }
        }
        all
    }

    /// Fills each output from its first value on.
    fn call(&self, columns: &[&[f64]], outputs: &mut [Vec<f64>]) -> Result<(), RetCode> {
        let rows = columns.first().map_or(0, |column| column.len());
        if rows == 0 {
            return Ok(());
        }
        let info = self.id.info();
        let mut call = self.id.new_call(&CORE);
        let mut given = columns.iter().copied();
        for (slot, input) in info.inputs.iter().enumerate() {
            if input.kind == InputType::Price {
                let mut component = |bit: u32| if input.flags.0 & bit == 0 { None } else { given.next() };
                let [open, high, low, close, volume] = [1, 2, 4, 8, 16].map(&mut component);
                call.set_price_input(slot, open, high, low, close, volume, None)?;
            } else {
                call.set_input(slot, given.next().ok_or(RetCode::BadParam)?)?;
            }
        }
        let mut reals = vec![Vec::new(); info.outputs.len()];
        let mut integers = vec![Vec::new(); info.outputs.len()];
        for (k, output) in info.outputs.iter().enumerate() {
            match output.kind {
                OutputType::Real => reals[k].resize(rows, 0.0),
                OutputType::Integer => integers[k].resize(rows, 0),
            }
        }
        for (k, (real, integer)) in reals.iter_mut().zip(&mut integers).enumerate() {
            match info.outputs[k].kind {
                OutputType::Real => call.set_output(k, real)?,
                OutputType::Integer => call.set_int_output(k, integer)?,
            };
        }
        let range = call.call(0, rows - 1)?;
        for (k, output) in outputs.iter_mut().enumerate() {
            let filled = output[range.beg_idx..].iter_mut().take(range.count);
            match info.outputs[k].kind {
                OutputType::Real => filled.zip(&reals[k]).for_each(|(out, value)| *out = *value),
                OutputType::Integer => {
                    filled.zip(&integers[k]).for_each(|(out, value)| *out = f64::from(*value));
                }
            }
        }
        Ok(())
    }

    /// The function at an instrument's first bar.
    pub(super) fn start(&self) -> Live {
        Live {
            function: self.clone(),
            history: vec![Vec::with_capacity(self.warm_up + 1); self.inputs.len()],
            handle: None,
            row: vec![f64::NAN; self.outputs()],
        }
    }
}

/// A function on its way through live bars; its memory does not grow.
pub(super) struct Live {
    function: Function,
    /// The bars of the warm-up, a column an input; empty once the handle is open.
    history: Vec<Vec<f64>>,
    handle: Option<Handle>,
    row: Vec<f64>,
}

impl Live {
    /// Takes the inputs of the next bar and gives its outputs.
    pub(super) fn push(&mut self, bar: &[f64]) -> &[f64] {
        if self.step(bar).is_none() {
            self.row.fill(f64::NAN);
        }
        &self.row
    }

    /// `None` where there is no value yet, or none of this bar.
    fn step(&mut self, bar: &[f64]) -> Option<()> {
        if !bar.iter().all(|value| value.is_finite()) {
            return None;
        }
        if let Some(handle) = &mut self.handle {
            return handle(bar, &mut self.row).ok();
        }
        self.history.iter_mut().zip(bar).for_each(|(column, value)| column.push(*value));
        if self.history.first().is_none_or(|column| column.len() <= self.function.warm_up) {
            return None;
        }
        let open = stream::open(self.function.id)?;
        self.handle = Some(open(&CORE, &self.history, &mut self.row).ok()?);
        self.history = Vec::new();
        Some(())
    }
}

/// What a function reads: prices by their name; a single series is the close, a pair of them high and low, as
/// TA-Lib's own Python wrapper has it.
fn inputs(id: FuncId) -> Option<Vec<Field>> {
    const COMPONENTS: [(u32, Field); 5] =
        [(1, Field::Open), (2, Field::High), (4, Field::Low), (8, Field::Close), (16, Field::Volume)];
    let mut fields = Vec::new();
    for input in id.info().inputs {
        match (input.kind, input.param_name) {
            (InputType::Price, _) => {
                let read = COMPONENTS.iter().filter(|(bit, _)| input.flags.0 & bit != 0);
                fields.extend(read.map(|(_, field)| *field));
            }
            (_, "inReal") => fields.push(Field::Close),
            (_, "inReal0") => fields.push(Field::High),
            (_, "inReal1") => fields.push(Field::Low),
            _ => return None,
        }
    }
    Some(fields)
}
