//! The functions of TA-Lib by its official Rust port, under TA-Lib's names and with its default parameters.
//!
//! Left out are the element-wise functions (`SIN`, `ADD`, ...), which are arithmetic and no indicator, and `MAVP`, which
//! reads a column of periods that no bar has.

mod function;
mod stream;
mod traits;

use proofmark_market::Bars;
use ta_lib::abstract_api::{FuncId, FuncInfo, Group, funcs};

use self::function::Function;
use crate::expr::{Field, Row};
use crate::{Feature, RowKernel};

/// One output of one function.
pub(super) struct Indicator {
    name: String,
    doc: String,
    function: Function,
    output: usize,
    unit: &'static str,
    stationary: bool,
    look_back: usize,
    inputs: Vec<Field>,
}

/// Functions of one bar's numbers that are arithmetic and no indicator.
fn is_arithmetic(info: &FuncInfo) -> bool {
    let element_wise = [FuncId::ADD, FuncId::SUB, FuncId::MULT, FuncId::DIV, FuncId::CUMSUM];
    info.group == Group::MathTransform || element_wise.contains(&info.id)
}

/// Every output of every function, in TA-Lib's order.
pub(super) fn indicators() -> Vec<Indicator> {
    let mut all = Vec::new();
    for info in funcs().filter(|info| !is_arithmetic(info)) {
        let Some(function) = Function::new(info.id) else { continue };
        for output in 0..info.outputs.len() {
            let name = name(info, output);
            let mut inputs = function.inputs().to_vec();
            inputs.sort_unstable();
            inputs.dedup();
            all.push(Indicator {
                doc: format!("{}, TA-Lib's default parameters", info.hint),
                unit: traits::unit(info, &name),
                stationary: traits::is_stationary(info, &name),
                look_back: traits::memory(info).look_back(function.warm_up()),
                name,
                function: function.clone(),
                output,
                inputs,
            });
        }
    }
    all
}

/// The first output of a function that sums since the first bar, under another name.
pub(super) fn since_the_first_bar(function: FuncId, name: &str) -> Indicator {
    let found = indicators().into_iter().find(|indicator| indicator.name == function.name());
    Indicator { name: name.to_owned(), ..found.expect("TA-Lib has OBV and VWAP") }
}

/// The function's name, and behind it that of the output where there are several: `MACD`, `MACD_SIGNAL`.
fn name(info: &FuncInfo, output: usize) -> String {
    let word = |k: usize| {
        let name = info.outputs[k].param_name;
        let name = name.strip_prefix("out").unwrap_or(name);
        name.strip_prefix("Real").unwrap_or(name).to_uppercase()
    };
    if info.outputs.len() == 1 {
        return info.name.to_owned();
    }
    let own = word(output);
    // `MACDEXT` and `MACDFIX` name their outputs after `MACD`, `KSTEXT` after `KST`.
    let family = info.name.strip_suffix("EXT").or(info.name.strip_suffix("FIX")).unwrap_or(info.name);
    match own.strip_prefix(family).unwrap_or(&own) {
        "" => info.name.to_owned(),
        rest => format!("{}_{rest}", info.name),
    }
}

/// A number of a bar.
fn value(field: Field, row: &Row) -> f64 {
    match field {
        Field::Open => row.open,
        Field::High => row.high,
        Field::Low => row.low,
        Field::Volume => row.volume,
        _ => row.close,
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
        let column = |field: &Field| match field {
            Field::Open => bars.open(),
            Field::High => bars.high(),
            Field::Low => bars.low(),
            Field::Volume => bars.volume(),
            _ => bars.close(),
        };
        let columns: Vec<&[f64]> = self.function.inputs().iter().map(column).collect();
        self.function.batch(&columns).swap_remove(self.output)
    }
    fn stream(&self) -> Option<RowKernel> {
        let mut live = self.function.start();
        let (output, inputs, mut bar) = (self.output, self.function.inputs().to_vec(), Vec::new());
        Some(Box::new(move |row| {
            bar.clear();
            bar.extend(inputs.iter().map(|field| value(*field, row)));
            live.push(&bar)[output]
        }))
    }
}
