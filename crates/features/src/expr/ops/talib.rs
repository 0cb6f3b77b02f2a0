//! The functions of the indicator library, under its names and with its parameters: an operator an output, from the same
//! table that the set `talib` is made of.

use std::sync::LazyLock;

use ta_lib::abstract_api::{FuncInfo, InputInfo, InputType, OptInputInfo, OptInputType};

use super::super::LONGEST_WINDOW;
use super::super::graph::{Reading, Shape};
use super::super::kernel::TALIB;
use super::super::operator::{Operator, Param};
use crate::talib::{functions, name};

static OPERATORS: LazyLock<Vec<Operator>> = LazyLock::new(|| {
    functions().flat_map(|info| (0..info.outputs.len()).map(move |output| operator(info, output))).collect()
});

/// Every output of every function that has a streaming form, in the library's order.
pub(in crate::expr) fn talib() -> &'static [Operator] {
    &OPERATORS
}

fn operator(info: &'static FuncInfo, output: usize) -> Operator {
    let inputs = info.inputs.iter().flat_map(inputs);
    Operator {
        name: kept(&unshadowed(name(info, output))),
        params: Vec::leak(inputs.chain(info.opt_inputs.iter().map(parameter)).collect()),
        doc: kept(&doc(info)),
        source: "TA-Lib, ta-lib 0.8",
        output: Some((info.id, output)),
        lower: |graph, args| {
            let (call, output) = args.call.expect("it is checked before");
            let shape = Shape { window: call.window_rows(), call: Some(call), ..Shape::default() };
            graph.read(&TALIB, shape, &args.slots, Reading { what: output as u8, bits: 0 })
        },
        ..super::BASE
    }
}

/// Built once and kept for the whole life of the program, as a static is.
fn kept(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// qlib's names win, in capitals too: `EMA` and `Max` are qlib's, `TA_EMA` and `TA_MAX` TA-Lib's.
fn unshadowed(name: String) -> String {
    let mut others = super::FAMILIES.iter().flat_map(|family| family.iter());
    if others.any(|operator| operator.name.eq_ignore_ascii_case(&name)) { format!("TA_{name}") } else { name }
}

/// The library's word for what it computes, and its default parameters.
fn doc(info: &FuncInfo) -> String {
    let default = |parameter: &OptInputInfo| match parameter.kind {
        OptInputType::RealRange { default, .. } | OptInputType::RealList { default, .. } => {
            default.to_string()
        }
        OptInputType::IntegerRange { default, .. } => default.to_string(),
        OptInputType::IntegerList { default, .. } => default.to_string(),
    };
    let defaults: Vec<String> = info.opt_inputs.iter().map(default).collect();
    let hint = info.hint.split_whitespace().collect::<Vec<_>>().join(" ");
    if defaults.is_empty() { hint } else { format!("{hint}; TA-Lib's default {}", defaults.join(", ")) }
}

/// Prices by their names, a single series as `x`, a pair as `x` and `y`.
fn inputs(input: &InputInfo) -> Vec<Param> {
    const COMPONENTS: [(u32, &str); 5] = [(1, "open"), (2, "high"), (4, "low"), (8, "close"), (16, "volume")];
    match (input.kind, input.param_name) {
        (InputType::Price, _) => COMPONENTS
            .iter()
            .filter(|(bit, _)| input.flags.0 & bit != 0)
            .map(|(_, name)| Param::Series(name))
            .collect(),
        (_, "inPeriods") => vec![Param::Series("periods")],
        (_, "inReal1") => vec![Param::Series("y")],
        _ => vec![Param::Series("x")],
    }
}

/// A parameter under the name that TA-Lib's Python wrapper gives it.
fn parameter(parameter: &'static OptInputInfo) -> Param {
    let own = parameter.param_name.strip_prefix("optIn").unwrap_or(parameter.param_name);
    let name = kept(&own.to_lowercase().replace('_', ""));
    match parameter.kind {
        OptInputType::RealRange { min, max, .. } => Param::Constant { name, least: min, most: max },
        OptInputType::IntegerRange { min, max, .. } => {
            Param::Whole { name, least: min, most: max.min(LONGEST_WINDOW as i32) }
        }
        OptInputType::IntegerList { values, .. } => {
            // One number stands for "the default", which a call that gives every parameter cannot mean.
            let among = values.iter().copied().filter(|(_, word)| *word != "DEFAULT");
            Param::Choice { name, among: Vec::leak(among.collect()) }
        }
        OptInputType::RealList { values, .. } => {
            let bounds =
                values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), (value, _)| {
                    (least.min(*value), most.max(*value))
                });
            Param::Constant { name, least: bounds.0, most: bounds.1 }
        }
    }
}
