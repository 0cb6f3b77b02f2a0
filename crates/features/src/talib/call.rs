//! One function of TA-Lib with its parameters, over whole columns.

use std::cell::RefCell;
use std::sync::LazyLock;

use ta_lib::abstract_api::{FuncId, FuncInfo, InputType, OptInputType, OutputType, ParamHolder};
use ta_lib::{Core, RetCode};

use super::memory::Memory;
use super::stream;

/// The most parameters of a function.
const MAX_PARAMETERS: usize = 11;

pub(super) static CORE: LazyLock<Core> = LazyLock::new(Core::new);

thread_local! {
    /// Whole numbers of the last call, kept so that the next does not ask the system for fresh pages.
    static INTEGERS: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
}

/// A function and its parameters, which the library accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    function: FuncId,
    /// Bits, so that equal calls are one node of a graph.
    parameters: [u64; MAX_PARAMETERS],
}

impl Call {
    /// With TA-Lib's default parameters.
    pub(crate) fn with_defaults(function: FuncId) -> Result<Self, RetCode> {
        let default = |kind: &OptInputType| match *kind {
            OptInputType::RealRange { default, .. } | OptInputType::RealList { default, .. } => default,
            OptInputType::IntegerRange { default, .. } => f64::from(default),
            OptInputType::IntegerList { default, .. } => default as f64,
        };
        let parameters: Vec<f64> =
            function.info().opt_inputs.iter().map(|parameter| default(&parameter.kind)).collect();
        Self::new(function, &parameters)
    }

    /// # Errors
    /// The library does not accept the parameters, or has no streaming form of the function.
    pub(crate) fn new(function: FuncId, parameters: &[f64]) -> Result<Self, RetCode> {
        let mut bits = [0; MAX_PARAMETERS];
        if parameters.len() != function.info().opt_inputs.len() || parameters.len() > bits.len() {
            return Err(RetCode::BadParam);
        }
        for (bits, parameter) in bits.iter_mut().zip(parameters) {
            *bits = parameter.to_bits();
        }
        let call = Self { function, parameters: bits };
        stream::open(function).ok_or(RetCode::FuncNotFound)?;
        call.bound()?.lookback().map(|_| call)
    }

    pub(crate) fn info(&self) -> &'static FuncInfo {
        self.function.info()
    }

    pub(super) fn parameters(&self) -> Vec<f64> {
        let count = self.info().opt_inputs.len();
        self.parameters[..count].iter().map(|bits| f64::from_bits(*bits)).collect()
    }

    /// Columns that go in.
    pub(super) fn inputs(&self) -> usize {
        let read = |kind: InputType, flags: u32| match kind {
            InputType::Price => flags.count_ones() as usize,
            _ => 1,
        };
        self.info().inputs.iter().map(|input| read(input.kind, input.flags.0)).sum()
    }

    /// Bars before the first value, as the library says.
    pub(crate) fn warm_up(&self) -> usize {
        self.bound().and_then(|call| call.lookback()).unwrap_or(usize::MAX)
    }

    /// Rows that its windows hold together, about: what bounds the memory of its handle.
    pub(crate) fn window_rows(&self) -> usize {
        let averages = match (self.function, self.parameters().as_slice()) {
            // An average of each period that a bar may ask for.
            (FuncId::MAVP, [least, most, ..]) => (most - least) as usize + 1,
            _ => 1,
        };
        self.warm_up().saturating_mul(averages)
    }

    /// Bars that matter to a value, the current one included; `None` for every bar since the first.
    ///
    /// Bars in which an input is missing are not counted.
    pub(crate) fn look_back(&self) -> Option<usize> {
        Memory::of(self.info(), &self.parameters()).look_back(self.warm_up())
    }

    /// A call with the parameters set.
    fn bound(&self) -> Result<ParamHolder<'static>, RetCode> {
        let mut call = self.function.new_call(&CORE);
        for (k, (parameter, value)) in self.info().opt_inputs.iter().zip(self.parameters()).enumerate() {
            match parameter.kind {
                OptInputType::RealRange { .. } | OptInputType::RealList { .. } => {
                    call.set_opt_input(k, value)?
                }
                OptInputType::IntegerRange { .. } | OptInputType::IntegerList { .. } => {
                    call.set_opt_input(k, value as i32)?
                }
            };
        }
        Ok(call)
    }

    /// Every output over whole columns, one an input, by the library's batch call; bit for bit as [`Live`](super::Live).
    pub(crate) fn batch(&self, columns: &[&[f64]]) -> Vec<Vec<f64>> {
        let rows = columns.first().map_or(0, |column| column.len());
        let is_known = |row: usize| columns.iter().all(|column| column[row].is_finite());
        if (0..rows).all(is_known) {
            return self.batch_of_known(columns);
        }
        let places: Vec<usize> = (0..rows).filter(|row| is_known(*row)).collect();
        let known: Vec<Vec<f64>> =
            columns.iter().map(|column| places.iter().map(|row| column[*row]).collect()).collect();
        let known: Vec<&[f64]> = known.iter().map(Vec::as_slice).collect();
        let spread = |values: Vec<f64>| {
            let mut column = vec![f64::NAN; rows];
            for (row, value) in places.iter().zip(values) {
                column[*row] = value;
            }
            column
        };
        self.batch_of_known(&known).into_iter().map(spread).collect()
    }

    /// The same where no input is missing or infinite.
    pub(crate) fn batch_of_known(&self, columns: &[&[f64]]) -> Vec<Vec<f64>> {
        let rows = columns.first().map_or(0, |column| column.len());
        let first = self.warm_up().min(rows);
        // Zeros come from the system without being written: each page is then touched once, by the library.
        let mut all = vec![vec![0.0; rows]; self.info().outputs.len()];
        // With the parameters this type holds a call can only fail on no rows.
        let from = if first < rows && self.fill(columns, first, &mut all).is_ok() { first } else { rows };
        all.iter_mut().for_each(|column| column[..from].fill(f64::NAN));
        all
    }

    /// Fills each output from row `first`, that of its first value.
    fn fill(&self, columns: &[&[f64]], first: usize, outputs: &mut [Vec<f64>]) -> Result<(), RetCode> {
        let (info, rows) = (self.info(), outputs[0].len());
        let integers = info.outputs.iter().filter(|output| output.kind == OutputType::Integer).count();
        let mut scratch = INTEGERS.take();
        scratch.resize(scratch.len().max(integers * (rows - first)), 0);
        let mut integers = scratch.chunks_exact_mut(rows - first);
        let mut call = self.bound()?;
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
        for (k, real) in outputs.iter_mut().enumerate() {
            match info.outputs[k].kind {
                OutputType::Real => call.set_output(k, &mut real[first..])?,
                OutputType::Integer => {
                    call.set_int_output(k, integers.next().ok_or(RetCode::InternalError)?)?
                }
            };
        }
        let range = call.call(0, rows - 1)?;
        if (range.beg_idx, range.count) != (first, rows - first) {
            return Err(RetCode::InternalError);
        }
        let whole = outputs.iter_mut().zip(info.outputs).filter(|(_, of)| of.kind == OutputType::Integer);
        for ((real, _), integer) in whole.zip(scratch.chunks_exact(rows - first)) {
            real[first..].iter_mut().zip(integer).for_each(|(out, value)| *out = f64::from(*value));
        }
        INTEGERS.set(scratch);
        Ok(())
    }
}
