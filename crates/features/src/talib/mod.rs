//! The functions of TA-Lib by its official Rust port: what a set calls with default parameters, and the expression language
//! with those of a formula. One table, `stream`, says which there are; the library's own metadata say the rest.
//!
//! TA-Lib knows no missing value. A bar in which an input is missing or infinite is no bar for a function: its outputs are
//! missing, and the function goes on with the next.

mod call;
mod live;
mod memory;
mod stream;

use ta_lib::abstract_api::{FuncInfo, funcs};

pub(crate) use self::call::Call;
pub(crate) use self::live::Live;

/// Every function that has a streaming form, in TA-Lib's order.
pub(crate) fn functions() -> impl Iterator<Item = &'static FuncInfo> {
    funcs().filter(|info| stream::open(info.id).is_some())
}

/// The function's name, and behind it that of the output where there are several: `MACD`, `MACD_SIGNAL`.
pub(crate) fn name(info: &FuncInfo, output: usize) -> String {
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
