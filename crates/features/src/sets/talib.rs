//! The functions of TA-Lib over bars, under TA-Lib's names and with its default parameters.
//!
//! Left out are the element-wise functions (`SIN`, `ADD`, ...), which are arithmetic and no indicator, and `MAVP`, which
//! reads a column of periods that no bar has. The expression language has them, and every function with parameters.

mod cycle;
mod traits;

use proofmark_market::Bars;
use ta_lib::abstract_api::{FuncId, FuncInfo, Group, InputType};

use self::cycle::Cycle;
use crate::expr::{Field, Row};
use crate::feature::Outputs;
use crate::talib::{Call, Live, functions, name};
use crate::{Feature, RowKernel};

/// One output of one function.
pub(super) struct Indicator {
    name: String,
    doc: String,
    function: Function,
    output: usize,
    /// A computation that also makes this column beside others, and its place there.
    shared: Option<(Cycle, usize)>,
    unit: &'static str,
    stationary: bool,
    look_back: usize,
    inputs: Vec<Field>,
}

/// A function with default parameters and the columns of a bar it reads, in the order of its arguments.
#[derive(Clone)]
struct Function {
    call: Call,
    inputs: Vec<Field>,
}

impl Outputs for Function {
    fn name(&self) -> &str {
        self.call.info().name
    }
    fn compute(&self, bars: &Bars) -> Vec<Vec<f64>> {
        let column = |field: &Field| match field {
            Field::Open => bars.open(),
            Field::High => bars.high(),
            Field::Low => bars.low(),
            Field::Volume => bars.volume(),
            _ => bars.close(),
        };
        let columns: Vec<&[f64]> = self.inputs.iter().map(column).collect();
        // Prices of bars are finite; only volume may be missing.
        if self.inputs.contains(&Field::Volume) {
            self.call.batch(&columns)
        } else {
            self.call.batch_of_known(&columns)
        }
    }
}

/// Functions of one bar's numbers that are arithmetic and no indicator.
fn is_arithmetic(info: &FuncInfo) -> bool {
    let element_wise = [FuncId::ADD, FuncId::SUB, FuncId::MULT, FuncId::DIV, FuncId::CUMSUM];
    info.group == Group::MathTransform || element_wise.contains(&info.id)
}

/// Every output of every function, in TA-Lib's order.
pub(super) fn indicators() -> Vec<Indicator> {
    let mut all = Vec::new();
    for info in functions().filter(|info| !is_arithmetic(info)) {
        let (Some(inputs), Ok(call)) = (inputs(info), Call::with_defaults(info.id)) else { continue };
        let function = Function { call, inputs };
        for output in 0..info.outputs.len() {
            let name = name(info, output);
            let mut inputs = function.inputs.clone();
            inputs.sort_unstable();
            inputs.dedup();
            all.push(Indicator {
                doc: format!("{}, TA-Lib's default parameters", info.hint),
                unit: traits::unit(info, &name),
                stationary: traits::is_stationary(info, &name),
                look_back: call.look_back().unwrap_or(usize::MAX),
                name,
                function: function.clone(),
                output,
                shared: None,
                inputs,
            });
        }
    }
    let phase = all.iter().find(|indicator| indicator.name == FuncId::HT_DCPHASE.name());
    if let Some(cycle) = phase.map(|indicator| Cycle { phase: indicator.function.clone() }) {
        for indicator in &mut all {
            let place = match indicator.function.call.info().id {
                FuncId::HT_SINE => cycle::SINE + indicator.output,
                FuncId::HT_DCPHASE => cycle::PHASE,
                _ => continue,
            };
            indicator.shared = Some((cycle.clone(), place));
        }
    }
    all
}

/// The first output of a function that sums since the first bar, under another name.
pub(super) fn since_the_first_bar(function: FuncId, name: &str) -> Indicator {
    let found = indicators().into_iter().find(|indicator| indicator.name == function.name());
    Indicator { name: name.to_owned(), ..found.expect("TA-Lib has OBV and VWAP") }
}

/// What a function reads: prices by their name; a single series is the close, a pair of them high and low, as
/// TA-Lib's own Python wrapper has it. `None` where it reads what no bar has.
fn inputs(info: &FuncInfo) -> Option<Vec<Field>> {
    const COMPONENTS: [(u32, Field); 5] =
        [(1, Field::Open), (2, Field::High), (4, Field::Low), (8, Field::Close), (16, Field::Volume)];
    let mut fields = Vec::new();
    for input in info.inputs {
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

/// A number of a bar.
fn value(field: Field, row: &Row) -> &f64 {
    match field {
        Field::Open => &row.open,
        Field::High => &row.high,
        Field::Low => &row.low,
        Field::Volume => &row.volume,
        _ => &row.close,
    }
}

impl Feature for Indicator {
    fn name(&self) -> &str {
        &self.name
    }
    fn doc(&self) -> &str {
        &self.doc
    }
    fn unit(&self) -> &'static str {
        self.unit
    }
    fn source(&self) -> &'static str {
        "TA-Lib, ta-lib 0.8"
    }
    fn is_stationary(&self) -> bool {
        self.stationary
    }
    fn inputs(&self) -> Vec<Field> {
        self.inputs.clone()
    }
    fn look_back(&self) -> usize {
        self.look_back
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        self.function.compute(bars).swap_remove(self.output)
    }
    fn one_of(&self) -> Option<(&dyn Outputs, usize)> {
        match &self.shared {
            Some((cycle, place)) => Some((cycle, *place)),
            None => Some((&self.function, self.output)),
        }
    }
    fn stream(&self) -> Option<RowKernel> {
        let (output, fields) = (self.output, self.function.inputs.clone());
        let mut live = Live::new(self.function.call);
        let mut row = vec![vec![f64::NAN]; self.function.call.info().outputs.len()];
        Some(Box::new(move |bar| {
            let mut inputs: [&[f64]; 5] = [&[]; 5];
            for (input, field) in inputs.iter_mut().zip(&fields) {
                *input = std::slice::from_ref(value(*field, bar));
            }
            live.run(&inputs[..fields.len()], &mut row);
            row[output][0]
        }))
    }
}
